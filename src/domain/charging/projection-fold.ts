/**
 * Limits that have no place of their own in a 1.6 station and are folded into its connectors' schedules: what the station allows
 * where there is no ChargePointMaxProfile, and what the gateway allows one EVSE.
 */
import { err, ok, type Result } from "../result.ts";
import type { ProjectionFault } from "./image.ts";
import type { ChargingProfile } from "./profile.ts";
import type { ProjectionInput } from "./projection-input.ts";
import { leadingFirst } from "./projection-parts.ts";
import { chainsOf, divided, type SlotRules } from "./projection-source.ts";
import type { Source } from "./projection-steps.ts";

/** Profiles of one purpose each, the leading one first, of which a connector may have one of `parts` parts. */
export type Fold = readonly { readonly profiles: readonly ChargingProfile[]; readonly parts: number }[];

/** One for each place. */
export function foldsOf(
  profiles: readonly ChargingProfile[],
  { caps, places }: ProjectionInput,
): Result<readonly Fold[], ProjectionFault> {
  const stationWide = caps.hasStationMax
    ? []
    : [
        leadingFirst(profiles, "ChargingStationMaxProfile", isStationWide),
        leadingFirst(profiles, "ChargingStationExternalConstraints", isStationWide),
      ].filter((list) => list.length > 0);
  if (stationWide.length > 0 && places.length > 1 && !caps.quirks.divideEqually) {
    return err({ reasonCode: "UnsupportedRequest", text: "the station takes no limit for all its connectors" });
  }
  return ok(
    places.map((place): Fold => {
      const own = leadingFirst(
        profiles,
        "ChargingStationExternalConstraints",
        ({ evseId }) => evseId !== 0 && evseId === place.evseId,
      );
      const shared = stationWide.map((list) => ({ profiles: list, parts: places.length }));
      return own.length === 0 ? shared : [...shared, { profiles: own, parts: 1 }];
    }),
  );
}

/** Their sources. When a transaction begins tells them nothing. */
export function foldChains(fold: Fold, rules: Omit<SlotRules, "anchorAt">): readonly (readonly Source[])[] {
  return fold.flatMap(({ profiles, parts }) =>
    chainsOf(profiles, { ...rules, anchorAt: undefined }).map((chain) => chain.map((source) => divided(source, parts))),
  );
}

const isStationWide = ({ evseId }: ChargingProfile): boolean => evseId === 0;
