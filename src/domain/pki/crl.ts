/**
 * Certificate revocation lists (RFC 5280 §5), complete ones of the certificate's own issuer. A list is kept as its bytes: whether a number
 * is on it is found by looking for the number's DER, and only what was found is read.
 */
import { context, elementAt, readDer, readTime, sequence, TAG, within } from "./der.ts";
import { bits, type Extension, fullNames, readExtensions } from "./revocation-facts.ts";
import type { Signed } from "./signed.ts";

export interface Crl extends Signed {
  /** DER of the issuer's Name. */
  readonly issuer: Uint8Array;
  readonly thisUpdate: number;
  /** Undefined: the issuer does not say; RFC 5280 wants it. */
  readonly nextUpdate: number | undefined;
  /** Entries of what was withdrawn, one after the other. */
  readonly entries: Uint8Array;
  /** Where it says that it is one part of the list, the http:// URLs of that part. */
  readonly partUrls: readonly string[] | undefined;
}

const ISSUING_DISTRIBUTION_POINT = "2.5.29.28";

/** Undefined: not a list, or one whose meaning is not known here (a delta, an indirect one, one of CAs or of some reasons alone). */
export function readCrl(der: Uint8Array): Crl | undefined {
  const [tbs, algorithm, signature] = sequence(readDer(der)) ?? [];
  const parts = [...(sequence(tbs) ?? [])];
  if (parts[0]?.tag === TAG.integer) parts.shift();
  const [, issuer, thisUpdate, ...rest] = parts;
  const at = readTime(thisUpdate);
  const signed = bits(signature);
  if (tbs === undefined || algorithm === undefined || signed === undefined || at === undefined) return undefined;
  if (issuer?.tag !== TAG.sequence) return undefined;
  const extensions = readExtensions(rest.find(({ tag }) => tag === context(0)));
  const scope = scopeOf(extensions);
  if (scope === "unknown") return undefined;
  return {
    content: tbs.raw,
    algorithm: algorithm.raw,
    signature: signed,
    issuer: issuer.raw,
    thisUpdate: at,
    nextUpdate: readTime(rest[0]),
    entries: rest.find(({ tag }) => tag === TAG.sequence)?.body ?? new Uint8Array(),
    partUrls: scope,
  };
}

/** @param serial the serial number's whole DER */
export function isOnCrl({ entries }: Pick<Crl, "entries">, serial: Uint8Array): boolean {
  // These bytes may also stand across two fields by chance: only then the list is walked through.
  if (Buffer.from(entries.buffer, entries.byteOffset, entries.length).indexOf(serial) < 0) return false;
  for (let at = 0; at < entries.length; ) {
    const entry = elementAt(entries, at);
    // A list that cannot be read to its end may name anything.
    if (entry === undefined) return true;
    const number = elementAt(entry.body, 0);
    if (number === undefined || Buffer.compare(number.raw, serial) === 0) return true;
    at += entry.raw.length;
  }
  return false;
}

function scopeOf(extensions: ReadonlyMap<string, Extension>): readonly string[] | undefined | "unknown" {
  for (const [id, { isCritical }] of extensions) if (isCritical && id !== ISSUING_DISTRIBUTION_POINT) return "unknown";
  const point = extensions.get(ISSUING_DISTRIBUTION_POINT);
  if (point === undefined) return undefined;
  const fields = within(point.value);
  // [1] of end entities only: those are asked about.
  const isPlain = fields?.every(({ tag }) => tag === context(0) || tag === context(1, false)) === true;
  const name = fields?.find(({ tag }) => tag === context(0));
  return !isPlain || name === undefined ? (isPlain ? undefined : "unknown") : fullNames(name);
}
