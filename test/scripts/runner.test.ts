// deadline: 120s
/** The runner itself: files that uvu would let pass, or wait for, must fail with a reason. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { again, deadlineOf, discover, junit, runAll, runFile, totals } from "../support/runner.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = (name: string) => runFile(`test/fixtures/runner/${name}.ts`, { root, openGraceMs: 500 });

test("counts tests, names skipped ones, and knows each title", async () => {
  const result = await run("passing");
  assert.equal(result.problems, []);
  assert.is(result.passed, 2);
  assert.is(result.failed, 0);
  assert.equal(result.skipped, ["needs a broker"]);
  assert.equal(
    result.tests.map(({ title, ok }) => ({ title, ok })),
    [
      { title: "one and one", ok: true },
      { title: "more: two and two", ok: true },
    ],
  );
});

test("a skipped check is a failure where nothing may be skipped", async () => {
  const results = [await run("passing")];
  assert.is(totals(results).failed, 0);
  assert.is(totals(results, { noSkips: true }).failed, 1);
  assert.equal(totals(results).skipped, ["test/fixtures/runner/passing.ts: needs a broker"]);
});

test("a failing test fails with its message", async () => {
  const result = await run("failing");
  assert.is(result.passed, 1);
  assert.is(result.failed, 1);
  assert.match(result.output, "wrong <by> design");
  assert.match(junit([result]), '<testcase classname="test/fixtures/runner/failing.ts" name="wrong &lt;by> design"');
  assert.match(junit([result]), 'tests="2" failures="1"');
});

test("a file without test.run() fails, although uvu would not notice", async () => {
  const result = await run("without-run");
  assert.is(result.failed, 1);
  assert.match(result.problems[0] ?? "", "is test.run() missing?");
});

test("a suite without run() beside one with it fails", async () => {
  assert.equal((await run("second-without-run")).problems, ["has a suite without run()"]);
});

test("a throwing before hook fails, although uvu exits with 0", async () => {
  const result = await run("throwing-before");
  assert.is(result.failed, 1);
  assert.match(result.problems[0] ?? "", "did not run");
});

test("a hanging file is killed at its deadline with its children, and says in which test", async () => {
  const result = await run("hanging");
  assert.is(result.failed, 1);
  assert.equal(result.problems, ['did not end within 2 s in "waits for ever"; killed']);
  const grandchild = Number(/grandchild (\d+)/.exec(result.output)?.[1]);
  assert.ok(grandchild > 0);
  assert.ok(isGone(grandchild), "the grandchild still runs");
});

test("a file that never yields is killed too", async () => {
  assert.match((await run("spinning")).problems[0] ?? "", 'in "never yields"');
});

test("an open timer after the last test fails and is named", async () => {
  const result = await run("open-timer");
  assert.is(result.failed, 1);
  assert.match(result.problems[0] ?? "", /something keeps the process open:.*Timeout/);
});

test("an exit code that contradicts the tests fails", async () => {
  assert.match((await run("crashing")).problems[0] ?? "", "exit code 3 although every test passed");
});

test("a test whose promise never settles fails when the event loop runs dry", async () => {
  const result = await run("draining");
  assert.is(result.failed, 1);
});

test("files run in parallel and are reported in order of name", async () => {
  const names = ["passing", "failing"].map((name) => `test/fixtures/runner/${name}.ts`);
  const started: string[] = [];
  const results = await runAll(names, { root, jobs: 2, onStart: (file) => started.push(file) });
  assert.equal(started, names);
  assert.equal(
    results.map(({ file }) => file),
    [...names].reverse(),
  );
});

test("an abort ends what runs", async () => {
  const controller = new AbortController();
  const result = runFile("test/fixtures/runner/hanging.ts", { root, signal: controller.signal });
  setTimeout(() => controller.abort(), 300);
  assert.equal((await result).problems, ["interrupted"]);
});

test("a file may ask for its own deadline", () => {
  assert.is(deadlineOf("// deadline: 120s\nimport"), 120_000);
  assert.is(deadlineOf("import\n", 7), 7);
});

test("what failed runs once more; what passes then is named, and what fails twice has failed", async () => {
  const rest = { passed: 1, ms: 1, skipped: [], tests: [], problems: [], output: "" };
  const result = (file: string, failed: number) => ({ file, failed, ...rest });
  const first = [result("sound", 0), result("unsteady", 1), result("broken", 2)];
  const asked: string[] = [];
  const { results, unsteady } = await again(first, (files: readonly string[]) => {
    asked.push(...files);
    return Promise.resolve([result("unsteady", 0), result("broken", 1)]);
  });
  assert.equal(asked, ["unsteady", "broken"]);
  assert.equal(
    results.map(({ file, failed }) => [file, failed]),
    [
      ["sound", 0],
      ["unsteady", 0],
      ["broken", 1],
    ],
  );
  assert.equal(unsteady, [first[1]]);
  const never = () => Promise.reject(new Error("too many to be the machine's"));
  const many = await again(first, never, 1);
  assert.equal(many, { results: first, unsteady: [] });
});

test("plain suites leave out the heavy ones and the fixtures", () => {
  const plain = discover(root);
  assert.ok(plain.includes("test/architecture.test.ts"));
  assert.not.ok(
    plain.some((file) => /test\/(system|e2e-heavy|recovery|bench|ledger|network|scripts|fixtures)\//.test(file)),
  );
  assert.equal(discover(root, { filters: ["architecture.test"] }), ["test/architecture.test.ts"]);
  assert.equal(
    discover(root, { suites: "all" }).filter((file) => !discover(root, { suites: "heavy" }).includes(file)),
    plain,
  );
});

/** True when no process has this id, or only its remains that nobody has collected. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}

test.run();
