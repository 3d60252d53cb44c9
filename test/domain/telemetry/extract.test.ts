/** What extraction makes of each message that carries condition data. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { CallFrame, SendFrame } from "../../../src/domain/ocpp/frame.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { describeChannel } from "../../../src/domain/telemetry/channels.ts";
import { extract, observeConnection } from "../../../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../../../src/domain/telemetry/memory.ts";
import { memorySink, type Observed } from "../../support/health.ts";
import { call, send } from "../../support/ocpp-messages.ts";

const AT = "2026-04-01T12:00:00Z";
const RECEIVED = epochMs(Date.parse("2026-04-01T12:00:01Z"));

/** An observation on one line: `evse.connector channel[phase@location] value unit quality`. */
function line({ evseId, connectorId, channel, value, quality, at }: Observed): string {
  const info = describeChannel(channel);
  if (info === undefined) throw new Error("an observation without a channel");
  const where = `${info.phase === "" ? "" : `/${info.phase}`}${info.location === "" ? "" : `@${info.location}`}`;
  const what = info.values === undefined ? `${value} ${info.unit}` : info.values[value];
  const instance = info.instance > 0 ? `#${info.instance}` : "";
  const doubt = `${quality === 0 ? "" : " ?"}${at === RECEIVED ? " now" : ""}`;
  return `${evseId}.${connectorId} ${info.name}${instance}${where} ${what}${doubt}`;
}

/** Extracts frames of one connection, one after the other. */
function taken(version: OcppVersion, ...frames: readonly (CallFrame | SendFrame)[]) {
  const sink = memorySink();
  const memory = new TelemetryMemory();
  const left = frames.reduce((sum, frame) => sum + extract(version, frame, { receivedAt: RECEIVED, sink, memory }), 0);
  return { lines: sink.seen.map(line), left, seen: sink.seen };
}

test("MeterValues of 1.6: text values, units normalised, phase and location kept", () => {
  const sampledValue = [
    { value: "1234.567", unit: "kWh" },
    { value: "7.36", measurand: "Power.Active.Import", unit: "kW", context: "Sample.Periodic", format: "Raw" },
    { value: "16.1", measurand: "Current.Import", unit: "A", phase: "L1" },
    { value: "230", measurand: "Voltage", unit: "V", phase: "L1-N" },
    { value: "104", measurand: "Temperature", unit: "Fahrenheit", location: "Cable" },
    { value: "50.01", measurand: "Frequency" },
    { value: "0.99", measurand: "Power.Factor", unit: "" },
  ];
  const { lines, left, seen } = taken(
    "ocpp1.6",
    call("MeterValues", { connectorId: 2, transactionId: 7, meterValue: [{ timestamp: AT, sampledValue }] }),
  );
  assert.equal(lines, [
    "2.1 Energy.Active.Import.Register@Outlet 1234567 Wh",
    "2.1 Power.Active.Import@Outlet 7360 W",
    "2.1 Current.Import/L1@Outlet 16.1 A",
    "2.1 Voltage/L1-N@Outlet 230 V",
    "2.1 Temperature@Cable 40 Celsius",
    "2.1 Frequency@Outlet 50.01 Hz",
    "2.1 Power.Factor@Outlet 0.99 1",
  ]);
  assert.is(left, 0);
  assert.ok(seen.every(({ at }) => at === Date.parse(AT)));
});

test("connector 0 of 1.6 is the station as a whole", () => {
  const meterValue = [{ timestamp: AT, sampledValue: [{ value: "5" }] }];
  const { lines } = taken("ocpp1.6", call("MeterValues", { connectorId: 0, meterValue }));
  assert.equal(lines, ["0.0 Energy.Active.Import.Register@Outlet 5 Wh"]);
});

test("a unit that is missing or is none of the measurand's makes a value suspect, not wrong", () => {
  const sampledValue = [
    { value: "230", measurand: "Voltage" },
    { value: "11", measurand: "Power.Offered", unit: "kVA" },
    { value: "12", measurand: "SoC" },
  ];
  const { lines } = taken(
    "ocpp1.6",
    call("MeterValues", { connectorId: 1, meterValue: [{ timestamp: AT, sampledValue }] }),
  );
  assert.equal(lines, [
    "1.1 Voltage@Outlet 230 V ?",
    "1.1 Power.Offered@Outlet 11000 VA ?",
    "1.1 SoC@Outlet 12 Percent",
  ]);
});

test("signed, unreadable, unknown and impossible samples are left out and counted", () => {
  const sampledValue = [
    { value: "OCMF|{}|{}", format: "SignedData" },
    { value: "1,5" },
    { value: "5", measurand: "Energy.Dark.Import" },
    { value: "5", phase: "L4" },
    { value: "5", location: "Moon" },
    { value: "5", unit: "furlong" },
    { value: "262011234567890" },
    { value: 5 },
    null,
    "5",
  ];
  const { lines, left } = taken("ocpp1.6", call("MeterValues", { connectorId: 1, meterValue: [{ sampledValue }] }));
  assert.equal(lines, []);
  assert.is(left, sampledValue.length);
});

test("a connector number out of range leaves the message out", () => {
  const meterValue = [{ timestamp: AT, sampledValue: [{ value: "5" }] }];
  for (const connectorId of [-1, 256, 1.5, "1", null, undefined]) {
    const { lines, left } = taken("ocpp1.6", call("MeterValues", { connectorId, meterValue }));
    assert.equal([lines.length, left], [0, 1]);
  }
});

test("MeterValues of 2.0.1: numbers, multiplier, signed data beside a plain value is not read", () => {
  const sampledValue = [
    { value: 7.36, measurand: "Power.Active.Import", unitOfMeasure: { unit: "W", multiplier: 3 } },
    { value: 12345, measurand: "Voltage", phase: "L2-N", unitOfMeasure: { unit: "V", multiplier: -2 } },
    { value: 4.2, unitOfMeasure: { unit: "kWh" }, signedMeterValue: { signedMeterData: "T0NNRg==", publicKey: "x" } },
    { value: 5, unitOfMeasure: { unit: "W", multiplier: 99 } },
    { value: 5, unitOfMeasure: { unit: "W", multiplier: "3" } },
    { value: "5" },
  ];
  const { lines, left } = taken(
    "ocpp2.0.1",
    call("MeterValues", { evseId: 3, meterValue: [{ timestamp: AT, sampledValue }] }),
  );
  assert.equal(lines, [
    "3.0 Power.Active.Import@Outlet 7360 W",
    "3.0 Voltage/L2-N@Outlet 123.45 V",
    "3.0 Energy.Active.Import.Register@Outlet 4200 Wh",
  ]);
  assert.is(left, 3);
});

test("2.1's own measurands and location are known", () => {
  const sampledValue = [
    { value: 1, measurand: "Display.InletHot" },
    { value: 120, measurand: "Energy.Active.Import.CableLoss", unitOfMeasure: { unit: "Wh" } },
    { value: 400, measurand: "Voltage", location: "Upstream", unitOfMeasure: { unit: "V" } },
  ];
  const { lines } = taken("ocpp2.1", call("MeterValues", { evseId: 1, meterValue: [{ timestamp: AT, sampledValue }] }));
  assert.equal(lines, [
    "1.0 Display.InletHot@Outlet 1 1",
    "1.0 Energy.Active.Import.CableLoss@Outlet 120 Wh",
    "1.0 Voltage@Upstream 400 V",
  ]);
});

test("a sample without a time is of now; without a zone it is suspect", () => {
  const meterValue = [
    { sampledValue: [{ value: "1" }] },
    { timestamp: "2026-04-01T12:00:00", sampledValue: [{ value: "2" }] },
  ];
  const { lines } = taken("ocpp1.6", call("MeterValues", { connectorId: 1, meterValue }));
  assert.equal(lines, [
    "1.1 Energy.Active.Import.Register@Outlet 1 Wh now",
    "1.1 Energy.Active.Import.Register@Outlet 2 Wh ?",
  ]);
});

test("StatusNotification of 1.6: status, error code, and vendor codes of the closed table", () => {
  const status = { connectorId: 1, status: "Faulted", errorCode: "GroundFailure", timestamp: AT };
  const chargex = call("StatusNotification", { ...status, vendorErrorCode: "CX002, CX017,XY1", info: "Mr Smith" });
  assert.equal(taken("ocpp1.6", chargex).lines, [
    "1.1 status Faulted",
    "1.1 errorCode GroundFailure",
    "1.1 vendorErrorCode CX002",
    "1.1 vendorErrorCode CX017",
  ]);
  const evgo = { ...status, vendorErrorCode: "F006", vendorId: "com.evgo.mrec" };
  assert.ok(taken("ocpp1.6", call("StatusNotification", evgo)).lines.includes("1.1 vendorErrorCode F006"));
  const inInfo = { ...status, vendorErrorCode: "0x17", info: "CX011" };
  assert.ok(taken("ocpp1.6", call("StatusNotification", inInfo)).lines.includes("1.1 vendorErrorCode CX011"));
  const other = call("StatusNotification", { ...evgo, vendorId: "com.example" });
  assert.is(taken("ocpp1.6", other).lines.length, 2);
});

test("what is no status of any version is left out, the error code beside it is not", () => {
  const odd = call("StatusNotification", { connectorId: 1, status: "Dancing", errorCode: "NoError" });
  const { lines, left } = taken("ocpp1.6", odd);
  assert.equal([lines, left], [["1.1 errorCode NoError now"], 1]);
});

test("StatusNotification of 2.0.1 names EVSE and connector", () => {
  const status = { evseId: 2, connectorId: 1, connectorStatus: "Occupied", timestamp: AT };
  assert.equal(taken("ocpp2.0.1", call("StatusNotification", status)).lines, ["2.1 status Occupied"]);
  assert.is(taken("ocpp2.0.1", call("StatusNotification", { ...status, connectorId: 16 })).left, 1);
});

test("boot, firmware, log and security events are words of closed lists", () => {
  const { lines, left } = taken(
    "ocpp2.0.1",
    call("BootNotification", {
      reason: "Watchdog",
      chargingStation: { model: "M", vendorName: "V", serialNumber: "S" },
    }),
    call("FirmwareStatusNotification", { status: "InstallationFailed", requestId: 12 }),
    call("LogStatusNotification", { status: "UploadFailure" }),
    call("SecurityEventNotification", { type: "TamperDetectionActivated", timestamp: AT, techInfo: "door" }),
    call("SecurityEventNotification", { type: "Jane opened the door", timestamp: AT }),
  );
  assert.equal(lines, [
    "0.0 bootReason Watchdog now",
    "0.0 firmwareStatus InstallationFailed now",
    "0.0 logStatus UploadFailure now",
    "0.0 securityEvent TamperDetectionActivated",
  ]);
  assert.is(left, 1);
});

test("1.6: a boot has no reason; diagnostics and signed firmware status are known", () => {
  const { lines } = taken(
    "ocpp1.6",
    call("BootNotification", { chargePointVendor: "V", chargePointModel: "M" }),
    call("DiagnosticsStatusNotification", { status: "UploadFailed" }),
    call("SignedFirmwareStatusNotification", { status: "InvalidSignature" }),
    call("SecurityEventNotification", { type: "InvalidChargePointCertificate", timestamp: AT }),
  );
  assert.equal(lines, [
    "0.0 bootReason Unknown now",
    "0.0 logStatus UploadFailed now",
    "0.0 firmwareStatus InvalidSignature now",
    "0.0 securityEvent InvalidChargePointCertificate",
  ]);
});

test("StopTransaction: its connector is the one the transaction's meter values named", () => {
  const sampledValue = [{ value: "10", measurand: "Energy.Active.Import.Register", unit: "Wh" }];
  const meterValue = [{ timestamp: AT, sampledValue }];
  const { lines } = taken(
    "ocpp1.6",
    call("MeterValues", { connectorId: 2, transactionId: 4711, meterValue }),
    call("StopTransaction", {
      transactionId: 4711,
      timestamp: AT,
      meterStop: 10,
      reason: "EmergencyStop",
      transactionData: meterValue,
    }),
    call("StopTransaction", { transactionId: 4711, timestamp: AT, meterStop: 10, transactionData: meterValue }),
  );
  assert.equal(lines, [
    "2.1 Energy.Active.Import.Register@Outlet 10 Wh",
    "2.1 Energy.Active.Import.Register@Outlet 10 Wh",
    "2.1 stoppedReason EmergencyStop",
    "0.0 Energy.Active.Import.Register@Outlet 10 Wh ?",
    "0.0 stoppedReason Local ?",
  ]);
});

test("TransactionEvent: an EVSE named once holds until the end; a reason left out is Local", () => {
  const meterValue = [{ timestamp: AT, sampledValue: [{ value: 3 }] }];
  const transactionInfo = { transactionId: "AB12-XYZ" };
  const event = (eventType: string, more: object) =>
    call("TransactionEvent", {
      eventType,
      timestamp: AT,
      transactionInfo,
      triggerReason: "Trigger",
      seqNo: 1,
      ...more,
    });
  const { lines } = taken(
    "ocpp2.0.1",
    event("Started", { evse: { id: 4, connectorId: 2 }, idToken: { idToken: "04A2B3C4", type: "ISO14443" } }),
    event("Updated", { meterValue }),
    event("Ended", { meterValue }),
    event("Updated", { meterValue }),
    event("Ended", { evse: { id: 1 }, transactionInfo: { transactionId: "CD", stoppedReason: "GroundFault" } }),
    event("Ended", { evse: { id: 1 }, transactionInfo: { transactionId: "CD", stoppedReason: "Tired" } }),
  );
  assert.equal(lines, [
    "4.0 Energy.Active.Import.Register@Outlet 3 Wh",
    "4.0 Energy.Active.Import.Register@Outlet 3 Wh",
    "4.2 stoppedReason Local",
    "0.0 Energy.Active.Import.Register@Outlet 3 Wh ?",
    "1.0 stoppedReason GroundFault",
  ]);
});

const eventData = (component: object, variable: object, actualValue: string, more: object = {}) => ({
  eventId: 1,
  timestamp: AT,
  trigger: "Delta",
  eventNotificationType: "CustomMonitor",
  component,
  variable,
  actualValue,
  ...more,
});

test("NotifyEvent: values, alerts and their end, of the allow-list only", () => {
  const sensor = { name: "TemperatureSensor", instance: "2", evse: { id: 1 } };
  const temperature = { name: "Temperature" };
  const { lines, left } = taken(
    "ocpp2.0.1",
    call("NotifyEvent", {
      generatedAt: AT,
      seqNo: 0,
      eventData: [
        eventData(sensor, temperature, "61.5"),
        eventData(sensor, temperature, "96", { trigger: "Alerting", techCode: "CX003", techInfo: "call Jane" }),
        eventData(sensor, temperature, "80", { trigger: "Alerting", cleared: true }),
        eventData({ name: "PowerContactor", evse: { id: 1, connectorId: 1 } }, { name: "Tripped" }, "true"),
        eventData({ name: "ElectricalFeed" }, { name: "ACVoltage", instance: "L2" }, "231.4"),
        eventData({ name: "CPPWMController", evse: { id: 2 } }, { name: "State" }, "C"),
        eventData({ name: "EVSE", evse: { id: 1 } }, { name: "AvailabilityState" }, "Faulted"),
        eventData({ name: "ConnectedEV" }, { name: "VehicleId" }, "001B44113AB7"),
        eventData({ name: "TokenReader" }, { name: "Token" }, "04A2B3C4"),
        eventData({ name: "AcmeRectifier", evse: { id: 2 } }, { name: "Ripple" }, "Jane", { techCode: "CX015" }),
        eventData(sensor, temperature, "warm"),
        eventData({ name: "EVSE", evse: { id: 1 } }, { name: "AvailabilityState" }, "Jane"),
      ],
    }),
  );
  assert.equal(lines, [
    "1.0 TemperatureSensor.Temperature#2 61.5 Celsius",
    "1.0 vendorErrorCode CX003",
    "1.0 TemperatureSensor.Temperature.alert#2 96 Celsius",
    "1.0 TemperatureSensor.Temperature.cleared#2 80 Celsius",
    "1.1 PowerContactor.Tripped true",
    "0.0 ElectricalFeed.ACVoltage/L2 231.4 V",
    "2.0 CPPWMController.State C",
    "1.0 EVSE.AvailabilityState Faulted",
    "2.0 vendorErrorCode CX015",
  ]);
  assert.is(left, 2);
});

test("a periodic event stream is understood through its monitor, and left out where nobody explained it", () => {
  const sensor = { name: "TemperatureSensor", evse: { id: 1 } };
  const open = call("OpenPeriodicEventStream", { constantStreamData: { id: 5, variableMonitoringId: 9, params: {} } });
  const data = [
    { t: 0, v: "40" },
    { t: 1.5, v: "41" },
    { t: 2, v: "Jane" },
  ];
  const stream = send("NotifyPeriodicEventStream", { id: 5, pending: 0, basetime: AT, data });
  const report = call("NotifyMonitoringReport", {
    monitor: [{ component: sensor, variable: { name: "Temperature" }, variableMonitoring: [{ id: 9, severity: 5 }] }],
  });
  assert.equal(taken("ocpp2.1", open, stream), { lines: [], left: 3, seen: [] });

  const understood = taken("ocpp2.1", report, open, stream);
  assert.equal(understood.lines, [
    "1.0 TemperatureSensor.Temperature 40 Celsius",
    "1.0 TemperatureSensor.Temperature 41 Celsius",
  ]);
  assert.is(understood.left, 1);
  assert.is((understood.seen[1]?.at ?? 0) - (understood.seen[0]?.at ?? 0), 1_500);

  const event = eventData(sensor, { name: "Temperature" }, "39", { variableMonitoringId: 9 });
  assert.is(taken("ocpp2.1", call("NotifyEvent", { eventData: [event] }), open, stream).lines.length, 3);
  const close = call("ClosePeriodicEventStream", { id: 5 });
  assert.is(taken("ocpp2.1", report, open, close, stream).left, 3);
});

test("a version's actions are its own, and actions that carry nothing give nothing", () => {
  const stream = { id: 5, pending: 0, basetime: AT, data: [{ t: 0, v: "1" }] };
  assert.equal(taken("ocpp2.0.1", send("NotifyPeriodicEventStream", stream)), { lines: [], left: 0, seen: [] });
  for (const action of ["Authorize", "StartTransaction", "DataTransfer", "Heartbeat", "constructor", "__proto__", ""]) {
    assert.equal(taken("ocpp1.6", call(action, { idTag: "X", connectorId: 1, meterStart: 5 })).lines, []);
  }
});

test("the gateway's own observation: the station's connection", () => {
  const sink = memorySink();
  observeConnection(sink, "up", RECEIVED);
  observeConnection(sink, "down", RECEIVED);
  assert.equal(sink.seen.map(line), ["0.0 connection up now", "0.0 connection down now"]);
});

test("memory is bounded: the oldest transaction is forgotten first", () => {
  const memory = new TelemetryMemory();
  for (let i = 0; i < 1_000; i += 1) memory.learnPlace(i, 1, 1);
  assert.is(memory.place(0), undefined);
  assert.is(memory.place(935), undefined);
  assert.equal(memory.place(936), { evseId: 1, connectorId: 1 });
  memory.learnPlace("x".repeat(37), 1, 1);
  assert.is(memory.place("x".repeat(37)), undefined);
  memory.learnPlace({}, 1, 1);
  assert.is(memory.place(undefined), undefined);
});

test.run();
