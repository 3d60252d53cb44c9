import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { normaliseProfile } from "../../../src/domain/charging/normalise.ts";
import { periodAt } from "../../../src/domain/charging/reference.ts";
import { floor10 } from "../../../src/domain/charging/units.ts";
import { CLOSED_AT, DAY_SEC, goodRequest, instants, profileIn, setRequest } from "../../support/charging.ts";

test("I2 - normalising twice is normalising once", () => {
  fc.assert(
    fc.property(goodRequest(), (request) => {
      const once = normaliseProfile(profileIn(request));
      assert.equal(normaliseProfile(once), once);
    }),
  );
});

test("I2 - at every instant the limit is the same, cut to tenths, for the same phases", () => {
  fc.assert(
    fc.property(goodRequest(), (request) => {
      const profile = profileIn(request);
      const normal = normaliseProfile(profile);
      for (const at of instants([profile, normal])) {
        const [was, is] = [periodAt(profile, at, CLOSED_AT), periodAt(normal, at, CLOSED_AT)];
        assert.is(is?.limit, was?.limit === undefined ? undefined : floor10(was.limit));
        assert.is(is?.numberPhases, was?.numberPhases);
        assert.is(is?.unit, was?.unit);
      }
    }),
  );
});

const starts = (schedule: { [field: string]: unknown }, profile: { [field: string]: unknown } = {}) =>
  normaliseProfile(profileIn(setRequest({ ...profile, schedule }))).schedule.periods.map(
    ({ startPeriod }) => startPeriod,
  );
const at = (startPeriod: number, limit: number, numberPhases?: number) => ({ startPeriod, limit, numberPhases });

test("periods that are never reached go: behind the duration, behind the cycle", () => {
  const chargingSchedulePeriod = [at(0, 16), at(600, 10), at(DAY_SEC, 8)];
  assert.equal(starts({ chargingSchedulePeriod }), [0, 600, DAY_SEC]);
  assert.equal(starts({ chargingSchedulePeriod, duration: 600 }), [0]);
  assert.equal(starts({ chargingSchedulePeriod, duration: 601 }), [0, 600]);
  const daily = { chargingProfileKind: "Recurring", recurrencyKind: "Daily" };
  assert.equal(starts({ chargingSchedulePeriod }, daily), [0, 600]);
  assert.equal(starts({ chargingSchedulePeriod }, { ...daily, recurrencyKind: "Weekly" }), [0, 600, DAY_SEC]);
});

test("equal neighbours become one, also those that differ behind the first decimal; other phases do not", () => {
  assert.equal(starts({ chargingSchedulePeriod: [at(0, 16.04), at(60, 16), at(120, 15.99)] }), [0, 120]);
  assert.equal(starts({ chargingSchedulePeriod: [at(0, 16, 3), at(60, 16, 1), at(120, 16)] }), [0, 60, 120]);
});

test.run();
