/**
 * A whole gateway on loopback: three stations (one for each version) and a CSMS say every message of their schemas, full of canaries, to each
 * other: requests and their answers, in both directions, vendors' actions and frames that are none. Then everything is read that
 * the gateway has let out beside the value lane: MQTT, the lane's disk, log, metrics, events, its own CALLERRORs.
 */
import { join } from "node:path";
import { createMetrics } from "../../src/actors/admin/metrics.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { PrivacyProfile } from "../../src/domain/privacy/profiles.ts";
import type { Gateway, GatewayEvents } from "../../src/gateway.ts";
import { type AedesBroker, startAedes } from "../support/aedes-broker.ts";
import { openWorld, type World, worldDocument } from "../support/e2e-world.ts";
import { memoryLogger } from "../support/health.ts";
import { hasMosquitto, startMosquitto, subscribe } from "../support/mosquitto.ts";
import { friendly } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";
import type { Json, Peer } from "../support/ws-peer.ts";
import { MARK, Planter } from "./canary.ts";
import { type Case, everythingCases } from "./cases.ts";
import { filesUnder, type Sinks, scenesUnder, withoutChunks } from "./worker-run.ts";

export interface GatewayRun {
  readonly sinks: Sinks;
  readonly messages: number;
  readonly observed: number;
  readonly canaries: number;
  /** Names that no reader of the lane may learn; operators may. */
  readonly stations: readonly string[];
}

const TENANT = "tenant-p";

export async function playGateway(
  profile: PrivacyProfile,
  isWanted: (no: number) => boolean = () => true,
): Promise<GatewayRun> {
  const broker = hasMosquitto() ? await realBroker() : await embeddedBroker();
  const logger = memoryLogger();
  const planter = new Planter("a");
  const answer = answerer(planter);
  const { dataDir = "" } = worldDocument("");
  const world = await openWorld({
    answer: (action, payload) => answer("south", action, payload),
    ports: { logger },
    config: {
      dataDir,
      // Back at once, to be closed on again.
      intrusion: { quarantineMin: 0 },
      health: {
        tenant: TENANT,
        gateway: "edge",
        batchMs: 200,
        deflate: false,
        privacy: { profile },
        mqtt: { url: broker.url },
      },
    } as never,
  });
  try {
    const events = listen(world.gateway);
    let messages = 0;
    for (const version of OCPP_VERSIONS) messages += await playVersion(world, version, { planter, answer, isWanted });
    const { observed } = world.gateway.healthStats() ?? { observed: 0 };
    await until("the broker to have what was observed", () =>
      broker.messages().some(({ topic }) => /\/(m|ev)$/.test(topic)),
    );
    const metrics = createMetrics(world.gateway, "0");
    const text = await metrics.text();
    metrics.stop();
    await world.gateway.stop();
    const received = broker.messages();
    return {
      messages,
      observed,
      canaries: planter.planted,
      stations: OCPP_VERSIONS.map(stationOf),
      sinks: {
        payloads: received.map((message) => withoutChunks(message.text)),
        topics: received.map(({ topic }) => topic),
        properties: received.map(({ packet }) => JSON.stringify({ ...packet, payload: undefined })),
        spool: filesUnder(join(dataDir, "health")).map(withoutChunks),
        dashcam: scenesUnder(join(dataDir, "dashcam")),
        log: logger.lines.map((line) => JSON.stringify(line)),
        metrics: [text],
        events,
        errors: answer.errors,
      },
    };
  } finally {
    await world[Symbol.asyncDispose]();
    await broker.close();
  }
}

const stationOf = (version: OcppVersion): string => `KNOWNSTATION-${version.slice(4)}`;

const EVENTS: readonly (keyof GatewayEvents)[] = [
  ...(["station.connected", "station.disconnected", "csms.up", "csms.down", "spool.dead", "spool.refused"] as const),
  ...(["spool.impaired", "spool.recovered", "state.unavailable", "security"] as const),
];

function listen(gateway: Gateway): readonly string[] {
  const seen: string[] = [];
  for (const event of EVENTS) gateway.on(event, (detail) => void seen.push(`${event} ${JSON.stringify(detail)}`));
  return seen;
}

interface Play {
  readonly planter: Planter;
  readonly answer: Answer;
  readonly isWanted: (no: number) => boolean;
}

/** Every request of the version from either side; the other side answers. */
async function playVersion(world: World, version: OcppVersion, { planter, answer, isWanted }: Play): Promise<number> {
  const name = stationOf(version);
  const connect = async () => {
    const peers = await world.booted(name, version);
    peers.station.answering((action, payload) => answer("north", action, payload));
    return peers;
  };
  let { station, csms } = await connect();
  const stations = [station];
  let sent = 0;
  const cases = [...everythingCases(version)].filter(({ what }) => what === "everything, text");
  for (const [no, each] of cases.entries()) {
    if (!isWanted(no)) continue;
    // The firewall closes on who goes on saying what he must not.
    if (!station.isOpen || !csms.isOpen) {
      if (station.isOpen) await station.close();
      ({ station, csms } = await connect());
      stations.push(station);
    }
    await Promise.all([station, csms].map((peer, i) => say(peer, frameOf(each, planter, sent + i))));
    sent += 2;
  }
  for (const odd of oddFrames(planter)) station.send(odd);
  await say(station, [2, "after", "Heartbeat", {}]);
  for (const frame of stations.flatMap((peer) => peer.parsed())) {
    if (frame[0] === 4) answer.errors.push(JSON.stringify(frame.slice(2)));
  }
  if (station.isOpen) await station.close();
  return sent;
}

/** Sends a frame; resolves when it is answered, or never will be. */
async function say(peer: Peer, frame: Json): Promise<void> {
  peer.send(frame);
  const [type, id] = frame;
  if (type === 2) await until(`the answer to ${frame[2]}`, () => !peer.isOpen || peer.answersTo(id).length > 0);
}

function frameOf({ kind, action, payload }: Case, planter: Planter, no: number): Json {
  const id = `${MARK}-${no}`;
  return [kind === "send" ? 6 : 2, id, action, payload(planter)];
}

/** What no schema knows, and what is no frame. */
function oddFrames(planter: Planter): readonly string[] {
  const text = () => String(planter.make("text"));
  return [
    JSON.stringify([2, text(), text(), { idTag: text() }]),
    JSON.stringify([2, text(), "Authorize", text()]),
    JSON.stringify([4, text(), text(), text(), { idTag: text() }]),
    JSON.stringify([3, text(), { idTagInfo: { parentIdTag: text() } }]),
    `{"idTag":"${text()}"`,
    JSON.stringify({ idTag: text() }),
  ];
}

interface Answer {
  (from: "south" | "north", action: string, payload: object): object | undefined;
  /** CALLERRORs that the gateway made, without their ids. */
  readonly errors: string[];
}

/** Answers as the schema says, with canaries wherever a word is not needed for things to go on. */
function answerer(planter: Planter): Answer {
  const answers = new Map<string, Case>();
  for (const version of OCPP_VERSIONS) {
    for (const each of everythingCases(version, "response")) {
      if (!answers.has(each.action)) answers.set(each.action, each);
    }
  }
  const answer = (from: "south" | "north", action: string, payload: object): object => {
    const canaries = answers.get(action)?.payload(planter) ?? {};
    return from === "south" ? { ...canaries, ...friendly(action, payload as never) } : canaries;
  };
  return Object.assign(answer, { errors: [] as string[] });
}

interface Broker {
  readonly url: string;
  messages(): AedesBroker["messages"];
  close(): Promise<void>;
}

async function embeddedBroker(): Promise<Broker> {
  const broker = await startAedes();
  return { url: broker.url, messages: () => broker.messages, close: () => broker.close() };
}

/** With it there are MQTT 5's properties. */
async function realBroker(): Promise<Broker> {
  const broker = await startMosquitto();
  const watcher = await subscribe(broker.url);
  return {
    url: broker.url,
    messages: () => watcher.messages,
    close: async () => {
      await watcher.close();
      await broker.stop();
    },
  };
}
