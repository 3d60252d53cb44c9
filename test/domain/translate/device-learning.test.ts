import { test } from "uvu";
import * as assert from "uvu/assert";
import { MAX_KEYS } from "../../../src/domain/translate/device-cache.ts";
import { chargingFactsOfKeys } from "../../../src/domain/translate/device-charging.ts";
import { learningBlock, UNLEARNED } from "../../../src/domain/translate/device-learning.ts";
import { FEATURE_PROFILES, KNOWN_KEYS, REQUIRED_KEYS } from "../../../src/domain/translate/device-map.ts";
import {
  cachedKey,
  deviceOf,
  folded,
  initialDevice,
  keyValue,
  tolerancesOf,
} from "../../../src/domain/translate/device-state.ts";
import { DeviceRig, type Key16, place, Station16, usualKeys } from "../../support/device-rig.ts";

const rigWith = (change: (key: Key16) => Key16 | undefined, more: readonly Key16[] = []): DeviceRig =>
  new DeviceRig(new Station16([...usualKeys().flatMap((entry) => change(entry) ?? []), ...more]));

const profilesSaid = (value: string | undefined): DeviceRig =>
  rigWith((entry) =>
    entry.key !== "SupportedFeatureProfiles" ? entry : value === undefined ? undefined : { ...entry, value },
  ).boot();

test("at boot all keys are asked at once, and nothing else of the station", () => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot();
  assert.equal(rig.sent, [{ peer: "station", action: "GetConfiguration", payload: {} }]);
  assert.is(keyValue(deviceOf(rig.state), "connectiontimeout"), "60");
  const { featureProfiles, hasSecurityExtension } = rig.state.capabilities;
  assert.equal([featureProfiles, hasSecurityExtension], [FEATURE_PROFILES, true]);
});

test("single keys say what the commands need to know", () => {
  const said = (key: string, value: string) =>
    rigWith((entry) => (entry.key === key ? undefined : entry), [{ key, value }]).boot().state.capabilities;
  assert.is(said("ReserveConnectorZeroSupported", "True").reservesConnectorZero, true);
  assert.is(said("ReserveConnectorZeroSupported", "false").reservesConnectorZero, false);
  assert.is(said("SendLocalListMaxLength", "17").sendLocalListMaxLength, 17);
  assert.is(said("CustomDisplayCostAndPrice", "true").showsCost, true);
  assert.is(said("CustomDisplayCostAndPrice", "false").showsCost, false);
});

test("what a station lists is what it has; case and spaces do not matter, unknown words are dropped", () => {
  const vectors: readonly (readonly [string, readonly string[]])[] = [
    ["Core", ["Core"]],
    ["Core,SmartCharging", ["Core", "SmartCharging"]],
    ["core, smart charging ,Reservation,Magic", ["Core", "Reservation", "SmartCharging"]],
    ["FirmwareManagement", ["Core", "FirmwareManagement"]],
  ];
  for (const [said, expected] of vectors) {
    assert.equal(profilesSaid(said).state.capabilities.featureProfiles, expected);
  }
});

test("without the list, keys show the profiles", () => {
  assert.equal(profilesSaid(undefined).state.capabilities.featureProfiles, [
    "Core",
    "FirmwareManagement",
    "RemoteTrigger",
    "LocalAuthListManagement",
    "Reservation",
    "SmartCharging",
  ]);
  const rig = rigWith(({ key }) =>
    /Profile|Schedule|Local|Reserve/.test(key) ? undefined : { key, value: "1" },
  ).boot();
  assert.equal(rig.state.capabilities.featureProfiles, ["Core", "FirmwareManagement", "RemoteTrigger"]);
});

test("the security extension shows by its keys", () => {
  const rig = rigWith((entry) => (/Certificate|SecurityProfile/.test(entry.key) ? undefined : entry)).boot();
  assert.is(rig.state.capabilities.hasSecurityExtension, false);
});

test("a list that lacks required keys is completed by name, in questions as large as the station takes", () => {
  const rig = new DeviceRig(new Station16(usualKeys()));
  const short = usualKeys().filter(({ key }) => !REQUIRED_KEYS.includes(key) || key === "GetConfigurationMaxKeys");
  rig.station.override = (_action, { key }) =>
    key === undefined ? { kind: "result", payload: { configurationKey: short } } : undefined;
  rig.boot();
  const asked = rig
    .sentTo("station")
    .slice(1)
    .map(({ key }) => key as readonly string[]);
  assert.equal(
    asked.flat(),
    REQUIRED_KEYS.filter((key) => key !== "GetConfigurationMaxKeys"),
  );
  assert.ok(asked.every((keys) => keys.length <= 5));
  assert.is(keyValue(deviceOf(rig.state), "NumberOfConnectors"), "2");
});

test("a station that refuses the question, or lists nothing, is asked by name", () => {
  for (const first of [
    { kind: "error", code: "InternalError", description: "" },
    { kind: "result", payload: { configurationKey: [] } },
    { kind: "result", payload: {} },
  ] as const) {
    const rig = new DeviceRig(new Station16(usualKeys()));
    rig.station.override = (_action, { key }) => (key === undefined ? first : undefined);
    rig.boot();
    const asked = rig
      .sentTo("station")
      .slice(1)
      .flatMap(({ key }) => key as readonly string[]);
    assert.equal(asked, KNOWN_KEYS);
    assert.is(rig.state.capabilities.hasSecurityExtension, true);
    assert.ok(deviceOf(rig.state).readAt !== undefined);
  }
});

test("a station that is silent, or refuses even that, is left alone; everything stays possible", () => {
  for (const outcome of [{ kind: "none" }, { kind: "error", code: "NotSupported", description: "" }] as const) {
    const rig = new DeviceRig(new Station16([]));
    rig.station.override = () => outcome;
    rig.boot();
    assert.ok(rig.sent.length <= 2);
    assert.equal(rig.state.capabilities, UNLEARNED);
  }
});

test("a second boot forgets keys that are gone, and keeps the names of vendor keys", () => {
  const rig = rigWith(
    (entry) => entry,
    [
      { key: "a b", value: "1" },
      { key: "A?b", value: "2" },
    ],
  ).boot();
  const before = deviceOf(rig.state).legacyNames;
  rig.station.keys.delete("blinkrepeat");
  rig.station.keys.delete("a b");
  rig.boot();
  assert.is(cachedKey(deviceOf(rig.state), "BlinkRepeat"), undefined);
  assert.equal(deviceOf(rig.state).legacyNames, before);
});

test("what cannot be kept is counted: keys without a name, beyond 50 characters, beyond the cache", () => {
  const many = Array.from({ length: MAX_KEYS }, (_, index) => ({ key: `V${index}`, value: "" }));
  const odd = [{ key: " " }, { key: "x".repeat(51) }, { key: "Long", value: "y".repeat(3_000) }];
  const rig = rigWith((entry) => entry, [...odd, ...many]).boot();
  assert.is(Object.keys(deviceOf(rig.state).keys).length, MAX_KEYS);
  assert.equal(rig.lost, [
    "a configuration key without a name of 1 to 50 characters",
    "a configuration key without a name of 1 to 50 characters",
    "a configuration value beyond 2500 characters",
    "more configuration keys than are kept",
  ]);
  assert.is(keyValue(deviceOf(rig.state), "Long")?.length, 2_500);
});

test("who the station is becomes part of the model, and chooses its quirks", () => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot({
    boot: {
      chargePointVendor: "ABB",
      chargePointModel: "CDT_TACW22::NET_WIFI",
      chargeBoxSerialNumber: "S1",
      firmwareVersion: "TAC::V1.8.21",
      meterType: "V1",
    },
  });
  const read = (at: string): unknown =>
    (rig.ask("GetVariables", { getVariableData: [place(at)] })["getVariableResult"] as { attributeValue?: string }[])[0]
      ?.attributeValue;
  assert.is(read("ChargingStation.VendorName"), "ABB");
  assert.is(read("ChargingStation.Model"), "CDT_TACW22::NET_WIFI");
  assert.is(read("ChargingStation.SerialNumber"), "S1");
  assert.is(read("ChargingStation.FirmwareVersion"), "TAC::V1.8.21");
  assert.is(read("FiscalMetering.Model"), "V1");
  assert.is(tolerancesOf(rig.state).maxStackLevel, 2);
  assert.is(read("SmartChargingCtrlr.ProfileStackLevel"), "2");
});

test("a station that must be asked by name is never asked for all (by quirk)", () => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot({
    override: { configurationByName: true, configurationMaxKeys: 3 },
  });
  assert.ok(rig.sentTo("station").every(({ key }) => Array.isArray(key) && key.length <= 5));
  assert.equal(
    rig.sentTo("station").flatMap(({ key }) => key as readonly string[]),
    KNOWN_KEYS,
  );
  assert.ok(
    rig
      .sentTo("station")
      .slice(5)
      .every(({ key }) => (key as readonly string[]).length <= 3),
  );
});

test("a model that must never be asked is not, and its own variables stay unknown (case 44)", () => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot({ override: { neverSend: ["GetConfiguration"] } });
  rig.ask("GetVariables", { getVariableData: [place("TxCtrlr.EVConnectionTimeOut")] });
  assert.is(rig.ask("GetBaseReport", { requestId: 1, reportBase: "FullInventory" })["status"], "Rejected");
  assert.is(rig.sent.length, 0);
});

test("profiles that a quirk takes away are not offered (case 44)", () => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot({ override: { withoutFeatures: ["SmartCharging"] } });
  assert.not.ok(rig.state.capabilities.featureProfiles.includes("SmartCharging"));
});

test("what smart charging publishes without keys, and as the charging rules say (§5.6)", () => {
  const poor = rigWith((entry) => (/^Charg|^MaxCharg/.test(entry.key) ? undefined : entry)).boot();
  assert.equal(chargingFactsOfKeys(poor.state, poor.env), {
    maxStackLevel: 1,
    periodsPerSchedule: 6,
    maxProfiles: 4,
    profiles: 0,
    rateUnits: ["A"],
  });
  const facts = { maxStackLevel: 3, periodsPerSchedule: 12, maxProfiles: 5, profiles: 2, rateUnits: ["W"] } as const;
  const rig = new DeviceRig(new Station16(usualKeys()), { charging: () => facts, localListEntries: () => 17 }).boot();
  const names = ["ProfileStackLevel", "PeriodsPerSchedule", "Entries[ChargingProfiles]", "RateUnit"];
  const places = [...names.map((name) => place(`SmartChargingCtrlr.${name}`)), place("LocalAuthListCtrlr.Entries")];
  const answer = rig.ask("GetVariables", { getVariableData: places });
  const results = answer["getVariableResult"] as { attributeValue: string }[];
  assert.equal(
    results.map(({ attributeValue }) => attributeValue),
    ["3", "12", "2", "W", "17"],
  );
});

test("rate units: Current and Power, or A and W, and what a quirk knows better (errata 3.86)", () => {
  const units = (value: string, rateUnits?: readonly ("A" | "W")[]): readonly string[] => {
    const rig = rigWith((entry) => (entry.key.endsWith("RateUnit") ? { ...entry, value } : entry));
    rig.boot(rateUnits === undefined ? {} : { override: { rateUnits } });
    return chargingFactsOfKeys(rig.state, rig.env).rateUnits;
  };
  assert.equal(units("Current"), ["A"]);
  assert.equal(units("Power"), ["W"]);
  assert.equal(units("power,current"), ["A", "W"]);
  assert.equal(units("W"), ["W"]);
  assert.equal(units("A, W"), ["A", "W"]);
  assert.equal(units("Amperes"), ["A"]);
  assert.equal(units("Current,Power", ["W"]), ["W"]);
});

test("a vendor key may have any name: nothing of JavaScript's shows through", () => {
  const odd = ["constructor", "__proto__", "toString"].map((key) => ({ key, value: `value of ${key}` }));
  const rig = rigWith((entry) => entry, odd).boot();
  for (const { key, value } of odd) assert.is(keyValue(deviceOf(rig.state), key), value);
  assert.is(cachedKey(deviceOf(rig.state), "hasOwnProperty"), undefined);
  assert.is(folded(" A "), "a");
  assert.equal(JSON.parse(JSON.stringify(initialDevice())), initialDevice());
});

test("the operator's rows come behind the table's, his word about the station over all of them", () => {
  const boot = { chargePointVendor: "ABB", chargePointModel: "CDT_TACW22" };
  const row = { id: "ours", vendor: "ABB", model: "*", tolerances: { maxStackLevel: 1, callGapMs: 50 }, evidence: [] };
  const learned = (settings: Partial<DeviceRig["settings"]>) => {
    const rig = new DeviceRig(new Station16(usualKeys()));
    rig.settings = { ...rig.settings, ...settings };
    return tolerancesOf(rig.boot({ boot }).state);
  };
  assert.equal(learned({}), { maxStackLevel: 2 });
  assert.equal(learned({ quirks: [row] }), { maxStackLevel: 1, callGapMs: 50 });
  assert.equal(learned({ quirks: [row], tolerances: { maxStackLevel: null } }), { callGapMs: 50 });
});

test("what the operator has changed counts with the next link, without a boot", () => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot({
    boot: { chargePointVendor: "V", chargePointModel: "M" },
  });
  const up = learningBlock.links?.up ?? assert.unreachable("nobody looks");
  assert.is(up?.(rig.state, rig.env).state, rig.state, "nothing changed, nothing to write");
  rig.settings = { ...rig.settings, tolerances: { withoutFeatures: ["Reservation"] } };
  const { state } = up?.(rig.state, rig.env) ?? rig;
  assert.equal(tolerancesOf(state), { withoutFeatures: ["Reservation"] });
  assert.not(state.capabilities.featureProfiles.includes("Reservation"));
});

test.run();
