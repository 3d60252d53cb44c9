import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import {
  DEFAULT_DELAY_SEC,
  delaySec,
  LONGEST_DELAY_SEC,
  offPeakProfile,
} from "../../../src/domain/regulatory/uk-smart-charging.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const NOT_EXEMPT = { isOverridden: false, isDelayedElsewhere: false, isDemandResponse: false };
const ON = { enabled: true, maxSec: DEFAULT_DELAY_SEC };
const COMMAND = "RemoteStartTransaction";

test("reg. 11 - the delay is a whole number of seconds and never longer than allowed", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: -10, max: 5_000 }),
      (random, maxSec) => {
        const sec = delaySec(COMMAND, random, { enabled: true, maxSec }, NOT_EXEMPT);
        assert.ok(
          Number.isInteger(sec) && sec >= 0 && sec <= Math.min(Math.max(maxSec, 0), LONGEST_DELAY_SEC),
          String(sec),
        );
      },
    ),
  );
  assert.is(delaySec(COMMAND, 0, ON, NOT_EXEMPT), 0);
  assert.is(delaySec(COMMAND, 1 - Number.EPSILON, ON, NOT_EXEMPT), DEFAULT_DELAY_SEC);
});

test("reg. 11 - delays are uniform (chi-square over 20 classes)", () => {
  const random = seededRandom(7);
  const classes = new Array<number>(20).fill(0);
  const draws = 20_000;
  for (let i = 0; i < draws; i += 1) {
    const place = delaySec(COMMAND, random(), { enabled: true, maxSec: 599 }, NOT_EXEMPT) / 30;
    classes[Math.floor(place)] = (classes[Math.floor(place)] ?? 0) + 1;
  }
  const expected = draws / classes.length;
  const chiSquare = classes.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // 19 degrees of freedom, one in a thousand.
  assert.ok(chiSquare < 43.8, String(chiSquare));
});

test("reg. 11 - other commands, an override, a delay elsewhere and demand response are not delayed", () => {
  assert.is(delaySec("Reset", 0.5, ON, NOT_EXEMPT), 0);
  assert.is(delaySec("RemoteStopTransaction", 0.5, ON, NOT_EXEMPT), 0);
  assert.is(delaySec(COMMAND, 0.5, { ...ON, enabled: false }, NOT_EXEMPT), 0);
  for (const name of Object.keys(NOT_EXEMPT))
    assert.is(delaySec(COMMAND, 0.5, ON, { ...NOT_EXEMPT, [name]: true }), 0, name);
  assert.is(delaySec("SetChargingProfile", 0.5, ON, NOT_EXEMPT), 300);
});

test("reg. 10 - the default hours leave the peaks of working days out, and are a profile of 1.6", async () => {
  const csChargingProfiles = offPeakProfile({
    chargingProfileId: 1,
    stackLevel: 0,
    limitA: 32,
    monday: "2026-01-05T00:00:00Z",
  });
  const validators = await loadValidators("ocpp1.6");
  assert.is(validators.validate("SetChargingProfile", "request", { connectorId: 0, csChargingProfiles }), undefined);
  const { chargingSchedulePeriod: periods } = csChargingProfiles["chargingSchedule"] as {
    chargingSchedulePeriod: readonly { readonly startPeriod: number; readonly limit: number }[];
  };
  const limitAt = (day: number, hour: number) =>
    periods.findLast(({ startPeriod }) => startPeriod <= (day * 24 + hour) * 3600)?.limit;
  assert.equal(
    [7.9, 8, 10.9, 11, 15.9, 16, 21.9, 22].map((hour) => limitAt(4, hour)),
    [32, 0, 0, 32, 32, 0, 0, 32],
  );
  assert.equal(
    [8, 16, 23].map((hour) => limitAt(5, hour)),
    [32, 32, 32],
    "Saturday",
  );
});

test.run();
