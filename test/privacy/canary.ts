/**
 * Canaries: content that must not be seen again, in the shapes in which it could slip through. Each comes in two sides, A and B, that
 * differ in every respect an extractor could look at (text, length, number, low bits); what the lane does must not depend on the side.
 */
export type Side = "a" | "b";

/** How a canary is dressed. `small` are numbers that would pass for an EVSE or a connector. */
export type Guise = "text" | "digits" | "small digits" | "time" | "word" | "large" | "small" | "boolean";

/** Every canary of side A that is text begins so; base64 and hex of it are looked for, too. */
export const MARK = "CANARY";
const MARKS = new RegExp(
  [MARK, Buffer.from(MARK).toString("base64"), Buffer.from(MARK).toString("hex"), encodeURIComponent(`${MARK} `)].join(
    "|",
  ),
  "i",
);

const LARGE = 700_000_000;
const LARGE_B = 8_300_000_000;
/** Canaries of one run at most: their numbers stay within ranges of their own. */
const MAX_CANARIES = 10_000_000;
/** 2021-03-01 and 2023-06-01: instants that nothing in the run has but canaries. */
const TIME = Date.UTC(2021, 2, 1);
const TIME_B = Date.UTC(2023, 5, 1);

/** Numbers canaries as it makes them: two planters that make the same ones in the same order differ in their side alone. */
export class Planter {
  readonly side: Side;
  planted = 0;

  constructor(side: Side) {
    this.side = side;
  }

  /** @param words of the leaf's enum, for `word` */
  make(guise: Guise, words: readonly string[] = []): unknown {
    this.planted += 1;
    const no = this.planted % MAX_CANARIES;
    const isA = this.side === "a";
    switch (guise) {
      case "text":
        return isA ? `${MARK}${no}` : `${MARK}-OTHER-${no * 3}`;
      case "digits":
        return String(this.#large(no));
      case "small digits":
        return String(this.#small(no));
      case "time":
        return new Date((isA ? TIME : TIME_B) + no * 1000).toISOString();
      case "word":
        return words[isA ? 0 : words.length - 1] ?? "";
      case "large":
        return this.#large(no);
      case "small":
        return this.#small(no);
      case "boolean":
        return isA;
    }
  }

  #large(no: number): number {
    return this.side === "a" ? LARGE + no : LARGE_B + 3 * no + 1;
  }

  #small(no: number): number {
    return this.side === "a" ? 1 + (no % 7) : 8 + (no % 5);
  }
}

/** What of a canary of side A is in `text`; undefined: nothing. */
export function canaryIn(text: string): string | undefined {
  const mark = MARKS.exec(text);
  if (mark !== null) return text.slice(mark.index, mark.index + 24);
  for (const [digits] of text.matchAll(/\d{9,13}/g)) {
    const number = Number(digits);
    if (number >= LARGE && number < LARGE + MAX_CANARIES) return digits;
    if (number >= TIME && number < TIME + MAX_CANARIES * 1000) return digits;
  }
  return undefined;
}
