/**
 * The second line of defence: looks at text that is about to leave for the shapes that personal data has. The allow-list
 * of extraction makes a hit impossible; a hit therefore means a defect, and the text must not go.
 *
 * Every pattern has bounded repetitions, so its time is linear in the text. Bare numbers are what the lane exists for: a
 * pattern that plain digits can match asks for quotes, or for digits that stand alone.
 */

export type TripwireKind =
  | "contract id"
  | "VIN"
  | "MAC address"
  | "RFID UID"
  | "ICCID"
  | "IMSI"
  | "e-mail address"
  | "phone number"
  | "IBAN"
  | "PEM"
  | "JWT"
  | "URL with credentials";

/** What was found, and where; never the text itself. */
export interface TripwireHit {
  readonly kind: TripwireKind;
  /** Offset of the first character. */
  readonly index: number;
}

const PATTERNS: readonly (readonly [kind: TripwireKind, pattern: RegExp])[] = [
  ["PEM", /-----BEGIN /],
  ["JWT", /eyJ[\w-]{8,512}\.eyJ/],
  ["URL with credentials", /:\/\/[^\s/@"]{1,128}@/],
  ["e-mail address", /[\w.%+-]@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9-]/],
  ["phone number", /(?<![\w.+])\+\d(?:[ ()/-]?\d){6,17}(?!\d)/],
  ["IBAN", /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/],
  // ISO 15118 eMAID (country, provider, C, instance with a digit somewhere, check digit), and the older DIN form that needs its separators
  [
    "contract id",
    /(?<![A-Za-z0-9])[A-Z]{2}-?[A-Z0-9]{3}-?C-?(?=[A-Z]{0,7}\d)[A-Z0-9]{8}(?:-?[A-Z0-9])?(?![A-Za-z0-9])/i,
  ],
  ["contract id", /(?<![A-Za-z0-9])[A-Z]{2}([*-])[A-Z0-9]{3}\1[A-Z0-9]{6}\1[A-Z0-9](?![A-Za-z0-9])/i],
  ["VIN", /(?<![\w.])(?=[A-Z]{0,16}\d)(?=\d{0,16}[A-Z])[A-HJ-NPR-Z0-9]{17}(?![\w.])/i],
  ["MAC address", /(?<![\w:-])[0-9A-F]{2}(?:[:-][0-9A-F]{2}){5}(?![\w:-])/i],
  // An EVCCID is a MAC address without separators; with digits alone it counts only as a text of its own
  ["MAC address", /(?<![\w.-])(?=\d{0,11}[A-F])[0-9A-F]{12}(?![\w.-])/i],
  ["RFID UID", /(?<![\w.-])(?=\d{0,19}[A-F])(?:[0-9A-F]{20}|[0-9A-F]{14}|[0-9A-F]{8})(?![\w.-])/i],
  ["RFID UID", /"(?:\d{20}|\d{14}|\d{12}|\d{8})"/],
  ["ICCID", /(?<![\w.-])89\d{17,18}(?![\w.])/],
  ["IMSI", /(?<![\w.-])\d{15}(?![\w.])/],
];

/** The first shape of personal data in `text`, or undefined. Never throws; time is linear in the text. */
export function trip(text: string): TripwireHit | undefined {
  for (const [kind, pattern] of PATTERNS) {
    const index = text.search(pattern);
    if (index >= 0) return { kind, index };
  }
  return undefined;
}
