/**
 * From a store to what the station is told: projection, ids and plan in one. Nothing is changed by it; whoever asks takes `next` over
 * once the station has accepted every step, and keeps what it has when there is a fault.
 */
import { err, ok, type Result } from "../result.ts";
import type { Image16, ProjectionFault } from "./image.ts";
import { forget, type ImageIds } from "./image-ids.ts";
import { type Acked, type PlanStep, planOf } from "./plan.ts";
import { bridged } from "./plan-bridge.ts";
import type { ChargingStore } from "./profile.ts";
import { type Projection, project } from "./projection.ts";
import type { ProjectionInput } from "./projection-input.ts";

/** What is held of one station. */
export interface Standing {
  readonly store: ChargingStore;
  readonly ids: ImageIds;
  readonly acked: Acked;
}

export interface Change {
  readonly store: ChargingStore;
  readonly ids: ImageIds;
  readonly image: Image16;
  /** Empty: the station has it already. */
  readonly steps: readonly PlanStep[];
  readonly replanAt: Projection["replanAt"];
}

export type Surroundings = Omit<ProjectionInput, "store" | "ids">;

export function changeTo(
  standing: Pick<Standing, "ids" | "acked">,
  store: ChargingStore,
  around: Surroundings,
): Result<Change, ProjectionFault> {
  const projected = project({ ...around, store, ids: standing.ids });
  if (!projected.ok) return err(projected.error);
  const { image, replanAt } = projected.value;
  const held = new Set((standing.acked ?? []).map(({ profile }) => profile.chargingProfileId));
  const inStore = new Set(store.profiles.map(({ id }) => id));
  return ok({
    store,
    ids: forget(projected.value.ids, (id) => inStore.has(id), held),
    image,
    steps: bridged(planOf(standing.acked, image, around.caps.maxInstalled), standing.acked, image, around),
    replanAt,
  });
}
