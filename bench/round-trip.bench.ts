/**
 * What does one round trip cost inside the gateway, without sockets? Frames go through the real streams, gates, firewall,
 * validators and station actor; the sockets only count. The baseline in the same run is `JSON.parse` of both frames. What the
 * spool adds: `spool-trip.bench.ts`.
 *
 *     npm run build && node --import tsx bench/round-trip.bench.ts
 */
import { performance } from "node:perf_hooks";
import type { StationConnection } from "../src/actors/station-connection.ts";
import { type LoadVersion, loadMessage, type MessageKind } from "./load/messages.ts";
import { openTripRig } from "./trip-rig.ts";

const STATIONS = 200;
const ROUNDS = 5;
const TRIPS = 100_000;

const { lanes, counters, connect, observed, close } = await openTripRig();

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
  `frames north ${counters.framesNorthOut}, south ${counters.framesSouthOut}, observed ${observed()}, memory ${counters.retriesAnsweredFromMemory}, duplicate ${counters.duplicateCalls}, violations ${counters.schemaViolations}`,
);
await close();
