/**
 * What does the firewall add to a round trip inside the gateway? The same frames through the same streams, with the rules that ship
 * and without any, in turns, so that a busy machine disturbs both alike. The sockets only count.
 *
 *     npm run build && node --import tsx bench/firewall-trip.bench.ts [trips]
 */
import { argv } from "node:process";
import { buildFirewall } from "../src/config/build-firewall.ts";
import type { LoadVersion, MessageKind } from "./load/messages.ts";
import { UNMETERED } from "./trip-firewall.ts";
import { timeSteps, tripFrames, tripOf } from "./trip-frames.ts";
import { openTripRig } from "./trip-rig.ts";

const ROUNDS = 5;
const TRIPS = Number(argv[2] ?? 15_000);

const withRules = await openTripRig(undefined, UNMETERED);
const without = await openTripRig(undefined, buildFirewall([{ enabled: false }]));

/** @returns nanoseconds of a round trip, with and without the rules, medians */
async function compare(version: LoadVersion, kind: MessageKind): Promise<readonly [number, number]> {
  const frames = tripFrames(version, kind);
  const [guarded, bare] = [tripOf(withRules, version, frames), tripOf(without, version, frames)];
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    times[0].push(await timeSteps(TRIPS, guarded));
    times[1].push(await timeSteps(TRIPS, bare));
  }
  return [median(times[0]), median(times[1])];
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  for (const kind of ["meter", "authorize", "heartbeat", "status"] as const) {
    const [ruled, bare] = await compare(version, kind);
    const added = ((ruled / bare - 1) * 100).toFixed(1);
    console.log(
      `${version} ${kind}: ${Math.round(ruled)} ns with, ${Math.round(bare)} ns without the rules (+${added} %)`,
    );
  }
}
const { firewallFindings, refusedByFirewall } = withRules.counters;
console.log(`findings ${firewallFindings}, refused ${refusedByFirewall}`);
await withRules.close();
await without.close();
