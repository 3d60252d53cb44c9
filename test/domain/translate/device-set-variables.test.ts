import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { northSettings, rememberHeartbeatInterval, retryOf } from "../../../src/domain/translate/device-own.ts";
import { verdictOf } from "../../../src/domain/translate/device-set-variables.ts";
import { DeviceRig, place, Station16, usualKeys } from "../../support/device-rig.ts";
import { messageSchema } from "../../support/schemas.ts";

const booted = (): DeviceRig => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot();
  rig.sent.length = 0;
  return rig;
};

const set = (rig: DeviceRig, ...changes: readonly (readonly [string, string])[]): readonly Payload[] =>
  rig.ask("SetVariables", {
    setVariableData: changes.map(([at, attributeValue]) => ({ ...place(at), attributeValue })),
  })["setVariableResult"] as readonly Payload[];

const status = (results: readonly Payload[]): readonly string[] =>
  results.map(({ attributeStatus, attributeStatusInfo }) => {
    const reason = (attributeStatusInfo as Payload | undefined)?.["reasonCode"];
    return reason === undefined ? String(attributeStatus) : `${attributeStatus} ${reason}`;
  });

const valueAt = (rig: DeviceRig, key: string): unknown => rig.station.keys.get(key.toLowerCase())?.value;

test("changes go to the station one by one, in the order of the request (§4.4)", () => {
  const rig = booted();
  const results = set(
    rig,
    ["TxCtrlr.EVConnectionTimeOut", "90"],
    ["AuthCtrlr.LocalPreAuthorize", "True"],
    ["SampledDataCtrlr.TxUpdatedMeasurands", "Energy.Active.Import.Register, Voltage"],
    ["LegacyConfig.Ack.MaxRetries", " 9"],
  );
  assert.equal(status(results), ["Accepted", "Accepted", "Accepted", "Accepted"]);
  assert.equal(rig.sentTo("station"), [
    { key: "ConnectionTimeOut", value: "90" },
    { key: "LocalPreAuthorize", value: "true" },
    { key: "MeterValuesSampledData", value: "Energy.Active.Import.Register,Voltage" },
    { key: "Ack.MaxRetries", value: " 9" },
  ]);
});

test("what cannot be is refused without a call, each with its reason", () => {
  const rig = booted();
  const vectors: readonly (readonly [string, string, string])[] = [
    ["Nowhere.X", "1", "UnknownComponent"],
    ["TxCtrlr.X", "1", "UnknownVariable"],
    ["SampledDataCtrlr.TxEndedInterval", "1", "Rejected ReadOnly"],
    ["OCPPCommCtrlr.FileTransferProtocols", "FTP", "Rejected ReadOnly"],
    ["LegacyConfig.Free_20Vend", "on", "Rejected ReadOnly"],
    ["LegacyConfig.HeartbeatInterval", "10", "Rejected ReadOnly"],
    ["LegacyConfig.AuthorizationKey", "0123456789abcdef0123", "UnknownVariable"],
    ["TxCtrlr.TxStartPoint", "Authorized", "Rejected ReadOnly"],
    ["EVSE@1.Power", "1", "Rejected ReadOnly"],
    ["TxCtrlr.EVConnectionTimeOut", "soon", "Rejected InvalidValue"],
    ["TxCtrlr.EVConnectionTimeOut", "-1", "Rejected ValueTooLow"],
    ["ChargingStatusIndicator.Percent", "101", "Rejected ValueTooHigh"],
    ["AuthCtrlr.LocalPreAuthorize", "perhaps", "Rejected InvalidValue"],
    ["AlignedDataCtrlr.Measurands", "Energy.Active.Net", "Rejected InvalidValue"],
    ["AlignedDataCtrlr.Measurands", "Voltage,SoC,Frequency,Power.Factor,Power.Offered", "Rejected TooManyElements"],
    ["OCPPCommCtrlr.PublicKeyWithSignedMeterValue", "Sometimes", "Rejected InvalidValue"],
    ["Connector@1.1.PhaseRotation", "ABC", "Rejected InvalidValue"],
    ["LegacyConfig.Ack.MaxRetries", "x".repeat(501), "Rejected TooLargeElement"],
    ["SecurityCtrlr.BasicAuthPassword", "a secret of 16 ch", "Rejected UnsupportedRequest"],
    ["OCPPCommCtrlr.HeartbeatInterval", "0", "Rejected ValueTooLow"],
  ];
  assert.equal(
    status(set(rig, ...vectors.map(([at, value]) => [at, value] as const))),
    vectors.map(([, , expected]) => expected),
  );
  assert.is(rig.sent.length, 0);
  assert.not.ok(JSON.stringify(rig.state).includes("a secret"));
});

test("what 1.6 calls read only is, even where the station does not say so", () => {
  const keys = usualKeys().map((entry) => ({ ...entry, readonly: false }));
  const rig = new DeviceRig(new Station16(keys)).boot();
  const places = [
    "OCPPCommCtrlr.FileTransferProtocols",
    "LocalAuthListCtrlr.ItemsPerMessage",
    "SmartChargingCtrlr.RateUnit",
  ];
  const results = set(rig, ...places.map((at) => [at, "1"] as const));
  assert.equal(
    status(results),
    places.map(() => "Rejected ReadOnly"),
  );
});

test("another attribute than Actual is not supported", () => {
  const rig = booted();
  const item = { ...place("TxCtrlr.EVConnectionTimeOut"), attributeType: "MaxSet", attributeValue: "9" };
  const [result] = rig.ask("SetVariables", { setVariableData: [item] })["setVariableResult"] as readonly Payload[];
  assert.is(result?.["attributeStatus"], "NotSupportedAttributeType");
  assert.is(result?.["attributeType"], "MaxSet");
  assert.is(rig.sent.length, 0);
});

test("every ConfigurationStatus of 1.6 has its word in 2.x", () => {
  const expected = {
    Accepted: "Accepted",
    Rejected: "Rejected",
    RebootRequired: "RebootRequired",
    NotSupported: "UnknownVariable",
  };
  const schema = messageSchema("ocpp1.6", "ChangeConfiguration", "response");
  assert.equal([...(schema.properties?.["status"]?.enum ?? [])].sort(), Object.keys(expected).sort());
  for (const [word, answer] of Object.entries(expected)) {
    assert.is(verdictOf({ kind: "result", payload: { status: word } }).status, answer);
    const rig = booted();
    rig.station.override = () => ({ kind: "result", payload: { status: word } });
    assert.equal(status(set(rig, ["TxCtrlr.EVConnectionTimeOut", "90"])), [answer]);
  }
});

test("an error, a word that 1.6 does not have, and silence are rejected with the reason", () => {
  for (const outcome of [
    { kind: "error", code: "NotImplemented", description: "" },
    { kind: "result", payload: { status: "Ok" } },
    { kind: "none" },
  ] as const) {
    const rig = booted();
    rig.station.override = () => outcome;
    assert.equal(status(set(rig, ["TxCtrlr.EVConnectionTimeOut", "90"])), ["Rejected Unspecified"]);
  }
});

test("after a silence the rest is not tried, and the doubtful value is read again", () => {
  const rig = booted();
  rig.station.override = (action) => (action === "ChangeConfiguration" ? { kind: "none" } : undefined);
  const results = set(rig, ["TxCtrlr.EVConnectionTimeOut", "90"], ["AuthCtrlr.LocalPreAuthorize", "true"]);
  assert.equal(status(results), ["Rejected Unspecified", "Rejected Unspecified"]);
  assert.is(rig.sentTo("station").length, 1);
  rig.ask("GetVariables", { getVariableData: [place("TxCtrlr.EVConnectionTimeOut")] });
  assert.equal(rig.sentTo("station").at(-1), { key: ["ConnectionTimeOut"] });
});

test("a station that is away is refused at once, never queued for (case 30); the gateway's own are set", () => {
  const rig = booted();
  rig.isOnline = false;
  const results = set(rig, ["TxCtrlr.EVConnectionTimeOut", "90"], ["OCPPCommCtrlr.HeartbeatInterval", "120"]);
  assert.equal(status(results), ["Rejected Unspecified", "Accepted"]);
  assert.is(rig.sent.length, 0);
});

test("the gateway's own variables are what its link obeys, and never reach the station", () => {
  const rig = booted();
  assert.is(northSettings(rig.state).heartbeatIntervalSec, 300);
  rig.state = rememberHeartbeatInterval(rememberHeartbeatInterval(rig.state, 240), 0);
  assert.is(northSettings(rig.state).heartbeatIntervalSec, 240);
  set(rig, ["OCPPCommCtrlr.HeartbeatInterval", "120"], ["OCPPCommCtrlr.MessageAttempts[TransactionEvent]", "5"]);
  assert.equal(northSettings(rig.state), {
    heartbeatIntervalSec: 120,
    offlineThresholdSec: 300,
    messageAttempts: 5,
    messageAttemptIntervalSec: 10,
  });
  assert.is(rig.sent.length, 0);
  assert.is(valueAt(rig, "HeartbeatInterval"), "600");
});

test("E13 - what the CSMS sets counts; until then what is configured, to the millisecond", () => {
  const rig = booted();
  const configured = { attempts: 7, attemptIntervalMs: 1_500 };
  assert.equal(retryOf(rig.state, configured), configured);
  set(rig, ["OCPPCommCtrlr.MessageAttempts[TransactionEvent]", "2"]);
  assert.equal(retryOf(rig.state, configured), { attempts: 2, attemptIntervalMs: 1_500 });
  set(rig, ["OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", "4"]);
  assert.equal(retryOf(rig.state, configured), { attempts: 2, attemptIntervalMs: 4_000 });
});

test("a new heartbeat interval counts at once, an equal one disturbs nothing", () => {
  const rig = booted();
  for (const seconds of ["60", "60", "90"]) set(rig, ["OCPPCommCtrlr.HeartbeatInterval", seconds]);
  assert.equal(rig.alarms, [
    ["tx.heartbeat", rig.now + 60_000],
    ["tx.heartbeat", rig.now + 90_000],
  ]);
});

test("phase rotation: one connector is changed, the others stay; two changes in one request both count", () => {
  const rig = booted();
  set(rig, ["Connector@2.1.PhaseRotation", "TRS"], ["ChargingStation.PhaseRotation", "Unknown"]);
  assert.equal(
    rig.sentTo("station").map(({ value }) => value),
    ["0.RST,1.RST,2.TRS", "0.Unknown,1.RST,2.TRS"],
  );
});

test("without knowing the other connectors' rotation none is changed", () => {
  const rig = new DeviceRig(new Station16(usualKeys()));
  assert.equal(status(set(rig, ["Connector@1.1.PhaseRotation", "TRS"])), ["Rejected MissingDevModelInfo"]);
});

test("a change is read back before it is confirmed, of a model that accepts without doing", () => {
  const rig = booted();
  rig.boot({ override: { verifyWrites: true } });
  rig.sent.length = 0;
  assert.equal(status(set(rig, ["TxCtrlr.EVConnectionTimeOut", "90"])), ["Accepted"]);
  assert.equal(rig.sentTo("station", "GetConfiguration"), [{ key: ["ConnectionTimeOut"] }]);
  rig.station.isLying = true;
  assert.equal(status(set(rig, ["TxCtrlr.EVConnectionTimeOut", "91"], ["LegacyConfig.Ack.MaxRetries", "7"])), [
    "Rejected Unspecified",
    "Accepted",
  ]);
});

test("a key that a model must not be sent is refused here (case 44)", () => {
  const rig = booted();
  rig.boot({ override: { neverChange: ["ConnectionTimeOut"] } });
  rig.sent.length = 0;
  assert.equal(status(set(rig, ["TxCtrlr.EVConnectionTimeOut", "90"])), ["Rejected UnsupportedRequest"]);
  assert.is(rig.sent.length, 0);
});

test("one item too many is a CALLERROR of 2.x", () => {
  const items = Array.from({ length: 51 }, () => ({ ...place("AuthCtrlr.LocalPreAuthorize"), attributeValue: "true" }));
  assert.is(booted().refusal("SetVariables", { setVariableData: items }), "OccurrenceConstraintViolation");
});

const CHANGES = fc.array(
  fc.tuple(
    fc.constantFrom(
      "TxCtrlr.EVConnectionTimeOut",
      "AuthCtrlr.LocalPreAuthorize",
      "Connector@1.1.PhaseRotation",
      "LegacyConfig.Ack.MaxRetries",
      "LegacyConfig.__proto__",
      "OCPPCommCtrlr.OfflineThreshold",
      "ClockCtrlr.DateTime",
      "No.Thing",
    ),
    fc.constantFrom("1", "60", "true", "RST", "SRT", "", "x"),
  ),
  { minLength: 1, maxLength: 12, size: "max" },
);

test("results are as many as items, in their order; what is Accepted is what the station then has (B05.FR.01–03)", () => {
  fc.assert(
    fc.property(CHANGES, fc.boolean(), fc.nat(12), (changes, isOnline, silent) => {
      const rig = booted();
      rig.isOnline = isOnline;
      let asked = 0;
      rig.station.override = () => (asked++ === silent ? { kind: "none" } : undefined);
      const results = set(rig, ...changes);
      assert.equal(
        results.map(({ component, variable }) => ({ component, variable })),
        changes.map(([at]) => place(at)),
      );
      const last = changes.findLastIndex(
        ([at], index) => at === "TxCtrlr.EVConnectionTimeOut" && results[index]?.["attributeStatus"] === "Accepted",
      );
      if (last !== -1) assert.is(valueAt(rig, "ConnectionTimeOut"), changes[last]?.[1]);
      if (!isOnline) assert.is(rig.sent.length, 0);
    }),
    { numRuns: 200 },
  );
});

test.run();
