/**
 * Plays every case twice, with the canaries of either side, through the tap: what is observed, and how much is counted as left out, must be
 * the same to the last bit. Hence nothing of a canary is in it, however well it were disguised: not as text, not as a number, a
 * hash, a length, an EVSE or a point in time.
 */
import { type FrameSink, unpackSkeleton } from "../../src/domain/dashcam/skeleton.ts";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { extract } from "../../src/domain/telemetry/extract.ts";
import type { HealthTap } from "../../src/ports.ts";
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
  readonly onward?: HealthTap;
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
  const { extract: take, isWanted, onward, maxLeaks = Number.POSITIVE_INFINITY } = options;
  const sides = { a: await openSide("a", take), b: await openSide("b", take) };
  const leaks: Leak[] = [];
  const tally = { cases: 0, messages: 0, observed: 0 };
  for (const each of wanted(isWanted)) {
    tally.cases += 1;
    for (const from of each.isFromBoth === true ? BOTH : SOUTH) {
      const [a, b] = [sides.a.play(each, from), sides.b.play(each, from)];
      tally.messages += 2;
      tally.observed += a.observed.length;
      const where =
        difference(a.observed, b.observed) ??
        frameDifference(a.frames, b.frames) ??
        differenceOf(sides.a.tap.tally, sides.b.tap.tally);
      if (where !== undefined) leaks.push({ version: each.version, action: each.action, what: each.what, where });
      if (onward !== undefined) hand(a, onward);
    }
    if (leaks.length >= maxLeaks) break;
  }
  return { ...tally, canaries: sides.a.planter.planted + sides.b.planter.planted, leaks };
}

async function openSide(side: Side, take: typeof extract | undefined) {
  const tap = await Tap.open(take);
  const planter = new Planter(side);
  const play = (each: Case, from: "south" | "north"): Played => {
    const sink = memorySink();
    const frames: Passed[] = [];
    const health = { observe: sink.observe, passed: (...frame: Passed) => void frames.push(frame) };
    tap.play({ ...each, from, payload: each.payload(planter) }, health);
    return { observed: sink.seen, frames };
  };
  return { tap, planter, play };
}

type Passed = Parameters<FrameSink["passed"]>;

/** What the lane has of one message. */
interface Played {
  readonly observed: readonly Observed[];
  readonly frames: readonly Passed[];
}

/** Of what names no card a frame's size is told roughly; all else of a skeleton may not depend on what a peer wrote. */
function frameDifference(a: readonly Passed[], b: readonly Passed[]): string | undefined {
  const told = (frames: readonly Passed[]) =>
    JSON.stringify(
      frames.map((frame) => {
        const skeleton = unpackSkeleton(...frame);
        return TOKENS.has(skeleton.action) ? skeleton : { ...skeleton, bytes: 0 };
      }),
    );
  return told(a) === told(b) ? undefined : "skeleton of the frame";
}

/** Actions that name a card, in some version. */
const TOKENS = new Set(CATALOGUE.filter(({ token }) => token).map(({ action }) => action));

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

function differenceOf(a: Tap["tally"], b: Tap["tally"]): string | undefined {
  if (a.left !== b.left) return "counter of what was left out";
  return a.failed !== b.failed ? "counter of failures" : undefined;
}

function hand({ observed, frames }: Played, sink: HealthTap): void {
  for (const frame of frames) sink.passed?.(...frame);
  for (const { evseId, connectorId, channel, at, value, quality } of observed) {
    sink.observe(evseId, connectorId, channel, at, value, quality);
  }
}
