/** What the harness can be asked for, and how long each question may take. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const QUESTIONS = ["saturation", "spool", "latency", "isolation", "idle", "restore", "headline"] as const;
export type QuestionName = (typeof QUESTIONS)[number];

export interface BenchOptions {
  readonly quick: boolean;
  /** One JSON object on stdout at the end; else a table. */
  readonly json: boolean;
  /** Writes `bench/RESULTS.md` and `bench/RESULTS.json`. */
  readonly markdown: boolean;
  /** Where the gateway's CPU profiles go; undefined: none are taken. */
  readonly profileDir: string | undefined;
  readonly questions: readonly QuestionName[];
  readonly scale: Scale;
}

/** Durations in milliseconds. */
export interface Scale {
  readonly rounds: number;
  readonly warmupMs: number;
  /** Station counts of the saturation question; the first is the headline's. */
  readonly saturationStations: readonly number[];
  readonly saturationMs: number;
  /** Open-loop rates, and how long each is measured: fast ones have enough messages sooner. */
  readonly rates: readonly { readonly perSec: number; readonly durationMs: number }[];
  /** Whether `ocpp-rpc` and nginx take part where only the bare proxy is needed, and all conditions of isolation. */
  readonly everySubject: boolean;
  readonly isolationMs: number;
  /** Rounds of the spool's cost at saturation, and how long its stations keep sending without a CSMS. */
  readonly spoolRounds: number;
  readonly durableMs: number;
  /** How long each channel of the headline is measured. */
  readonly headlineSec: number;
  readonly idleStations: number;
  /** Longest wait for memory to settle. */
  readonly settleMs: number;
  readonly restoreStations: number;
  readonly restarts: number;
}

const QUICK: Scale = {
  rounds: 2,
  warmupMs: 500,
  saturationStations: [200],
  saturationMs: 1500,
  rates: [
    { perSec: 1000, durationMs: 3500 },
    { perSec: 5000, durationMs: 1200 },
  ],
  everySubject: false,
  isolationMs: 2500,
  spoolRounds: 3,
  durableMs: 2000,
  headlineSec: 12,
  idleStations: 2000,
  settleMs: 8000,
  restoreStations: 10_000,
  restarts: 3,
};

const FULL: Scale = {
  rounds: 7,
  warmupMs: 1000,
  saturationStations: [200, 2000],
  saturationMs: 4000,
  rates: [
    { perSec: 1000, durationMs: 8000 },
    { perSec: 5000, durationMs: 5000 },
  ],
  everySubject: true,
  isolationMs: 8000,
  spoolRounds: 9,
  durableMs: 5000,
  headlineSec: 35,
  idleStations: 2000,
  settleMs: 20_000,
  restoreStations: 10_000,
  restarts: 5,
};

export const USAGE = `usage: npm run bench -- [--quick] [--json] [--only ${QUESTIONS.join(",")}] [--rounds n] [--markdown] [--profile dir]`;

/** @throws Error with a text for the user when an option is unknown or makes no sense */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      only: { type: "string" },
      rounds: { type: "string" },
      profile: { type: "string" },
    },
  });
  const scale = values.quick ? QUICK : FULL;
  const rounds = values.rounds === undefined ? scale.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number from 1");
  return {
    quick: values.quick,
    json: values.json,
    markdown: values.markdown,
    profileDir: values.profile === undefined ? undefined : resolve(values.profile),
    questions: values.only === undefined ? byDefault(values.quick) : values.only.split(",").map(questionName),
    scale: { ...scale, rounds },
  };
}

/** The headline alone takes two minutes: the quick run leaves it to `npm run bench:headline`, or to `--only headline`. */
const byDefault = (quick: boolean): readonly QuestionName[] =>
  quick ? QUESTIONS.filter((question) => question !== "headline") : QUESTIONS;

function questionName(name: string): QuestionName {
  const known = QUESTIONS.find((question) => question === name);
  if (known === undefined) throw new Error(`--only knows ${QUESTIONS.join(", ")}; not "${name}"`);
  return known;
}
