/**
 * What do drivers notice when condition data shares a thin uplink with their cards, with one channel and with two? Asked of
 * `headline/main.ts` in a process of its own; here only its two figures are taken over.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Scale } from "../options.ts";
import { Workshop } from "../workshop.ts";

/** Milliseconds; 99th percentiles of the time until a driver's card was answered. */
export interface HeadlineFigures {
  readonly singleP99Ms: number;
  readonly dualP99Ms: number;
  readonly seconds: number;
  readonly stations: number;
}

const main = fileURLToPath(new URL("../../headline/main.ts", import.meta.url));
const MAX_OUTPUT_BYTES = 1 << 20;

export async function headline({ headlineSec }: Scale): Promise<HeadlineFigures> {
  Workshop.log(`headline · one channel, then two, ${headlineSec} s each`);
  const args = ["--import", "tsx", main, "--json", "--seconds", String(headlineSec)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: MAX_OUTPUT_BYTES });
  return headlineOf(stdout, headlineSec);
}

/** @throws Error when the output holds no figures: what was not measured must not look like 0 */
export function headlineOf(output: string, seconds: number): HeadlineFigures {
  const json = JSON.parse(output) as { readonly [key: string]: unknown };
  const { headline_single_authorize_p99_ms: single, headline_dual_authorize_p99_ms: dual, stations } = json;
  if (typeof single !== "number" || typeof dual !== "number") throw new Error("the headline run gave no figures");
  return { singleP99Ms: single, dualP99Ms: dual, seconds, stations: Number(stations) };
}
