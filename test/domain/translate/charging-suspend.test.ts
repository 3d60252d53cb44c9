import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { isToSuspend, SUSPEND, suspend } from "../../../src/domain/translate/charging-suspend.ts";
import { withDevice } from "../../../src/domain/translate/device-state.ts";
import { ChargingRig, setRequest } from "../../support/charging-rig.ts";
import { READINGS } from "../../support/charging-station-16.ts";

const limitAt = (rig: ChargingRig, connector16: number, tx16?: number): number =>
  Math.min(
    ...rig.station
      .limitsAt(connector16, epochMs(rig.now), {
        startedAt: epochMs(rig.now),
        ...(tx16 === undefined ? {} : { tx16 }),
      })
      .map(({ limit }) => limit),
  );
const suspended = (rig: ChargingRig, tx16: number): void =>
  rig.take(suspend(rig.options)(rig.state, { kind: SUSPEND, tx16 }, rig.env));
const key = (value: string) => ({
  stoptransactiononinvalidid: { key: "StopTransactionOnInvalidId", value, isReadOnly: false, at: epochMs(1) },
});

test("E05 - only a station that is not to stop, and can be limited, is suspended; else the transaction is stopped", () => {
  for (const [value, features, expected] of [
    ["false", ["Core", "SmartCharging"], true],
    ["False ", ["Core", "SmartCharging"], true],
    ["true", ["Core", "SmartCharging"], false],
    [undefined, ["Core", "SmartCharging"], false],
    ["false", ["Core"], false],
  ] as const) {
    const rig = new ChargingRig();
    const { tx16 } = rig.begin({ connector16: 1 });
    const known = withDevice(rig.state, { keys: value === undefined ? {} : key(value) });
    const state = { ...known, capabilities: { ...known.capabilities, featureProfiles: features } };
    assert.is(isToSuspend(state, tx16), expected, `${value} ${features}`);
    assert.not(isToSuspend(state, tx16 + 1), "no such transaction");
  }
});

test("E05 - a refused transaction gets nothing, whatever the CSMS has set or sets, in every reading of 1.6; others are not touched", () => {
  for (const readings of READINGS) {
    const rig = new ChargingRig({ readings });
    rig.ask("SetChargingProfile", setRequest(5, 0, 16));
    const one = rig.begin({ connector16: 1 });
    const two = rig.begin({ connector16: 2 });
    suspended(rig, one.tx16);
    assert.is(limitAt(rig, 1, one.tx16), 0);
    assert.is(limitAt(rig, 2, two.tx16), 16);
    const tx = { chargingProfilePurpose: "TxProfile", transactionId: one.id, stackLevel: 1 };
    rig.ask("SetChargingProfile", setRequest(6, 1, 32, tx));
    assert.is(limitAt(rig, 1, one.tx16), 0, "a profile of the CSMS's does not lift it");
  }
});

test("E05 - the limit goes with its transaction, and no ClearChargingProfile of the CSMS takes it away before", () => {
  const rig = new ChargingRig();
  const one = rig.begin({ connector16: 1 });
  suspended(rig, one.tx16);
  assert.is(
    (rig.ask("ClearChargingProfile", { chargingProfileCriteria: { evseId: 1 } }) as Payload)["status"],
    "Unknown",
  );
  assert.is(limitAt(rig, 1, one.tx16), 0);
  const composite = rig.ask("GetCompositeSchedule", { evseId: 1, duration: 60 }) as { schedule: Payload };
  assert.equal(composite.schedule["chargingSchedulePeriod"], [{ startPeriod: 0, limit: 0 }]);
  rig.end(one.id);
  const next = rig.begin({ connector16: 1, tx16: 200, id: "tx-next" });
  assert.is(limitAt(rig, 1, next.tx16), Number.POSITIVE_INFINITY);
});

test("E05 - a second refusal says nothing new, one of a transaction that is over nothing at all", () => {
  const rig = new ChargingRig();
  const one = rig.begin({ connector16: 1 });
  suspended(rig, one.tx16);
  const { length } = rig.told;
  suspended(rig, one.tx16);
  suspended(rig, 999);
  assert.is(rig.told.length, length);
});

test.run();
