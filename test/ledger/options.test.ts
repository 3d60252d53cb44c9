import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseOptions } from "./options.ts";
import { percentile, someFindings } from "./report.ts";

test("without a mode it is a hundred kills and a hundred faults", () => {
  const { kills, faults, writes, outageSec, stations, json } = parseOptions([]);
  assert.equal(
    { kills, faults, writes, outageSec, stations, json },
    { kills: 100, faults: 100, writes: 0, outageSec: undefined, stations: 40, json: false },
  );
  assert.is(parseOptions(["--kills", "3"]).faults, 100);
});

test("an outage and kills at writes are runs of their own", () => {
  const outage = parseOptions(["--outage", "60", "--json", "--seed", "7"]);
  assert.equal([outage.outageSec, outage.kills, outage.stations, outage.seed, outage.json], [60, 0, 200, 7, true]);
  assert.equal([parseOptions(["--writes", "9"]).writes, parseOptions(["--writes", "9"]).faults], [9, 0]);
});

test("what is no number, and what nobody knows, is refused", () => {
  assert.throws(() => parseOptions(["--kills", "many"]), /--kills must be a whole number/);
  assert.throws(() => parseOptions(["--kills", "-1"]));
  assert.throws(() => parseOptions(["--mercy"]));
  assert.throws(() => parseOptions(["--translated", "--outage", "5"]), /--translated goes with/);
});

test("of many findings some of each kind are shown", () => {
  const finding = (damage: "lost" | "duplicated") => ({ damage, station: "CP", text: damage });
  const many = [...Array.from({ length: 50 }, () => finding("duplicated")), finding("lost")];
  const shown = someFindings(many, 10).map(({ damage }) => damage);
  assert.equal(shown.length, 6);
  assert.ok(shown.includes("lost"));
});

test("a percentile is a value that was measured", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.equal(
    [50, 99, 100].map((percent) => percentile(values, percent)),
    [50, 99, 100],
  );
  assert.ok(Number.isNaN(percentile([], 99)));
});

test.run();
