/**
 * A compiled slot: one Absolute schedule without gap and without end that says what several profiles say together.
 *
 *     start of the slot ┄┄ cell ────────┬───────────────┬───────────────┐ horizon
 *                          now is here  │               │               └─ from here on the lowest of all that comes
 *                                       └─ the next plan is due
 *
 * Everything hangs on a grid, not on "now": inside one cell the same profiles give the same bytes. The horizon is three cells away.
 * When more periods would be needed than the station takes, cells are halved, and when the smallest still has too many, the last
 * period is the lowest of the rest. Never are the first N kept as they are: what they leave out could be lower.
 *
 * If the gateway dies, the station goes on with what is lowest, not with what was last.
 *
 * @see OCPP 1.6 §7.13 (no duration: until something replaces it)
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { Period16, Schedule16 } from "./image.ts";
import { instant16 } from "./image.ts";
import { type RateUnit, SEC } from "./profile.ts";
import type { Feed } from "./projection-input.ts";
import {
  canSpeakAfter,
  hasEdgeAfter,
  type Source,
  type Step,
  stepsOf,
  type Value,
  WEEK_SEC,
} from "./projection-steps.ts";
import { lowestValue, physicalMax } from "./projection-values.ts";

const DAY_SEC = 86_400;
/** Cells of the two kinds of slot: half of 24 hours, half of 7 days. Both can be halved six times to whole seconds. */
export const DAY_CELL_SEC = DAY_SEC / 2;
export const WEEK_CELL_SEC = WEEK_SEC / 2;
const HALVINGS = 6;
const CELLS_AHEAD = 3;

export interface Slot {
  readonly chains: readonly (readonly Source[])[];
  readonly unit: RateUnit;
  readonly feed: Feed;
  readonly maxPeriods: number;
  readonly now: EpochMs;
  readonly cellSec: number;
  /** Cells count from here, and the schedule starts here; undefined: cells count from 1970, and it starts at midnight UTC. */
  readonly anchorAt?: EpochMs | undefined;
}

export interface CompiledSlot {
  readonly schedule: Schedule16;
  /** The end of the cell: from then on the schedule is another one. */
  readonly replanAt: EpochMs;
}

export function compileSlot(slot: Slot): CompiledSlot {
  const originSec = Math.floor((slot.anchorAt ?? 0) / SEC);
  const nowSec = Math.floor(slot.now / SEC);
  const cellAt = (cellSec: number) => originSec + Math.floor((nowSec - originSec) / cellSec) * cellSec;
  const fromSec = cellAt(slot.cellSec);
  const endSec = fromSec + CELLS_AHEAD * slot.cellSec;
  const timeline: Timeline = {
    slot,
    steps: stepsOf(slot.chains, fromSec, endSec + WEEK_SEC),
    late: lateValues(slot.chains, endSec),
  };
  for (let halving = 0; ; halving += 1) {
    const cellSec = slot.cellSec / 2 ** halving;
    const cellStartSec = cellAt(cellSec);
    if (halving === HALVINGS || needed(timeline, cellStartSec, cellSec) <= slot.maxPeriods) {
      return compiled(slot, windowOf(timeline, cellStartSec, cellSec), cellSec);
    }
  }
}

/** Periods that say everything. */
function needed({ steps, late }: Timeline, cellStartSec: number, cellSec: number): number {
  const first = lastIndexUntil(steps, cellStartSec);
  const last = lastIndexUntil(steps, cellStartSec + CELLS_AHEAD * cellSec - 1);
  return last - first + 1 + (last < steps.length - 1 || late.length > 0 ? 1 : 0);
}

interface Timeline {
  readonly slot: Slot;
  readonly steps: readonly Step[];
  /** What may come after the steps; empty when they go round for ever. */
  readonly late: readonly Value[];
}

interface Window {
  readonly cellStartSec: number;
  readonly endSec: number;
  /** The first holds at the start of the cell. */
  readonly steps: readonly { readonly atSec: number; readonly value: Value }[];
  /** Everything that comes from the horizon on, without what goes on there; empty: nothing else comes. */
  readonly rest: readonly Value[];
}

function windowOf({ slot, steps, late }: Timeline, cellStartSec: number, cellSec: number): Window {
  const endSec = cellStartSec + CELLS_AHEAD * cellSec;
  const first = lastIndexUntil(steps, cellStartSec);
  const next = lastIndexUntil(steps, endSec - 1) + 1;
  return {
    cellStartSec,
    endSec,
    steps: steps
      .slice(first, next)
      .map((step) => ({ atSec: Math.max(step.atSec, cellStartSec), value: together(step, slot) })),
    rest: [...steps.slice(next).map((step) => together(step, slot)), ...late],
  };
}

function compiled(slot: Slot, { cellStartSec, endSec, steps, rest }: Window, cellSec: number): CompiledSlot {
  const startSec = startOf(slot, cellStartSec);
  const isTail = rest.length > 0;
  const isWhole = !isTail && steps.length <= slot.maxPeriods;
  const exact = isWhole ? steps : steps.slice(0, slot.maxPeriods - 1);
  const cut = steps.slice(exact.length);
  const values = [...exact];
  const lastStep = steps[steps.length - 1];
  if (cut.length > 0 || isTail) {
    const going = cut.length > 0 ? cut.map(({ value }) => value) : lastStep === undefined ? [] : [lastStep.value];
    const value = lowestValue([...going, ...rest], slot.unit, slot.feed);
    values.push({ atSec: cut[0]?.atSec ?? endSec, value });
  }
  const periods = values.map(
    ({ atSec, value }, index): Period16 => ({
      // What was before the cell is over; the first value stands for it, so that it costs no period.
      startPeriod: index === 0 ? 0 : atSec - startSec,
      limit: value.limit,
      ...(value.numberPhases === undefined ? {} : { numberPhases: value.numberPhases }),
    }),
  );
  return {
    schedule: {
      startSchedule: instant16(epochMs(startSec * SEC)),
      chargingRateUnit: slot.unit,
      chargingSchedulePeriod: merged(periods),
    },
    replanAt: epochMs((cellStartSec + cellSec) * SEC),
  };
}

/** Equal neighbours as one. */
export function merged(periods: readonly Period16[]): readonly Period16[] {
  return periods.filter((period, index) => {
    const before = periods[index - 1];
    return before === undefined || before.limit !== period.limit || before.numberPhases !== period.numberPhases;
  });
}

function startOf({ anchorAt }: Slot, cellStartSec: number): number {
  if (anchorAt === undefined) return Math.floor(cellStartSec / DAY_SEC) * DAY_SEC;
  return Math.min(Math.floor(anchorAt / SEC), cellStartSec);
}

/** What the chains say together. Where none says anything the hardware's own limit holds. */
function together({ values }: Step, { unit, feed }: Slot): Value {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only;
  const said = values.filter((value) => value !== undefined);
  return said.length === 0 ? physicalMax(feed, unit) : lowestValue(said, unit, feed);
}

/**
 * The steps end a week after the horizon, and the weekly round repeats, unless something still begins or ends after the horizon.
 * Then every limit that may ever lead counts: lower than need be, and only until the next plan.
 */
function lateValues(chains: Slot["chains"], endSec: number): readonly Value[] {
  const sources = chains.flat();
  if (!sources.some((source) => hasEdgeAfter(source, endSec))) return [];
  return sources.filter((source) => canSpeakAfter(source, endSec + WEEK_SEC)).flatMap(({ values }) => values);
}

function lastIndexUntil(steps: readonly Step[], atSec: number): number {
  let index = 0;
  while ((steps[index + 1]?.atSec ?? Number.POSITIVE_INFINITY) <= atSec) index += 1;
  return index;
}
