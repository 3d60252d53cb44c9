/**
 * Plans that change the station's own limit and others at once. Whichever went first, the half-way state could allow more than the old
 * and the new image: 20 A for the station, while the default of 50 A that it replaces still stands. So a schedule is put between
 * that is the lower of both station limits at every instant, and stays until the rest has changed.
 *
 *     bridge in ─▶ old station limits out ─▶ the rest ─▶ new station limits in ─▶ bridge out
 *
 * It happens when the CSMS gives a profile's id to one of another purpose, and when several things changed while a station was away.
 */
import { type Image16, type ImageEntry, imageEntry } from "./image.ts";
import { bridgeId } from "./image-ids.ts";
import { profileOfEntry } from "./image-profile.ts";
import type { Acked, PlanStep } from "./plan.ts";
import type { ProjectionInput } from "./projection-input.ts";
import { compileSlot, DAY_CELL_SEC } from "./projection-slot.ts";
import { chainsOf } from "./projection-source.ts";
import { slotUnit } from "./projection-values.ts";

export type BridgeInput = Pick<ProjectionInput, "caps" | "station" | "range" | "now">;

export function bridged(
  steps: readonly PlanStep[],
  acked: Acked,
  desired: Image16,
  input: BridgeInput,
): readonly PlanStep[] {
  if (acked === undefined) return steps;
  const old = acked.filter(isStationLimit);
  const next = desired.filter(isStationLimit);
  const ids = new Set([...old, ...next].map(({ profile }) => profile.chargingProfileId));
  const isOfStation = (step: PlanStep) =>
    step.do === "set" ? isStationLimit(step.entry) : step.do === "clear" && ids.has(step.id16);
  const [own, rest] = [steps.filter(isOfStation), steps.filter((step) => !isOfStation(step))];
  if (own.length === 0 || rest.length === 0) return steps;
  // The first limit of the station only lowers, the last one's end only raises.
  if (old.length === 0) return [...own, ...rest];
  if (next.length === 0) return [...rest, ...own];
  const bridge = bridgeOf(old, next, input);
  if (bridge === undefined) return steps;
  return [
    { do: "set", entry: bridge },
    ...fromBelow(old).map(clear),
    ...rest,
    ...fromBelow(next)
      .reverse()
      .map((entry): PlanStep => ({ do: "set", entry })),
    clear(bridge),
  ];
}

const isStationLimit = ({ profile }: ImageEntry): boolean => profile.chargingProfilePurpose === "ChargePointMaxProfile";

const clear = ({ profile }: ImageEntry): PlanStep => ({ do: "clear", id16: profile.chargingProfileId });

const fromBelow = (entries: readonly ImageEntry[]): ImageEntry[] =>
  [...entries].sort((a, b) => a.profile.stackLevel - b.profile.stackLevel);

function bridgeOf(
  old: readonly ImageEntry[],
  next: readonly ImageEntry[],
  { caps, station, range, now }: BridgeInput,
): ImageEntry | undefined {
  const chains = [old, next].map((entries) => fromBelow(entries).reverse().map(profileOfEntry));
  const unit = slotUnit(
    chains.flat().map(({ schedule }) => schedule),
    caps,
    station,
  );
  if (!unit.ok) return undefined;
  const rules = { unit: unit.value, feed: station, caps };
  const slot = compileSlot({
    chains: chains.flatMap((chain) => chainsOf(chain, rules)),
    unit: unit.value,
    feed: station,
    maxPeriods: caps.maxPeriods,
    now,
    cellSec: DAY_CELL_SEC,
  });
  return imageEntry(0, {
    chargingProfileId: bridgeId(range),
    stackLevel: caps.quirks.stackLevelOffset,
    chargingProfilePurpose: "ChargePointMaxProfile",
    chargingProfileKind: "Absolute",
    chargingSchedule: slot.schedule,
  });
}
