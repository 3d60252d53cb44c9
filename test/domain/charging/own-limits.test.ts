import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  changedTransactions,
  isSignificant,
  limitNotices,
  type OwnLimit,
  withOwnLimit,
  withoutOwnLimit,
} from "../../../src/domain/charging/own-limits.ts";
import { type ChargingStore, EMPTY_STORE } from "../../../src/domain/charging/profile.ts";
import { limitAt } from "../../../src/domain/charging/reference.ts";
import { clearProfiles } from "../../../src/domain/charging/store.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { DAY, goodStore, question, setRequest, storeOf, THREE_PHASES } from "../../support/charging.ts";

const validators = await loadValidators("ocpp2.0.1");
const NOW = epochMs(DAY + 60_000);

const limitOf = (limit: number, more: Partial<OwnLimit> = {}): OwnLimit => ({
  ...{ number: 1, evseId: 0, source: "EMS" as const },
  schedule: { unit: "A", startSchedule: DAY, periods: [{ startPeriod: 0, limit }] },
  ...more,
});
const storeWith = (...limits: OwnLimit[]): ChargingStore => limits.reduce(withOwnLimit, EMPTY_STORE);
const told = (before: ChargingStore, after: ChargingStore, withSchedules = false, significancePercent = 10) =>
  limitNotices(before, after, NOW, { significancePercent, withSchedules }).map(({ action, payload }) => {
    assert.is(validators.validate(action, "request", payload), undefined);
    return [action, payload];
  });

test("K12, K13 - a limit of the gateway's own is told when it comes, changes by more than the threshold, or goes", () => {
  const notify = ["NotifyChargingLimit", { chargingLimit: { chargingLimitSource: "EMS" } }];
  assert.equal(told(EMPTY_STORE, storeWith(limitOf(10))), [notify]);
  assert.equal(told(storeWith(limitOf(10)), storeWith(limitOf(8.9))), [notify]);
  assert.equal(told(storeWith(limitOf(10)), storeWith(limitOf(11.1))), [notify]);
  assert.equal(told(storeWith(limitOf(10)), storeWith(limitOf(9))), []);
  assert.equal(told(storeWith(limitOf(10)), storeWith(limitOf(10))), []);
  assert.equal(told(storeWith(limitOf(10)), EMPTY_STORE), [["ClearedChargingLimit", { chargingLimitSource: "EMS" }]]);
  assert.equal(told(EMPTY_STORE, EMPTY_STORE), []);
});

test("it names its EVSE, unless it is the station's, and each source by itself", () => {
  const at1 = limitOf(10, { evseId: 1 });
  const grid = limitOf(10, { number: 2, source: "SO" });
  assert.equal(told(storeWith(grid), storeWith(at1)), [
    ["ClearedChargingLimit", { chargingLimitSource: "SO" }],
    ["NotifyChargingLimit", { evseId: 1, chargingLimit: { chargingLimitSource: "EMS" } }],
  ]);
});

test("its schedule comes along where the CSMS wants it, and then a change of it is told as well", () => {
  const later = limitOf(10);
  const schedule = { ...later.schedule, periods: [...later.schedule.periods, { startPeriod: 3600, limit: 6 }] };
  const [before, after] = [storeWith(later), storeWith({ ...later, schedule })];
  assert.equal(told(before, after), []);
  const [[action, payload] = []] = told(before, after, true);
  assert.is(action, "NotifyChargingLimit");
  assert.equal((payload as { chargingSchedule: unknown })["chargingSchedule"], [
    {
      ...{ id: 1, startSchedule: "2026-03-02T00:00:00.000Z", chargingRateUnit: "A" },
      chargingSchedulePeriod: schedule.periods,
    },
  ]);
});

test("what the CSMS itself sets is never told (source CSO)", () => {
  fc.assert(
    fc.property(goodStore(), goodStore(), (before, after) => {
      assert.equal(told(before, after, true), []);
    }),
  );
});

test("an own limit holds beside whatever the CSMS sets, outlives its clearing, and goes when it is taken back", () => {
  const csms = storeOf([setRequest({ id: 1 })]);
  const both = withOwnLimit(csms, limitOf(9));
  const at = (store: ChargingStore) => limitAt(store.profiles, NOW, question("A")).limit;
  assert.is(at(csms), 16);
  assert.is(at(both), 9);
  assert.is(at(clearProfiles(both, {}).store), 9);
  assert.is(at(withOwnLimit(both, limitOf(7))), 7);
  assert.equal(withoutOwnLimit(both, limitOf(9)), csms);
});

test("a transaction whose limit changes by more than the threshold is named, others are not", () => {
  const evses = [1, 2, 3].map((evseId) => ({
    ...{ evseId, supply: THREE_PHASES, physicalMaxA: 32 },
    ...(evseId === 3 ? {} : { transaction: { id: `tx-${evseId}`, powerPathClosedAt: DAY } }),
  }));
  const changed = (before: ChargingStore, after: ChargingStore) =>
    changedTransactions(before, after, NOW, { evses, significancePercent: 10 });
  const csms = storeOf([setRequest({ evseId: 2 })]);
  assert.equal(changed(csms, withOwnLimit(csms, limitOf(16))), ["tx-1"]);
  assert.equal(changed(csms, withOwnLimit(csms, limitOf(10))), ["tx-1", "tx-2"]);
  // What the hardware cannot deliver anyway changes nothing.
  assert.equal(changed(csms, withOwnLimit(csms, limitOf(40))), []);
  assert.equal(changed(csms, withOwnLimit(csms, limitOf(30))), []);
});

test("a change from or to no limit is always significant, none never is", () => {
  assert.ok(isSignificant(Number.POSITIVE_INFINITY, 32, 100));
  assert.ok(isSignificant(32, Number.POSITIVE_INFINITY, 100));
  assert.not(isSignificant(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0));
  assert.not(isSignificant(0, 0, 0));
  assert.ok(isSignificant(0, 6, 50));
  assert.not(isSignificant(10, 11, 10));
  assert.ok(isSignificant(10, 11.2, 10));
});

test.run();
