/**
 * What does one round trip cost inside the gateway, without sockets? Frames go through the real streams, gates, firewall,
 * validators and station actor; the sockets only count. The baseline in the same run is `JSON.parse` of both frames.
 *
 *     npm run build && node --import tsx bench/round-trip.bench.ts
 */
import { performance } from "node:perf_hooks";
import { systemClock } from "../src/actors/clock.ts";
import { GatewayBus } from "../src/actors/gateway-bus.ts";
import { openLanes } from "../src/actors/lanes.ts";
import { systemRandom } from "../src/actors/random.ts";
import type { RelayOptions } from "../src/actors/relay.ts";
import { silentLogger } from "../src/actors/silent-logger.ts";
import { StationConnection } from "../src/actors/station-connection.ts";
import { Supervisor } from "../src/actors/supervisor.ts";
import { DEFAULTS } from "../src/config/defaults.ts";
import { Counters } from "../src/domain/counters.ts";
import { stationId } from "../src/domain/ids.ts";
import { CATALOGUE } from "../src/domain/ocpp/catalogue.ts";
import { loadValidators } from "../src/domain/ocpp/validate.ts";
import { type LoadVersion, loadMessage, type MessageKind } from "./load/messages.ts";

const STATIONS = 200;
const ROUNDS = 5;
const TRIPS = 100_000;

/** As much of a socket as a relay needs. */
const countingSocket = () => ({
  sent: 0,
  isOpen: true,
  isPaused: false,
  buffered: 0,
  send(frame: Uint8Array | string) {
    this.sent += frame.length;
    return true;
  },
});

const clock = systemClock;
const counters = new Counters(CATALOGUE.length);
const bus = new GatewayBus(silentLogger);
const limits = { ...DEFAULTS.limits };
const relay: RelayOptions = { clock, random: systemRandom, counters, spool: undefined, northKeys: undefined, limits };
const validators = new Map([
  ["ocpp1.6", await loadValidators("ocpp1.6")],
  ["ocpp2.0.1", await loadValidators("ocpp2.0.1")],
] as const);
const lanes = openLanes({
  clock,
  logger: silentLogger,
  counters,
  bus,
  limits,
  relay,
  validators: (version) => validators.get(version as LoadVersion) as never,
});
const supervisor = new Supervisor({
  store: {
    *readAll() {},
    read: () => undefined,
    write: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    close: () => Promise.resolve(),
  },
  clock,
  logger: silentLogger,
  counters,
  snapshotLagMs: DEFAULTS.snapshotLagMs,
  maxStations: 10_000,
  connectionOf: () => undefined,
  onGivenUp: () => undefined,
});

let observed = 0;
const sink = {
  observe: () => {
    observed += 1;
  },
};

function connect(no: number, version: LoadVersion): StationConnection {
  const host = supervisor.host(stationId(`CP${no}`), version);
  const connection = new StationConnection({
    no,
    host,
    rule: { match: "*", fork: "copy", validation: "enforce" } as never,
    health: sink,
    callCapacity: 256,
    openedAt: 0,
    remoteAddress: "",
    strength: 0,
    certificate: {},
  });
  connection.socket = countingSocket() as never;
  connection.link = { socket: countingSocket(), isUp: true } as never;
  connection.toCsms.setOpen(true);
  host.send({ type: "session.opened", connection: no, securityProfile: 0, certificate: {}, at: clock.now() });
  host.send({ type: "boot.answered", status: "Accepted", intervalSec: 300, at: clock.now() });
  host.send({ type: "transaction.started", transactionId: "1", evseId: 1, at: clock.now() });
  return connection;
}

const ANSWERS: Readonly<Record<string, string>> = {
  Authorize: '{"idTagInfo":{"status":"Accepted"}}',
  Heartbeat: `{"currentTime":"${new Date().toISOString()}"}`,
};

function measure(version: LoadVersion, kind: MessageKind): void {
  const connections = Array.from({ length: STATIONS }, (_, i) => connect(i + 1, version));
  const transactionId = version === "ocpp1.6" ? 1 : "1";
  const { action, payload } = loadMessage(version, kind, {
    idTag: "TAG",
    transactionId,
    timestamp: new Date().toISOString(),
  });
  const answer =
    version === "ocpp2.0.1" && action === "Authorize"
      ? '{"idTokenInfo":{"status":"Accepted"}}'
      : (ANSWERS[action] ?? "{}");
  const calls = Array.from({ length: 1000 }, (_, i) =>
    Buffer.from(
      JSON.stringify([2, `${1_000_000 + i}`, action, { ...payload, ...("seqNo" in payload ? { seqNo: i } : {}) }]),
    ),
  );
  const answers = Array.from({ length: 1000 }, (_, i) => Buffer.from(`[3,"${1_000_000 + i}",${answer}]`));
  const trip = (i: number) => {
    const connection = connections[i % STATIONS] as StationConnection;
    const n = Math.floor(i / STATIONS) % 1000;
    lanes.push({ connection, from: "south", bytes: calls[n] as Buffer });
    lanes.push({ connection, from: "north", bytes: answers[n] as Buffer });
  };
  const parse = (i: number) => {
    JSON.parse((calls[i % 1000] as Buffer).toString());
    JSON.parse((answers[i % 1000] as Buffer).toString());
  };
  const results: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) results.push(`${time(trip)} (${time(parse)})`);
  console.log(
    `${version} ${action} ${(calls[0] as Buffer).length} B: ${results.join("  ")} ns per round trip (JSON.parse alone)`,
  );
}

function time(step: (i: number) => void): number {
  const start = performance.now();
  for (let i = 0; i < TRIPS; i += 1) step(i);
  return Math.round(((performance.now() - start) * 1e6) / TRIPS);
}

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  for (const kind of ["meter", "authorize", "heartbeat", "status"] as const) measure(version, kind);
}
console.log(
  `frames north ${counters.framesNorthOut}, south ${counters.framesSouthOut}, observed ${observed}, memory ${counters.retriesAnsweredFromMemory}, duplicate ${counters.duplicateCalls}, violations ${counters.schemaViolations}`,
);
lanes.close();
await supervisor.stop();
