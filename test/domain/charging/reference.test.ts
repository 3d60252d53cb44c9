import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { breakpoints, nextChangeOf } from "../../../src/domain/charging/breakpoints.ts";
import type { ChargingProfile } from "../../../src/domain/charging/profile.ts";
import { limitAt, periodAt, stationLimitAt } from "../../../src/domain/charging/reference.ts";
import { endOfTransaction } from "../../../src/domain/charging/store.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import {
  CLOSED_AT,
  DAY,
  DAY_SEC,
  goodRequest,
  goodStore,
  instants,
  iso,
  profileIn,
  question,
  setRequest,
  storeOf,
  THREE_PHASES,
} from "../../support/charging.ts";

const sec = (seconds: number) => epochMs(DAY + seconds * 1000);
type Fields = { [field: string]: unknown };
const profile = (fields: Fields = {}, schedule: Fields = {}): ChargingProfile =>
  profileIn(setRequest({ ...fields, schedule }));
const limitOf = (one: ChargingProfile, seconds: number, closedAt = CLOSED_AT) =>
  periodAt(one, sec(seconds), closedAt)?.limit;
const TWO = [
  { startPeriod: 0, limit: 16 },
  { startPeriod: 600, limit: 10 },
];
const A = question("A");
const at = (profiles: readonly ChargingProfile[], seconds: number, of = A) => limitAt(profiles, sec(seconds), of).limit;

test("K01.FR.36, FR.37 - validity is half-open", () => {
  const one = profile({ validFrom: iso(sec(100)), validTo: iso(sec(200)) });
  assert.equal(
    [99.999, 100, 199.999, 200].map((s) => limitOf(one, s)),
    [undefined, 16, 16, undefined],
  );
});

test("K01.FR.30 - nothing before startSchedule, whatever the kind", () => {
  const schedule = { startSchedule: iso(sec(100)), chargingSchedulePeriod: TWO };
  const daily = { chargingProfileKind: "Recurring", recurrencyKind: "Daily" };
  for (const one of [profile({}, schedule), profile(daily, schedule)]) {
    assert.equal(
      [99, 100, 699, 700].map((s) => limitOf(one, s)),
      [undefined, 16, 16, 10],
    );
  }
});

test("K01.FR.11-13 - a schedule ends with its duration, and a recurring one begins again after its cycle", () => {
  const schedule = { duration: 900, chargingSchedulePeriod: TWO };
  const daily = profile({ chargingProfileKind: "Recurring", recurrencyKind: "Daily" }, schedule);
  const weekly = profile({ chargingProfileKind: "Recurring", recurrencyKind: "Weekly" }, schedule);
  const seconds = [899, 900, DAY_SEC - 1, DAY_SEC, 7 * DAY_SEC - 1, 7 * DAY_SEC, 7 * DAY_SEC + 600];
  assert.equal(
    seconds.map((s) => limitOf(profile({}, schedule), s)),
    [10, undefined, undefined, undefined, undefined, undefined, undefined],
  );
  assert.equal(
    seconds.map((s) => limitOf(daily, s)),
    [10, undefined, undefined, 16, undefined, 16, 10],
  );
  assert.equal(
    seconds.map((s) => limitOf(weekly, s)),
    [10, undefined, undefined, undefined, undefined, 16, 10],
  );
});

test("1.6 errata 3.78 - a day has 24 hours on the days on which clocks are changed", () => {
  const start = Date.UTC(2026, 2, 28, 17);
  const daily = profile(
    { chargingProfileKind: "Recurring", recurrencyKind: "Daily" },
    { startSchedule: iso(start), chargingSchedulePeriod: TWO },
  );
  const after = epochMs(start + 3 * DAY_SEC * 1000);
  assert.is(periodAt(daily, after, CLOSED_AT)?.limit, 16);
  assert.is(periodAt(daily, epochMs(after - 1000), CLOSED_AT)?.limit, 10);
});

test("a relative schedule counts from the moment power can flow", () => {
  const relative = profile(
    { chargingProfileKind: "Relative" },
    { startSchedule: undefined, chargingSchedulePeriod: TWO },
  );
  assert.is(limitOf(relative, 99, sec(100)), undefined);
  assert.is(limitOf(relative, 100, sec(100)), 16);
  assert.is(limitOf(relative, 700, sec(100)), 10);
});

test("the highest level that has a period leads, and a lower one where it has none", () => {
  const low = profile({ id: 1, stackLevel: 0 });
  const high = profile(
    { id: 2, stackLevel: 2 },
    { duration: 60, chargingSchedulePeriod: [{ startPeriod: 0, limit: 32 }] },
  );
  assert.equal(
    [0, 59, 60].map((s) => at([low, high], s)),
    [32, 32, 16],
  );
});

test("K02.FR.08 - a TxProfile takes the place of defaults, which come back when its schedule has ended", () => {
  const fallback = profile({ id: 1, evseId: 0 });
  const tx = { id: 2, chargingProfilePurpose: "TxProfile", transactionId: "tx-1" };
  const own = profile(tx, { duration: 60, chargingSchedulePeriod: [{ startPeriod: 0, limit: 32 }] });
  assert.equal(
    [0, 60].map((s) => at([fallback, own], s)),
    [32, 16],
  );
  assert.is(at([fallback, own], 0, question("A", 2)), 16);
});

test("Max and external limits hold besides, and on the sum of all EVSEs", () => {
  const max = profile({ id: 1, evseId: 0, chargingProfilePurpose: "ChargingStationMaxProfile" });
  const external = {
    ...profile({ id: -1, evseId: 0 }, { chargingSchedulePeriod: TWO }),
    purpose: "ChargingStationExternalConstraints" as const,
  };
  const fallback = profile({ id: 2 }, { chargingSchedulePeriod: [{ startPeriod: 0, limit: 32 }] });
  const ofEvse = { ...external, id: -2, evseId: 1 };
  assert.is(at([fallback], 700), 32);
  assert.is(at([fallback, max], 700), 16);
  assert.is(at([fallback, max, external], 700), 10);
  assert.is(stationLimitAt([fallback, max], sec(700), A).limit, 16);
  assert.is(stationLimitAt([fallback, max, external], sec(700), A).limit, 10);
  assert.is(stationLimitAt([ofEvse], sec(700), A).limit, Number.POSITIVE_INFINITY);
  assert.is(at([ofEvse], 700), 10);
  assert.is(at([], 0), Number.POSITIVE_INFINITY);
});

test("2.0.1 errata 2.36 - of different numbers of phases the lowest counts", () => {
  const max = profile({ id: 1, evseId: 0, chargingProfilePurpose: "ChargingStationMaxProfile" });
  const one = profile({ id: 2 }, { chargingSchedulePeriod: [{ startPeriod: 0, limit: 32, numberPhases: 1 }] });
  assert.equal(limitAt([max, one], sec(0), A), { limit: 16, numberPhases: 1 });
  assert.equal(limitAt([max, one], sec(0), question("W")), { limit: 3680, numberPhases: 1 });
  assert.is(limitAt([max], sec(0), question("W")).limit, 11_040);
  const three = profile(
    { id: 1, evseId: 0, chargingProfilePurpose: "ChargingStationMaxProfile" },
    { chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, numberPhases: 3 }] },
  );
  assert.equal(limitAt([three, one], sec(0), A), { limit: 16, numberPhases: 1 });
});

test("K01.FR.49 - watts become amperes by the phases they are for, three where nothing is said", () => {
  const watts = (numberPhases?: number) =>
    profile({}, { chargingRateUnit: "W", chargingSchedulePeriod: [{ startPeriod: 0, limit: 6900, numberPhases }] });
  assert.is(at([watts()], 0), 10);
  assert.is(at([watts(1)], 0), 30);
  assert.is(limitAt([watts()], sec(0), { ...A, supply: { ...THREE_PHASES, phases: 1 } }).limit, 30);
});

test("2.1 - a period without a limit hides what is below and limits nothing", () => {
  const open = profile({ id: 2, stackLevel: 1 }, { chargingSchedulePeriod: [{ startPeriod: 0 }] });
  assert.is(at([profile({ id: 1 }), open], 0), Number.POSITIVE_INFINITY);
});

test("I10 - the first profile of a purpose that limits everything never raises a limit", () => {
  fc.assert(
    fc.property(goodStore(), goodRequest(), fc.constantFrom("A" as const, "W" as const), (store, request, unit) => {
      const max = { ...profileIn(request), id: 99, evseId: 0 };
      for (const purpose of ["ChargingStationMaxProfile", "ChargingStationExternalConstraints"] as const) {
        const others = store.profiles.filter((other) => other.purpose !== purpose);
        const all = [...others, { ...max, purpose }];
        for (const instant of instants(all)) {
          const [was, is] = [others, all].map((set) => limitAt(set, instant, question(unit)).limit);
          assert.ok((is ?? 0) <= (was ?? 0), `${was} → ${is}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("I10 - a higher level of the same purpose may raise one", () => {
  const low = profile({ id: 1, stackLevel: 0 }, { chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] });
  const high = profile({ id: 2, stackLevel: 1 });
  assert.ok(at([low, high], 0) > at([low], 0));
});

test("I17 - shifting a recurring profile by cycles, or everything by anything, shifts the limits", () => {
  const shift = (one: ChargingProfile, ms: number): ChargingProfile => {
    const by = <T extends number | undefined>(instant: T) => (instant === undefined ? {} : epochMs(instant + ms));
    const moved = (name: string, instant: number | undefined) => (instant === undefined ? {} : { [name]: by(instant) });
    return {
      ...one,
      ...moved("validFrom", one.validFrom),
      ...moved("validTo", one.validTo),
      schedule: { ...one.schedule, ...moved("startSchedule", one.schedule.startSchedule) },
    };
  };
  fc.assert(
    fc.property(goodStore(), fc.integer({ min: -1e9, max: 1e9 }), ({ profiles }, ms) => {
      const moved = profiles.map((one) => shift(one, ms));
      const later = { ...A, transaction: { ...A.transaction, powerPathClosedAt: epochMs(CLOSED_AT + ms) } };
      for (const instant of instants(profiles)) {
        assert.equal(limitAt(moved, epochMs(instant + ms), later), limitAt(profiles, instant, A));
      }
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(goodRequest({ kinds: ["Recurring"] }), fc.integer({ min: 0, max: 5 }), (request, cycles) => {
      const { validFrom: _, validTo: __, ...always } = profileIn(request);
      const weeks = cycles * 7 * DAY_SEC * 1000;
      // Nothing is before the first start, so only what lies behind is the same.
      for (const instant of instants([always])) {
        const was = periodAt(always, instant, CLOSED_AT);
        if (was !== undefined) assert.equal(periodAt(always, epochMs(instant + weeks), CLOSED_AT), was);
      }
    }),
    { numRuns: 50 },
  );
});

test("I17 - how an instant's offset is spelled changes nothing", () => {
  const zulu = profile({ validTo: "2026-03-02T10:00:00Z" }, { startSchedule: "2026-03-02T00:00:00Z" });
  const local = profile({ validTo: "2026-03-02T11:00:00+01:00" }, { startSchedule: "2026-03-01T19:00:00.000-05:00" });
  const { original: _, ...a } = zulu;
  const { original: __, ...b } = local;
  assert.equal(a, b);
});

test("I18 - profiles of a transaction change nothing at another EVSE nor for another transaction", () => {
  fc.assert(
    fc.property(goodStore(), (store) => {
      const without = endOfTransaction(store, "tx-1").profiles;
      const next = { ...A, transaction: { id: "tx-9", powerPathClosedAt: CLOSED_AT } };
      for (const instant of instants(store.profiles)) {
        for (const other of [question("A", 2), next]) {
          assert.equal(limitAt(store.profiles, instant, other), limitAt(without, instant, other));
        }
      }
      assert.not(without.some(({ transactionId }) => transactionId === "tx-1"));
    }),
    { numRuns: 60 },
  );
});

test("between two breakpoints nothing changes, and each is the first change after the one before", () => {
  fc.assert(
    fc.property(goodRequest(), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (request, share) => {
      const one = profileIn(request);
      const [from, until] = [epochMs(DAY - DAY_SEC * 1000), epochMs(DAY + 2 * DAY_SEC * 1000)];
      const all = breakpoints([one], { from, until, closedAt: CLOSED_AT, most: 500 });
      for (const [index, start] of all.entries()) {
        const end = all[index + 1] ?? until;
        const between = epochMs(Math.floor(start + share * (end - start)));
        assert.equal(periodAt(one, between, CLOSED_AT), periodAt(one, start, CLOSED_AT));
        if (end !== until) assert.is(nextChangeOf(one, between, CLOSED_AT), end);
      }
    }),
  );
});

test("a store takes profiles whose ids are in order", () => {
  const store = storeOf([
    setRequest({ id: 3 }),
    setRequest({ id: 1, stackLevel: 1 }),
    setRequest({ id: 2, stackLevel: 2 }),
  ]);
  assert.equal(
    store.profiles.map(({ id }) => id),
    [1, 2, 3],
  );
});

test.run();
