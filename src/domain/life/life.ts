/**
 * From traffic to life: which message tells the station machine something. Most do not, and cost one look at their action.
 */
import type { OcppVersion } from "../ocpp/version.ts";
import { lifeOfAnswer2x, lifeOfCall2x } from "./life-2x.ts";
import { lifeOfAnswer16, lifeOfCall16 } from "./life-16.ts";
import type { LifeEvent } from "./life-event.ts";

type Fields = { readonly [field: string]: unknown };

/** What a CALL of the station tells as soon as it is sent. Pure; never throws whatever the payload holds. */
export function lifeOfCall(version: OcppVersion, action: string, payload: Fields): LifeEvent | undefined {
  return version === "ocpp1.6" ? lifeOfCall16(action, payload) : lifeOfCall2x(action, payload);
}

/** What a CALL of either side tells once it got its CALLRESULT. Pure; never throws whatever the payloads hold. */
export function lifeOfAnswer(
  version: OcppVersion,
  action: string,
  payload: Fields,
  answer: Fields,
): LifeEvent | undefined {
  return version === "ocpp1.6" ? lifeOfAnswer16(action, payload, answer) : lifeOfAnswer2x(action, payload, answer);
}
