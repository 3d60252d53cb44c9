// deadline: 120s
/** `twinlane schedule` as a process: files, standard input's stand-in, exit codes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DAY, iso, setRequest } from "../support/charging.ts";
import { runCli } from "../support/daemon.ts";
import { tempDir } from "../support/temp-dir.ts";

const dir = tempDir();
const file = (name: string, content: unknown): string => {
  const path = join(dir, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const profiles = [
  setRequest({ id: 1, evseId: 0, chargingProfilePurpose: "ChargingStationMaxProfile" }),
  setRequest({ id: 2, schedule: { chargingRateUnit: "W", chargingSchedulePeriod: [{ startPeriod: 0, limit: 6900 }] } }),
];
const good = file("good.json", profiles);
const day = ["--from", iso(DAY), "--duration", "1h"];

test("a file of profiles becomes a table on standard output", async () => {
  const { code, stdout, stderr } = await runCli(["schedule", good, ...day]);
  assert.is(stderr, "");
  assert.is(code, 0);
  assert.equal(stdout.trimEnd().split("\n").at(-1)?.split(/ {2,}/), [
    "2026-03-02T00:00:00Z",
    "2026-03-02T01:00:00Z",
    "10 A",
    "-",
  ]);
});

test("--json is one object, no limit is null there; --plot is a picture", async () => {
  const { stdout } = await runCli(["schedule", good, ...day, "--json", "--unit", "W"]);
  assert.equal(JSON.parse(stdout), {
    ...{ evseId: 1, scheduleStart: iso(DAY), duration: 3600, chargingRateUnit: "W" },
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 6900 }],
    ...{ profiles: 2, refused: [] },
  });
  const none = await runCli(["schedule", good, "--from", "2020-01-01T00:00:00Z", "--json"]);
  assert.equal(JSON.parse(none.stdout).chargingSchedulePeriod, [{ startPeriod: 0, limit: null }]);
  assert.match((await runCli(["schedule", good, ...day, "--plot"])).stdout, "█");
});

test("what a station would refuse is said on standard error, and the exit code is 1", async () => {
  const path = file("refused.json", [...profiles, setRequest({ id: 3 })]);
  const { code, stdout, stderr } = await runCli(["schedule", path, ...day]);
  assert.is(code, 1);
  assert.match(stderr, "message 3 would be refused: DuplicateProfile at /chargingProfile/stackLevel");
  assert.match(stdout, "10 A");
});

test("a file that is none, is no JSON, or holds something else: said, and no table", async () => {
  const cases: readonly [string, number][] = [
    [join(dir, "missing.json"), 2],
    [file("broken.json", "[{"), 2],
    [file("other.json", [{ idTag: "x" }]), 1],
    [file("empty.json", []), 1],
  ];
  for (const [path, expected] of cases) {
    const { code, stdout, stderr } = await runCli(["schedule", path]);
    assert.is(code, expected, path);
    assert.is(stdout, "");
    assert.match(stderr, "twinlane schedule: ");
  }
});

test("mistakes in the options end with 2", async () => {
  const wrong = [
    ["--from", "yesterday"],
    ["--unit", "VA"],
    ["--phases", "4"],
    ["--evse", "-1"],
    ["--duration", "long"],
  ];
  for (const flags of wrong) assert.is((await runCli(["schedule", good, ...flags])).code, 2, flags.join(" "));
});

test.run();
