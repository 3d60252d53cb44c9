/**
 * What does the firewall add to a round trip inside the gateway? The same frames through the same streams, with the rules that ship
 * and without any, in turns, so that a busy machine disturbs both alike. The sockets only count.
 *
 *     npm run build && node --import tsx bench/firewall-trip.bench.ts
 */
import { performance } from "node:perf_hooks";
import type { StationConnection } from "../src/actors/station-connection.ts";
import { buildFirewall } from "../src/config/build-firewall.ts";
import { type LoadVersion, loadMessage, type MessageKind } from "./load/messages.ts";
import { openTripRig, type TripRig } from "./trip-rig.ts";

const STATIONS = 200;
const ROUNDS = 5;
const TRIPS = 15_000;

/** The bench sends in a second what a station sends in a day: that is not to be measured. */
const QUIET = { stationCallsPer10Sec: 100_000, csmsCallsPer10Sec: 100_000, burst: 100_000 };

const withRules = await openTripRig(undefined, buildFirewall([QUIET]));
const without = await openTripRig(undefined, buildFirewall([{ enabled: false }]));

const ANSWERS: Readonly<Record<string, string>> = {
  Authorize: '{"idTagInfo":{"status":"Accepted"}}',
  Heartbeat: `{"currentTime":"${new Date().toISOString()}"}`,
};

/** @returns nanoseconds of a round trip, with and without the rules, medians */
async function compare(version: LoadVersion, kind: MessageKind): Promise<readonly [number, number]> {
  const transactionId = version === "ocpp1.6" ? 1 : "1";
  const timestamp = new Date().toISOString();
  const { action, payload } = loadMessage(version, kind, { idTag: "TAG", transactionId, timestamp });
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
  const tripper = (rig: TripRig) => {
    const connections = Array.from({ length: STATIONS }, (_, i) => rig.connect(i + 1, version));
    return (i: number) => {
      const connection = connections[i % STATIONS] as StationConnection;
      const n = Math.floor(i / STATIONS) % 1000;
      rig.lanes.push({ connection, from: "south", bytes: calls[n] as Buffer });
      rig.lanes.push({ connection, from: "north", bytes: answers[n] as Buffer });
    };
  };
  const [guarded, bare] = [tripper(withRules), tripper(without)];
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    times[0].push(await time(guarded));
    times[1].push(await time(bare));
  }
  return [median(times[0]), median(times[1])];
}

/** Three to a turn of the event loop: with more, meter values would wait (`frame-order.ts`). */
async function time(step: (i: number) => void): Promise<number> {
  const start = process.cpuUsage();
  for (let i = 0; i < TRIPS; i += 1) {
    step(i);
    if (i % 3 === 2) await new Promise(setImmediate);
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / TRIPS;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const began = performance.now();
for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  for (const kind of ["meter", "authorize", "heartbeat", "status"] as const) {
    const [ruled, bare] = await compare(version, kind);
    const added = ((ruled / bare - 1) * 100).toFixed(1);
    console.log(
      `${version} ${kind}: ${Math.round(ruled)} ns with, ${Math.round(bare)} ns without the rules (+${added} %)`,
    );
  }
}
const { counters } = withRules;
console.log(
  `findings ${counters.firewallFindings}, refused ${counters.refusedByFirewall}, ${Math.round(performance.now() - began)} ms`,
);
await withRules.close();
await without.close();
