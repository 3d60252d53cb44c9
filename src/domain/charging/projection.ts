/**
 * P: the profiles of a 2.0.1 station as the image a 1.6 station gets. A function of its arguments; the same profiles in the same
 * cell of time give the same bytes.
 *
 *     tighten validity ─┬─▶ station slot    connector 0, ChargePointMaxProfile      projection-station.ts
 *                       ├─▶ Tx slots        transactions that have a TxProfile      projection-tx.ts
 *                       └─▶ defaults        each connector, TxDefaultProfile        projection-defaults.ts
 *
 * Copies come out in the form of `normalise.ts`. Compiled slots are not normalised until they are done: which periods are equal
 * depends on limits, and where a slot is cut off must not.
 *
 * 1.6 can be read in several ways: whether an id and level count for a connector or the station, whether a default comes back when a
 * TxProfile is over, whether defaults of connector 0 survive one of the connector's, whether a profile that has not begun hides
 * lower ones, from when Relative counts. The image means the same, or less, in all of them.
 *
 * @see OCPP 1.6 §3.13 Smart Charging, §5.16; OCPP 2.0.1 Part 2 K01–K04
 */
import type { EpochMs } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import { type Image16, type ProjectionFault, sortedImage } from "./image.ts";
import type { ImageIds } from "./image-ids.ts";
import { isNeverValid } from "./projection-copy.ts";
import { withDefaults } from "./projection-defaults.ts";
import { foldsOf } from "./projection-fold.ts";
import type { ProjectionInput } from "./projection-input.ts";
import { defaultsAt, type Parts, type Spot } from "./projection-parts.ts";
import { withStationLimit } from "./projection-station.ts";
import { tighten } from "./projection-tighten.ts";
import { withTxSlot } from "./projection-tx.ts";

export interface Projection {
  readonly image: Image16;
  readonly ids: ImageIds;
  /** When the image is another one although nothing happened; absent: never. */
  readonly replanAt?: EpochMs;
}

export function project(input: ProjectionInput): Result<Projection, ProjectionFault> {
  const profiles = input.store.profiles.map(tighten).filter((profile) => !isNeverValid(profile));
  const folds = foldsOf(profiles, input);
  if (!folds.ok) return folds;
  const spots = input.places.map(
    (place, index): Spot => ({
      place,
      index,
      defaults: defaultsAt(profiles, place, input),
      fold: folds.value[index] ?? [],
    }),
  );
  let parts = withStationLimit({ entries: [], ids: input.ids, replanAt: undefined }, profiles, input);
  for (const tx of input.transactions) {
    const spot = spots.find(({ place }) => place.connector16 === tx.connector16);
    if (parts.ok && spot !== undefined) parts = withTxSlot(parts.value, tx, spot, profiles, input);
  }
  if (parts.ok) parts = withDefaults(parts.value, spots, input);
  return parts.ok ? checked(parts.value, input) : parts;
}

/** The station's own limits, once more over everything. */
function checked({ entries, ids, replanAt }: Parts, { caps }: ProjectionInput): Result<Projection, ProjectionFault> {
  if (entries.length > caps.maxInstalled) {
    return err({ reasonCode: "TooManyElements", text: `the station holds ${caps.maxInstalled} profiles` });
  }
  const highest = Math.max(0, ...entries.map(({ profile }) => profile.stackLevel));
  if (highest > caps.maxStack) {
    return err({
      reasonCode: "InvalidStackLevel",
      text: `${highest} is needed, the station's highest is ${caps.maxStack}`,
    });
  }
  return ok({ image: sortedImage(entries), ids, ...(replanAt === undefined ? {} : { replanAt }) });
}
