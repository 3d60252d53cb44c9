/**
 * One pass over the bytes of a frame for the two JSON hazards that `JSON.parse` hides: nesting deep enough to hurt whoever
 * walks it, and an object that names the same key twice (parsers disagree on which one counts, so what the gateway
 * inspected might not be what the other side acts on).
 *
 * Works on bytes because indexing a Uint8Array is several times faster than `charCodeAt`; UTF-8 continuation bytes never
 * look like JSON punctuation.
 *
 * @see RFC 8259 §4 (names SHOULD be unique), §9 (a parser may limit depth)
 */

export type JsonHazard = "too-deep" | "duplicate-key" | "too-many-keys";

/** Keys of all open objects together; more than any OCPP message has (a full NotifyReport keeps about 60 open). */
const MAX_OPEN_KEYS = 1024;
const MAX_DEPTH = 64;
/** Keys of one object in a frame that writes keys with escapes: no station does, and comparing them is slow. */
const MAX_ESCAPED_KEYS = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;

// Scratch space: scanning is synchronous, so one set serves every frame.
const keyStart = new Int32Array(MAX_OPEN_KEYS);
const keyEnd = new Int32Array(MAX_OPEN_KEYS);
const keyDigest = new Int32Array(MAX_OPEN_KEYS);
const firstKeyOf = new Int32Array(MAX_DEPTH + 1);
/** Key texts without their escapes, each made once: a frame full of escaped keys must not cost the square of its length. */
const keyName: (string | undefined)[] = new Array(MAX_OPEN_KEYS).fill(undefined);
let openKeys = 0;
let frameHasEscapes = false;
let escapedKeySeen = false;

/**
 * First hazard in `bytes`, or undefined.
 *
 * @param bytes valid JSON in UTF-8 (call it after `JSON.parse` succeeded; on anything else the answer means nothing)
 * @param maxDepth deepest nesting allowed, 1…64
 */
export function scanJson(bytes: Uint8Array, maxDepth: number): JsonHazard | undefined {
  const limit = Math.min(maxDepth, MAX_DEPTH);
  const end = bytes.length;
  let depth = 0;
  openKeys = 0;
  frameHasEscapes = bytes.indexOf(BACKSLASH) !== -1;
  escapedKeySeen = false;
  for (let i = 0; i < end; i += 1) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      const start = i + 1;
      i = endOfString(bytes, start);
      const hazard = afterString(bytes, start, i, firstKeyOf[depth] as number);
      if (hazard !== undefined) return hazard;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === limit) return "too-deep";
      depth += 1;
      firstKeyOf[depth] = openKeys;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      openKeys = firstKeyOf[depth] as number;
      depth -= 1;
    }
  }
  return undefined;
}

/** A string followed by a colon is a key of the innermost open object, whose keys begin at number `base`. */
function afterString(bytes: Uint8Array, start: number, end: number, base: number): JsonHazard | undefined {
  if (bytes[end + 1] !== COLON && bytes[skipSpace(bytes, end + 1)] !== COLON) return undefined;
  if (openKeys === MAX_OPEN_KEYS) return "too-many-keys";
  if (isRepeated(bytes, start, end, base)) return "duplicate-key";
  openKeys += 1;
  if (escapedKeySeen && openKeys - base > MAX_ESCAPED_KEYS) return "too-many-keys";
  return undefined;
}

/** Index of the closing quote of the string whose first character is at `from`. */
function endOfString(bytes: Uint8Array, from: number): number {
  let i = from;
  for (;;) {
    const byte = bytes[i];
    if (byte === QUOTE || byte === undefined) return i;
    i += byte === BACKSLASH ? 2 : 1;
  }
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let i = from;
  while ((bytes[i] as number) <= 0x20) i += 1;
  return i;
}

/** Notes the key at `start…end`; true when its object has it already. */
function isRepeated(bytes: Uint8Array, start: number, end: number, base: number): boolean {
  const digest =
    ((end - start) << 24) ^
    ((bytes[start] as number) << 16) ^
    ((bytes[(start + end) >> 1] as number) << 8) ^
    (bytes[end - 1] as number);
  for (let k = base; k < openKeys; k += 1) {
    if (keyDigest[k] === digest && sameBytes(bytes, keyStart[k] as number, keyEnd[k] as number, start, end))
      return true;
  }
  if (frameHasEscapes && hasEscapedTwin(bytes, start, end, base)) return true;
  keyStart[openKeys] = start;
  keyEnd[openKeys] = end;
  keyDigest[openKeys] = digest;
  return false;
}

function sameBytes(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = 0; i < aEnd - aStart; i += 1) if (bytes[aStart + i] !== bytes[bStart + i]) return false;
  return true;
}

/** A key written with escapes (`"\u0069d"`) equals one written without. */
function hasEscapedTwin(bytes: Uint8Array, start: number, end: number, base: number): boolean {
  if (!escapedKeySeen) {
    escapedKeySeen = bytes.subarray(start, end).includes(BACKSLASH);
    if (!escapedKeySeen) return false;
    for (let k = 0; k < openKeys; k += 1) keyName[k] = keyText(bytes, keyStart[k] as number, keyEnd[k] as number);
  }
  const name = keyText(bytes, start, end);
  for (let k = base; k < openKeys; k += 1) if (keyName[k] === name) return true;
  keyName[openKeys] = name;
  return false;
}

const utf8 = new TextDecoder();

function keyText(bytes: Uint8Array, start: number, end: number): string {
  return JSON.parse(`"${utf8.decode(bytes.subarray(start, end))}"`) as string;
}
