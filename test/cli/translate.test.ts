// deadline: 60s
/** `twinlane translate` as a pipe: real process, lines in, lines out. */
import { spawn } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CLI, ROOT } from "../support/cli-command.ts";

interface Run {
  readonly code: number | null;
  readonly lines: readonly { readonly to?: string; readonly frame?: readonly unknown[]; readonly note?: string }[];
  readonly errors: string;
}

function pipe(args: readonly string[], input: readonly unknown[]): Promise<Run> {
  const child = spawn(process.execPath, [...CLI, "translate", ...args], { cwd: ROOT });
  let output = "";
  let errors = "";
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (errors += data));
  child.stdin.end(input.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return new Promise((resolve) =>
    child.on("close", (code) => {
      const lines = output
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Run["lines"][number]);
      resolve({ code, lines, errors });
    }),
  );
}

test("--to 2.0.1: a station's frames go up as 2.0.1, its answers come down, losses are named", async () => {
  const value = { value: "25", measurand: "Temperature" };
  const meterValue = [{ timestamp: "2026-01-01T00:00:00Z", sampledValue: [value] }];
  const { code, lines } = await pipe(
    ["--to", "2.0.1"],
    [
      [2, "1", "Authorize", { idTag: "A1B2C3D4" }],
      [2, "2", "MeterValues", { connectorId: 1, meterValue }],
    ],
  );
  assert.is(code, 0);
  const [up] = lines;
  assert.equal([up?.to, up?.frame?.[2]], ["csms", "Authorize"]);
  assert.equal(up?.frame?.[3], { idToken: { idToken: "A1B2C3D4", type: "ISO14443" } });
  assert.ok(lines.some(({ to, frame }) => to === "station" && frame?.[1] === "1"));
  assert.ok(lines.some(({ note }) => note === "lost"));
});

test("--to 1.6: a CSMS's frames go down as 1.6; what 1.6 has not is refused, and said", async () => {
  const { lines } = await pipe(
    ["--to", "1.6"],
    [
      [2, "k", "ClearCache", {}],
      [2, "l", "ClearDisplayMessage", { id: 1 }],
    ],
  );
  assert.equal(lines[0], { to: "station", frame: [2, lines[0]?.frame?.[1], "ClearCache", {}] });
  assert.ok(lines.some(({ to, frame }) => to === "csms" && frame?.[0] === 4 && frame[2] === "NotSupported"));
  assert.ok(lines.some(({ note }) => note === "refused"));
});

test("--answers none: the other side's answers are lines as well, and times may be told", async () => {
  const { lines, code } = await pipe(
    ["--to", "1.6", "--answers", "none"],
    [
      { from: "csms", frame: [2, "k", "ClearCache", {}], at: "2026-01-01T00:00:00Z" },
      { from: "csms", frame: [2, "l", "ClearCache", {}], at: "2026-01-01T00:01:00Z" },
    ],
  );
  assert.is(code, 0);
  // A minute later the first one has not been answered.
  assert.ok(lines.some(({ to, frame }) => to === "csms" && frame?.[0] === 4 && frame[1] === "k"));
});

test("lines that are no frames are told with their number, and the rest is translated", async () => {
  const { code, lines, errors } = await pipe(["--to", "2.0.1"], ["{", [2, "1", "Heartbeat", {}], '{"frame":7}']);
  assert.is(code, 1);
  assert.match(errors, /line 1: not JSON/);
  assert.match(errors, /line 3: needs "frame"/);
  assert.is(lines.at(-1)?.frame?.[1], "1");
});

test("without --to it says what it needs", async () => {
  assert.is((await pipe([], [])).code, 2);
});

test.run();
