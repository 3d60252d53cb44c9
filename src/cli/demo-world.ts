/**
 * Everything a demonstration needs, in one process and on loopback:
 *
 *     stations ⇄ gateway ⇄ demo CSMS
 *                   └─▶ broker ─▶ observer
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createGateway, type Gateway, type OcppVersion, parseConfig } from "../index.ts";
import { type Broker, startBroker } from "../sim/broker.ts";
import { createScaledClock } from "../sim/clock.ts";
import { type Csms, startCsms } from "../sim/csms.ts";
import { type Fleet, startFleet } from "../sim/fleet.ts";
import type { StationFaults, StationOptions } from "../sim/station-options.ts";
import { demoConfig, type StationSecrets } from "./demo-config.ts";
import type { DemoObserver } from "./demo-observer.ts";
import { watchBroker } from "./demo-subscriber.ts";

export interface DemoOptions {
  readonly stations: number;
  readonly speed: number;
  readonly seed: string;
  /** The user's own; undefined: the embedded ones. */
  readonly broker: string | undefined;
  readonly brokerCa: string | undefined;
  readonly csms: string | undefined;
  readonly csmsCa: string | undefined;
  /** What the stations' drivers carry; undefined: tokens that the demonstration's own CSMS knows. */
  readonly tokens: readonly string[] | undefined;
}

export interface DemoWorld {
  readonly gateway: Gateway;
  readonly fleet: Fleet;
  /** Undefined with the user's own CSMS. */
  readonly csms: Csms | undefined;
  /** Stops the stations, once their messages are delivered. Resolves with the number that were not. */
  stopStations(): Promise<number>;
  /** Stops the rest: gateway, broker, CSMS; removes the data directory. */
  stop(): Promise<void>;
}

export const ID_PREFIX = "DEMO-";
const TOKENS = ["04A1B2C3D4E580", "04F7E6D5C4B380", "TWL-EMP-000417", "TWL-EMP-000938", "DE-TWL-C00004711-X"];
/** One card of six shows what a refusal looks like. */
const UNKNOWN_TOKEN = "0499887766AA80";
const DRAIN_MS = 8_000;
const LAST_BATCH_MS = 400;
const LOOK_MS = 50;

/** Starts all of it. What was started is stopped again when a part fails. */
export async function startDemo(options: DemoOptions, observer: DemoObserver): Promise<DemoWorld> {
  const parts: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of parts.reverse().splice(0)) await end();
  };
  try {
    return await assemble(options, observer, { parts, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Scaffold {
  /** What ends each part, in the order of starting. */
  readonly parts: (() => Promise<unknown>)[];
  readonly stop: () => Promise<void>;
}

async function assemble(options: DemoOptions, observer: DemoObserver, { parts, stop }: Scaffold): Promise<DemoWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), "twinlane-demo-"));
  parts.push(async () => rmSync(dataDir, { recursive: true, force: true }));
  const broker = await openBroker(options, observer, parts);
  const ids = Array.from({ length: options.stations }, (_, i) => stationName(i, options.stations));
  const north = new Map<string, string>();
  const csms = await openCsms(options, observer, { north, parts });
  const { document, secrets } = demoConfig({
    dataDir,
    csmsUrl: options.csms ?? csms?.url ?? "",
    csmsCa: options.csmsCa,
    brokerUrl: options.broker ?? broker?.url ?? "",
    brokerCa: options.brokerCa,
    // One of each version.
    protectedStations: ids.slice(0, 2),
    ownCsms: csms !== undefined,
    idPrefix: ID_PREFIX,
  });
  for (const [id, secret] of secrets) north.set(id, secret.north);
  const gateway = createGateway(parseConfig(document));
  parts.push(() => gateway.stop());
  await gateway.start();
  for (const id of ids) observer.scan.add("station", id);
  for (const token of cards(options)) observer.scan.add("token", token);
  const fleet = openFleet(options, observer, { url: gateway.urls[0] ?? "", secrets });
  parts.push(() => fleet.stop(0));
  const stopStations = async (): Promise<number> => {
    const undelivered = await fleet.stop(DRAIN_MS);
    // Stations were answered by the gateway where the CSMS was away; it still owes those messages.
    const until = performance.now() + DRAIN_MS;
    while (gateway.valueLane().queued > 0 && performance.now() < until) await pause(LOOK_MS);
    // The broker's last messages are on their way through this process's own event loop.
    await pause(LAST_BATCH_MS);
    return undelivered + gateway.valueLane().queued;
  };
  return { gateway, fleet, csms, stopStations, stop };
}

async function openBroker(
  { broker, brokerCa }: DemoOptions,
  observer: DemoObserver,
  parts: Scaffold["parts"],
): Promise<Broker | undefined> {
  if (broker !== undefined) {
    const watching = await watchBroker(broker, {
      caFile: brokerCa,
      onMessage: (message) => observer.onHealth(message),
    });
    parts.push(() => watching.stop());
    return undefined;
  }
  const embedded = await startBroker({ onMessage: (message) => observer.onHealth(message) });
  parts.push(() => embedded.stop());
  return embedded;
}

async function openCsms(
  { csms, seed }: DemoOptions,
  observer: DemoObserver,
  { north, parts }: { readonly north: ReadonlyMap<string, string>; readonly parts: Scaffold["parts"] },
): Promise<Csms | undefined> {
  if (csms !== undefined) return undefined;
  const own = await startCsms({ tokens: TOKENS, passwords: north, heartbeatIntervalSec: 10, retain: 200, seed });
  own.onMessage((message) => observer.onCsmsMessage(message));
  parts.push(() => own.stop());
  return own;
}

function openFleet(
  options: DemoOptions,
  observer: DemoObserver,
  { url, secrets }: { readonly url: string; readonly secrets: ReadonlyMap<string, StationSecrets> },
): Fleet {
  return startFleet({
    url,
    count: options.stations,
    versions: VERSIONS,
    idPrefix: ID_PREFIX,
    password: (id) => secrets.get(id)?.south,
    seed: options.seed,
    clock: createScaledClock({ speed: options.speed }),
    tokens: cards(options),
    localTokens: options.tokens ?? TOKENS,
    idleSec: [0.5, 3],
    sessionSec: [6, 16],
    callTimeoutMs: 5_000,
    reconnectMs: [300, 2_000],
    retry: { attempts: 100, intervalMs: 200 },
    onEvent: (event) => observer.onStationEvent(event),
    onCall: (_stationId, action, outcome) => observer.onCall(action, outcome),
    customise,
  });
}

const VERSIONS: readonly OcppVersion[] = ["ocpp1.6", "ocpp2.0.1"];

/** All but the first two fail now and then; every second one boots at each connection. */
function customise(options: StationOptions, index: number): StationOptions {
  const slow: StationFaults = {
    connectorFaultRate: 0.2,
    faultSec: [2, 4],
    slowAnswerRate: 0.15,
    slowAnswerMs: [500, 1_500],
  };
  const drops: StationFaults = index % 4 === 3 ? { dropEverySec: [6, 18] } : {};
  return {
    ...options,
    bootOn: index % 2 === 0 ? "reboot" : "connection",
    ...(index >= 2 && { faults: { ...slow, ...drops } }),
  };
}

function cards({ tokens }: DemoOptions): readonly string[] {
  return tokens ?? [...TOKENS, UNKNOWN_TOKEN];
}

function stationName(index: number, count: number): string {
  return `${ID_PREFIX}${String(index + 1).padStart(Math.max(2, String(count).length), "0")}`;
}
