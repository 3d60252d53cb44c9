/**
 * What profiles allow over a stretch of time, as steps. Instants are whole seconds since the epoch here.
 *
 *     chain    profiles in the order in which they lead; where one has no period the next one speaks
 *     steps    the lowest of several chains
 *
 * A step begins wherever another period begins to lead, even when its limit is the same: the number of steps depends on the
 * shape of profiles alone, never on their limits. What cuts off a long list (`projection-slot.ts`) is monotone only because of
 * that.
 */
import { CYCLE_SEC } from "./profile.ts";

export interface Value {
  readonly limit: number;
  readonly numberPhases?: number | undefined;
}

/** A profile with its limits in the unit of the slot. */
export interface Source {
  readonly startSec: number;
  readonly cycleSec?: number | undefined;
  readonly durationSec: number;
  readonly validFromSec: number;
  readonly validToSec: number;
  readonly offsetsSec: readonly number[];
  readonly values: readonly Value[];
}

interface Piece {
  readonly fromSec: number;
  readonly toSec: number;
  readonly source: Source;
  readonly index: number;
}

export interface Step {
  readonly atSec: number;
  /** One for each chain; undefined where it says nothing. */
  readonly values: readonly (Value | undefined)[];
}

type Gap = readonly [fromSec: number, toSec: number];

export const WEEK_SEC = CYCLE_SEC.Weekly;

/** What the chains say from `fromSec` to before `toSec`. */
export function stepsOf(chains: readonly (readonly Source[])[], fromSec: number, toSec: number): readonly Step[] {
  const lists = chains.map((chain) => piecesOf(chain, fromSec, toSec));
  const [only] = lists;
  if (lists.length === 1 && only !== undefined) return single(only, fromSec, toSec);
  return joined(lists, fromSec, toSec);
}

/** Whether something begins or ends after `atSec` that is not the daily or weekly round. */
export function hasEdgeAfter(
  { startSec, cycleSec, durationSec, validFromSec, validToSec, offsetsSec }: Source,
  atSec: number,
): boolean {
  const lastOffset = offsetsSec[offsetsSec.length - 1] ?? 0;
  const ends = cycleSec === undefined ? [startSec + lastOffset, startSec + durationSec] : [startSec];
  return [...ends, validFromSec, validToSec].some((edge) => Number.isFinite(edge) && edge > atSec);
}

/** Whether it can lead at any instant from `atSec` on. */
export function canSpeakAfter({ startSec, cycleSec, durationSec, validToSec }: Source, atSec: number): boolean {
  return validToSec > atSec && (cycleSec !== undefined || startSec + durationSec > atSec);
}

function single(pieces: readonly Piece[], fromSec: number, toSec: number): readonly Step[] {
  const steps: Step[] = [];
  let atSec = fromSec;
  let last: Piece | undefined;
  for (const piece of pieces) {
    if (piece.fromSec > atSec) {
      steps.push({ atSec, values: [undefined] });
      last = undefined;
    }
    if (last?.source !== piece.source || last.index !== piece.index) {
      steps.push({ atSec: piece.fromSec, values: [piece.source.values[piece.index]] });
    }
    last = piece;
    atSec = piece.toSec;
  }
  if (atSec < toSec) steps.push({ atSec, values: [undefined] });
  return steps;
}

function joined(lists: readonly (readonly Piece[])[], fromSec: number, toSec: number): readonly Step[] {
  const bounds = new Set([fromSec]);
  for (const pieces of lists) {
    for (const piece of pieces) bounds.add(piece.fromSec).add(piece.toSec);
  }
  bounds.delete(toSec);
  const at = lists.map(() => 0);
  const steps: Step[] = [];
  let before: readonly (Piece | undefined)[] = [];
  for (const atSec of [...bounds].sort((a, b) => a - b)) {
    const leads = lists.map((pieces, index) => {
      let next = at[index] ?? 0;
      while ((pieces[next]?.toSec ?? Number.POSITIVE_INFINITY) <= atSec) next += 1;
      at[index] = next;
      const piece = pieces[next];
      return piece !== undefined && piece.fromSec <= atSec ? piece : undefined;
    });
    const isSame = steps.length > 0 && leads.every((lead, index) => isSamePeriod(lead, before[index]));
    if (!isSame) steps.push({ atSec, values: leads.map((lead) => lead?.source.values[lead.index]) });
    before = leads;
  }
  return steps;
}

function isSamePeriod(a: Piece | undefined, b: Piece | undefined): boolean {
  return a?.source === b?.source && a?.index === b?.index;
}

/** Who leads when, in the order of time. The first source takes what it can; each next one only what is still open. */
function piecesOf(chain: readonly Source[], fromSec: number, toSec: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let gaps: readonly Gap[] = [[fromSec, toSec]];
  for (const source of chain) {
    if (gaps.length === 0) break;
    const open: Gap[] = [];
    for (const gap of gaps) fill(source, gap, pieces, open);
    gaps = open;
  }
  return pieces.sort((a, b) => a.fromSec - b.fromSec);
}

function fill(source: Source, [fromSec, toSec]: Gap, pieces: Piece[], open: Gap[]): void {
  const begin = Math.max(fromSec, source.validFromSec, source.startSec);
  const end = Math.min(toSec, source.validToSec);
  let doneSec = fromSec;
  const cycleSec = source.cycleSec ?? Number.POSITIVE_INFINITY;
  const firstRound = source.cycleSec === undefined ? 0 : Math.floor((begin - source.startSec) / source.cycleSec);
  for (let round = firstRound; begin < end; round += 1) {
    const baseSec = round === 0 ? source.startSec : source.startSec + round * cycleSec;
    if (baseSec >= end) break;
    const onSec = Math.max(begin, baseSec);
    const offSec = Math.min(end, baseSec + Math.min(source.durationSec, cycleSec));
    if (onSec < offSec) {
      if (onSec > doneSec) open.push([doneSec, onSec]);
      periods(source, baseSec, onSec, offSec, pieces);
      doneSec = offSec;
    }
    if (source.cycleSec === undefined) break;
  }
  if (doneSec < toSec) open.push([doneSec, toSec]);
}

function periods(source: Source, baseSec: number, onSec: number, offSec: number, pieces: Piece[]): void {
  const { offsetsSec } = source;
  for (let index = 0; index < offsetsSec.length; index += 1) {
    const fromSec = Math.max(onSec, baseSec + (offsetsSec[index] ?? 0));
    const toSec = Math.min(offSec, baseSec + (offsetsSec[index + 1] ?? Number.POSITIVE_INFINITY));
    if (fromSec < toSec) pieces.push({ fromSec, toSec, source, index });
  }
}
