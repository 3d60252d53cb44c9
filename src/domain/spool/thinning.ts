/**
 * What a full spool leaves out: of each transaction's periodic readings the 1st, 3rd, 5th, …, so that what is left is still
 * spread over the whole time. Starts, stops, signed values and everything that is not a periodic reading stay.
 *
 * @see OCPP 2.0.1 Part 2 J02.FR.20
 */

export interface ThinCandidate {
  readonly seq: number;
  readonly transaction: string | undefined;
  readonly thinnable: boolean;
}

/** Numbers of the records to leave out, in order. `waiting` is in order of arrival. */
export function thinOut(waiting: Iterable<ThinCandidate>): readonly number[] {
  const seen = new Map<string | undefined, number>();
  const out: number[] = [];
  for (const { seq, transaction, thinnable } of waiting) {
    if (!thinnable) continue;
    const nth = (seen.get(transaction) ?? 0) + 1;
    seen.set(transaction, nth);
    if (nth % 2 === 1) out.push(seq);
  }
  return out;
}
