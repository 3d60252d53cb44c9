/**
 * A thin runner around uvu: one child process and one deadline for each test file, because uvu knows no time limits, runs
 * files in one process, and lets a file without `test.run()`, or with a failing `before` hook, pass.
 *
 * A file fails when a test fails, when it prints no summary, when not every test ran, when it leaves something open, and
 * when its deadline passes; then its whole process group is killed and what it printed last is shown.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const LOADER = new URL("./ts-loader.mjs", import.meta.url).href;
const REPORTER = new URL("./uvu-reporter.mjs", import.meta.url).href;
const DEFAULT_DEADLINE_MS = 60_000;
const OPEN_GRACE_MS = 5_000;
const KEPT_OUTPUT = 64 * 1024;
const SUMMARY = /Total:\s+(\d+)\s+Passed:\s+(\d+)\s+Skipped:\s+(\d+)\s+Duration:/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const COLOURS = /\u001B\[[0-9;]*m/g;

/**
 * Folders of suites that need more than Node (Debian packages, minutes, a machine of their own), and those that test the tools instead of the
 * product.
 */
const HEAVY = ["system", "e2e-heavy", "recovery", "bench", "ledger", "network", "scripts"];

/**
 * Test files under `root`/test, sorted.
 * @param {string} root
 * @param {{ suites?: "plain" | "heavy" | "all", filters?: readonly string[] }} [options] filters: substrings of the path, any
 */
export function discover(root, { suites = "plain", filters = [] } = {}) {
  const top = join(root, "test");
  return readdirSync(top, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".test.ts") && !name.split(sep).includes("fixtures"))
    .filter((name) => suites === "all" || HEAVY.includes(name.split(sep)[0] ?? "") === (suites === "heavy"))
    .map((name) => relative(root, join(top, name)))
    .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
    .sort();
}

/** The deadline a file asks for in a line such as `// deadline: 120s`, else the default. */
export function deadlineOf(text, defaultMs = DEFAULT_DEADLINE_MS) {
  const match = /^\/\/ deadline: (\d+)s\s*$/m.exec(text);
  return match ? Number(match[1]) * 1000 : defaultMs;
}

/**
 * Runs one test file to its end, whatever it does.
 *
 * @param {string} file relative to `root`
 * @param {{ root: string, deadlineMs?: number, openGraceMs?: number, signal?: AbortSignal }} options
 * @returns {Promise<FileResult>}
 *
 * @typedef {{ title: string, ok: boolean, ms: number, message?: string }} TestResult
 * @typedef {{ file: string, ms: number, passed: number, failed: number, skipped: readonly string[],
 *   tests: readonly TestResult[], problems: readonly string[], output: string }} FileResult
 */
export async function runFile(file, { root, deadlineMs, openGraceMs = OPEN_GRACE_MS, signal }) {
  const started = performance.now();
  const limit = deadlineOf(readFileSync(join(root, file), "utf8"), deadlineMs);
  const child = spawn(process.execPath, ["--enable-source-maps", "--import", LOADER, "--import", REPORTER, file], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1", TWINLANE_TEST_EVENTS: "3" },
  });
  const run = { output: "", events: [], endedBy: "exit", open: undefined };
  const kill = (reason) => {
    run.endedBy = reason;
    killGroup(child.pid);
  };
  const timers = [setTimeout(() => kill("deadline"), limit)];
  const abort = () => kill("interrupted");
  signal?.addEventListener("abort", abort, { once: true });

  const onOutput = (chunk) => {
    run.output = (run.output + chunk).slice(-KEPT_OUTPUT);
    if (timers.length === 1 && SUMMARY.test(run.output.replace(COLOURS, ""))) {
      timers.push(setTimeout(() => askWhatIsOpen(child.pid), openGraceMs));
      timers.push(setTimeout(() => kill("open"), openGraceMs + 500));
    }
  };
  child.stdout.setEncoding("utf8").on("data", onOutput);
  child.stderr.setEncoding("utf8").on("data", onOutput);
  collectLines(child.stdio[3], (line) => run.events.push(JSON.parse(line)));

  const exit = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: -1, reason: error.message }));
    // Not "close": a grandchild that kept the pipe would hold it open for ever.
    child.on("exit", (code, signalName) => setTimeout(() => resolve({ code, signalName }), 20));
  });
  for (const timer of timers) clearTimeout(timer);
  signal?.removeEventListener("abort", abort);
  killGroup(child.pid);
  for (const stream of child.stdio) stream?.destroy();
  return judge(file, { ...run, exit, limit, ms: performance.now() - started });
}

/**
 * Runs what has failed once more. A machine that stalls for a second fails tests that measure time; what is broken fails twice. More
 * failures than a few are not the machine's, and are left as they are.
 *
 * @param {readonly FileResult[]} results
 * @param {(files: readonly string[]) => Promise<readonly FileResult[]>} run
 * @returns {Promise<{ results: readonly FileResult[], unsteady: readonly FileResult[] }>} the last result of each file; and the first
 *   one of those that failed and then passed
 */
export async function again(results, run, most = 5) {
  const failed = results.filter((result) => result.failed > 0);
  if (failed.length === 0 || failed.length > most) return { results, unsteady: [] };
  const second = new Map((await run(failed.map(({ file }) => file))).map((result) => [result.file, result]));
  return {
    results: results.map((result) => second.get(result.file) ?? result),
    unsteady: failed.filter(({ file }) => second.get(file)?.failed === 0),
  };
}

/** Turns what a file did into its result. */
function judge(file, { output, events, endedBy, exit, limit, ms }) {
  const tests = testResults(events);
  const skipped = events.filter(({ type }) => type === "skip").map(({ title }) => title);
  const summary = SUMMARY.exec(output.replace(COLOURS, ""));
  const total = summary ? Number(summary[1]) : tests.length;
  const passed = summary ? Number(summary[2]) : tests.filter(({ ok }) => ok).length;
  const problems = [
    ...endProblems(endedBy, { limit, events }),
    ...(endedBy === "exit" ? exitProblems({ summary, exit, total, passed, events }) : []),
  ];
  const failed = Math.max(total - passed, problems.length > 0 ? 1 : 0);
  return { file, ms, passed, failed, skipped, tests, problems, output };
}

function endProblems(endedBy, { limit, events }) {
  const running = events.findLast(({ type }) => type === "start" || type === "pass" || type === "fail");
  const where = running?.type === "start" ? ` in "${running.title}"` : "";
  const open = events.findLast(({ type }) => type === "open");
  switch (endedBy) {
    case "deadline":
      return [`did not end within ${limit / 1000} s${where}; killed`];
    case "open":
      return [
        `its tests ended, but something keeps the process open: ${open?.resources.join(", ") || "unknown"}; killed`,
      ];
    case "interrupted":
      return ["interrupted"];
    default:
      return [];
  }
}

function exitProblems({ summary, exit, total, passed, events }) {
  if (exit.reason !== undefined) return [`did not start: ${exit.reason}`];
  if (summary === null) {
    const how = exit.signalName ? `ended by ${exit.signalName}` : `exit code ${exit.code}`;
    return [`printed no summary (${how}); is test.run() missing?`];
  }
  const unrun =
    events.filter(({ type }) => type === "suite").length > events.filter(({ type }) => type === "run").length;
  return [
    ...(unrun ? ["has a suite without run()"] : []),
    ...(total === 0 && !events.some(({ type }) => type === "skip") ? ["has no tests"] : []),
    ...(passed < total && exit.code === 0 ? [`${total - passed} tests did not run; did a before hook throw?`] : []),
    ...(passed === total && exit.code !== 0
      ? [`exit code ${exit.code ?? exit.signalName} although every test passed`]
      : []),
  ];
}

/** Pairs starts with outcomes; a test that never came to an end failed. */
function testResults(events) {
  const results = [];
  for (const { type, title, ms, message } of events) {
    if (type === "start") results.push({ title, ok: false, ms: 0, message: "did not end" });
    if (type === "pass" || type === "fail") {
      results[results.length - 1] = { title, ok: type === "pass", ms, ...(message === undefined ? {} : { message }) };
    }
  }
  return results;
}

/**
 * Runs files, a few at a time, and reports each as it ends. Those that ask for much time begin first: a long one that began last
 * would run alone.
 * @param {readonly string[]} files
 * @param {{ root: string, jobs?: number, deadlineMs?: number, signal?: AbortSignal, onStart?: (file: string) => void,
 *   onResult?: (result: FileResult) => void }} options
 */
export async function runAll(files, { jobs = 2, onStart, onResult, ...options }) {
  const results = [];
  const limitOf = (file) => deadlineOf(readFileSync(join(options.root, file), "utf8"));
  const waiting = [...files].sort((a, b) => limitOf(b) - limitOf(a));
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (options.signal?.aborted) return;
      onStart?.(file);
      const result = await runFile(file, options);
      results.push(result);
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, files.length) }, worker));
  return results.sort((a, b) => a.file.localeCompare(b.file));
}

/** Sums over files. `noSkips`: a skipped check is a failed one. */
export function totals(results, { noSkips = false } = {}) {
  const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
  const skipped = results.flatMap(({ file, skipped: titles }) => titles.map((title) => `${file}: ${title}`));
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed) + (noSkips ? skipped.length : 0),
    skipped,
  };
}

/** JUnit XML of the results, one testcase for each test and one for each problem of a file. */
export function junit(results) {
  const suites = results.map(({ file, ms, tests, problems, skipped }) => {
    const cases = [
      ...tests.map((test) => testcase(file, test.title, test.ms, test.ok ? "" : failure(test.message ?? "failed"))),
      ...problems.map((problem) => testcase(file, "the file as a whole", ms, failure(problem))),
      ...skipped.map((title) => testcase(file, title, 0, "<skipped/>")),
    ];
    const failures = tests.filter(({ ok }) => !ok).length + problems.length;
    return `<testsuite name="${xml(file)}" tests="${cases.length}" failures="${failures}" skipped="${skipped.length}" time="${seconds(ms)}">${cases.join("")}</testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>${suites.join("\n")}</testsuites>\n`;
}

const testcase = (file, title, ms, inner) =>
  `<testcase classname="${xml(file)}" name="${xml(title)}" time="${seconds(ms)}">${inner}</testcase>`;
const failure = (message) => `<failure message="${xml(message)}"/>`;
const seconds = (ms) => (ms / 1000).toFixed(3);
const xml = (text) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 cannot hold them
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, "");

function collectLines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

/** The reporter answers this signal with the names of what keeps the event loop alive. */
function askWhatIsOpen(pid) {
  try {
    process.kill(pid, "SIGUSR2");
  } catch {
    // It has just ended.
  }
}

function killGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in the group.
  }
}
