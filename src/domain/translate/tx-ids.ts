/**
 * The ids and keys of transactions. 1.6 wants an integer from its Central System, 2.x a string from its station: the gateway is both,
 * and gives both.
 *
 * An integer is never given twice, not even after the table was lost: numbers begin at the seconds since 1970, which grow faster than
 * any station starts transactions. From 2 000 000 000 on they belong to the spool (provisional ids).
 *
 * @see OCPP 1.6 §4.8; translation rules of identifiers (translation.md §2.2)
 */
import type { EpochMs } from "../ids.ts";
import { FIRST_PROVISIONAL } from "../spool/provisional-id.ts";
import type { Transaction, TranslationState } from "./contract.ts";
import { change, changeMore, type Draft, moreOf } from "./tx-state.ts";

/** Ranges of given ids that are remembered; a gap between them is rare (a station that names its transactions itself). */
const MAX_RANGES = 16;

/** A positive integer within 32 bits, what a transaction of 1.6 is called by. */
export const isTx16 = (id: unknown): id is number =>
  typeof id === "number" && Number.isInteger(id) && id > 0 && id <= 2_147_483_647;

const secondsOf = (now: EpochMs): number => Math.floor(now / 1000) % FIRST_PROVISIONAL;

/** The next free id; it counts as given from now on. */
export function giveTx16(draft: Draft): number {
  const { tx } = draft.state;
  const taken = new Set(tx.transactions.map(({ tx16 }) => tx16));
  let id = tx.highestTx16 === 0 ? Math.max(1, secondsOf(draft.env.now)) : tx.highestTx16 + 1;
  if (id >= FIRST_PROVISIONAL) id = 1;
  while (taken.has(id)) id += 1;
  const { given } = moreOf(draft.state);
  const last = given.at(-1);
  const ranges: TxRanges =
    last !== undefined && last[1] === id - 1 ? [...given.slice(0, -1), [last[0], id]] : [...given, [id, id]];
  changeMore(draft, { given: ranges.slice(-MAX_RANGES) });
  change(draft, { highestTx16: id });
  return id;
}

type TxRanges = readonly (readonly [number, number])[];

/** An id a station used: none up to it is given any more. Those of the spool, and what no counter reaches, do not count. */
export function sawTx16(draft: Draft, id: number): void {
  if (id > draft.state.tx.highestTx16 && id < FIRST_PROVISIONAL - 1) change(draft, { highestTx16: id });
}

/** Whether the gateway gave this id once. Open transactions are never forgotten, so one that is not known has ended. */
export const wasGiven = (state: TranslationState, id: number): boolean =>
  moreOf(state).given.some(([from, to]) => id >= from && id <= to);

/** Equal for a StartTransaction that is sent again under another message id. */
export const startKeyOf = (connector16: number, idTag: string, timestamp: unknown, meterStart: number): string =>
  JSON.stringify([connector16, idTag, timestamp, meterStart]);

/** Equal for a StopTransaction that is sent again. */
export const stopKeyOf = (tx16: number, timestamp: unknown, meterStop: number): string =>
  JSON.stringify([tx16, timestamp, meterStop]);

export const byTx16 = ({ tx }: TranslationState, tx16: number): Transaction | undefined =>
  tx.transactions.find((transaction) => transaction.tx16 === tx16);

/**
 * 53 bits of a list of texts, fast rather than secret: meter values are told apart by it among the latest few of one station.
 * FNV-1a twice, from two beginnings. Every sample of every station comes by here, so the texts are not joined first.
 */
export class TextsKey {
  #one = 0x811c9dc5;
  #two = 0x9747b28c;

  add(value: unknown): void {
    // Most fields that may be left out are; as short as a text can be.
    const text = typeof value === "string" ? value : value === undefined ? "" : String(value);
    let one = this.#one;
    let two = this.#two;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      one = Math.imul(one ^ code, 0x01000193);
      two = Math.imul(two ^ code, 0x85ebca6b);
    }
    // The end of a text counts, too: "a", "bc" is not "ab", "c".
    this.#one = Math.imul(one ^ END, 0x01000193);
    this.#two = Math.imul(two ^ END, 0x85ebca6b);
  }

  get value(): number {
    return (this.#one >>> 0) * 0x200000 + (this.#two >>> 11);
  }
}

/** No character of a text. */
const END = 0x10000;
