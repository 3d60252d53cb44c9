/**
 * How a channel is reduced, as data: the birth message tells it, so that a reader knows how far from the truth a curve may be.
 *
 * | mode       | kept                                        | read as | error               |
 * | ---------- | ------------------------------------------- | ------- | ------------------- |
 * | `sdt`      | raw samples at the corners                   | lines   | ≤ ε                 |
 * | `swing`    | corners that were never measured (synthetic) | lines   | ≤ ε                 |
 * | `rbe`      | samples further than ε from the last kept    | steps   | ≤ ε                 |
 * | `onchange` | samples unlike the last kept                 | steps   | 0                   |
 * | `agg`      | none: only the window's statistics           | –       | –                   |
 * | `raw`      | all                                          | –       | 0                   |
 *
 * One reducer for each channel, never one after another: the bounds of a cascade add up.
 */

export const REDUCER_MODES = ["sdt", "swing", "rbe", "onchange", "agg", "raw"] as const;

export type ReducerMode = (typeof REDUCER_MODES)[number];

export interface ReducerSpec {
  readonly mode: ReducerMode;
  /** Largest error, in `unit`, or in percent of `span` where `epsKind` says so. */
  readonly eps: number;
  readonly epsKind: "abs" | "pctSpan";
  /** What 100 % is; without it `pctSpan` keeps everything. */
  readonly span: number;
  /** Longest time between two kept points while samples come. */
  readonly compMaxMs: number;
  /** Samples nearer to the one before are left out, and counted. Above 0 there is no bound. */
  readonly minIntervalMs: number;
  readonly unit: string;
}

/** What may be set for a channel; the rest stays as it is by default. */
export type ReducerOverride = Partial<Omit<ReducerSpec, "unit">>;

/** Settings of the reduction: `health.reduce`. */
export interface ReduceConfig {
  /** False: every sample is kept. */
  readonly enabled: boolean;
  /** A sample that comes this long after the one before is kept as it is: such sources have little to leave out. */
  readonly losslessFromMs: number;
  /** By measurand, or `Component.Variable`. */
  readonly channels: { readonly [name: string]: ReducerOverride };
}

const COMP_MAX_MS = 300_000;

const base = { epsKind: "abs", span: 0, compMaxMs: COMP_MAX_MS, minIntervalMs: 0 } as const;
const RAW = { ...base, mode: "raw", eps: 0 } as const;
const ON_CHANGE = { ...base, mode: "onchange", eps: 0 } as const;

type UnitlessSpec = Omit<ReducerSpec, "unit">;

const door = (eps: number): UnitlessSpec => ({ ...base, mode: "sdt", eps });
const deadBand = (eps: number): UnitlessSpec => ({ ...base, mode: "rbe", eps });

/** By unit: about twice the noise of a usual meter. */
const BY_UNIT: { readonly [unit: string]: UnitlessSpec } = {
  Wh: door(50),
  varh: door(50),
  VAh: door(50),
  W: door(500),
  var: door(500),
  VA: door(500),
  A: door(1),
  V: door(1),
  Hz: door(0.02),
  Celsius: door(0.5),
  // State of charge moves in whole percents; a line through a staircase keeps every step.
  Percent: deadBand(0.5),
  RPM: deadBand(50),
  s: deadBand(60),
  RH: deadBand(1),
  dBm: deadBand(3),
};

const BY_NAME: { readonly [name: string]: UnitlessSpec } = { "Power.Factor": door(0.02) };

/** Energy of an interval is a sum: between two of them there is nothing to read. */
const SUMS = /\.Interval$/;
/** What is set, not measured, stands until it is set anew. */
const SETPOINTS = /\.(?:Offered|Minimum|Maximum|Setpoint)$|^EnergyRequest\.|^Display\./;

/** The spec of a channel: what is configured over what its name or unit suggests. */
export function reducerOf(
  { name, unit }: { readonly name: string; readonly unit: string },
  config: ReduceConfig,
): ReducerSpec {
  if (!config.enabled) return { ...RAW, unit };
  const override = Object.hasOwn(config.channels, name) ? config.channels[name] : undefined;
  return { ...defaultSpec(name, unit), ...override, unit };
}

function defaultSpec(name: string, unit: string): UnitlessSpec {
  if (SUMS.test(name)) return RAW;
  if (SETPOINTS.test(name)) return ON_CHANGE;
  return (
    (Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined) ??
    (Object.hasOwn(BY_UNIT, unit) ? BY_UNIT[unit] : undefined) ??
    RAW
  );
}

/** ε in the channel's unit. */
export const absoluteEps = ({ eps, epsKind, span }: ReducerSpec): number =>
  epsKind === "abs" ? eps : (eps / 100) * span;

/** The guaranteed error in the channel's unit; undefined where the spec guarantees none. */
export function errorBound(spec: ReducerSpec): number | undefined {
  if (spec.mode === "agg" || spec.minIntervalMs > 0) return undefined;
  return spec.mode === "raw" || spec.mode === "onchange" ? 0 : absoluteEps(spec);
}

/** What the birth message says of a channel's reducer. */
export function reducerBirth(spec: ReducerSpec): object {
  const bound = errorBound(spec);
  return {
    mode: spec.mode,
    ...(bound !== undefined && { bound }),
    ...(isBounded(spec.mode) && { compMaxMs: spec.compMaxMs }),
    ...(spec.minIntervalMs > 0 && { minIntervalMs: spec.minIntervalMs }),
    ...(spec.mode === "swing" && { synthetic: true }),
  };
}

/** Modes with an ε. */
const isBounded = (mode: ReducerMode): boolean => mode === "sdt" || mode === "swing" || mode === "rbe";
