/**
 * As much of DER (X.690) as certificates, CRLs and OCSP answers need: elements one after the other, without recursion and without
 * copying. What is not DER (indefinite or long-winded lengths, tags of several bytes, bytes that are left over) is undefined.
 */

export interface Der {
  readonly tag: number;
  readonly body: Uint8Array;
  /** The whole element: tag, length and body. */
  readonly raw: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Tag of a `[n]`. */
export const context = (n: number, isConstructed = true): number => 0x80 | (isConstructed ? 0x20 : 0) | n;

/** The element that these bytes are, to the last of them. */
export function readDer(bytes: Uint8Array): Der | undefined {
  const element = elementAt(bytes, 0);
  return element?.raw.length === bytes.length ? element : undefined;
}

/** The elements within one; undefined where some part of it is no element. */
export function within(outer: Der | undefined): readonly Der[] | undefined {
  if (outer === undefined) return undefined;
  const found: Der[] = [];
  for (let at = 0; at < outer.body.length; ) {
    const element = elementAt(outer.body, at);
    if (element === undefined) return undefined;
    found.push(element);
    at += element.raw.length;
  }
  return found;
}

/** The elements of a SEQUENCE; undefined for anything else. */
export const sequence = (element: Der | undefined): readonly Der[] | undefined =>
  element?.tag === TAG.sequence ? within(element) : undefined;

/** The element that begins there. */
export function elementAt(bytes: Uint8Array, at: number): Der | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  let length = first;
  let from = at + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > LENGTH_BYTES || from + count > bytes.length) return undefined;
    length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[from + i] ?? 0);
    if (length < 0x80 || bytes[from] === 0) return undefined;
    from += count;
  }
  const end = from + length;
  if (end > bytes.length) return undefined;
  return { tag, body: bytes.subarray(from, end), raw: bytes.subarray(at, end) };
}

/** 16 MiB: more than anything that is read here. */
const LENGTH_BYTES = 3;

/** An element of these parts. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const lengthBytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) lengthBytes.unshift(rest % 256);
  const head = size < 0x80 ? [tag, size] : [tag, 0x80 | lengthBytes.length, ...lengthBytes];
  return Buffer.concat([Uint8Array.from(head), ...parts]);
}

/** In dots. */
export function readOid(element: Der | undefined): string | undefined {
  if (element?.tag !== TAG.oid || element.body.length === 0) return undefined;
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of element.body) {
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) return undefined;
    if (byte >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return (element.body.at(-1) ?? 0x80) < 0x80 ? arcs.join(".") : undefined;
}

/** Milliseconds since 1970, of a UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 writes them: with seconds, in Z. */
export function readTime(element: Der | undefined): number | undefined {
  const text = element === undefined ? "" : Buffer.from(element.body).toString("latin1");
  const digits = element?.tag === TAG.utcTime ? (Number(text.slice(0, 2)) < 50 ? `20${text}` : `19${text}`) : text;
  const isTime = element?.tag === TAG.utcTime || element?.tag === TAG.generalizedTime;
  const match = isTime ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const ms = Date.parse(`${iso}Z`);
  // A 30th of February is no day, and some parsers count on.
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(iso) ? undefined : ms;
}
