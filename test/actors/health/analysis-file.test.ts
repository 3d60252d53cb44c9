/** What the analysis has learnt comes back whole or not at all. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AnalysisFile, type NamedState, SAVE_EVERY_MS } from "../../../src/actors/health/analysis-file.ts";
import { EvseAnalysis } from "../../../src/domain/features/evse-analysis.ts";
import { life, playSession } from "../../support/simulated-evse.ts";
import { tempDir } from "../../support/temp-dir.ts";

const directory = tempDir();

function open(file: string, maxAssets = 100) {
  const lines: string[] = [];
  const log = (_level: string, _fields: object, message: string) => void lines.push(message);
  return { kept: new AnalysisFile({ file, log, maxAssets }), lines };
}

function learnt(seed: number): EvseAnalysis {
  const analysis = new EvseAnalysis();
  for (const session of life({ seed, days: 10 })) playSession(session, (...seen) => void analysis.observe(...seen));
  return analysis;
}

async function written(name: string, states: readonly NamedState[]): Promise<string> {
  const file = join(directory, name, "analysis.state");
  const { kept } = open(file);
  kept.changed();
  await kept.close(() => states);
  return file;
}

test("without a file there is nothing to restore, and nothing to complain of", () => {
  const { kept, lines } = open(join(directory, "none"));
  assert.equal([kept.claim("a"), kept.failures, lines], [undefined, 0, []]);
});

test("what was written comes back as it was, once for each asset", async () => {
  const { state } = learnt(1);
  const { kept } = open(await written("whole", [["a", state, ""]]));
  const again = kept.claim("a");
  assert.equal(again, JSON.parse(JSON.stringify(state)));
  assert.equal(new EvseAnalysis(again).state, state);
  assert.is(kept.claim("a"), undefined);
});

test("any one byte that is changed or missing makes a cold start, counted and logged", async () => {
  const file = await written("damaged", [["a", learnt(2).state, ""]]);
  const sound = readFileSync(file);
  fc.assert(
    fc.property(fc.nat(sound.length - 1), fc.boolean(), (at, isCut) => {
      const bytes = Buffer.from(sound);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      writeFileSync(file, isCut ? sound.subarray(0, at) : bytes);
      const { kept, lines } = open(file);
      assert.equal([kept.claim("a"), kept.failures], [undefined, 1]);
      assert.equal(lines, ["health analysis unreadable, learns anew"]);
    }),
    { numRuns: 50 },
  );
});

test("states nobody asked for stay in the file, those in use first when there are too many", async () => {
  const { state } = learnt(3);
  const file = await written("unclaimed", [
    ["a", state, "s"],
    ["b", state, ""],
    ["c", state, "s"],
  ]);
  const { kept } = open(file, 2);
  assert.is(kept.unclaimedOf("s").length, 2);
  kept.claim("c");
  assert.is(kept.unclaimedOf("s").length, 1);
  kept.changed();
  await kept.close(() => [["c", state, "s"]]);
  const again = open(file).kept;
  assert.equal(
    ["a", "b", "c"].map((asset) => again.claim(asset) !== undefined),
    [true, false, true],
  );
});

test("it is written when a session was judged, and not again within a minute", async () => {
  const file = join(directory, "often", "analysis.state");
  const { kept } = open(file);
  let asked = 0;
  const states = () => {
    asked += 1;
    return [];
  };
  kept.saveDue(0, states);
  assert.is(asked, 0, "nothing has changed");
  kept.changed();
  kept.saveDue(0, states);
  kept.changed();
  await new Promise((resolve) => setImmediate(resolve));
  kept.saveDue(SAVE_EVERY_MS - 1, states);
  assert.is(asked, 1);
  await kept.close(states);
  assert.is(asked, 2, "the rest is written at the end");
});

test("a disk that takes nothing is counted each time, logged once, and stops nobody", async () => {
  const blocked = join(directory, "blocked");
  mkdirSync(join(blocked, "analysis.state"), { recursive: true });
  const { kept, lines } = open(join(blocked, "analysis.state"));
  const before = kept.failures;
  kept.changed();
  await kept.close(() => []);
  await kept.close(() => []);
  assert.is(kept.failures - before, 2);
  assert.is(lines.filter((line) => line === "health analysis cannot be written").length, 1);
});

test.run();
