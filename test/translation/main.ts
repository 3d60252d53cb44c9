/**
 * `npm run verify:translation`: the properties of smart charging for longer than the tests have time for, and for each of them functions
 * that are wrong on purpose and must be found out; and what becomes of each field of each message (matrix.ts). Progress on stderr, the
 * result alone on stdout.
 */
import { parseArgs } from "node:util";
import { CHARGING_PROPERTIES } from "../support/charging-properties.ts";
import { type ChargingProperty, checkProperty, MUTANT_RUNS } from "../support/charging-subject.ts";
import { NEVER_ASKED, NEVER_SAID } from "./matrix/expected.ts";
import { matrixCounts, matrixRows } from "./matrix.ts";
import { matrixDocument, writeDocument } from "./matrix-document.ts";

const USAGE = `npm run verify:translation -- [--runs 1000] [--only I7] [--seed n] [--json]
       npm run verify:translation -- --write-matrix    docs/translation-matrix.md anew
`;

interface Verdict {
  readonly runs: number;
  readonly ok: boolean;
  /** All of them. */
  readonly mutant_killed: boolean;
  /** Runs it took, by mutant; null: not found out. */
  readonly mutants: { readonly [name: string]: number | null };
  readonly ms: number;
  readonly finding?: string;
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    only: { type: "string" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
    "write-matrix": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else if (values["write-matrix"]) writeDocument(matrixDocument(matrixRows(), { asked: NEVER_ASKED, said: NEVER_SAID }));
else main(Number(values.runs), values.seed === undefined ? {} : { seed: Number(values.seed) });

function main(runs: number, seed: { readonly seed?: number }): void {
  const properties: { [name: string]: Verdict } = {};
  for (const property of CHARGING_PROPERTIES) {
    if (values.only !== undefined && values.only !== property.name) continue;
    const verdict = judged(property, runs, seed);
    properties[property.name] = verdict;
    process.stderr.write(`${line(property, verdict)}\n`);
  }
  const matrix = matrixCounts(matrixRows());
  const ok = matrix.silent === 0 && Object.values(properties).every((verdict) => verdict.ok && verdict.mutant_killed);
  process.stdout.write(`${JSON.stringify({ ok, runs, ...properties, matrix }, null, values.json ? 0 : 2)}\n`);
  process.exitCode = ok ? 0 : 1;
}

function judged(property: ChargingProperty, runs: number, seed: { readonly seed?: number }): Verdict {
  const began = performance.now();
  const result = checkProperty(property, { runs, ...seed });
  const ms = Math.round(performance.now() - began);
  const mutants: { [name: string]: number | null } = {};
  for (const mutant of Object.keys(property.mutants)) {
    const found = checkProperty(property, { runs: MUTANT_RUNS, mutant, ...seed });
    mutants[mutant] = found.ok ? null : found.runs;
  }
  return {
    runs: result.runs,
    ok: result.ok,
    mutant_killed: Object.values(mutants).every((needed) => needed !== null),
    mutants,
    ms,
    ...(result.finding === undefined ? {} : { finding: result.finding }),
  };
}

function line({ name, title }: ChargingProperty, { ok, runs, mutants, ms, finding }: Verdict): string {
  const found = Object.entries(mutants).map(
    ([mutant, needed]) => `${mutant}: ${needed === null ? "NOT FOUND OUT" : needed}`,
  );
  const head = `${ok ? " ok " : "FAIL"} ${name.padEnd(4)} ${title}\n       ${runs} runs, ${ms} ms; mutants: ${found.join(", ")}`;
  return finding === undefined ? head : `${head}\n${finding}`;
}
