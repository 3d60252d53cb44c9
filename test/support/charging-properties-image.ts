/** I1, I6 to I10, I13: what the image is, and what stations of all readings make of it. */
import fc from "fast-check";
import * as assert from "uvu/assert";
import { type Image16, imageEntry, instant16, type Profile16 } from "../../src/domain/charging/image.ts";
import type { ChargingStore } from "../../src/domain/charging/profile.ts";
import { project } from "../../src/domain/charging/projection.ts";
import type { ProjectionCaps, ProjectionInput } from "../../src/domain/charging/projection-input.ts";
import { tighten } from "../../src/domain/charging/projection-tighten.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import { loadValidators } from "../../src/domain/ocpp/validate.ts";
import {
  askings,
  EPSILON,
  installed,
  instantsOf,
  limit16,
  limit201,
  stationLimit16,
  stationLimit201,
} from "./charging-limits.ts";
import { ALL_A, ChargingStation16, READINGS, type Readings, someReadingsArb } from "./charging-station-16.ts";
import type { ChargingProperty, Subject } from "./charging-subject.ts";
import {
  inputOf,
  ONE_PHASE,
  ownLimit,
  ownLimitArb,
  PHYSICAL_MAX_A,
  ROOMY,
  requestArb,
  storeAfter,
  THREE_PHASES,
  type World,
  withOwn,
  worldArb,
} from "./charging-worlds.ts";

const validators16 = await loadValidators("ocpp1.6");

const requestsArb = fc.array(requestArb(), { maxLength: 8 });
const sinceArb = fc.integer({ min: 0, max: 90_000 });
/** Values from the hardware's own limit on are one. */
const capped = (limitA: number): number => Math.min(limitA, PHYSICAL_MAX_A);

type Result = ReturnType<typeof project>;

export function imageOf(result: Result): Image16 {
  if (!result.ok) throw new Error(`no image: ${result.error.reasonCode}, ${result.error.text}`);
  return result.value.image;
}

const withProfiles = (image: Image16, change: (profile: Profile16) => Profile16): Image16 =>
  image.map(({ connectorId, profile }) => imageEntry(connectorId, change(profile)));

/** The image, changed. */
const changed =
  (change: (image: Image16, input: ProjectionInput) => Image16) =>
  (input: ProjectionInput): Result => {
    const result = project(input);
    return result.ok ? { ok: true, value: { ...result.value, image: change(result.value.image, input) } } : result;
  };

const withPeriods = (
  profile: Profile16,
  change: (
    periods: Profile16["chargingSchedule"]["chargingSchedulePeriod"],
  ) => Profile16["chargingSchedule"]["chargingSchedulePeriod"],
): Profile16 => ({
  ...profile,
  chargingSchedule: {
    ...profile.chargingSchedule,
    chargingSchedulePeriod: change(profile.chargingSchedule.chargingSchedulePeriod),
  },
});

const isSlot = ({ chargingProfileId }: Profile16): boolean =>
  chargingProfileId >= 1_000_000_000 && chargingProfileId < 1_000_001_000;

// --- I1 ---------------------------------------------------------------------------------------------------------------

const I1: ChargingProperty = {
  name: "I1",
  title: "the same profiles give the same bytes, whatever the instant within a cell",
  fewRuns: 1000,
  mutants: {
    "slots start now": {
      project: changed((image, { now }) =>
        withProfiles(image, (profile) =>
          isSlot(profile)
            ? { ...profile, chargingSchedule: { ...profile.chargingSchedule, startSchedule: instant16(now) } }
            : profile,
        ),
      ),
    },
  },
  holds: ({ project }) =>
    fc.property(
      worldArb(),
      requestsArb,
      fc.array(ownLimitArb, { maxLength: 1 }),
      fc.nat(),
      (world, requests, own, draw) => {
        const input = inputOf(world, withOwn(storeAfter(requests, world), own));
        const first = project(input);
        assert.is(
          JSON.stringify(project({ ...input, store: { profiles: [...input.store.profiles] } })),
          JSON.stringify(first),
        );
        if (!first.ok || first.value.replanAt === undefined) return;
        const later = epochMs(world.now + (draw % (first.value.replanAt - world.now)));
        assert.is(JSON.stringify(project({ ...input, now: later })), JSON.stringify(first));
      },
    ),
};

// --- I6 ---------------------------------------------------------------------------------------------------------------

/** As a translation field by field would do it: TxProfiles as they came. */
const relativeKept = changed((image, { store, transactions }) =>
  image.map((entry) => {
    const tx = transactions.find(({ tx16 }) => tx16 === entry.profile.transactionId);
    const asCame = store.profiles.find(({ transactionId, kind }) => transactionId === tx?.id && kind === "Relative");
    if (tx === undefined || asCame === undefined) return entry;
    const { startSchedule: _, ...schedule } = entry.profile.chargingSchedule;
    return imageEntry(entry.connectorId, {
      ...entry.profile,
      chargingProfileKind: "Relative",
      chargingSchedule: {
        ...schedule,
        chargingSchedulePeriod: asCame.schedule.periods.map(({ startPeriod, limit }) => ({
          startPeriod,
          limit: limit ?? 0,
        })),
      },
    });
  }),
);

const I6: ChargingProperty = {
  name: "I6",
  title: "the image sent again later changes no limit, even on stations that count Relative from the receipt",
  fewRuns: 1000,
  mutants: { "relative kept": { project: relativeKept } },
  holds: ({ project }) =>
    fc.property(
      worldArb(),
      requestsArb,
      fc.integer({ min: 1, max: 200_000 }),
      fc.shuffledSubarray([...READINGS], { minLength: 8, maxLength: 8 }),
      (world, requests, laterSec, some) => {
        const { profiles } = storeAfter(requests, world);
        const store = {
          profiles: profiles.filter(({ kind, purpose }) => kind !== "Relative" || purpose !== "TxDefaultProfile"),
        };
        const image = imageOf(project(inputOf(world, store)));
        const later = epochMs(world.now + laterSec * 1000);
        const instants = instantsOf(profiles, { from: later, anchors: anchorsOf(world), most: 8 });
        for (const readings of some) {
          const once = installed(image, readings, world.now);
          const again = once.copy();
          for (const { connectorId, profile } of image) again.set(connectorId, profile, later);
          for (const instant of instants) {
            for (const asking of askings(world.places, world.transactions, instant, 0)) {
              assert.is(limit16(again, instant, asking), limit16(once, instant, asking));
            }
          }
        }
      },
    ),
};

const anchorsOf = ({ transactions }: World) => transactions.flatMap(({ anchorAt }) => anchorAt ?? []);

// --- I7 ---------------------------------------------------------------------------------------------------------------

interface Setting {
  readonly name: string;
  readonly caps: ProjectionCaps;
}

const quirks = (more: Partial<ProjectionCaps["quirks"]>) => ({ ...ROOMY.quirks, ...more });

/** Stations of all sorts. */
export const SETTINGS: readonly Setting[] = [
  { name: "roomy", caps: ROOMY },
  { name: "few periods", caps: { ...ROOMY, maxPeriods: 4, quirks: quirks({ clampsProfiles: true }) } },
  { name: "one period", caps: { ...ROOMY, maxPeriods: 1, quirks: quirks({ clampsProfiles: true }) } },
  { name: "few levels", caps: { ...ROOMY, maxStack: 3 } },
  { name: "no station limit", caps: { ...ROOMY, hasStationMax: false, quirks: quirks({ divideEqually: true }) } },
  { name: "amperes only", caps: { ...ROOMY, units: ["A"] } },
  { name: "no switching", caps: { ...ROOMY, canSwitchPhases: false } },
  { name: "six amperes", caps: { ...ROOMY, quirks: quirks({ subMinimum: "zero", stackLevelOffset: 1 }) } },
  { name: "anchored", caps: { ...ROOMY, quirks: quirks({ anchorRelativeDefaults: true }) } },
];

const mixedRequestArb = requestArb({ units: ["A", "A", "W"], hasPhases: true, isFine: true });

interface Safety {
  readonly subject: Subject;
  readonly world: World;
  /** How long ago a transaction that is only asked for began. */
  readonly sinceSec: number;
  readonly some: readonly Readings[];
}

function assertSafe({ subject, world, sinceSec, some }: Safety, store: ChargingStore, { name, caps }: Setting): void {
  const image = imageOf(subject.project(inputOf(world, store, caps)));
  const supply = world.places[0]?.supply ?? THREE_PHASES;
  // What is allowed does not depend on the reading.
  const questions = instantsOf(store.profiles, { from: world.now, anchors: anchorsOf(world), most: 20 }).map(
    (instant) => ({
      instant,
      of: askings(world.places, world.transactions, instant, sinceSec).map((asking) => ({
        asking,
        allowed: limit201(store, instant, asking),
      })),
      all: stationLimit201(store, instant, supply),
    }),
  );
  const most = PHYSICAL_MAX_A * world.places.length;
  for (const readings of some) {
    const station = installed(image, readings, world.now);
    const isSafe = (who: string, instant: EpochMs, taken: number, allowed: number, maxA: number): void => {
      if (Math.min(taken, maxA) <= Math.min(allowed, maxA) + EPSILON) return;
      throw new Error(report(`${name}, ${who}`, readings, { instant, taken, allowed }, image));
    };
    for (const { instant, of, all } of questions) {
      const limits = of.map(({ asking, allowed }) => ({ asking, allowed, taken: limit16(station, instant, asking) }));
      for (const { taken, allowed } of limits) isSafe("EVSE", instant, taken, allowed, PHYSICAL_MAX_A);
      const idle = limits.filter(({ asking }) => asking.tx === undefined);
      const sum = idle.reduce((total, { taken }) => total + taken, 0);
      isSafe("station", instant, caps.hasStationMax ? stationLimit16(station, instant, supply) : sum, all, most);
    }
  }
}

function report(
  name: string,
  readings: Readings,
  { instant, taken, allowed }: { readonly instant: number; readonly taken: number; readonly allowed: number },
  image: Image16,
): string {
  const when = new Date(instant).toISOString();
  return `${name}: ${taken} A instead of ${allowed} A at ${when} with ${JSON.stringify(readings)}\n${JSON.stringify(image)}`;
}

/** What begins at the horizon, on the grid, left out: the period before it goes on for ever. */
const withoutMinimum = changed((image, { transactions }) =>
  withProfiles(image, (profile) => {
    const anchorMs = transactions.find(({ tx16 }) => tx16 === profile.transactionId)?.anchorAt ?? 0;
    const startMs = Date.parse(profile.chargingSchedule.startSchedule ?? "");
    const isHorizon = (startPeriod: number) => (startMs - anchorMs + startPeriod * 1000) % HALF_DAY_MS === 0;
    return isSlot(profile)
      ? withPeriods(profile, (periods) =>
          periods.filter(
            ({ startPeriod }, index) => index === 0 || index < periods.length - 1 || !isHorizon(startPeriod),
          ),
        )
      : profile;
  }),
);

const HALF_DAY_MS = 43_200_000;

/** Lists that are too long end after the first N. */
const firstKept = (input: ProjectionInput): Result => {
  const result = project({ ...input, caps: { ...input.caps, maxPeriods: 5000 } });
  if (!result.ok) return result;
  const image = withProfiles(result.value.image, (profile) =>
    withPeriods(profile, (periods) => periods.slice(0, input.caps.maxPeriods)),
  );
  return { ok: true, value: { ...result.value, image } };
};

const I7: ChargingProperty = {
  name: "I7",
  title: "no station allows more than the profiles do, however it reads 1.6",
  fewRuns: 1000,
  mutants: {
    "no stack spread": { project: (input) => project({ ...input, caps: { ...input.caps, hasKeyPerConnector: true } }) },
    "first periods kept": { project: firstKept },
    "no horizon minimum": { project: withoutMinimum },
    "validity not tightened": {
      project: changed((image) => withProfiles(image, ({ validFrom: _, ...profile }) => profile)),
    },
  },
  holds: (subject) =>
    fc.property(
      worldArb({ supplies: [THREE_PHASES, THREE_PHASES, ONE_PHASE] }),
      fc.array(mixedRequestArb, { maxLength: 8 }),
      fc.array(ownLimitArb, { maxLength: 2 }),
      fc.constantFrom(...SETTINGS),
      sinceArb,
      someReadingsArb,
      (world, requests, own, setting, sinceSec, some) => {
        assertSafe(
          { subject, world, sinceSec, some },
          withOwn(storeAfter(requests, world, setting.caps), own),
          setting,
        );
      },
    ),
};

// --- I8 ---------------------------------------------------------------------------------------------------------------

const I8: ChargingProperty = {
  name: "I8",
  title: "a station that reads 1.6 as it is meant, and takes everything, allows exactly what the profiles do",
  fewRuns: 1000,
  mutants: {
    "defaults forgotten in the transaction's schedule": {
      project: (input) => {
        const result = project(input);
        const without = { profiles: input.store.profiles.filter(({ purpose }) => purpose !== "TxDefaultProfile") };
        const slots = project({ ...input, store: without });
        if (!result.ok || !slots.ok) return result;
        const isTx = ({ profile }: { readonly profile: Profile16 }) => profile.chargingProfilePurpose === "TxProfile";
        const image = [...result.value.image.filter((entry) => !isTx(entry)), ...slots.value.image.filter(isTx)];
        return { ok: true, value: { ...result.value, image } };
      },
    },
    "six amperes at least": {
      project: (input) =>
        project({ ...input, caps: { ...input.caps, quirks: { ...input.caps.quirks, subMinimum: "zero" } } }),
    },
  },
  holds: ({ project }) =>
    fc.property(
      worldArb(),
      fc
        .constantFrom("A" as const, "W" as const)
        .chain((unit) => fc.array(requestArb({ units: [unit] }), { maxLength: 8 })),
      fc.boolean(),
      sinceArb,
      (world, requests, isShared, sinceSec) => {
        const store = storeAfter(requests, world);
        const caps = isShared ? { ...ROOMY, isAllA: true, hasKeyPerConnector: true } : ROOMY;
        const station = installed(imageOf(project(inputOf(world, store, caps))), ALL_A, world.now);
        const horizon = world.now + 7 * 86_400_000;
        for (const instant of instantsOf(store.profiles, { from: world.now, anchors: anchorsOf(world), most: 40 })) {
          if (instant >= horizon) continue;
          for (const asking of askings(world.places, world.transactions, instant, sinceSec)) {
            const [taken, allowed] = [limit16(station, instant, asking), limit201(store, instant, asking)];
            assert.ok(Math.abs(capped(taken) - capped(allowed)) < EPSILON, `${taken} A, ${allowed} A at ${instant}`);
          }
        }
      },
    ),
};

// --- I9 ---------------------------------------------------------------------------------------------------------------

/** Merges the two neighbours that are closest to each other until there are few enough: safe, and not monotone. */
const greedy = (input: ProjectionInput): Result => {
  const result = project({ ...input, caps: { ...input.caps, maxPeriods: 5000 } });
  if (!result.ok) return result;
  const image = withProfiles(result.value.image, (profile) =>
    withPeriods(profile, (periods) => cheapest(periods, input.caps.maxPeriods)),
  );
  return { ok: true, value: { ...result.value, image } };
};

function cheapest(
  periods: Profile16["chargingSchedule"]["chargingSchedulePeriod"],
  most: number,
): Profile16["chargingSchedule"]["chargingSchedulePeriod"] {
  const left = [...periods];
  while (left.length > most) {
    const costs = left.slice(1).map(({ limit }, index) => Math.abs(limit - (left[index]?.limit ?? 0)));
    const index = costs.indexOf(Math.min(...costs));
    const [a, b] = [left[index], left[index + 1]];
    if (a === undefined || b === undefined) break;
    left.splice(index, 2, { ...a, limit: Math.min(a.limit, b.limit) });
  }
  return left;
}

function raised(store: ChargingStore, draws: readonly number[]): ChargingStore {
  let next = 0;
  const more = () => (draws[next++ % draws.length] ?? 0) / 10;
  return {
    profiles: store.profiles.map((profile) => ({
      ...profile,
      schedule: {
        ...profile.schedule,
        periods: profile.schedule.periods.map((period) => ({ ...period, limit: (period.limit ?? 0) + more() })),
      },
    })),
  };
}

const I9: ChargingProperty = {
  name: "I9",
  title: "a higher limit somewhere lowers nothing anywhere",
  fewRuns: 1000,
  mutants: { "greedy merge": { project: greedy } },
  holds: ({ project }) =>
    fc.property(
      worldArb(),
      fc.array(requestArb({ maxPeriods: 6 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.constantFrom(0, 0, 1, 50, 300), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...SETTINGS.filter(({ name }) => name !== "amperes only")),
      fc.constantFrom(...READINGS.slice(0, 16)),
      (world, requests, draws, { caps }, readings) => {
        const low = storeAfter(requests, world, caps);
        const high = raised(low, draws);
        const below = installed(imageOf(project(inputOf(world, low, caps))), readings, world.now);
        const above = installed(imageOf(project(inputOf(world, high, caps))), readings, world.now);
        for (const instant of instantsOf(low.profiles, { from: world.now, anchors: anchorsOf(world), most: 40 })) {
          for (const asking of askings(world.places, world.transactions, instant, 0)) {
            assert.ok(limit16(below, instant, asking) <= limit16(above, instant, asking) + EPSILON, `at ${instant}`);
          }
        }
      },
    ),
};

// --- I10 --------------------------------------------------------------------------------------------------------------

const I10: ChargingProperty = {
  name: "I10",
  title: "the first limit of the whole station, the CSMS's or the gateway's, raises nothing",
  fewRuns: 1000,
  mutants: {
    "the station's limit in place of defaults": {
      project: changed((image) =>
        image.some(({ connectorId }) => connectorId === 0)
          ? image.filter(({ profile }) => profile.chargingProfilePurpose !== "TxDefaultProfile")
          : image,
      ),
    },
  },
  holds: ({ project }) =>
    fc.property(
      worldArb(),
      fc.array(requestArb({ purposes: ["TxDefaultProfile", "TxProfile"] }), { maxLength: 6 }),
      fc.oneof(
        requestArb({ purposes: ["ChargingStationMaxProfile"] }).map((request) => ({ request })),
        ownLimitArb.map((own) => ({ own })),
      ),
      fc.constantFrom(...READINGS.slice(0, 16)),
      (world, requests, added, readings) => {
        const before = storeAfter(requests, world);
        const after =
          "own" in added ? withOwn(before, [added.own]) : storeAfter([...requests, withId(added.request, 7)], world);
        const old = installed(imageOf(project(inputOf(world, before))), readings, world.now);
        const now = installed(imageOf(project(inputOf(world, after))), readings, world.now);
        for (const instant of instantsOf(after.profiles, { from: world.now, anchors: anchorsOf(world), most: 30 })) {
          for (const asking of askings(world.places, world.transactions, instant, 0)) {
            assert.ok(limit201(after, instant, asking) <= limit201(before, instant, asking));
            assert.ok(capped(limit16(now, instant, asking)) <= capped(limit16(old, instant, asking)) + EPSILON);
          }
        }
      },
    ),
};

export function withId(request: { readonly [field: string]: unknown }, id: number) {
  return { ...request, chargingProfile: { ...(request["chargingProfile"] as object), id } };
}

// --- I13 --------------------------------------------------------------------------------------------------------------

const tightCapsArb: fc.Arbitrary<ProjectionCaps> = fc.record({
  units: fc.constantFrom<("A" | "W")[]>(["A"], ["W"], ["A", "W"]),
  maxStack: fc.integer({ min: 0, max: 8 }),
  maxPeriods: fc.integer({ min: 1, max: 5 }),
  maxInstalled: fc.integer({ min: 1, max: 8 }),
  hasStationMax: fc.boolean(),
  isAllA: fc.boolean(),
  hasKeyPerConnector: fc.boolean(),
  canSwitchPhases: fc.boolean(),
  quirks: fc.record({
    stackLevelOffset: fc.integer({ min: 0, max: 1 }),
    subMinimum: fc.constantFrom("send" as const, "zero" as const),
    divideEqually: fc.boolean(),
    anchorRelativeDefaults: fc.boolean(),
    clampsProfiles: fc.boolean(),
    onlyInTransaction: fc.boolean(),
    rejectMayErase: fc.constant(false),
  }),
});

const CODES = ["TooManyElements", "InvalidStackLevel", "UnsupportedRateUnit", "UnsupportedRequest"];

const I13: ChargingProperty = {
  name: "I13",
  title: "every image fits the station and the schema of 1.6, or there is none and a code says why",
  fewRuns: 1000,
  mutants: {
    "periods not fitted": {
      project: (input) => project({ ...input, caps: { ...input.caps, maxPeriods: input.caps.maxPeriods + 3 } }),
    },
    "ids by profile alone": {
      project: changed((image, { store }) =>
        withProfiles(image, (profile) =>
          isSlot(profile)
            ? profile
            : { ...profile, chargingProfileId: store.profiles[0]?.id ?? profile.chargingProfileId },
        ),
      ),
    },
    "limits rounded up": {
      project: changed((image) =>
        withProfiles(image, (profile) =>
          withPeriods(profile, (periods) => periods.map((period) => ({ ...period, limit: period.limit * 1.003 }))),
        ),
      ),
    },
  },
  holds: ({ project }) =>
    fc.property(
      worldArb(),
      fc.array(mixedRequestArb, { maxLength: 8 }),
      tightCapsArb,
      fc.option(fc.integer({ min: 6, max: 16 }), { nil: undefined }),
      (world, requests, caps, safeLimitA) => {
        const result = project({ ...inputOf(world, storeAfter(requests, world, caps), caps), safeLimitA });
        if (!result.ok) {
          assert.ok(CODES.includes(result.error.reasonCode), result.error.reasonCode);
          return;
        }
        const { image } = result.value;
        const station = new ChargingStation16(READINGS[15] ?? ALL_A, caps);
        for (const { connectorId, profile } of image) {
          const payload = { connectorId, csChargingProfiles: JSON.parse(JSON.stringify(profile)) };
          assert.is(validators16.validate("SetChargingProfile", "request", payload), undefined);
          assert.is(station.set(connectorId, profile, world.now), "Accepted");
        }
        const isPerConnector = !caps.hasKeyPerConnector;
        if (isPerConnector) assert.is(station.profiles.length, image.length, "one pushes out another");
        assert.is(new Set(image.map(({ profile }) => profile.chargingProfileId)).size, image.length);
      },
    ),
};

export const IMAGE_PROPERTIES: readonly ChargingProperty[] = [I1, I6, I7, I8, I9, I10, I13];

/** What is not true: a profile of a higher level may allow more than the one it hides. */
export function raisesWithHigherLevel(): { readonly before: number; readonly after: number } {
  const at = epochMs(Date.parse("2026-03-01T12:00:00Z"));
  const low = ownLimit(1, 0, 10, at);
  const world: World = {
    places: [{ connector16: 1, evseId: 1, supply: THREE_PHASES, physicalMaxA: PHYSICAL_MAX_A }],
    transactions: [],
    now: at,
  };
  const asking = askings(world.places, [], at, 0)[0];
  if (asking === undefined) throw new Error("nobody asks");
  return {
    before: limit201({ profiles: [tighten(low)] }, at, asking),
    after: limit201({ profiles: [low, ownLimit(2, 0, 20, at)] }, at, asking),
  };
}
