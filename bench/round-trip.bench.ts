/**
 * What does one round trip cost inside the gateway, without sockets? Frames go through the real streams, gates, firewall,
 * validators and station actor; the sockets only count. The baseline in the same run is `JSON.parse` of both frames. What the
 * spool adds: `spool-trip.bench.ts`.
 *
 *     npm run build && node --import tsx bench/round-trip.bench.ts [trips] [kind]
 */
import { argv } from "node:process";
import type { LoadVersion, MessageKind } from "./load/messages.ts";
import { UNMETERED } from "./trip-firewall.ts";
import { timeSteps, tripFrames, tripOf } from "./trip-frames.ts";
import { openTripRig } from "./trip-rig.ts";

const ROUNDS = 5;
const TRIPS = Number(argv[2] ?? 50_000);
const ONLY = argv[3];

const rig = await openTripRig(undefined, UNMETERED);

async function measure(version: LoadVersion, kind: MessageKind): Promise<void> {
  const frames = tripFrames(version, kind);
  const trip = tripOf(rig, version, frames);
  const { calls, answers, action } = frames;
  const parse = (i: number) => {
    JSON.parse((calls[i % calls.length] as Buffer).toString());
    JSON.parse((answers[i % answers.length] as Buffer).toString());
  };
  const results: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    results.push(`${Math.round(await timeSteps(TRIPS, trip))} (${Math.round(await timeSteps(TRIPS, parse))})`);
  }
  const length = (calls[0] as Buffer).length;
  console.log(`${version} ${action} ${length} B: ${results.join("  ")} ns per round trip (JSON.parse alone)`);
}

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  for (const kind of ["meter", "authorize", "heartbeat", "status"] as const) {
    if (ONLY === undefined || ONLY === kind) await measure(version, kind);
  }
}
const { counters } = rig;
console.log(
  `frames north ${counters.framesNorthOut}, south ${counters.framesSouthOut}, observed ${rig.observed()}, memory ${counters.retriesAnsweredFromMemory}, duplicate ${counters.duplicateCalls}, violations ${counters.schemaViolations}`,
);
await rig.close();
