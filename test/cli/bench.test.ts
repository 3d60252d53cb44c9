import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { registerBench, runHarness } from "../../src/cli/bench.ts";

test("an installed package has no harness: says so, exit code 69", async () => {
  const written: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = (text: string | Uint8Array) => {
    written.push(String(text));
    return true;
  };
  try {
    assert.is(await runHarness([], "/nonexistent/bench.mjs"), 69);
  } finally {
    process.stderr.write = write;
  }
  assert.match(written.join(""), "source checkout");
});

test("the harness gets the options as they were given, and its exit code is ours", async () => {
  const directory = mkdtempSync(join(tmpdir(), "twinlane-cli-bench-"));
  try {
    const harness = join(directory, "bench.mjs");
    writeFileSync(harness, "process.exitCode = process.argv.slice(2).join(' ') === '--quick --rounds 2' ? 42 : 1;");
    assert.is(await runHarness(["--quick", "--rounds", "2"], harness), 42);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("the command knows every option of the harness", () => {
  const program = new Command();
  registerBench(program);
  const options = program.commands[0]?.options.map(({ long }) => long);
  assert.equal(options, ["--quick", "--json", "--only", "--rounds", "--markdown", "--profile"]);
});

test.run();
