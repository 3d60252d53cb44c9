import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { isMonitored } from "../../../src/domain/translate/device-state.ts";
import { DeviceRig, place, Station16, usualKeys } from "../../support/device-rig.ts";

const booted = (): DeviceRig => new DeviceRig(new Station16(usualKeys())).boot();

test("there are no monitors to report (N02), no set of them to choose (N03)", () => {
  const rig = booted();
  assert.equal(rig.ask("GetMonitoringReport", { requestId: 1 }), { status: "EmptyResultSet" });
  const monitoringCriteria = ["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"];
  assert.equal(rig.ask("GetMonitoringReport", { requestId: 2, monitoringCriteria }), { status: "EmptyResultSet" });
  for (const monitoringBase of ["All", "FactoryDefault", "HardWiredOnly"]) {
    assert.equal(rig.ask("SetMonitoringBase", { monitoringBase }), { status: "NotSupported" });
  }
});

test("the level says which of the hard-wired events are sent; without one all are (N05)", () => {
  const rig = booted();
  assert.ok(isMonitored(rig.state, 9));
  for (let level = 0; level <= 9; level += 1) {
    assert.equal(rig.ask("SetMonitoringLevel", { severity: level }), { status: "Accepted" });
    for (let severity = 0; severity <= 9; severity += 1) assert.is(isMonitored(rig.state, severity), severity <= level);
  }
});

test("a level outside 0 to 9 is out of range, and changes nothing", () => {
  const rig = booted();
  rig.ask("SetMonitoringLevel", { severity: 4 });
  for (const severity of [-1, 10]) {
    assert.equal(rig.ask("SetMonitoringLevel", { severity }), {
      status: "Rejected",
      statusInfo: { reasonCode: "ValueOutOfRange" },
    });
  }
  assert.ok(isMonitored(rig.state, 4) && !isMonitored(rig.state, 5));
});

const EXPECTED: Readonly<Record<string, string>> = {
  "TxCtrlr.EVConnectionTimeOut": "UnsupportedMonitorType",
  "EVSE@1.Power": "UnsupportedMonitorType",
  "LegacyConfig.Ack.MaxRetries": "UnsupportedMonitorType",
  "LegacyConfig.Nobody": "UnknownVariable",
  "TxCtrlr.Nothing": "UnknownVariable",
  "Nowhere.Nothing": "UnknownComponent",
};

test("each monitor asked for has its result, in order (N04)", () => {
  const types = fc.constantFrom("UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned");
  const monitor = fc.record({ at: fc.constantFrom(...Object.keys(EXPECTED)), type: types, severity: fc.nat(9) });
  const rig = booted();
  fc.assert(
    fc.property(fc.array(monitor, { minLength: 1, maxLength: 10 }), (monitors) => {
      const setMonitoringData = monitors.map(({ at, type, severity }) => ({ ...place(at), type, severity, value: 1 }));
      const answer = rig.ask("SetVariableMonitoring", { setMonitoringData });
      assert.equal(
        answer["setMonitoringResult"],
        monitors.map(({ at, type, severity }) => ({ status: EXPECTED[at], type, ...place(at), severity })),
      );
    }),
    { numRuns: 50 },
  );
});

test("no monitor can be cleared: none is there (N06)", () => {
  const answer: Payload = booted().ask("ClearVariableMonitoring", { id: [3, 1, 3] });
  assert.equal(answer["clearMonitoringResult"], [
    { id: 3, status: "NotFound" },
    { id: 1, status: "NotFound" },
    { id: 3, status: "NotFound" },
  ]);
});

test("the answers are valid under 2.1 as well", () => {
  const rig = booted();
  rig.northVersion = "ocpp2.1";
  rig.ask("ClearVariableMonitoring", { id: [1] });
  rig.ask("GetBaseReport", { requestId: 1, reportBase: "FullInventory" });
  rig.ask("GetVariables", { getVariableData: [place("TxCtrlr.EVConnectionTimeOut"), place("No.Where")] });
  rig.ask("SetVariables", { setVariableData: [{ ...place("TxCtrlr.EVConnectionTimeOut"), attributeValue: "5" }] });
});

test.run();
