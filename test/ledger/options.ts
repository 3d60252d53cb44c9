/** The command line of the proof. */
import { parseArgs } from "node:util";

export interface VerifyOptions {
  readonly kills: number;
  readonly faults: number;
  /** Kills at the first, second, third … write of the store. */
  readonly writes: number;
  /** Seconds that the CSMS is away; undefined: no outage run. */
  readonly outageSec: number | undefined;
  readonly stations: number;
  readonly seed: number;
  readonly json: boolean;
  /** The stations speak 1.6, and the CSMS 2.0.1. */
  readonly translated: boolean;
  /** How many findings are printed. */
  readonly show: number;
}

export const USAGE = `npm run verify:ledger -- [--kills 100] [--faults 100] [--json] [--seed n] [--stations 40] [--show 20]
npm run verify:ledger -- --writes 60 [--json]               kill -9 at the 1st, 2nd … write of the store (needs strace)
npm run verify:ledger -- --outage 60 --stations 200 [--json]   the CSMS is away for so many seconds
npm run verify:ledger -- --translated [--kills 100 | --writes 60]   stations of 1.6 under a CSMS of 2.0.1
`;

/** @throws Error on anything that is not understood */
export function parseOptions(args: readonly string[]): VerifyOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string" },
      faults: { type: "string" },
      writes: { type: "string" },
      outage: { type: "string" },
      stations: { type: "string" },
      seed: { type: "string" },
      show: { type: "string" },
      json: { type: "boolean", default: false },
      translated: { type: "boolean", default: false },
    },
  });
  const number = (name: keyof typeof values, otherwise: number): number => {
    const text = values[name];
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number, not ${text}`);
    return value;
  };
  if (values.translated && values.outage !== undefined) throw new Error("--translated goes with --kills and --writes");
  const isChaos = values.writes === undefined && values.outage === undefined;
  return {
    kills: number("kills", isChaos ? 100 : 0),
    faults: number("faults", isChaos ? 100 : 0),
    writes: number("writes", 0),
    outageSec: values.outage === undefined ? undefined : number("outage", 60),
    stations: number("stations", values.outage === undefined ? 40 : 200),
    seed: number("seed", Date.now() % 1_000_000),
    show: number("show", 20),
    json: values.json,
    translated: values.translated,
  };
}
