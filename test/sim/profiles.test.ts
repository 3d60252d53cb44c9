import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  compositeSchedule,
  type LimitQuestion,
  type Profile,
  ProfileStore,
  readProfile,
} from "../../src/sim/profiles.ts";

const T0 = Date.UTC(2026, 5, 1, 8);
const running = { id: 7, startedAt: T0 };

function profile(over: object, periods: readonly (readonly [number, number])[], connectorId = 1): Profile {
  const read = readProfile(
    {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: "TxDefaultProfile",
      chargingProfileKind: "Absolute",
      chargingSchedule: {
        chargingRateUnit: "W",
        startSchedule: new Date(T0).toISOString(),
        chargingSchedulePeriod: periods.map(([startPeriod, limit]) => ({ startPeriod, limit })),
      },
      ...over,
    },
    connectorId,
  );
  assert.ok(read);
  return read as Profile;
}

function limitAt(
  profiles: readonly Profile[],
  second: number,
  { transaction }: Pick<LimitQuestion, "transaction"> = { transaction: running },
): number {
  const store = new ProfileStore();
  for (const each of profiles) store.install(each);
  return store.limitW({ connectorId: 1, at: T0 + second * 1000, transaction });
}

test("K01 - the period that has begun last gives the limit", () => {
  const stepped = profile({}, [
    [0, 11_000],
    [60, 4_000],
  ]);
  assert.equal(
    [0, 59, 60, 500].map((second) => limitAt([stepped], second)),
    [11_000, 11_000, 4_000, 4_000],
  );
});

test("3.13.2 - of one purpose the highest stack level counts, of the purposes the lowest limit", () => {
  const low = profile({}, [[0, 20_000]]);
  const high = profile({ chargingProfileId: 2, stackLevel: 3 }, [[0, 9_000]]);
  const station = profile({ chargingProfileId: 3, chargingProfilePurpose: "ChargePointMaxProfile" }, [[0, 12_000]], 0);
  assert.is(limitAt([low, high], 1), 9_000);
  assert.is(limitAt([low, station], 1), 12_000);
  assert.is(limitAt([low, high, station], 1), 9_000);
});

test("3.13.1 - a TxProfile takes the place of the default for its transaction alone", () => {
  const byDefault = profile({}, [[0, 5_000]]);
  const own = profile({ chargingProfileId: 2, chargingProfilePurpose: "TxProfile", transactionId: 7 }, [[0, 15_000]]);
  assert.is(limitAt([byDefault, own], 1), 15_000);
  assert.is(limitAt([byDefault, own], 1, { transaction: { id: 8, startedAt: T0 } }), 5_000);
  assert.is(limitAt([byDefault, own], 1, { transaction: undefined }), 5_000);
});

test("a schedule that is over, or not begun, or not valid limits nothing", () => {
  const short = profile(
    {
      chargingSchedule: {
        chargingRateUnit: "W",
        duration: 30,
        startSchedule: new Date(T0).toISOString(),
        chargingSchedulePeriod: [{ startPeriod: 0, limit: 1 }],
      },
    },
    [],
  );
  assert.equal(
    [-1, 0, 29, 30].map((second) => limitAt([short], second)),
    [Number.POSITIVE_INFINITY, 1, 1, Number.POSITIVE_INFINITY],
  );
  const later = profile({ validFrom: new Date(T0 + 10_000).toISOString() }, [[0, 1]]);
  assert.equal(
    [9, 10].map((second) => limitAt([later], second)),
    [Number.POSITIVE_INFINITY, 1],
  );
});

test("a daily schedule begins anew each day", () => {
  const daily = profile({ chargingProfileKind: "Recurring", recurrencyKind: "Daily" }, [
    [0, 1_000],
    [3600, 2_000],
  ]);
  assert.equal(
    [10, 3700, 86_400 + 10, 86_400 + 3700].map((second) => limitAt([daily], second)),
    [1_000, 2_000, 1_000, 2_000],
  );
});

test("amperes count per phase at 230 V", () => {
  const amps = profile(
    { chargingSchedule: { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] } },
    [],
  );
  assert.is(limitAt([amps], 1), 11_040);
});

test("a profile of the same id, or of the same purpose and level, replaces", () => {
  const store = new ProfileStore();
  store.install(profile({}, [[0, 1]]));
  store.install(profile({ chargingProfileId: 9 }, [[0, 2]]));
  assert.equal(
    store.all().map(({ id }) => id),
    [9],
  );
});

test("the composite schedule is what the limit is at every second", () => {
  const second = fc.integer({ min: 0, max: 300 });
  fc.assert(
    fc.property(
      fc.uniqueArray(second, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 200 }),
      (starts, duration) => {
        const periods = [...starts].sort((a, b) => a - b).map((start, i) => [start, 1000 * (i + 1)] as const);
        const store = new ProfileStore();
        store.install(profile({}, periods));
        const question = { connectorId: 1, at: T0, transaction: running };
        const composite = compositeSchedule(store, question, duration, 22_000);
        for (let at = 0; at < duration; at += 1) {
          const expected = Math.min(22_000, store.limitW({ ...question, at: T0 + at * 1000 }));
          assert.is(composite.filter(({ startSec }) => startSec <= at).at(-1)?.limitW, expected);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test.run();
