/**
 * A message with what identifies a driver or a vehicle replaced, for people who look after queues and not after customers.
 *
 * | masked                                                              | why                                       |
 * | ------------------------------------------------------------------- | ----------------------------------------- |
 * | `idTag`, `parentIdTag`; `idToken` and what hangs on it, at any depth | the card                                  |
 * | `evccId`, `emaid`, `certificate` and its hashes                     | the vehicle, its contract                 |
 * | `signedMeterData`, `signedMeterValue`; 1.6 values with `format: SignedData` | a signed record names the card, too |
 * | `techInfo`, `data`, `customData`                                    | free text of vendors: nobody knows        |
 */
import type { Payload } from "../ocpp/frame.ts";

export const MASK = "***";

const MASKED: ReadonlySet<string> = new Set([
  "idTag",
  "parentIdTag",
  "idToken",
  "groupIdToken",
  "additionalInfo",
  "additionalIdToken",
  "evccId",
  "emaid",
  "certificate",
  "iso15118CertificateHashData",
  "signedMeterData",
  "signedMeterValue",
  "techInfo",
  "data",
  "customData",
]);

/** Never changes its input; shapes stay, down to the leaves. */
export function maskTokens(payload: Payload): Payload {
  return masked(payload, false) as Payload;
}

function masked(value: unknown, isSecret: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, isSecret));
  if (typeof value !== "object" || value === null) return isSecret && value !== null ? MASK : value;
  const isSigned = (value as Payload)["format"] === "SignedData";
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      masked(member, isSecret || MASKED.has(key) || (isSigned && key === "value")),
    ]),
  );
}
