import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Composite, compositeOf, MAX_COMPOSITE_PERIODS } from "../../../src/domain/charging/composite.ts";
import { answerComposite2x, answerComposite16 } from "../../../src/domain/charging/composite-answer.ts";
import type { ChargingProfile, RateUnit } from "../../../src/domain/charging/profile.ts";
import { limitAt, stationLimitAt } from "../../../src/domain/charging/reference.ts";
import { floor10 } from "../../../src/domain/charging/units.ts";
import { type EpochMs, epochMs } from "../../../src/domain/ids.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { CLOSED_AT, DAY, goodStore, profileIn, question, setRequest, THREE_PHASES } from "../../support/charging.ts";

const validators = await loadValidators("ocpp2.0.1");
const validators16 = await loadValidators("ocpp1.6");

const EVSES = [1, 2].map((evseId) => ({
  evseId,
  supply: THREE_PHASES,
  physicalMaxA: 32,
  transaction: { id: `tx-${evseId}`, powerPathClosedAt: CLOSED_AT },
}));
const from = epochMs(DAY + 3_000_000);
const asked = (evseId: number, unit: RateUnit, durationSec = 20_000) => ({
  ...{ evseId, unit, durationSec, from },
  ...{ evses: EVSES, stationSupply: THREE_PHASES },
});

const limitIn = ({ periods }: Composite, second: number): number =>
  periods.findLast(({ startPeriod }) => startPeriod <= second)?.limit ?? Number.NaN;

/** Seconds at which a schedule changes, their neighbours, and some between. */
const seconds = ({ periods }: Composite, durationSec: number): number[] =>
  [
    ...periods.flatMap(({ startPeriod }) => [startPeriod - 1, startPeriod, startPeriod + 1]),
    ...Array.from({ length: 200 }, (_, index) => Math.floor((index * durationSec) / 200)),
  ].filter((second) => second >= 0 && second < durationSec);

test("K08 - at every second the composite schedule says what the profiles together allow, in tenths", () => {
  fc.assert(
    fc.property(
      goodStore(),
      fc.constantFrom(1, 2),
      fc.constantFrom<RateUnit>("A", "W"),
      ({ profiles }, evseId, unit) => {
        const composite = compositeOf(profiles, asked(evseId, unit));
        if (composite === undefined) throw new Error("no schedule");
        assert.is(composite.durationSec, 20_000);
        for (const second of seconds(composite, 20_000)) {
          const limit = limitAt(profiles, epochMs(from + second * 1000), question(unit, evseId));
          const most = unit === "A" ? 32 : 32 * 230 * Math.min(3, limit.numberPhases ?? 3);
          assert.is(limitIn(composite, second), floor10(Math.min(limit.limit, most)), `second ${second}`);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("K08 - EVSE 0 is what the station takes from the grid: its own limit, or the sum of its EVSEs, in watts", () => {
  fc.assert(
    fc.property(goodStore(), ({ profiles }) => {
      const composite = compositeOf(profiles, asked(0, "W"));
      if (composite === undefined) throw new Error("no schedule");
      for (const second of seconds(composite, 20_000)) {
        const at = epochMs(from + second * 1000);
        const sum = [1, 2].reduce((total, evseId) => {
          const { limit, numberPhases = 3 } = limitAt(profiles, at, question("W", evseId));
          return total + Math.min(limit, 32 * 230 * numberPhases);
        }, 0);
        const station = stationLimitAt(profiles, at, question("W")).limit;
        assert.is(limitIn(composite, second), floor10(Math.min(sum, station)));
      }
    }),
    { numRuns: 60 },
  );
});

test("the first period begins at 0, each later than the one before, and neighbours differ", () => {
  fc.assert(
    fc.property(goodStore(), ({ profiles }) => {
      const { periods = [] } = compositeOf(profiles, asked(1, "A", 200_000)) ?? {};
      assert.is(periods[0]?.startPeriod, 0);
      for (const [index, period] of periods.entries()) {
        const before = periods[index - 1];
        if (before === undefined) continue;
        assert.ok(before.startPeriod < period.startPeriod && period.startPeriod < 200_000);
        assert.ok(before.limit !== period.limit || before.numberPhases !== period.numberPhases);
      }
    }),
    { numRuns: 60 },
  );
});

const profile = (schedule: object, fields: object = {}): ChargingProfile =>
  profileIn(setRequest({ ...fields, schedule: { ...schedule } }));
const limits = (profiles: readonly ChargingProfile[], start: EpochMs, durationSec = 60) =>
  (compositeOf(profiles, { ...asked(1, "A", durationSec), from: start })?.periods ?? []).map(
    ({ startPeriod, limit }) => `${startPeriod}:${limit}`,
  );

test("of a second in which the limit changes the lower one counts, for all of it", () => {
  const start = epochMs(DAY + 10_500);
  const down = { startSchedule: new Date(start).toISOString(), chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] };
  assert.equal(limits([profile({ ...down, duration: 5 })], DAY), ["0:32", "10:6", "16:32"]);
  const both = [profile({}), profile(down, { id: 2, stackLevel: 1, validTo: new Date(DAY + 10_700).toISOString() })];
  assert.equal(limits(both, DAY), ["0:16", "10:6", "11:16"]);
});

test("it begins at a whole second, and takes at least one", () => {
  const composite = compositeOf([], { ...asked(1, "A", 0), from: epochMs(DAY + 999) });
  assert.equal(composite, { start: DAY, durationSec: 1, unit: "A", periods: [{ startPeriod: 0, limit: 32 }] });
});

test("K08.FR.06 - without a transaction, relative defaults count from the schedule's begin, and TxProfiles do not count", () => {
  const relative = profile(
    {
      startSchedule: undefined,
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 16 },
        { startPeriod: 30, limit: 8 },
      ],
    },
    { chargingProfileKind: "Relative" },
  );
  const tx = profile(
    { chargingSchedulePeriod: [{ startPeriod: 0, limit: 1 }] },
    {
      id: 2,
      chargingProfilePurpose: "TxProfile",
      transactionId: "tx-1",
    },
  );
  const evses = [{ evseId: 1, supply: THREE_PHASES }];
  const composite = compositeOf([relative, tx], { ...asked(1, "A", 60), evses, from: DAY });
  assert.equal(composite?.periods, [
    { startPeriod: 0, limit: 16 },
    { startPeriod: 30, limit: 8 },
  ]);
});

test("a schedule of more periods than a station would send is cut, and says how long it is", () => {
  const busy = profile(
    {
      chargingSchedulePeriod: Array.from({ length: 500 }, (_, index) => ({
        startPeriod: index * 60,
        limit: 6 + (index % 2),
      })),
    },
    { chargingProfileKind: "Recurring", recurrencyKind: "Daily" },
  );
  const composite = compositeOf([busy], { ...asked(1, "A", 30 * 86_400), from: DAY });
  assert.is(composite?.periods.length, MAX_COMPOSITE_PERIODS);
  const next = 2 * 86_400 + (MAX_COMPOSITE_PERIODS - 1000) * 60;
  assert.is(composite?.durationSec, next);
});

test("profiles that change without changing anything do not take for ever", () => {
  const idle = profile(
    {
      chargingSchedulePeriod: Array.from({ length: 1024 }, (_, index) => ({ startPeriod: index * 60, limit: 6 })),
    },
    { chargingProfileKind: "Recurring", recurrencyKind: "Daily" },
  );
  const composite = compositeOf([idle], { ...asked(1, "A", 10 * 366 * 86_400), from: DAY });
  assert.equal(composite?.periods, [{ startPeriod: 0, limit: 6 }]);
  assert.ok((composite?.durationSec ?? 0) > 7 * 86_400);
});

const context = {
  now: epochMs(DAY + 500),
  units: ["A", "W"] as const,
  evses: EVSES,
  stationSupply: THREE_PHASES,
};

test("GetCompositeSchedule is answered with messages that are good by the schemas", () => {
  fc.assert(
    fc.property(
      goodStore(),
      fc.constantFrom(0, 1, 2, 7),
      fc.constantFrom("A", "W", undefined),
      fc.constantFrom(0, 3600),
      ({ profiles }, id, unit, duration) => {
        const ask = { duration, ...(unit === undefined ? {} : { chargingRateUnit: unit }) };
        const in2x = answerComposite2x(profiles, { evseId: id, ...ask }, context);
        assert.is(validators.validate("GetCompositeSchedule", "response", in2x), undefined);
        const in16 = answerComposite16(profiles, { connectorId: id, ...ask }, context);
        assert.is(validators16.validate("GetCompositeSchedule", "response", in16), undefined);
        assert.is(in2x["status"], id === 7 ? "Rejected" : "Accepted");
        assert.is(in16["status"], in2x["status"]);
      },
    ),
    { numRuns: 60 },
  );
});

test("a GetCompositeSchedule's answer, field by field", () => {
  const profiles = [profile({ chargingSchedulePeriod: [{ startPeriod: 0, limit: 6.25, numberPhases: 1 }] })];
  assert.equal(answerComposite2x(profiles, { evseId: 1, duration: 60 }, context), {
    status: "Accepted",
    schedule: {
      ...{ evseId: 1, duration: 60, scheduleStart: "2026-03-02T00:00:00Z", chargingRateUnit: "A" },
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 6.2, numberPhases: 1 }],
    },
  });
  assert.equal(answerComposite16(profiles, { connectorId: 1, duration: 60, chargingRateUnit: "W" }, context), {
    ...{ status: "Accepted", connectorId: 1, scheduleStart: "2026-03-02T00:00:00Z" },
    chargingSchedule: {
      ...{ duration: 60, chargingRateUnit: "W" },
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 1437.5, numberPhases: 1 }],
    },
  });
});

test("K08.FR.07 - a unit that is not offered, an EVSE there is not, no limit at all: rejected, with the reason", () => {
  const why = (request: object, more: object = {}) => {
    const answer = answerComposite2x([], { evseId: 1, duration: 60, ...request }, { ...context, ...more });
    assert.is(validators.validate("GetCompositeSchedule", "response", answer), undefined);
    return (answer["statusInfo"] as { reasonCode: string } | undefined)?.reasonCode;
  };
  assert.is(why({}), undefined);
  assert.is(why({ chargingRateUnit: "W" }, { units: ["A"] }), "UnsupportedRateUnit");
  assert.is(why({ evseId: 3 }), "UnknownEvse");
  assert.is(why({}, { evses: [{ evseId: 1, supply: THREE_PHASES }] }), "Unspecified");
});

test.run();
