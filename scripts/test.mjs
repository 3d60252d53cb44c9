/**
 * `npm test`: sets up a fresh clone, then runs the test files. See test/support/runner.mjs for what a file must do.
 *
 *   node scripts/test.mjs [--system | --all] [--jobs n] [--deadline 60s] [--junit file] [--again] [--json] [substring …]
 *
 *   --system   the heavy suites (see test/support/runner.mjs) instead of the plain ones; --all: both
 *   --again    a file that failed is run once more, alone, when all are through; what passes then is named as unsteady
 *   --json     one JSON object on standard output, everything else on standard error
 *   CI=true    a skipped check is a failure
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { again, discover, junit, runAll, totals } from "../test/support/runner.mjs";
import { setup } from "./setup.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    system: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    jobs: { type: "string" },
    deadline: { type: "string", default: "60s" },
    junit: { type: "string" },
    again: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const say = (text) => (options.json ? process.stderr : process.stdout).write(text);
const noSkips = process.env.CI === "true";

await setup();

const suites = options.all ? "all" : options.system ? "heavy" : "plain";
const files = discover(root, { suites, filters });
const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => interrupt.abort());

let done = 0;
const running = new Set();
// Tests of processes wait more than they work; the heavy suites measure times, and one disturbs another.
const first = await run(files, Number(options.jobs ?? (suites === "plain" ? 3 : 1)));
const { results, unsteady } =
  options.again && !interrupt.signal.aborted ? await again(first, runAgain) : { results: first, unsteady: [] };
clearProgress();
finish();

function run(chosen, jobs) {
  return runAll(chosen, {
    root,
    jobs,
    deadlineMs: Number.parseFloat(options.deadline) * 1000,
    signal: interrupt.signal,
    onStart: (file) => {
      running.add(file);
      showProgress();
    },
    onResult: (result) => {
      done += 1;
      running.delete(result.file);
      showFile(result);
      showProgress();
    },
  });
}

function runAgain(failed) {
  clearProgress();
  say(`again, one at a time: ${failed.join(", ")}\n`);
  return run(failed, 1);
}

function showFile({ file, ms, passed, failed, problems, output }) {
  clearProgress();
  const mark = failed > 0 ? "FAIL" : " ok ";
  say(`${mark} ${file}  ${passed} passed${failed > 0 ? `, ${failed} failed` : ""}  ${(ms / 1000).toFixed(1)} s\n`);
  if (failed > 0) showProblems({ problems, output });
}

function showProblems({ problems, output }, characters = 16_000) {
  for (const problem of problems) say(`     ${problem}\n`);
  say(`${indent(output.trim().slice(-characters))}\n`);
}

function showProgress() {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001B[K${done}/${files.length} files  ${[...running].join("  ").slice(0, 80)}`);
}

function clearProgress() {
  if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
}

function indent(text) {
  return text.replace(/^/gm, "     | ");
}

function finish() {
  const { passed, failed, skipped } = totals(results, { noSkips });
  const incomplete = interrupt.signal.aborted || files.length === 0;
  if (options.junit) writeFileSync(options.junit, junit(results));
  for (const title of skipped) say(`${noSkips ? "FAIL" : "skip"} ${title}\n`);
  if (files.length === 0) say(`no test file matches ${filters.join(" ") || "at all"}\n`);
  if (options.json) {
    const brief = results.map(({ output: _, ...result }) => result);
    process.stdout.write(
      `${JSON.stringify({ ok: failed === 0 && !incomplete, passed, failed, skipped, unsteady: unsteady.map(({ file }) => file), files: brief })}\n`,
    );
  }
  // Long runs scroll: what failed stands once more beside the count.
  const show = (what, result) => {
    say(`${what}: ${result.file}\n`);
    showProblems(result, 4_000);
  };
  for (const result of unsteady) show("unsteady, failed and passed when it was run again", result);
  for (const result of results.filter((one) => one.failed > 0)) show("failed", result);
  say(`${passed} passed, ${failed} failed${skipped.length > 0 && !noSkips ? `, ${skipped.length} skipped` : ""}\n`);
  process.exitCode = failed > 0 || incomplete ? 1 : 0;
}
