/**
 * Which dead letters go back into the queue when an operator sends one again: with a message goes all of its transaction that was put
 * aside, in the order in which it was taken, because the CSMS would refuse a part of it (1.6) or find gaps in it (2.x).
 */
import type { SpoolHead } from "./record.ts";

export interface Letter {
  readonly seq: number;
  /** Undefined: unreadable, and so not to be delivered. */
  readonly head: Pick<SpoolHead, "transaction"> | undefined;
}

/** @param seq the letter that was chosen; undefined: all of them. Empty: there is no such letter, or it cannot be read. */
export function goAgain<T extends Letter>(letters: readonly T[], seq: number | undefined): readonly T[] {
  const readable = letters.filter(({ head }) => head !== undefined).sort((a, b) => a.seq - b.seq);
  if (seq === undefined) return readable;
  const chosen = readable.find((letter) => letter.seq === seq);
  const transaction = chosen?.head?.transaction;
  if (transaction === undefined) return chosen === undefined ? [] : [chosen];
  return readable.filter(({ head }) => head?.transaction === transaction);
}
