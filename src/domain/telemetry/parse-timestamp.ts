/**
 * RFC 3339 timestamps, quickly: nearly every one that a station sends is `YYYY-MM-DDTHH:mm:ss(.fff)Z`.
 *
 * @see OCPP 1.6 edition 2 §3.12, OCPP 2.0.1 Part 2 §2.1.4: RFC 3339, three decimal places at most recommended
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { Quality } from "./observation.ts";

/** An instant, and whether to believe it. */
export interface Instant {
  readonly at: EpochMs;
  readonly quality: Quality;
}

const GENERAL = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(?:[Zz]|([+-])(\d\d):?(\d\d))?$/;
const DAY_MS = 86_400_000;
/** A station clock further ahead of ours than this is off … */
const MAX_AHEAD_MS = 300_000;
/** … and further than this, it says nothing. */
const MAX_USEFUL_AHEAD_MS = DAY_MS;
/** Nobody measured anything with OCPP before (2010-01-01); a clock that says so was never set. */
const EARLIEST_MS = 1_262_304_000_000;

const ZERO = 48;

/**
 * When something was observed, by the station's own clock.
 *
 * | timestamp                                  | instant      | quality |
 * | ------------------------------------------ | ------------ | ------- |
 * | missing                                    | `receivedAt` | good    |
 * | unreadable, before 2010, over a day ahead  | `receivedAt` | suspect |
 * | without a zone                             | read as UTC  | suspect |
 * | over five minutes ahead                    | as it says   | suspect |
 * | else                                       | as it says   | good    |
 */
export function observedAt(text: unknown, receivedAt: EpochMs): Instant {
  if (text === undefined) return { at: receivedAt, quality: 0 };
  if (typeof text !== "string") return { at: receivedAt, quality: 1 };
  const ms = parseTimestamp(text);
  // NaN fails both comparisons.
  const isUseful = ms >= EARLIEST_MS && ms <= receivedAt + MAX_USEFUL_AHEAD_MS;
  if (!isUseful) return { at: receivedAt, quality: 1 };
  return { at: epochMs(ms), quality: ms <= receivedAt + MAX_AHEAD_MS && hasZone(text) ? 0 : 1 };
}

/** Milliseconds since the epoch of an RFC 3339 timestamp, read as UTC where it has no zone; NaN for anything else. */
export function parseTimestamp(text: string): number {
  const fast = parseUtc(text);
  return Number.isNaN(fast) ? parseGeneral(text) : fast;
}

/** Milliseconds since the epoch of `YYYY-MM-DDTHH:mm:ss(.f…)Z`, or NaN for any other shape or an impossible date. */
export function parseUtc(text: string): number {
  const length = text.length;
  if (length < 20 || length > 30 || text.charCodeAt(length - 1) !== 90 || !hasSeparators(text)) return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  // NaN fails every comparison, so one that is not a digit ends here too.
  const isTime = hour <= 23 && minute <= 59 && second <= 59;
  const isDate = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isTime || !isDate) return Number.NaN;
  return daysFromEpoch(year, month, day) * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000 + fraction(text);
}

function hasSeparators(text: string): boolean {
  return (
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58
  );
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i += 1) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Whole milliseconds of `.fff…` between second 19 and the `Z`; NaN where something else stands there. */
function fraction(text: string): number {
  const count = text.length - 21;
  if (count < 0) return 0;
  if (count === 0 || text.charCodeAt(19) !== 46) return Number.NaN;
  if (count === 3) return digits(text, 20, 3);
  return Math.floor((digits(text, 20, count) * 1000) / 10 ** count);
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; the year begins in March so that leap days come last. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

/** Offsets, lower case, a blank for the `T`, no seconds, no zone: what the fast path leaves. */
function parseGeneral(text: string): number {
  if (text.length > 40) return Number.NaN;
  const match = GENERAL.exec(text);
  if (match === null) return Number.NaN;
  const [, date, minutes, seconds = ":00", sign, offsetHours, offsetMinutes] = match;
  const utc = parseUtc(`${date}T${minutes}${seconds}Z`);
  if (sign === undefined) return utc;
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return sign === "+" ? utc - offsetMs : utc + offsetMs;
}

/** True when a timestamp says `Z` or an offset, so that it means one instant. */
export function hasZone(text: string): boolean {
  const last = text.charCodeAt(text.length - 1) | 32;
  return last === 122 || /[+-]\d\d:?\d\d$/.test(text.slice(11));
}
