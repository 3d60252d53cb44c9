/**
 * Charging profiles for tests: small ranges, so that ids, levels and EVSEs meet, and instants around one fixed day, so that
 * validity, durations and cycles begin and end inside what is looked at.
 */
import fc from "fast-check";
import { breakpoints } from "../../src/domain/charging/breakpoints.ts";
import { parseProfile } from "../../src/domain/charging/parse-profile.ts";
import type { ChargingProfile, ChargingStore, RateUnit } from "../../src/domain/charging/profile.ts";
import { EMPTY_STORE } from "../../src/domain/charging/profile.ts";
import type { LimitQuestion } from "../../src/domain/charging/reference.ts";
import { setProfile } from "../../src/domain/charging/store.ts";
import type { Supply } from "../../src/domain/charging/units.ts";
import type { ProfileRules } from "../../src/domain/charging/validate-profile.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";

export const DAY_SEC = 86_400;
/** 2026-03-02, a Monday. */
export const DAY = epochMs(Date.UTC(2026, 2, 2));
export const THREE_PHASES: Supply = { current: "AC", voltageV: 230, phases: 3 };
/** An hour into the day. */
export const CLOSED_AT = epochMs(DAY + 3_600_000);

export const RULES: ProfileRules = {
  evses: [1, 2].map((evseId) => ({ evseId, supply: THREE_PHASES })),
  transactions: [
    { id: "tx-1", evseId: 1 },
    { id: "tx-2", evseId: 2 },
  ],
  maxStackLevel: 3,
  maxPeriods: 6,
  units: ["A", "W"],
  maxEntries: 12,
  canSwitchPhases: true,
  fewerPhases: "reject",
};

export const iso = (ms: number): string => new Date(ms).toISOString();

/** A good SetChargingProfile of 2.0.1, and members that take the place of its own; `undefined` takes one away. */
export function setRequest({
  evseId = 1,
  schedule = {},
  ...profile
}: {
  evseId?: number;
  schedule?: { [field: string]: unknown };
  [field: string]: unknown;
} = {}): Payload {
  return JSON.parse(
    JSON.stringify({
      evseId,
      chargingProfile: {
        id: 1,
        stackLevel: 0,
        chargingProfilePurpose: "TxDefaultProfile",
        chargingProfileKind: "Absolute",
        chargingSchedule: [
          {
            id: 1,
            startSchedule: iso(DAY),
            chargingRateUnit: "A",
            chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
            ...schedule,
          },
        ],
        ...profile,
      },
    }),
  ) as Payload;
}

/** The profile of such a request; throws where it cannot be read. */
export function profileIn(request: Payload): ChargingProfile {
  const parsed = parseProfile(request["chargingProfile"] as Payload, {
    evseId: request["evseId"] as number,
    pointer: "/chargingProfile",
  });
  if (!parsed.ok) throw new Error(`${parsed.error.reasonCode} ${parsed.error.pointer}`);
  return parsed.value;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const instantNear = fc.integer({ min: -2 * DAY_SEC, max: 2 * DAY_SEC }).map((sec) => iso(DAY + sec * 1000));
const limit = fc.integer({ min: 0, max: 640 }).map((tenths) => tenths / 10);
/** More decimals than 1.6 has. */
const fineLimit = fc.oneof(limit, fc.double({ min: 0, max: 64, noNaN: true }));

const periods = (lastStart: number) =>
  fc
    .record({
      starts: fc.uniqueArray(fc.integer({ min: 1, max: lastStart }), { maxLength: 5 }),
      bodies: fc.array(fc.record({ limit: fineLimit, numberPhases: maybe(fc.integer({ min: 1, max: 3 })) }), {
        minLength: 6,
        maxLength: 6,
      }),
    })
    .map(({ starts, bodies }) =>
      [0, ...starts.sort((a, b) => a - b)].map((startPeriod, index) => ({ startPeriod, ...bodies[index] })),
    );

const PLACES = [
  { chargingProfilePurpose: "ChargingStationMaxProfile", evseId: 0 },
  { chargingProfilePurpose: "TxDefaultProfile", evseId: 0 },
  { chargingProfilePurpose: "TxDefaultProfile", evseId: 1 },
  { chargingProfilePurpose: "TxDefaultProfile", evseId: 2 },
  { chargingProfilePurpose: "TxProfile", evseId: 1, transactionId: "tx-1" },
  { chargingProfilePurpose: "TxProfile", evseId: 2, transactionId: "tx-2" },
] as const;

export interface ProfileShape {
  readonly units?: readonly RateUnit[];
  readonly kinds?: readonly ("Absolute" | "Recurring" | "Relative")[];
}

/** SetChargingProfile requests of 2.0.1 that are good by themselves; together they may conflict. */
export function goodRequest({
  units = ["A", "W"],
  kinds = ["Absolute", "Recurring", "Relative"],
}: ProfileShape = {}): fc.Arbitrary<Payload> {
  return fc
    .record({
      id: fc.integer({ min: 1, max: 6 }),
      stackLevel: fc.nat(3),
      place: fc.constantFrom(...PLACES),
      kind: fc.constantFrom(...kinds),
      recurrencyKind: fc.constantFrom("Daily", "Weekly"),
      start: instantNear,
      validity: fc.tuple(maybe(instantNear), maybe(instantNear)),
      duration: maybe(fc.integer({ min: 1, max: 3 * DAY_SEC })),
      unit: fc.constantFrom(...units),
      periods: fc.oneof(periods(7200), periods(2 * DAY_SEC)),
    })
    .map(({ id, stackLevel, place, kind, recurrencyKind, start, validity, duration, unit, periods: chosen }) => {
      const { evseId, ...purpose } = place;
      const isMax = purpose.chargingProfilePurpose === "ChargingStationMaxProfile";
      const chargingProfileKind = isMax && kind === "Relative" ? "Absolute" : kind;
      const [a, b] = validity;
      const [validFrom, validTo] = a !== undefined && b !== undefined && a >= b ? [a, undefined] : [a, b];
      return setRequest({
        ...purpose,
        ...{ evseId, id, stackLevel, chargingProfileKind, validFrom, validTo },
        recurrencyKind: chargingProfileKind === "Recurring" ? recurrencyKind : undefined,
        schedule: {
          startSchedule: chargingProfileKind === "Relative" ? undefined : start,
          duration,
          chargingRateUnit: unit,
          chargingSchedulePeriod: chosen.map((period) =>
            unit === "W" ? { ...period, limit: (period.limit ?? 0) * 690 } : period,
          ),
        },
      });
    });
}

/** A store as it may come about: what was refused is not in it. */
export const storeOf = (requests: readonly Payload[]): ChargingStore =>
  requests.reduce<ChargingStore>((store, request) => {
    const step = setProfile(store, request, RULES);
    return step.ok ? step.value.store : store;
  }, EMPTY_STORE);

export const goodStore = (shape?: ProfileShape): fc.Arbitrary<ChargingStore> =>
  fc.array(goodRequest(shape), { maxLength: 8 }).map(storeOf);

export const question = (unit: RateUnit, evseId = 1): LimitQuestion => ({
  evseId,
  unit,
  supply: THREE_PHASES,
  transaction: { id: `tx-${evseId}`, powerPathClosedAt: CLOSED_AT },
});

/** Every instant of three days at which something changes, and one second before and after. */
export function instants(profiles: readonly ChargingProfile[], closedAt: EpochMs = CLOSED_AT): readonly EpochMs[] {
  const from = epochMs(DAY - DAY_SEC * 1000);
  const until = epochMs(DAY + 2 * DAY_SEC * 1000);
  return breakpoints(profiles, { from, until, closedAt, most: 200 }).flatMap((at) =>
    [-1000, 0, 1000].map((by) => epochMs(at + by)),
  );
}
