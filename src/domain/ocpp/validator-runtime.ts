/**
 * What the generated validators (`generated/ocpp*.js`) call: formats, string length, and the one place where a failure
 * is noted. They stop at the first violation and validation is synchronous, so one note serves all of them; who calls a
 * validator reads the note before it calls another.
 */

/** The violation that the last validator which returned false has found. */
export const failure = { pointer: "", keyword: "" };

/** Notes a violation at `pointer`, relative to the value that the calling function checks. */
export function fail(pointer: string, keyword: string): false {
  failure.pointer = pointer;
  failure.keyword = keyword;
  return false;
}

/** Puts `prefix` before the noted pointer: the violation lies inside the value at `prefix`. */
export function failWithin(prefix: string): false {
  failure.pointer = prefix + failure.pointer;
  return false;
}

/** Characters of `text` as JSON Schema counts them: a surrogate pair is one. */
export function unicodeLength(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length - 1; i++) {
    const pair = (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (pair) {
      pairs++;
      i++;
    }
  }
  return text.length - pairs;
}

const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const NOT_A_NUMBER = 100;

/** The two decimal digits at `at`, or 100 when they are none. Past the end of the text they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NOT_A_NUMBER;
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** `YYYY-MM-DD` at the start of `text`, a day that exists. */
function startsWithDate(text: string): boolean {
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (century > 99 || yearOfCentury > 99 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= (DAYS[month] ?? 0) || (month === 2 && day === 29 && isLeapYear(century * 100 + yearOfCentury));
}

/** Index after the fraction of a second at `at`; `at` when there is none, −1 for a point without digits. */
function afterFraction(text: string, at: number): number {
  if (text.charCodeAt(at) !== 46) return at;
  let end = at + 1;
  for (let digit = text.charCodeAt(end); digit >= 48 && digit <= 57; digit = text.charCodeAt(end)) end++;
  return end === at + 1 ? -1 : end;
}

/** Minutes east of UTC that `Z`, `z` or `±hh:mm` at `at` says, where it ends the text; NaN when it is none of them. */
function zoneMinutes(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if ((sign | 0x20) === 0x7a) return text.length === at + 1 ? 0 : Number.NaN;
  if ((sign !== 43 && sign !== 45) || text.length !== at + 6 || text.charCodeAt(at + 3) !== 58) return Number.NaN;
  const hour = twoDigits(text, at + 1);
  const minute = twoDigits(text, at + 4);
  if (hour > 23 || minute > 59) return Number.NaN;
  return (sign === 45 ? -1 : 1) * (hour * 60 + minute);
}

/**
 * RFC 3339 `date-time` with any offset and any number of fraction digits. The day must exist; second 60 is taken only
 * where a leap second can be, at 23:59 UTC. No regular expression: timestamps are in every second message.
 *
 * @see RFC 3339 §5.6, §5.7
 */
export function isDateTime(text: string): boolean {
  if (!startsWithDate(text) || (text.charCodeAt(10) | 0x20) !== 0x74) return false;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (hour > 23 || minute > 59 || second > 60) return false;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return false;
  const zoneAt = afterFraction(text, 19);
  const offset = zoneAt < 0 ? Number.NaN : zoneMinutes(text, zoneAt);
  if (second < 60) return !Number.isNaN(offset);
  return (hour * 60 + minute - offset + 1440) % 1440 === 1439;
}

const UNRESERVED = "[\\w.~!$&'()*+,;=-]|%[\\da-f]{2}";
const PCHAR = `(?:${UNRESERVED}|[:@])`;
const IP_LITERAL = `\\[(?:[\\da-f:.]{2,}|v[\\da-f]+\\.(?:${UNRESERVED}|:)+)\\]`;
const AUTHORITY = `(?:(?:${UNRESERVED}|:)*@)?(?:${IP_LITERAL}|(?:${UNRESERVED})*)(?::\\d*)?`;
const URI = new RegExp(
  `^[a-z][a-z\\d+.-]*:(?://${AUTHORITY}(?:/${PCHAR}*)*|/?(?:${PCHAR}+(?:/${PCHAR}*)*)?)` +
    `(?:\\?(?:${PCHAR}|[/?])*)?(?:#(?:${PCHAR}|[/?])*)?$`,
  "i",
);

/** RFC 3986 URI with a scheme (`ftp://user:secret@host/dir`). An IPv6 address in brackets is checked by its characters only. */
export const isUri = (text: string): boolean => URI.test(text);

/** Formats by their JSON Schema name. */
export const formats = { "date-time": isDateTime, uri: isUri };
