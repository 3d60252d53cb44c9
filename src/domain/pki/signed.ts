/** Signatures over DER, and how they were made. */
import { type Der, readDer, readOid, sequence } from "./der.ts";

/** What somebody has signed: the bytes, how, and the signature (RFC 5280 §4.1.1, RFC 6960 §4.2.1). */
export interface Signed {
  readonly content: Uint8Array;
  /** AlgorithmIdentifier in DER. */
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/** Object identifier and parameters of an AlgorithmIdentifier. */
export function algorithmOf(der: Uint8Array): { readonly oid: string; readonly parameters: Der | undefined } {
  const [oid, parameters] = sequence(readDer(der)) ?? [];
  return { oid: readOid(oid) ?? "", parameters };
}
