/**
 * Which of two certificates a dial presents.
 *
 *     refusals  0 1 2 │ 3 4 5 6 …
 *     presents  new   │ old new old new …
 *
 * A new certificate is on trial until it has worked; after three refusals the old one is tried as well, by turns, so that whichever the
 * CSMS lets in is found, and the station never stays outside for a certificate's sake.
 *
 * @see OCPP 2.0.1 Part 2 A02.FR.10, FR.28, B10.FR.07–FR.09
 */
import type { EpochMs, KeyId } from "../ids.ts";

export interface Credential {
  readonly keyId: KeyId;
  /** PEM, leaf first, without the root. */
  readonly chain: string;
  /** SHA-256 of the leaf, hex. */
  readonly fingerprint: string;
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
}

/** A request for a certificate that is under way. */
export interface PendingRequest {
  readonly keyId: KeyId;
  /** SHA-256 of the public key, hex. */
  readonly spki: string;
  /** PEM. */
  readonly csr: string;
}

export const REFUSALS_BEFORE_OLD = 3;

/** @param refusals of the CSMS since one of the two has worked */
export function choose<T>(first: T, second: T | undefined, refusals: number): T {
  if (second === undefined || refusals < REFUSALS_BEFORE_OLD) return first;
  return (refusals - REFUSALS_BEFORE_OLD) % 2 === 0 ? second : first;
}
