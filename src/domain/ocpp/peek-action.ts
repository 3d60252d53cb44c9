/**
 * The action of a CALL or SEND, read from the first bytes of the frame without parsing it: for decisions that must cost nothing
 * and may be wrong, such as what to work on first. What is done with the frame is decided when it was parsed.
 *
 * Pure; undefined for whatever is not written in the usual way.
 */

const OPEN = 0x5b;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const CALL = 0x32;
const SEND = 0x36;
/** Longest id and longest action that are looked at. */
const MAX_TEXT = 64;

/** @param bytes a frame, valid or not */
export function peekAction(bytes: Buffer): string | undefined {
  if (bytes[0] !== OPEN || (bytes[1] !== CALL && bytes[1] !== SEND)) return undefined;
  const id = afterComma(bytes, 2);
  const idEnd = closingQuote(bytes, id);
  const action = afterComma(bytes, idEnd + 1);
  const actionEnd = closingQuote(bytes, action);
  return actionEnd > 0 ? bytes.toString("latin1", action, actionEnd) : undefined;
}

/** Index of the first character of the string that follows a comma at `at`; 0 where none does. */
function afterComma(bytes: Buffer, at: number): number {
  if (bytes[at] !== COMMA) return 0;
  const next = bytes[at + 1] === SPACE ? at + 2 : at + 1;
  return bytes[next] === QUOTE ? next + 1 : 0;
}

/** Index of the quote that ends the string beginning at `from`; 0 where it is long, escaped or not there. */
function closingQuote(bytes: Buffer, from: number): number {
  if (from === 0) return 0;
  for (let i = from; i < from + MAX_TEXT; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) return i;
    if (byte === undefined || byte === BACKSLASH) return 0;
  }
  return 0;
}
