/** `twinlane reduce`: a table or a trace in, ratios and a plot out. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compare } from "../../src/cli/reduce-compare.ts";
import { parseCsv } from "../../src/cli/reduce-input.ts";
import { reduceFile } from "../../src/cli/reduce-run.ts";
import { spec } from "../support/reduced.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { tempDir } from "../support/temp-dir.ts";

const FLAGS = { compMaxSec: 300, batchSec: 300, losslessFromSec: 30, version: "1.6", json: true } as const;

/** What a run prints, and its exit code. */
function run(file: string, flags: Partial<Parameters<typeof reduceFile>[1]> = {}) {
  const [write, say] = [process.stdout.write, process.stderr.write];
  const out: string[] = [];
  process.stdout.write = (text) => out.push(String(text)) > 0;
  process.stderr.write = (text) => out.push(String(text)) > 0;
  try {
    reduceFile(file, { ...FLAGS, ...flags });
  } finally {
    process.stdout.write = write;
    process.stderr.write = say;
  }
  const code = process.exitCode;
  process.exitCode = undefined;
  return { text: out.join(""), code };
}

function inFile(name: string, text: string): string {
  const file = join(tempDir(), name);
  writeFileSync(file, text);
  return file;
}

function voltages(): string {
  const random = seededRandom(1);
  const rows = Array.from(
    { length: 1200 },
    (_, i) => `${1_700_000_000_000 + 1000 * i},${(230 + i / 200 + random() / 5).toFixed(2)}`,
  );
  return `t,Voltage [V]\n${rows.join("\n")}\n`;
}

test("a table: points, bytes against both baselines, and an error within ε", () => {
  const { text, code } = run(inFile("v.csv", voltages()));
  const report = JSON.parse(text);
  assert.is(code, undefined);
  assert.is(report.samples, 1200);
  assert.ok(report.points < 30);
  assert.ok(report.bytes < report.losslessBytes && report.losslessBytes < report.ocppBytes);
  const [voltage] = report.channels;
  assert.equal([voltage.name, voltage.unit, voltage.mode, voltage.eps], ["Voltage", "V", "sdt", 1]);
  assert.ok(voltage.worstError > 0 && voltage.worstError <= 1);
});

test("ε and mode as asked; `auto` takes it from the noise; a plot has one panel for a channel", () => {
  const file = inFile("v.csv", voltages());
  const svg = join(tempDir(), "v.svg");
  const report = JSON.parse(run(file, { mode: "swing", eps: "auto", svg }).text);
  const [voltage] = report.channels;
  assert.is(voltage.mode, "swing");
  assert.ok(voltage.eps > 0.2 && voltage.eps < 0.6, voltage.eps);
  assert.ok(voltage.worstError <= voltage.eps);
  assert.match(readFileSync(svg, "utf8"), /<svg[^>]*>[\s\S]*<path[^>]*>[\s\S]*<circle/);
});

test("a trace of frames: the channels the health lane would have, against the bytes of the frames", () => {
  const frames = Array.from({ length: 100 }, (_, i) => {
    const timestamp = new Date(1_700_000_000_000 + 1000 * i).toISOString();
    const sampledValue = [{ value: "7360", measurand: "Power.Active.Import", unit: "W" }];
    return JSON.stringify([2, String(i), "MeterValues", { connectorId: 1, meterValue: [{ timestamp, sampledValue }] }]);
  });
  const report = JSON.parse(run(inFile("t.jsonl", `${frames.join("\n")}\n[3,"1",{}]\n`)).text);
  assert.is(report.ocppBytes, frames.join("").length);
  assert.equal([report.samples, report.points], [100, 2]);
  assert.is(report.channels[0].name, "Power.Active.Import");
});

test("what cannot be read is said, with an exit code", () => {
  assert.match(run(inFile("bad.csv", "t,V\nyesterday,1\n")).text, /row 1: "yesterday" is no time/);
  assert.is(run(join(tempDir(), "none.csv")).code, 74);
  assert.is(run(inFile("empty.csv", "t,V\n")).code, 1);
});

test("steps are judged as steps, lines as lines, both within their bound", () => {
  const series = parseCsv(voltages());
  for (const mode of ["sdt", "swing", "rbe"] as const) {
    const { worstOverEps } = compare(series, [spec({ mode })], { batchMs: 300_000, losslessFromMs: 30_000 });
    assert.ok(worstOverEps > 0.05 && worstOverEps <= 1, `${mode}: ${worstOverEps}`);
  }
});

test.run();
