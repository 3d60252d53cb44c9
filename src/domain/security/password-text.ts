/**
 * The password that a CSMS sets for what it takes for the station, as bytes.
 *
 * @see OCPP 1.6 white paper ed. 3 A01 (AuthorizationKey is hex-encoded; text is what field devices take besides); OCPP 2.0.1 Part 2 A01 (16 to 40
 *   characters)
 */
import type { OcppVersion } from "../ocpp/version.ts";

const SHORTEST = 16;
const LONGEST = 40;

/** Undefined when it cannot be one. */
export function passwordBytes(version: OcppVersion, text: string): Buffer | undefined {
  const isHex = /^(?:[0-9a-fA-F]{2})+$/.test(text) && text.length >= 2 * SHORTEST && text.length <= LONGEST;
  if (version === "ocpp1.6" && isHex) return Buffer.from(text, "hex");
  return text.length >= SHORTEST && text.length <= LONGEST ? Buffer.from(text) : undefined;
}
