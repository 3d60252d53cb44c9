/**
 * The built health lane by itself, fed as a gateway of 500 stations feeds it: seven readings of each station every second, and a fault that
 * comes or goes now and then. Runs as a child, so that its processor time is the lane's and nobody else's.
 *
 *     argv: URL of the broker, directory for its spool      IPC: "measure" ─▶ { cpuMs, elapsedMs, stats }
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { cpuUsage } from "node:process";
import type * as Uplink from "../../src/actors/health/health-uplink.actor.ts";
import { DEFAULTS } from "../../src/config/defaults.ts";
import type { HealthConfig } from "../../src/config/types.ts";
import { epochMs, messageId, stationId } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import type * as Extract from "../../src/domain/telemetry/extract.ts";
import type * as Memory from "../../src/domain/telemetry/memory.ts";
import type { Clock, Logger } from "../../src/ports.ts";
import { built } from "./built.ts";
import { sessionSeries } from "./session.ts";

const STATIONS = 500;
const TURN_MS = 10;
const TURNS = 1_000 / TURN_MS;
const PER_TURN = STATIONS / TURNS;
/** A fault of one station, every tenth turn. */
const EVENT_EVERY = 10;
/** Thirty times as many messages as with the default, so that a short window holds many whole cycles. */
const BATCH_MS = 10_000;
/** Where seven channels differ beyond their names. */
const PLACES = [undefined, undefined, undefined, undefined, "EV", "Outlet", "Cable"] as const;

const [, , url = "", spoolDirectory = ""] = process.argv;
const { createHealthUplink } = await built<typeof Uplink>("actors/health/health-uplink.actor");
const { extract } = await built<typeof Extract>("domain/telemetry/extract");
const { TelemetryMemory } = await built<typeof Memory>("domain/telemetry/memory");

const config: HealthConfig = {
  tenant: "bench",
  gateway: "bench",
  batchMs: BATCH_MS,
  encoding: "json",
  deflate: true,
  reduce: { enabled: true, losslessFromMs: 30_000, channels: {} },
  features: true,
  acknowledged: {},
  analysisFile: undefined,
  ringCapacity: 65_536,
  queueCapacity: 10_000,
  backlogBytesPerSec: 0,
  spool: { enabled: true, maxBytes: 64 * 1024 * 1024 },
  privacy: DEFAULTS.privacy,
  platforms: {},
  dashcam: { ...DEFAULTS.dashcam, directory: join(spoolDirectory, "dashcam") },
  pseudonymKey: randomBytes(32),
  https: undefined,
  mqtt: {
    url,
    protocol: "auto",
    username: undefined,
    password: undefined,
    tls: undefined,
    qos: 1,
    layout: "native",
    inFlight: 32,
  },
};
const clock: Clock = {
  now: () => epochMs(Date.now()),
  monotonicMs: () => performance.now(),
  callAt: () => () => undefined,
};
const quiet = () => undefined;
const loud: Logger["error"] = (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const logger: Logger = { debug: quiet, info: quiet, warn: loud, error: loud };

const uplink = createHealthUplink({ config, clock, logger, spoolDirectory });
await uplink.start();
const stations = Array.from({ length: STATIONS }, (_, no) => ({
  sink: uplink.source(stationId(`BENCH-${no}`)).sink,
  memory: new TelemetryMemory(),
  isFaulted: false,
}));
const series = sessionSeries(1);
const samples = series[0]?.t.length ?? 1;

type Station = (typeof stations)[number];

function observe({ sink, memory }: Station, action: string, payload: object): void {
  const receivedAt = clock.now();
  extract(
    "ocpp1.6",
    { type: 2, id: messageId("m"), action, payload: payload as Payload },
    { receivedAt, sink, memory },
  );
}

function readMeters(station: Station, second: number): void {
  const sampledValue = series.map(({ name, unit, v }, i) => {
    const location = PLACES[i];
    const value = String(v[second % samples] ?? 0);
    return { value, measurand: name, unit: unit === "Celsius" ? "Celsius" : unit, ...(location && { location }) };
  });
  const timestamp = new Date().toISOString();
  observe(station, "MeterValues", { connectorId: 1, meterValue: [{ timestamp, sampledValue }] });
}

function changeStatus(station: Station): void {
  station.isFaulted = !station.isFaulted;
  const [status, errorCode] = station.isFaulted ? ["Faulted", "GroundFailure"] : ["Available", "NoError"];
  observe(station, "StatusNotification", { connectorId: 1, status, errorCode, timestamp: new Date().toISOString() });
}

let turn = 0;
const begunAt = performance.now();
function turnOver(): void {
  while (performance.now() - begunAt >= turn * TURN_MS) {
    const from = (turn % TURNS) * PER_TURN;
    // Each of them is somewhere else in its session.
    for (let no = from; no < from + PER_TURN; no += 1) {
      const station = stations[no];
      if (station) readMeters(station, Math.floor(turn / TURNS) + 37 * no);
    }
    const eventful = turn % EVENT_EVERY === 0 ? stations[(turn / EVENT_EVERY) % STATIONS] : undefined;
    if (eventful) changeStatus(eventful);
    turn += 1;
  }
}
setInterval(turnOver, TURN_MS);

let before = { at: performance.now(), cpu: cpuUsage() };
process.on("message", () => {
  const now = { at: performance.now(), cpu: cpuUsage() };
  const cpuMs = (now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system) / 1000;
  const elapsedMs = now.at - before.at;
  before = now;
  process.send?.({ cpuMs, elapsedMs, stats: uplink.stats() });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ cpuMs: 0, elapsedMs: 0, stats: uplink.stats() });
