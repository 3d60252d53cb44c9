/** Runs the tests of the acceptance list and says of each case what became of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { discover, type FileResult, runAll } from "../support/runner.mjs";
import { ACCEPTANCE_CASES, type AcceptanceCase } from "./acceptance-cases.ts";

export interface CaseReport {
  readonly ok: boolean;
  readonly what: string;
  /** Tests that ran, `file: title`. */
  readonly tests: readonly string[];
  readonly failed?: readonly string[];
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Where tests work on whole gateways: a case has to be there, whatever rules of it are tested by themselves beside. */
const WHOLE = /^test\/(?:e2e|e2e-heavy|recovery|system)\//;
/** Harnesses of their own, which do not meet the cases. */
const ELSEWHERE = /^test\/(?:security|model|ledger)\//;

const needle = ({ id, titled }: AcceptanceCase): string => titled ?? id;

/** The test files that name a case in one of their titles. */
export function filesOf(one: AcceptanceCase): readonly string[] {
  return sources()
    .filter(({ text }) => text.includes(needle(one)))
    .map(({ file }) => file);
}

export const isWhole = (file: string): boolean => WHOLE.test(file);

let read: readonly { readonly file: string; readonly text: string }[] | undefined;

function sources() {
  read ??= discover(ROOT, { suites: "all" })
    .filter((file) => !ELSEWHERE.test(file))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));
  return read;
}

export async function runAcceptance(): Promise<Readonly<Record<string, CaseReport>>> {
  const files = [...new Set(ACCEPTANCE_CASES.flatMap(filesOf))];
  const results = await runAll(files, {
    root: ROOT,
    onResult: ({ file, failed }) => process.stderr.write(`${failed === 0 ? " ok " : "FAIL"} ${file}\n`),
  });
  return Object.fromEntries(ACCEPTANCE_CASES.map((one) => [one.id, reportOf(one, results)]));
}

function reportOf(one: AcceptanceCase, results: readonly FileResult[]): CaseReport {
  const tests = results.flatMap(({ file, tests: ran }) =>
    ran
      .filter(({ title }) => title.includes(needle(one)))
      .map(({ title, ok }) => ({ file, name: `${file}: ${title}`, ok })),
  );
  const failed = tests.filter(({ ok }) => !ok).map(({ name }) => name);
  return {
    ok: failed.length === 0 && tests.some(({ file }) => isWhole(file)),
    what: one.what,
    tests: tests.map(({ name }) => name),
    ...(failed.length > 0 && { failed }),
  };
}
