/** I1 to I19 in their order. */
import { IMAGE_PROPERTIES } from "./charging-properties-image.ts";
import { PLAN_PROPERTIES } from "./charging-properties-plan.ts";
import { REQUEST_PROPERTIES } from "./charging-properties-requests.ts";
import type { ChargingProperty } from "./charging-subject.ts";

const numberOf = ({ name }: ChargingProperty): number => Number(name.slice(1));

export const CHARGING_PROPERTIES: readonly ChargingProperty[] = [
  ...IMAGE_PROPERTIES,
  ...PLAN_PROPERTIES,
  ...REQUEST_PROPERTIES,
].sort((a, b) => numberOf(a) - numberOf(b));
