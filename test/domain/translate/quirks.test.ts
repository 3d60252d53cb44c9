import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { QUIRKS } from "../../../src/domain/translate/quirk-table.ts";
import {
  compareFirmware,
  firmwareNumbers,
  type QuirkTable,
  quirksFor,
  type Tolerances,
  tolerancesFor,
} from "../../../src/domain/translate/quirks.ts";
import { messageSchemas } from "../../support/schemas.ts";

const schema = JSON.parse(readFileSync(new URL("../../../schemas/quirks.schema.json", import.meta.url), "utf8"));
const isTable = new Ajv({ allErrors: true }).compile(schema);

test("the table that ships satisfies its schema, and names each row once", () => {
  assert.ok(isTable(QUIRKS), JSON.stringify(isTable.errors));
  assert.is(new Set(QUIRKS.quirks.map(({ id }) => id)).size, QUIRKS.quirks.length);
});

test("the schema refuses what would do nothing: no evidence, no tolerance, one that nobody knows", () => {
  const [quirk] = QUIRKS.quirks;
  for (const change of [
    { evidence: [] },
    { tolerances: {} },
    { tolerances: { typo: true } },
    { firmware: {} },
    { tolerances: { rateUnits: ["Current"] } },
    { model: "a*b" },
    { id: "Not An Id" },
  ]) {
    assert.not.ok(isTable({ version: 1, quirks: [{ ...quirk, ...change }] }), JSON.stringify(change));
  }
});

/** One value of each; the type check sees to it that none is missing. */
const EVERY_TOLERANCE: Required<Tolerances> = {
  configurationByName: true,
  configurationMaxKeys: 1,
  verifyWrites: true,
  withoutFeatures: ["SmartCharging"],
  neverSend: ["ClearCache"],
  neverChange: ["WebSocketPingInterval"],
  callGapMs: 100,
  waitsForBoot: true,
  rateUnits: ["A", "W"],
  maxStackLevel: 0,
  stackLevelOffset: 1,
  noChargePointMaxProfile: true,
  profilesOnlyInTransaction: true,
  clearsThoughUnknown: true,
  rejectMayErase: true,
  txProfileOutlivesTransaction: true,
  minCurrentA: 6,
  zeroEndsTransaction: true,
  hasKeyPerConnector: true,
  isAllA: false,
  anchorRelativeDefaults: true,
  divideEqually: true,
  clampsProfiles: true,
  noPhaseSwitch: true,
};

test("schema and type have the same tolerances", () => {
  const [quirk] = QUIRKS.quirks;
  assert.ok(
    isTable({ version: 1, quirks: [{ ...quirk, tolerances: EVERY_TOLERANCE }] }),
    JSON.stringify(isTable.errors),
  );
  assert.equal(Object.keys(schema.definitions.tolerances.properties).sort(), Object.keys(EVERY_TOLERANCE).sort());
});

test("actions that must not be sent are actions of 1.6", () => {
  const actions = new Set(messageSchemas("ocpp1.6").map(({ action }) => action));
  for (const { tolerances } of QUIRKS.quirks) {
    for (const action of tolerances.neverSend ?? []) assert.ok(actions.has(action), action);
  }
});

/** What stations said of themselves, and what is done for them. */
const STATIONS: readonly (readonly [string, string, string, object])[] = [
  ["ABB", "CDT_TACW22::NET_WIFI", "TAC3Z9119006710273::V1.8.21", { maxStackLevel: 2 }],
  ["go-e", "go-eCharger_V4", "055.5", { stackLevelOffset: 1 }],
  ["Wall Box Chargers", "CPB1-S-2-4", "6.7.38", { callGapMs: 500 }],
  ["Wall Box Chargers", "PLP1-0-2-4", "6.7.38", { waitsForBoot: true }],
  ["Somebody", "Else", "1.0", {}],
];

for (const [vendor, model, firmwareVersion, tolerances] of STATIONS) {
  test(`${vendor} ${model}: ${Object.keys(tolerances)}`, () => {
    assert.equal(tolerancesFor(QUIRKS, { vendor, model, firmwareVersion }), tolerances);
  });
}

test("case 44, 45: a station that freezes on unsupported commands, takes W only, ends at 0", () => {
  const tolerances = tolerancesFor(QUIRKS, { model: "ACChargePoint", firmwareVersion: "V100R023C10SPC220" });
  assert.equal(tolerances.neverSend, ["ChangeAvailability"]);
  assert.equal(tolerances.rateUnits, ["W"]);
  assert.ok(tolerances.zeroEndsTransaction && tolerances.noPhaseSwitch && tolerances.minCurrentA === 6);
});

test("firmware versions are compared number by number", () => {
  assert.equal(firmwareNumbers("TAC3Z9119006710273::V1.8.21"), [1, 8, 21]);
  assert.equal(firmwareNumbers("055.5"), [55, 5]);
  assert.equal(firmwareNumbers("V100R023C10SPC220"), [100, 23, 10, 220]);
  assert.equal(firmwareNumbers("none"), []);
  assert.ok(compareFirmware("1.8.21", "1.10.0") < 0);
  assert.ok(compareFirmware("1.8", "1.8.0") === 0);
});

const tableOf = (...quirks: readonly Partial<QuirkTable["quirks"][number]>[]): QuirkTable => ({
  version: 1,
  quirks: quirks.map((quirk) => ({
    id: "x",
    vendor: "*",
    model: "*",
    tolerances: {},
    evidence: ["somewhere"],
    ...quirk,
  })),
});

test("a firmware range is half open; a station that does not tell its firmware is in it", () => {
  const table = tableOf({ firmware: { from: "1.2", before: "2.0" } });
  const matches = (firmwareVersion?: string): boolean =>
    quirksFor(table, firmwareVersion === undefined ? {} : { firmwareVersion }).length === 1;
  assert.equal(["1.1.9", "1.2", "1.9.9", "2.0", "2.0.1"].map(matches), [false, true, true, false, false]);
  assert.ok(matches(undefined) && matches("unknown"));
});

test("patterns: whole, beginning, end, inside, without case", () => {
  const matches = (model: string, text: string): boolean => quirksFor(tableOf({ model }), { model: text }).length === 1;
  assert.ok(matches("abc", "ABC") && !matches("abc", "abcd") && !matches("abc", "xabc"));
  assert.ok(matches("abc*", "ABCd") && !matches("abc*", "xabc"));
  assert.ok(matches("*abc", "xabc") && !matches("*abc", "abcd"));
  assert.ok(matches("*abc*", "xabcd") && !matches("*abc*", "ab"));
  assert.ok(matches("*", "") && matches("*", "anything"));
});

test("a later row corrects an earlier one; the operator has the last word, and can take away", () => {
  const table = tableOf({ tolerances: { maxStackLevel: 2, verifyWrites: true } }, { tolerances: { maxStackLevel: 5 } });
  assert.equal(tolerancesFor(table, {}), { maxStackLevel: 5, verifyWrites: true });
  assert.equal(tolerancesFor(table, {}, { maxStackLevel: 1, verifyWrites: null }), { maxStackLevel: 1 });
});

test("comparing firmware is an order", () => {
  const version = fc.array(fc.nat(12), { minLength: 2, maxLength: 4 }).map((numbers) => numbers.join("."));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.is(Math.sign(compareFirmware(a, b)), -Math.sign(compareFirmware(b, a)) + 0);
      if (compareFirmware(a, b) <= 0 && compareFirmware(b, c) <= 0) assert.ok(compareFirmware(a, c) <= 0);
    }),
  );
});

test.run();
