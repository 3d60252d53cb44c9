/**
 * What a CSMS says that 1.6 has no field for and that changes nothing a station does: left out, and counted wherever it comes. What would
 * change something is refused by the rule of its message, never left out here. Losses that depend on more than the field being there
 * (a measurand, a text that is too long) are counted by their rules.
 *
 * `customData` is its vendor's; none of it is passed on but what CostUpdated takes (cost.ts).
 *
 * @see docs/translation.md, "What is lost"; docs/translation-matrix.md, every field of every message
 */
import type { Payload } from "../ocpp/frame.ts";
import { COST_VENDOR } from "./cost.ts";

type Kind = "request" | "response";

/** Fields by message. Responses belong to calls of ours. */
const LOST: { readonly [message: string]: readonly string[] } = {
  "Authorize response": [
    "certificateStatus",
    "idTokenInfo.groupIdToken.additionalInfo",
    // 2.1
    "allowedEnergyTransfer",
    "tariff",
  ],
  // 2.1: it names a SignCertificate, of which there is one at a time.
  "CertificateSigned request": ["requestId"],
  // Stations are told the gateway's time, which the operator keeps.
  "Heartbeat response": ["currentTime"],
  "RequestStartTransaction request": ["idToken.additionalInfo", "groupIdToken.additionalInfo"],
  "ReserveNow request": ["idToken.additionalInfo", "groupIdToken.additionalInfo"],
  "SendLocalList request": [
    "localAuthorizationList.idToken.additionalInfo",
    "localAuthorizationList.idTokenInfo.groupIdToken.additionalInfo",
    // 1.6 has groups by name alone.
    "localAuthorizationList.idTokenInfo.groupIdToken.type",
    ...["chargingPriority", "language1", "language2", "personalMessage"].map(
      (name) => `localAuthorizationList.idTokenInfo.${name}`,
    ),
  ],
  // 2.1: of a CustomTrigger, which is refused; of any other it says nothing.
  "TriggerMessage request": ["customTrigger"],
  "TransactionEvent response": [
    "chargingPriority",
    "idTokenInfo.groupIdToken.additionalInfo",
    // 2.1
    "transactionLimit",
    "updatedPersonalMessageExtra",
  ],
};

const PATHS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map(
  Object.entries(LOST).map(([message, paths]) => [message, paths.map((path) => path.split("."))]),
);

/** Names of what is lost of a valid message of the CSMS; of elements of a list once for each. */
export function lostOfCsms(action: string, kind: Kind, payload: Payload): readonly string[] {
  const message = kind === "request" ? action : `${action}Response`;
  const fields = (PATHS.get(`${action} ${kind}`) ?? []).flatMap((names) =>
    Array.from({ length: countOf(payload, names) }, () => `${message}.${names.join(".")}`),
  );
  return hasCustomData(payload, action) ? [...fields, `${message}.customData`] : fields;
}

/** How often the field is there. */
function countOf(at: unknown, names: readonly string[], depth = 0): number {
  if (Array.isArray(at) && depth < names.length)
    return at.reduce((sum: number, item) => sum + countOf(item, names, depth), 0);
  const name = names[depth];
  if (name === undefined) return at === undefined ? 0 : 1;
  return typeof at === "object" && at !== null ? countOf((at as Payload)[name], names, depth + 1) : 0;
}

function hasCustomData(at: unknown, action = ""): boolean {
  if (typeof at !== "object" || at === null) return false;
  if (Array.isArray(at)) return at.some((item) => hasCustomData(item));
  const custom = (at as Payload)["customData"] as Payload | undefined;
  const isTaken = action === "CostUpdated" && custom?.["vendorId"] === COST_VENDOR;
  if (custom !== undefined && !isTaken) return true;
  return Object.entries(at).some(([name, inner]) => name !== "data" && name !== "customData" && hasCustomData(inner));
}
