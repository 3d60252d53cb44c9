/**
 * Numbers that OCPP carries as text: `value` of 1.6, `actualValue` and stream elements of 2.x.
 *
 * Strict: an optional sign, digits, at most one point with digits on both sides, an optional exponent, nothing around it.
 * `"230,1"`, `" 5"`, `"0x10"`, `""` and `"NaN"` are not numbers.
 */
const MAX_LENGTH = 32;
/** Up to here an integer mantissa is exact, and so is the power of ten it is divided by: one rounding, as in `Number`. */
const EXACT_DIGITS = 15;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

const ZERO = 48;
const NINE = 57;
const POINT = 46;
const MINUS = 45;
const PLUS = 43;

/** The number, or NaN where `text` is not a finite one by the grammar above. Never throws. */
export function parseDecimal(text: unknown): number {
  if (typeof text !== "string") return Number.NaN;
  const length = text.length;
  if (length === 0 || length > MAX_LENGTH) return Number.NaN;
  const sign = text.charCodeAt(0);
  const start = sign === MINUS || sign === PLUS ? 1 : 0;
  if (length - start > EXACT_DIGITS) return parseSlowly(text);
  const magnitude = scan(text, start);
  if (magnitude < 0) return parseSlowly(text);
  return sign === MINUS ? -magnitude : magnitude;
}

/** Plain `digits` or `digits.digits` from `start` on; −1 for everything else. */
function scan(text: string, start: number): number {
  let mantissa = 0;
  let point = -1;
  const length = text.length;
  for (let i = start; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) mantissa = mantissa * 10 + (code - ZERO);
    else if (code === POINT && point < 0 && i > start) point = i;
    else return -1;
  }
  if (point < 0) return start < length ? mantissa : -1;
  const decimals = length - 1 - point;
  return decimals === 0 ? -1 : mantissa / (POWERS[decimals] ?? Number.NaN);
}

function parseSlowly(text: string): number {
  if (!DECIMAL.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}
