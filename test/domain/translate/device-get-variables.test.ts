import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { DEFAULT_FRESH_MS } from "../../../src/domain/translate/device-options.ts";
import { DeviceRig, NOON, place, Station16, usualKeys } from "../../support/device-rig.ts";

const booted = (): DeviceRig => new DeviceRig(new Station16(usualKeys())).boot();

const read = (rig: DeviceRig, ...places: readonly string[]): readonly Payload[] =>
  rig.ask("GetVariables", { getVariableData: places.map(place) })["getVariableResult"] as readonly Payload[];

const statuses = (results: readonly Payload[]): readonly unknown[] =>
  results.map((result) => result["attributeStatus"]);

const later = (rig: DeviceRig, ms: number): void => {
  rig.now = epochMs(NOON + ms);
};

test("what is unknown is told apart: the component, or its variable (B06.FR.06, FR.07)", () => {
  const results = read(
    booted(),
    "NoSuchCtrlr.Enabled",
    "TxCtrlr.NoSuchVariable",
    "TxCtrlr@1.EVConnectionTimeOut",
    "EVSE@7.Available",
    "OCPPCommCtrlr.MessageTimeout",
    "DisplayMessageCtrlr.DisplayMessages",
    "LegacyConfig.Nobody",
  );
  assert.equal(statuses(results), [
    "UnknownComponent",
    "UnknownVariable",
    "UnknownComponent",
    "UnknownComponent",
    "UnknownVariable",
    "UnknownVariable",
    "UnknownVariable",
  ]);
});

test("names are compared without case, and come back as the CSMS spelled them", () => {
  const [result] = read(booted(), "txctrlr.EVCONNECTIONTIMEOUT");
  assert.equal(result, {
    component: { name: "txctrlr" },
    variable: { name: "EVCONNECTIONTIMEOUT" },
    attributeStatus: "Accepted",
    attributeValue: "60",
  });
});

test("another attribute than Actual is not supported; of an unknown variable that is said first", () => {
  const items = ["TxCtrlr.EVConnectionTimeOut", "TxCtrlr.Nothing"].map((at) => ({
    ...place(at),
    attributeType: "Target",
  }));
  const answer = booted().ask("GetVariables", { getVariableData: items });
  const results = answer["getVariableResult"] as readonly Payload[];
  assert.equal(statuses(results), ["NotSupportedAttributeType", "UnknownVariable"]);
  assert.is(results[0]?.["attributeType"], "Target");
});

test("a write-only variable is not told", () => {
  const [result] = read(booted(), "SecurityCtrlr.BasicAuthPassword");
  assert.is(result?.["attributeStatus"], "Rejected");
  assert.equal(result?.["attributeStatusInfo"], { reasonCode: "WriteOnly" });
});

test("a limit without a value is rejected, not invented", () => {
  assert.equal(read(booted(), "EVSE@1.Power")[0]?.["attributeStatusInfo"], {
    reasonCode: "MissingDevModelInfo",
    additionalInfo: "no actual value",
  });
});

test("a value read lately is served without the station", () => {
  const rig = booted();
  const before = rig.sent.length;
  later(rig, DEFAULT_FRESH_MS - 1);
  read(rig, "TxCtrlr.EVConnectionTimeOut");
  assert.is(rig.sent.length, before);
});

test("an older one is asked for, each key once, in questions as large as the station takes", () => {
  const rig = booted();
  rig.station.keys.set("connectiontimeout", { key: "ConnectionTimeOut", value: "99", readonly: false });
  later(rig, DEFAULT_FRESH_MS);
  const places = [
    "TxCtrlr.EVConnectionTimeOut",
    "AlignedDataCtrlr.Interval",
    "AlignedDataCtrlr.TxEndedInterval",
    "Connector@1.1.PhaseRotation",
    "Connector@2.1.PhaseRotation",
    "AuthCtrlr.LocalPreAuthorize",
    "AuthCtrlr.AuthorizeRemoteStart",
    "LegacyConfig.Ack.MaxRetries",
    "ClockCtrlr.DateTime",
  ];
  rig.sent.length = 0;
  assert.is(read(rig, ...places)[0]?.["attributeValue"], "99");
  assert.equal(
    rig.sentTo("station", "GetConfiguration").map(({ key }) => key),
    [
      [
        "ConnectionTimeOut",
        "ClockAlignedDataInterval",
        "ConnectorPhaseRotation",
        "LocalPreAuthorize",
        "AuthorizeRemoteTxRequests",
      ],
      ["Ack.MaxRetries"],
    ],
  );
});

test("a key that the station hides from its list is found by its name", () => {
  const rig = new DeviceRig(new Station16([...usualKeys(), { key: "Hidden", value: "1", readonly: true }]));
  rig.station.override = (_action, payload) =>
    payload["key"] === undefined ? { kind: "result", payload: { configurationKey: usualKeys() } } : undefined;
  rig.boot();
  assert.equal(read(rig, "LegacyConfig.Hidden")[0]?.["attributeValue"], "1");
});

test("a key that disappeared is an unknown variable, and is not asked for again at once", () => {
  const rig = booted();
  rig.station.keys.delete("maxenergyoninvalidid");
  later(rig, DEFAULT_FRESH_MS);
  assert.equal(statuses(read(rig, "TxCtrlr.MaxEnergyOnInvalidId")), ["UnknownVariable"]);
  const before = rig.sent.length;
  assert.equal(statuses(read(rig, "TxCtrlr.MaxEnergyOnInvalidId")), ["UnknownVariable"]);
  assert.is(rig.sent.length, before);
});

test("while the station is away the last value is served, and said to be old", () => {
  const rig = booted();
  rig.isOnline = false;
  rig.sent.length = 0;
  later(rig, 3_600_000);
  const [result] = read(rig, "TxCtrlr.EVConnectionTimeOut");
  assert.is(result?.["attributeValue"], "60");
  assert.equal(result?.["attributeStatusInfo"], {
    reasonCode: "NoError",
    additionalInfo: "as of 2026-03-01T12:00:00.000Z",
  });
  assert.is(rig.sent.length, 0);
});

test("a station that was never read and is away has its own variables rejected, the gateway's served", () => {
  const rig = new DeviceRig(new Station16(usualKeys()));
  rig.isOnline = false;
  const results = read(rig, "TxCtrlr.EVConnectionTimeOut", "TxCtrlr.TxStartPoint");
  assert.equal(statuses(results), ["Rejected", "Accepted"]);
  assert.match(JSON.stringify(results[0]), "not connected");
});

test("a station that is silent, or answers with an error, is not asked for the next chunk", () => {
  for (const kind of ["none", "error"] as const) {
    const rig = booted();
    rig.station.override = () => (kind === "none" ? { kind } : { kind, code: "InternalError", description: "" });
    later(rig, DEFAULT_FRESH_MS);
    rig.sent.length = 0;
    const places = ["BlinkRepeat", "X2", "X3", "X4", "X5", "X6"].map((name) => `LegacyConfig.${name}`);
    const results = read(rig, "TxCtrlr.EVConnectionTimeOut", ...places);
    assert.is(rig.sent.length, 1);
    assert.is(results[0]?.["attributeValue"], "60");
  }
});

test("a list of another kind than was asked for is taken as it is: numbers, keys nobody asked for (§9)", () => {
  const rig = booted();
  rig.station.override = () => ({
    kind: "result",
    payload: {
      configurationKey: [
        { key: "connectionTimeout", value: 77, readonly: "false" },
        { key: "Extra", value: true },
      ],
    },
  });
  later(rig, DEFAULT_FRESH_MS);
  assert.is(read(rig, "TxCtrlr.EVConnectionTimeOut")[0]?.["attributeValue"], "77");
  assert.is(read(rig, "LegacyConfig.Extra")[0]?.["attributeValue"], "true");
  assert.equal(rig.repaired, ["configuration value is no text", "configuration value is no text"]);
});

test("one item too many is a CALLERROR of 2.x", () => {
  const items = Array.from({ length: 101 }, () => place("ClockCtrlr.DateTime"));
  assert.is(booted().refusal("GetVariables", { getVariableData: items }), "OccurrenceConstraintViolation");
});

const PLACES = [
  "TxCtrlr.EVConnectionTimeOut",
  "LegacyConfig.Ack.MaxRetries",
  "LegacyConfig.constructor",
  "LegacyConfig.__proto__",
  "Nowhere.Nothing",
  "EVSE@1.Power",
  "Connector@1.1.PhaseRotation",
  "SecurityCtrlr.BasicAuthPassword",
  "ClockCtrlr.DateTime",
  "SampledDataCtrlr.TxUpdatedMeasurands",
];

test("results are as many as items, in their order, with a value exactly where it is Accepted (B06.FR.01–03)", () => {
  const items = fc.array(fc.constantFrom(...PLACES), { minLength: 1, maxLength: 30, size: "max" });
  fc.assert(
    fc.property(items, fc.boolean(), fc.nat(90_000), fc.nat(3), (places, isOnline, ms, silent) => {
      const rig = booted();
      rig.isOnline = isOnline;
      later(rig, ms);
      let asked = 0;
      rig.station.override = () => (asked++ === silent ? { kind: "none" } : undefined);
      const results = read(rig, ...places);
      assert.equal(
        results.map(({ component, variable }) => ({ component, variable })),
        places.map(place),
      );
      for (const result of results) {
        assert.is(result["attributeStatus"] === "Accepted", result["attributeValue"] !== undefined);
      }
    }),
    { numRuns: 200 },
  );
});

test.run();
