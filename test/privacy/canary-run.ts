/**
 * Plays every case twice, with the canaries of either side, through the tap: what is observed, and how much is counted as left out, must be
 * the same to the last bit. Hence nothing of a canary is in it, however well it were disguised: not as text, not as a number, a
 * hash, a length, an EVSE or a point in time.
 */
import { OCPP_VERSIONS, type OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { extract } from "../../src/domain/telemetry/extract.ts";
import type { ObservationSink } from "../../src/domain/telemetry/observation.ts";
import { memorySink, type Observed } from "../support/health.ts";
import { Planter, type Side } from "./canary.ts";
import { type Case, casesOf } from "./cases.ts";
import { Tap } from "./tap.ts";

export interface Leak {
  readonly version: OcppVersion;
  readonly action: string;
  readonly what: string;
  readonly where: string;
}

export interface RunOptions {
  /** Another extractor, for the proof that a broken one is found. */
  readonly extract?: typeof extract;
  /** Which cases; left out: all. */
  readonly isWanted?: (no: number, each: Case) => boolean;
  /** Takes what is observed with side A on to where it goes next. */
  readonly onward?: ObservationSink;
  /** Enough is enough. */
  readonly maxLeaks?: number;
}

export interface RunResult {
  readonly cases: number;
  readonly messages: number;
  readonly canaries: number;
  readonly observed: number;
  readonly leaks: readonly Leak[];
}

export async function playCanaries(options: RunOptions = {}): Promise<RunResult> {
  const taps = { a: await Tap.open(options.extract), b: await Tap.open(options.extract) };
  const planters = { a: new Planter("a"), b: new Planter("b") };
  const leaks: Leak[] = [];
  const tally = { cases: 0, messages: 0, observed: 0 };
  for (const each of wanted(options.isWanted)) {
    tally.cases += 1;
    for (const from of each.isFromBoth === true ? BOTH : SOUTH) {
      const play = (side: Side) => {
        const sink = memorySink();
        taps[side].play({ ...each, from, payload: each.payload(planters[side]) }, sink);
        return sink.seen;
      };
      const [a, b] = [play("a"), play("b")];
      tally.messages += 2;
      tally.observed += a.length;
      const where = difference(a, b) ?? differenceOf(taps);
      if (where !== undefined) leaks.push({ version: each.version, action: each.action, what: each.what, where });
      if (options.onward !== undefined) hand(a, options.onward);
    }
    if (leaks.length >= (options.maxLeaks ?? Number.POSITIVE_INFINITY)) break;
  }
  return { ...tally, canaries: planters.a.planted + planters.b.planted, leaks };
}

const BOTH = ["south", "north"] as const;
const SOUTH = ["south"] as const;

function* wanted(isWanted: RunOptions["isWanted"]): Generator<Case> {
  let no = 0;
  for (const version of OCPP_VERSIONS) {
    for (const each of casesOf(version)) {
      if (isWanted?.(no, each) !== false) yield each;
      no += 1;
    }
  }
}

/** What the two sides differ in; undefined: nothing. */
function difference(a: readonly Observed[], b: readonly Observed[]): string | undefined {
  if (a.length !== b.length) return "number of observations";
  for (const [i, mine] of a.entries()) {
    const field = FIELDS.find((name) => !Object.is(mine[name], b[i]?.[name]) || typeof mine[name] !== "number");
    if (field !== undefined) return field;
  }
  return undefined;
}

const FIELDS = [
  "evseId",
  "connectorId",
  "channel",
  "at",
  "value",
  "quality",
] as const satisfies readonly (keyof Observed)[];

function differenceOf(taps: { readonly a: Tap; readonly b: Tap }): string | undefined {
  if (taps.a.tally.left !== taps.b.tally.left) return "counter of what was left out";
  return taps.a.tally.failed !== taps.b.tally.failed ? "counter of failures" : undefined;
}

function hand(seen: readonly Observed[], sink: ObservationSink): void {
  for (const { evseId, connectorId, channel, at, value, quality } of seen) {
    sink.observe(evseId, connectorId, channel, at, value, quality);
  }
}
