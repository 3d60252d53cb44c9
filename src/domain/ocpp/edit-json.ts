/**
 * Changes one value of a frame's text and leaves every other byte as it came: whitespace, escapes, number spelling, key order.
 * Signed meter values and whatever else a peer wrote survive because nothing is serialised again.
 *
 *     [2,"17","MeterValues",{ "connectorId":1, "transactionId" : -7 ,…}]
 *     ╰──────────────── prefix ─────────────────────────────────╯╰┤╰─ suffix
 *                                                  only this value is another
 *
 * The text must be what `decodeFrame` accepted: valid JSON, no key twice in one object, nesting bounded. On anything else the
 * answer means nothing, but it comes. One pass, linear in the length of the text; keys are compared in place, and only a key
 * that is written with escapes is decoded.
 *
 * @see RFC 8259 §2 (whitespace), §7 (a key may be written with escapes)
 */

/** Keys into objects and indices into arrays, from the root array of the frame: `[3, "transactionId"]`. */
export type JsonPath = readonly (string | number)[];

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

const NOWHERE = -1;

/**
 * The text with the value at `path` replaced by `json`; undefined when there is no such place.
 *
 * @param json JSON text, taken as it is
 */
export function replaceAt(text: string, path: JsonPath, json: string): string | undefined {
  const start = find(text, path);
  return start === NOWHERE ? undefined : text.slice(0, start) + json + text.slice(endOfValue(text, start));
}

/**
 * The text with member `key` of the object at `path` set to `json`: its value is replaced, or the member is inserted as the
 * first. Undefined when there is no object at `path`, as with the `null` payload that 1.6 peers may send.
 *
 * @param json JSON text, taken as it is
 */
export function setMember(text: string, path: JsonPath, key: string, json: string): string | undefined {
  const open = find(text, path);
  if (open === NOWHERE || text.charCodeAt(open) !== OPEN_BRACE) return undefined;
  const start = findMember(text, open, key);
  if (start !== NOWHERE) return text.slice(0, start) + json + text.slice(endOfValue(text, start));
  const isEmpty = text.charCodeAt(skipSpace(text, open + 1)) === CLOSE_BRACE;
  return `${text.slice(0, open + 1)}${JSON.stringify(key)}:${json}${isEmpty ? "" : ","}${text.slice(open + 1)}`;
}

/** The JSON text of the value at `path` as the peer wrote it; undefined when there is no such place. */
export function textAt(text: string, path: JsonPath): string | undefined {
  const start = find(text, path);
  return start === NOWHERE ? undefined : text.slice(start, endOfValue(text, start));
}

/**
 * The text with each element of the array at `path` replaced by what `edit` makes of its text; undefined when there is no array.
 * One pass, however many elements there are; commas and whitespace between them stay.
 */
export function editElements(
  text: string,
  path: JsonPath,
  edit: (element: string, index: number) => string,
): string | undefined {
  const open = find(text, path);
  if (open === NOWHERE || text.charCodeAt(open) !== OPEN_BRACKET) return undefined;
  let at = skipSpace(text, open + 1);
  if (text.charCodeAt(at) === CLOSE_BRACKET) return text;
  let edited = text.slice(0, at);
  for (let index = 0; at < text.length; index += 1) {
    const end = endOfValue(text, at);
    edited += edit(text.slice(at, end), index);
    const comma = skipSpace(text, end);
    if (text.charCodeAt(comma) !== COMMA) return edited + text.slice(end);
    at = skipSpace(text, comma + 1);
    edited += text.slice(end, at);
  }
  return edited;
}

/** Index of the first character of the value at `path`, or {@link NOWHERE}. */
function find(text: string, path: JsonPath): number {
  let at = skipSpace(text, 0);
  for (const step of path) {
    const open = text.charCodeAt(at);
    if (typeof step === "number" ? open !== OPEN_BRACKET : open !== OPEN_BRACE) return NOWHERE;
    at = typeof step === "number" ? findElement(text, at, step) : findMember(text, at, step);
    if (at === NOWHERE) return NOWHERE;
  }
  return at;
}

/** Start of the element with this index in the array that opens at `open`. */
function findElement(text: string, open: number, index: number): number {
  let at = skipSpace(text, open + 1);
  if (text.charCodeAt(at) === CLOSE_BRACKET) return NOWHERE;
  for (let i = 0; i !== index; i += 1) {
    at = skipSpace(text, endOfValue(text, at));
    if (text.charCodeAt(at) !== COMMA) return NOWHERE;
    at = skipSpace(text, at + 1);
  }
  return at;
}

/** Start of the value that belongs to `key` in the object that opens at `open`. */
function findMember(text: string, open: number, key: string): number {
  let at = skipSpace(text, open + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const endOfKey = endOfString(text, at);
    const colon = skipSpace(text, endOfKey);
    if (text.charCodeAt(colon) !== COLON) return NOWHERE;
    const value = skipSpace(text, colon + 1);
    if (isKey(text, at, endOfKey, key)) return value;
    at = skipSpace(text, endOfValue(text, value));
    if (text.charCodeAt(at) !== COMMA) return NOWHERE;
    at = skipSpace(text, at + 1);
  }
  return NOWHERE;
}

/** True when the quoted string at `start…end` says `key`. An escape is always longer than what it stands for. */
function isKey(text: string, start: number, end: number, key: string): boolean {
  const length = end - start - 2;
  if (length < key.length) return false;
  if (length === key.length) return text.startsWith(key, start + 1) && !key.includes("\\");
  for (let i = start + 1; i < end - 1; i += 1) {
    if (text.charCodeAt(i) === BACKSLASH) return decoded(text.slice(start, end)) === key;
  }
  return false;
}

function decoded(quoted: string): unknown {
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}

function skipSpace(text: string, from: number): number {
  let i = from;
  // The end of the text is NaN and ends the loop.
  while (text.charCodeAt(i) <= SPACE) i += 1;
  return i;
}

/** Index behind the value that starts at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  return first === OPEN_BRACE || first === OPEN_BRACKET ? endOfNest(text, start) : endOfScalar(text, start);
}

/** Index behind the bracket that closes the one at `start`. */
function endOfNest(text: string, start: number): number {
  let depth = 0;
  let i = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    i += 1;
    if (depth === 0) return i;
  }
  return text.length;
}

/**
 * Index behind the closing quote of the string that opens at `start`. A quote behind an odd number of backslashes is text; no
 * backslash is counted for two quotes, so this too is linear.
 */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== NOWHERE) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

/** Index behind a number, `true`, `false` or `null`. */
function endOfScalar(text: string, start: number): number {
  let i = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code <= SPACE || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) return i;
    i += 1;
  }
  return i;
}
