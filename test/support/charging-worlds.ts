/** Stations, transactions and requests about charging profiles, at random but small, so that they get into each other's way. */
import fc from "fast-check";
import { ID_RANGE, noIds } from "../../src/domain/charging/image-ids.ts";
import type { ChargingProfile, ChargingStore, RateUnit } from "../../src/domain/charging/profile.ts";
import {
  NO_QUIRKS,
  type Place,
  type ProjectionCaps,
  type ProjectionInput,
  type ProjectionTx,
} from "../../src/domain/charging/projection-input.ts";
import { setProfile, withProfile } from "../../src/domain/charging/store.ts";
import type { Supply } from "../../src/domain/charging/units.ts";
import type { ProfileRules } from "../../src/domain/charging/validate-profile.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";

/** A Sunday, four weeks before summer time. */
export const EPOCH = Date.parse("2026-03-01T00:00:00Z");
const HOUR_SEC = 3600;
const DAY_SEC = 24 * HOUR_SEC;

export const at = (offsetSec: number): EpochMs => epochMs(EPOCH + offsetSec * 1000);
export const spelled = (instant: EpochMs): string => new Date(instant).toISOString();

export const THREE_PHASES: Supply = { current: "AC", voltageV: 230, phases: 3 };
export const ONE_PHASE: Supply = { current: "AC", voltageV: 230, phases: 1 };
export const PHYSICAL_MAX_A = 63;

/** A station that can hold everything and is not clever. */
export const ROOMY: ProjectionCaps = {
  units: ["A", "W"],
  maxStack: 100,
  maxPeriods: 5000,
  maxInstalled: 500,
  hasStationMax: true,
  isAllA: false,
  hasKeyPerConnector: false,
  canSwitchPhases: true,
  quirks: { ...NO_QUIRKS, subMinimum: "send" },
};

export interface World {
  readonly places: readonly Place[];
  readonly transactions: readonly ProjectionTx[];
  readonly now: EpochMs;
}

export interface WorldOptions {
  readonly connectors?: readonly number[];
  readonly supplies?: readonly Supply[];
}

export function worldArb({
  connectors = [1, 2, 2, 3],
  supplies = [THREE_PHASES],
}: WorldOptions = {}): fc.Arbitrary<World> {
  return fc
    .record({
      count: fc.constantFrom(...connectors),
      supply: fc.constantFrom(...supplies),
      runs: fc.array(fc.option(fc.integer({ min: -2 * DAY_SEC, max: 0 }), { nil: undefined, freq: 3 }), {
        minLength: 3,
        maxLength: 3,
      }),
      nowSec: fc.integer({ min: 0, max: DAY_SEC }),
    })
    .map(({ count, supply, runs, nowSec }) => {
      const places = Array.from(
        { length: count },
        (_, index): Place => ({ connector16: index + 1, evseId: index + 1, supply, physicalMaxA: PHYSICAL_MAX_A }),
      );
      const transactions = places.flatMap(({ connector16, evseId }, index): ProjectionTx[] => {
        const anchorSec = runs[index];
        return anchorSec === undefined
          ? []
          : [{ id: `tx-${evseId}`, tx16: 100 + evseId, connector16, evseId, anchorAt: at(anchorSec) }];
      });
      return { places, transactions, now: at(nowSec) };
    });
}

export interface RequestOptions {
  readonly units?: readonly RateUnit[];
  readonly kinds?: readonly ("Absolute" | "Recurring" | "Relative")[];
  readonly purposes?: readonly string[];
  /** Of the periods' limits, in tenths; tenths of a tenth when `isFine`. */
  readonly isFine?: boolean;
  readonly hasPhases?: boolean;
  readonly maxPeriods?: number;
}

const instantArb = fc.integer({ min: -2 * DAY_SEC, max: 3 * DAY_SEC }).map(at);
/** Instants that meet: on the hour, and just beside it. */
const edgeArb = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -24, max: 48 }).map((hours) => at(hours * HOUR_SEC)) },
  { weight: 1, arbitrary: instantArb },
);

/** SetChargingProfileRequest, mostly a sensible one. */
export function requestArb(options: RequestOptions = {}): fc.Arbitrary<Payload> {
  const { units = ["A"], kinds = ["Absolute", "Recurring", "Relative"], maxPeriods = 4 } = options;
  const purposes = options.purposes ?? [
    "ChargingStationMaxProfile",
    "TxDefaultProfile",
    "TxDefaultProfile",
    "TxProfile",
    "TxProfile",
  ];
  return fc
    .record({
      id: fc.integer({ min: 1, max: 6 }),
      evseId: fc.integer({ min: 0, max: 2 }),
      stackLevel: fc.integer({ min: 0, max: 3 }),
      purpose: fc.constantFrom(...purposes),
      kind: fc.constantFrom(...kinds),
      weekly: fc.boolean(),
      unit: fc.constantFrom(...units),
      start: edgeArb,
      duration: fc.option(fc.constantFrom(HOUR_SEC, 4 * HOUR_SEC, 12 * HOUR_SEC, DAY_SEC, 3 * DAY_SEC), { freq: 2 }),
      validFrom: fc.option(edgeArb, { freq: 1 }),
      validTo: fc.option(edgeArb, { freq: 1 }),
      gaps: fc.array(fc.constantFrom(600, HOUR_SEC, 5 * HOUR_SEC, DAY_SEC), { maxLength: maxPeriods - 1 }),
      limits: fc.array(fc.integer({ min: 0, max: options.isFine === true ? 6400 : 640 }), {
        minLength: maxPeriods,
        maxLength: maxPeriods,
      }),
      phases: fc.array(fc.constantFrom(undefined, undefined, 1, 3), { minLength: maxPeriods, maxLength: maxPeriods }),
    })
    .map((drawn) => requestOf(drawn, options));
}

interface Drawn {
  readonly id: number;
  readonly evseId: number;
  readonly stackLevel: number;
  readonly purpose: string;
  readonly kind: string;
  readonly weekly: boolean;
  readonly unit: RateUnit;
  readonly start: EpochMs;
  readonly duration: number | null;
  readonly validFrom: EpochMs | null;
  readonly validTo: EpochMs | null;
  readonly gaps: readonly number[];
  readonly limits: readonly number[];
  readonly phases: readonly (number | undefined)[];
}

function requestOf(drawn: Drawn, options: RequestOptions): Payload {
  const isMax = drawn.purpose === "ChargingStationMaxProfile";
  const kind = isMax && drawn.kind === "Relative" ? "Absolute" : drawn.kind;
  const evseId = isMax ? 0 : drawn.purpose === "TxProfile" ? Math.max(1, drawn.evseId) : drawn.evseId;
  return {
    evseId,
    chargingProfile: {
      id: drawn.id,
      stackLevel: drawn.stackLevel,
      chargingProfilePurpose: drawn.purpose,
      chargingProfileKind: kind,
      ...(kind === "Recurring" ? { recurrencyKind: drawn.weekly ? "Weekly" : "Daily" } : {}),
      ...validityOf(drawn),
      ...(drawn.purpose === "TxProfile" ? { transactionId: `tx-${evseId}` } : {}),
      chargingSchedule: [
        {
          id: drawn.id,
          ...(kind === "Relative" ? {} : { startSchedule: spelled(drawn.start) }),
          ...(drawn.duration === null ? {} : { duration: drawn.duration }),
          chargingRateUnit: drawn.unit,
          chargingSchedulePeriod: periodsOf(drawn, options),
        },
      ],
    },
  };
}

function validityOf({ validFrom, validTo }: Drawn): Payload {
  if (validFrom !== null && validTo !== null && validFrom >= validTo) return {};
  return {
    ...(validFrom === null ? {} : { validFrom: spelled(validFrom) }),
    ...(validTo === null ? {} : { validTo: spelled(validTo) }),
  };
}

function periodsOf({ gaps, limits, phases, unit }: Drawn, { isFine = false, hasPhases = false }: RequestOptions) {
  const starts = [0];
  for (const gap of gaps) starts.push((starts[starts.length - 1] ?? 0) + gap);
  const scale = (unit === "W" ? 690 : 1) / (isFine ? 100 : 10);
  return starts.map((startPeriod, index) => ({
    startPeriod,
    limit: Number(((limits[index] ?? 0) * scale).toFixed(isFine ? 2 : 1)),
    ...(hasPhases && phases[index] !== undefined ? { numberPhases: phases[index] } : {}),
  }));
}

export function rulesOf(world: World, caps: ProjectionCaps, maxStackLevel = 3): ProfileRules {
  return {
    evses: world.places.map(({ evseId, supply }) => ({ evseId, supply })),
    transactions: world.transactions.map(({ id, evseId }) => ({ id, evseId })),
    maxStackLevel,
    maxPeriods: 1000,
    units: ["A", "W"],
    maxEntries: 1000,
    canSwitchPhases: caps.canSwitchPhases,
    fewerPhases: "conservative",
  };
}

/** The store after some requests; those that are refused leave it as it is. */
export function storeAfter(
  requests: readonly Payload[],
  world: World,
  caps: ProjectionCaps = ROOMY,
  maxStackLevel?: number,
): ChargingStore {
  let store: ChargingStore = { profiles: [] };
  for (const request of requests) {
    const set = setProfile(store, request, rulesOf(world, caps, maxStackLevel));
    if (set.ok) store = set.value.store;
  }
  return store;
}

/** A limit of the gateway's own. */
export function ownLimit(
  id: number,
  evseId: number,
  limitA: number,
  startAt: EpochMs,
  durationSec?: number,
): ChargingProfile {
  return {
    id: -id,
    evseId,
    stackLevel: id,
    purpose: "ChargingStationExternalConstraints",
    kind: "Absolute",
    source: "EMS",
    schedule: {
      unit: "A",
      startSchedule: startAt,
      periods: [{ startPeriod: 0, limit: limitA }],
      ...(durationSec === undefined ? {} : { duration: durationSec }),
    },
    original: {},
  };
}

export const ownLimitArb = fc
  .record({
    id: fc.integer({ min: 1, max: 2 }),
    evseId: fc.constantFrom(0, 0, 0, 1),
    limit: fc.integer({ min: 0, max: 640 }),
    start: edgeArb,
    duration: fc.option(fc.constantFrom(HOUR_SEC, DAY_SEC), { nil: undefined }),
  })
  .map(({ id, evseId, limit, start, duration }) => ownLimit(id, evseId, limit / 10, start, duration));

export const withOwn = (store: ChargingStore, own: readonly ChargingProfile[]): ChargingStore =>
  own.reduce(withProfile, store);

export function inputOf(world: World, store: ChargingStore, caps: ProjectionCaps = ROOMY): ProjectionInput {
  const [first] = world.places;
  const supply = first?.supply ?? THREE_PHASES;
  return {
    store,
    caps,
    places: world.places,
    station: { supply, physicalMaxA: PHYSICAL_MAX_A * world.places.length },
    transactions: world.transactions,
    ids: noIds(ID_RANGE),
    range: ID_RANGE,
    now: world.now,
  };
}
