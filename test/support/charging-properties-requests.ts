/** I2 to I5, I11, I12, I16, I17, I19: what requests do, and what normalising and units do to numbers. */
import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Profile16 } from "../../src/domain/charging/image.ts";
import { ID_RANGE, noIds } from "../../src/domain/charging/image-ids.ts";
import { profileOfEntry } from "../../src/domain/charging/image-profile.ts";
import { normaliseProfile } from "../../src/domain/charging/normalise.ts";
import { parseProfile } from "../../src/domain/charging/parse-profile.ts";
import { planOf } from "../../src/domain/charging/plan.ts";
import { changeTo, type Standing } from "../../src/domain/charging/plan-change.ts";
import { type ChargingProfile, type ChargingStore, CYCLE_SEC, EMPTY_STORE } from "../../src/domain/charging/profile.ts";
import { project } from "../../src/domain/charging/projection.ts";
import { copyOf } from "../../src/domain/charging/projection-copy.ts";
import type { ProjectionCaps } from "../../src/domain/charging/projection-input.ts";
import { tighten } from "../../src/domain/charging/projection-tighten.ts";
import { periodAt } from "../../src/domain/charging/reference.ts";
import { clearProfiles, setAnswer, setProfile } from "../../src/domain/charging/store.ts";
import { ampereOfWatt, floor10, isWattSafe } from "../../src/domain/charging/units.ts";
import { epochMs } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { askings, EPSILON, installed, instantsOf, limit16, limit201 } from "./charging-limits.ts";
import { imageOf, withId } from "./charging-properties-image.ts";
import { ALL_A } from "./charging-station-16.ts";
import type { ChargingProperty, Subject } from "./charging-subject.ts";
import {
  inputOf,
  ONE_PHASE,
  PHYSICAL_MAX_A,
  ROOMY,
  requestArb,
  rulesOf,
  storeAfter,
  THREE_PHASES,
  type World,
  worldArb,
} from "./charging-worlds.ts";

const requestsArb = fc.array(requestArb(), { maxLength: 6 });

const profileArb = requestArb({ units: ["A", "W"], isFine: true, hasPhases: true, maxPeriods: 6 }).map(
  (request): ChargingProfile => {
    const parsed = parseProfile(request["chargingProfile"] as Payload, { evseId: 1, pointer: "" });
    if (!parsed.ok) throw new Error(parsed.error.text);
    return parsed.value;
  },
);

/** The profile with its periods said twice over: neighbours that are equal. */
const withTwins = (profile: ChargingProfile): ChargingProfile => ({
  ...profile,
  schedule: {
    ...profile.schedule,
    periods: profile.schedule.periods.flatMap((period, index, all) => {
      const next = all[index + 1]?.startPeriod ?? period.startPeriod + 600;
      const middle = Math.floor((period.startPeriod + next) / 2);
      return middle > period.startPeriod ? [period, { ...period, startPeriod: middle }] : [period];
    }),
  },
});

const ceil10 = (value: number): number => Math.ceil(Number((value * 10).toPrecision(12))) / 10;

const withLimits = (profile: ChargingProfile, change: (limit: number) => number): ChargingProfile => ({
  ...profile,
  schedule: {
    ...profile.schedule,
    periods: profile.schedule.periods.map((period) =>
      period.limit === undefined ? period : { ...period, limit: change(period.limit) },
    ),
  },
});

// --- I2, I3 -----------------------------------------------------------------------------------------------------------

const I2: ChargingProperty = {
  name: "I2",
  title: "normalising twice is normalising once, and says the same at every instant, cut to tenths",
  fewRuns: 1000,
  mutants: {
    "rounds up": { normalise: (profile) => withLimits(normaliseProfile(profile), (limit) => ceil10(limit + 0.01)) },
    "greedy merge": {
      normalise: (profile) => {
        const { schedule } = normaliseProfile(profile);
        const periods = schedule.periods.filter(
          ({ limit }, index) => Math.abs((limit ?? 0) - (schedule.periods[index - 1]?.limit ?? -9)) > 5,
        );
        return { ...profile, schedule: { ...schedule, periods } };
      },
    },
  },
  holds: ({ normalise }) =>
    fc.property(profileArb.map(withTwins), (profile) => {
      const once = normalise(profile);
      assert.equal(normalise(once), once);
      const from = epochMs((profile.schedule.startSchedule ?? Date.parse("2026-03-01T00:00:00Z")) - 1000);
      for (const instant of instantsOf([profile], { from, anchors: [from], most: 60 })) {
        const [is, was] = [periodAt(once, instant, from), periodAt(profile, instant, from)];
        assert.is(is?.limit, was?.limit === undefined ? undefined : floor10(was.limit));
        assert.is(is?.numberPhases, was?.numberPhases);
      }
    }),
};

const FEED = { supply: THREE_PHASES, physicalMaxA: PHYSICAL_MAX_A };

const conversionCapsArb: fc.Arbitrary<ProjectionCaps> = fc
  .record({
    units: fc.constantFrom<("A" | "W")[]>(["A"], ["A", "W"]),
    canSwitchPhases: fc.boolean(),
    subMinimum: fc.constantFrom("send" as const, "zero" as const),
  })
  .map(({ units, canSwitchPhases, subMinimum }) => ({
    ...ROOMY,
    units,
    canSwitchPhases,
    quirks: { ...ROOMY.quirks, subMinimum },
  }));

const I3: ChargingProperty = {
  name: "I3",
  title: "a copy reported and copied again is the same copy",
  fewRuns: 1000,
  mutants: {
    "converts again": {
      copy: (profile, name, feed, caps) => {
        const copy = copyOf(profile, name, feed, caps);
        if (!copy.ok) return copy;
        const periods = copy.value.chargingSchedule.chargingSchedulePeriod.map((period) => ({
          ...period,
          limit: floor10((period.limit * 2) / 3),
        }));
        const schedule = { ...copy.value.chargingSchedule, chargingSchedulePeriod: periods };
        return { ok: true, value: { ...copy.value, chargingSchedule: schedule } };
      },
    },
  },
  holds: ({ copy, normalise }) =>
    fc.property(profileArb, conversionCapsArb, (profile, caps) => {
      const name = { id16: profile.id, stackLevel: profile.stackLevel, purpose: "TxDefaultProfile" } as const;
      const translated = (one: ChargingProfile): Profile16 => {
        const result = copy(tighten(normalise(one)), name, FEED, caps);
        if (!result.ok) throw new Error(result.error.text);
        return result.value;
      };
      const reported = (one: Profile16) => profileOfEntry({ connectorId: 1, profile: one });
      const first = translated(profile);
      const second = translated(reported(first));
      assert.equal(second, first);
      assert.equal(reported(second), reported(first));
    }),
};

// --- I4, I5, I11, I12, I19 ----------------------------------------------------------------------------------------------

const I4: ChargingProperty = {
  name: "I4",
  title: "a request that comes twice leaves the same profiles and gets the same answer",
  fewRuns: 1000,
  mutants: {
    "the first one stays": {
      set: (store, payload, rules) => {
        const result = setProfile(store, payload, rules);
        if (!result.ok) return result;
        const { profile } = result.value;
        return { ok: true, value: { profile, store: { profiles: [...store.profiles, profile] } } };
      },
    },
  },
  holds: ({ set }) =>
    fc.property(worldArb(), requestsArb, requestArb(), (world, requests, request) => {
      const rules = rulesOf(world, ROOMY);
      const store = storeAfter(requests, world);
      const once = set(store, request, rules);
      const after = once.ok ? once.value.store : store;
      const twice = set(after, request, rules);
      assert.equal(twice.ok ? twice.value.store : after, after);
      assert.equal(setAnswer(twice.ok ? undefined : twice.error), setAnswer(once.ok ? undefined : once.error));
    }),
};

/** A request taken in full: store, image, and a station that accepts everything. */
function taken(
  subject: Subject,
  standing: Standing,
  request: Payload,
  world: World,
): { standing: Standing; steps: number } {
  const set = subject.set(standing.store, request, rulesOf(world, ROOMY));
  if (!set.ok) return { standing, steps: 0 };
  const { store: _s, ids: _i, ...around } = inputOf(world, set.value.store);
  const change = subject.change(standing, set.value.store, around);
  if (!change.ok) return { standing, steps: 0 };
  const { store, ids, image, steps } = change.value;
  return { standing: { store, ids, acked: image }, steps: steps.length };
}

const FRESH: Standing = { store: EMPTY_STORE, ids: noIds(ID_RANGE), acked: [] };

const I5: ChargingProperty = {
  name: "I5",
  title: "a request that comes again sends nothing to the station",
  fewRuns: 1000,
  mutants: {
    "ids not kept": {
      change: ({ acked, ids }, store, around) =>
        changeTo({ acked, ids: { byKey: {}, next: ids.next + 1 } }, store, around),
    },
  },
  holds: (subject) =>
    fc.property(worldArb(), requestsArb, requestArb(), (world, requests, request) => {
      let standing = FRESH;
      for (const each of [...requests, request]) standing = taken(subject, standing, each, world).standing;
      assert.is(taken(subject, standing, request, world).steps, 0);
    }),
};

const I11: ChargingProperty = {
  name: "I11",
  title: "two requests that are both taken in either order leave the same profiles and the same image",
  fewRuns: 1000,
  mutants: {
    "in the order of their coming": {
      set: (store, payload, rules) => {
        const result = setProfile(store, payload, rules);
        if (!result.ok) return result;
        const { profile } = result.value;
        const others = store.profiles.filter(({ id }) => id !== profile.id);
        return { ok: true, value: { profile, store: { profiles: [...others, profile] } } };
      },
    },
  },
  holds: ({ set, project }) =>
    fc.property(worldArb(), requestsArb, requestArb(), requestArb(), (world, requests, one, other) => {
      const rules = rulesOf(world, ROOMY);
      const store = storeAfter(requests, world);
      const both = (...order: readonly Payload[]): ChargingStore | undefined => {
        let after = store;
        for (const request of order) {
          const result = set(after, request, rules);
          if (!result.ok) return undefined;
          after = result.value.store;
        }
        return after;
      };
      const second = idOf(one) === idOf(other) ? withId(other, idOf(one) + 1) : other;
      const [forth, back] = [both(one, second), both(second, one)];
      if (forth === undefined || back === undefined) return;
      assert.equal(forth, back);
      assert.equal(imageOf(project(inputOf(world, forth))), imageOf(project(inputOf(world, back))));
    }),
};

const idOf = (request: Payload): number => Number((request["chargingProfile"] as { readonly id: number }).id);

const I12: ChargingProperty = {
  name: "I12",
  title: "clearing what was added gives the image there was before",
  fewRuns: 1000,
  mutants: {
    "clears its purpose with it": {
      clear: (store, payload) => {
        const named = store.profiles.find(({ id }) => id === payload["chargingProfileId"]);
        const profiles = store.profiles.filter(({ purpose }) => purpose !== named?.purpose);
        return { store: { profiles }, status: "Accepted" };
      },
    },
  },
  holds: ({ clear, set, project }) =>
    fc.property(worldArb(), requestsArb, requestArb(), (world, requests, request) => {
      const store = storeAfter(requests, world);
      const before = project(inputOf(world, store));
      const added = set(store, withId(request, 9), rulesOf(world, ROOMY));
      if (!added.ok || !before.ok) return;
      const between = project({ ...inputOf(world, added.value.store), ids: before.value.ids });
      const cleared = clear(added.value.store, { chargingProfileId: 9 });
      assert.is(cleared.status, "Accepted");
      const ids = between.ok ? between.value.ids : before.value.ids;
      assert.equal(imageOf(project({ ...inputOf(world, cleared.store), ids })), before.value.image);
      assert.is(clearProfiles(store, { chargingProfileId: 9 }).status, "Unknown");
    }),
};

/** What makes a good request a bad one. */
const spoiltArb = fc.constantFrom<(profile: Payload) => Payload>(
  (profile) => profile,
  (profile) => ({ ...profile, stackLevel: 9 }),
  (profile) => ({ ...profile, chargingProfilePurpose: "ChargingStationExternalConstraints" }),
  (profile) => ({ ...profile, chargingProfileKind: "Dynamic" }),
  (profile) => ({ ...profile, chargingSchedule: [] }),
  (profile) => ({ ...profile, validFrom: "2026-03-02T00:00:00Z", validTo: "2026-03-01T00:00:00Z" }),
  (profile) => ({ ...profile, transactionId: "nobody's", chargingProfilePurpose: "TxProfile" }),
);

const I19: ChargingProperty = {
  name: "I19",
  title: "what is refused leaves profiles, ids and station as they were",
  fewRuns: 1000,
  mutants: {
    "kept before it is projected": {
      change: (standing, store, around) => {
        const change = changeTo(standing, store, around);
        return change.ok
          ? change
          : {
              ok: true,
              value: { store, ids: standing.ids, image: standing.acked ?? [], steps: [], replanAt: undefined },
            };
      },
    },
  },
  holds: (subject) =>
    fc.property(
      worldArb(),
      requestsArb,
      requestArb({ maxPeriods: 6 }),
      spoiltArb,
      (world, requests, request, spoil) => {
        const caps = { ...ROOMY, maxInstalled: 4, maxPeriods: 3 };
        let standing = FRESH;
        const spoilt = { ...request, chargingProfile: spoil(request["chargingProfile"] as Payload) };
        for (const each of [...requests, spoilt]) {
          const set = subject.set(standing.store, each, rulesOf(world, caps));
          const store = set.ok ? set.value.store : standing.store;
          const { store: _s, ids: _i, ...around } = inputOf(world, store, caps);
          const honest = changeTo(standing, store, around);
          const change = subject.change(standing, store, around);
          if (set.ok && honest.ok && change.ok) {
            standing = { store, ids: change.value.ids, acked: change.value.image };
            continue;
          }
          const next = change.ok ? change.value : { ...standing, steps: [] };
          assert.equal(next.store, standing.store);
          assert.equal(next.steps.length, 0);
          assert.equal(planOf(standing.acked, standing.acked ?? [], caps.maxInstalled), []);
        }
      },
    ),
};

// --- I16, I17 ---------------------------------------------------------------------------------------------------------

const I16: ChargingProperty = {
  name: "I16",
  title: "there and back between amperes and watts is never more, and amperes from watts are safe on any phases",
  fewRuns: 1000,
  mutants: {
    "rounds up": {
      ampereOfWatt: (watt, phases, supply) => ceil10(ampereOfWatt(watt, phases, supply) + 0.04),
    },
    "one phase assumed": { ampereOfWatt: (watt, _phases, supply) => ampereOfWatt(watt, 1, supply) },
  },
  holds: ({ ampereOfWatt, wattOfAmpere }) =>
    fc.property(
      fc.integer({ min: 0, max: 4_416_000 }).map((value) => value / 100),
      fc.constantFrom(undefined, 1, 2, 3),
      fc.constantFrom(ONE_PHASE, { ...THREE_PHASES, phases: 2 }, THREE_PHASES),
      (value, declared, supply) => {
        const amps = ampereOfWatt(value, declared, supply);
        assert.ok(wattOfAmpere(amps, declared, supply) <= value + EPSILON);
        assert.ok(ampereOfWatt(wattOfAmpere(value, declared, supply), declared, supply) <= value + EPSILON);
        const most = Math.min(declared ?? 3, supply.phases);
        for (let used = 1; used <= most; used += 1) assert.ok(amps * supply.voltageV * used <= value + EPSILON);
        // The other way round only one phase is safe, and only that is called so.
        const ampere = value + 1;
        const onOnePhase = wattOfAmpere(ampere, undefined, supply) / supply.voltageV;
        assert.is(isWattSafe(supply), onOnePhase <= ampere + EPSILON);
      },
    ),
};

const TWO_MONTHS_SEC = 60 * 86_400;

/** The same request, `deltaSec` later. */
function shifted(value: unknown, deltaSec: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shifted(item, deltaSec));
  if (typeof value === "string" && /^\d{4}-.*Z$/.test(value))
    return new Date(Date.parse(value) + deltaSec * 1000).toISOString();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shifted(member, deltaSec)]));
}

/** The same instants as a clock two hours east writes them. */
function eastward(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(eastward);
  if (typeof value === "string" && /^\d{4}-.*Z$/.test(value)) {
    return `${new Date(Date.parse(value) + 7_200_000).toISOString().slice(0, 19)}+02:00`;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, eastward(member)]));
}

const shiftedWorld = (world: World, deltaSec: number): World => ({
  ...world,
  now: epochMs(world.now + deltaSec * 1000),
  transactions: world.transactions.map((tx) => ({ ...tx, anchorAt: epochMs((tx.anchorAt ?? 0) + deltaSec * 1000) })),
});

const SUMMER_TIME = Date.parse("2026-03-29T01:00:00Z");

const I17: ChargingProperty = {
  name: "I17",
  title: "everything later is the same later, a cycle later is the same, and zones are only spelling",
  fewRuns: 1000,
  mutants: {
    "zones ignored": {
      set: (store, payload, rules) =>
        setProfile(store, JSON.parse(JSON.stringify(payload).replaceAll(/(T[\d:]{8})\+02:00/g, "$1Z")), rules),
    },
    "summer time": {
      project: (input) => {
        const late = input.now >= SUMMER_TIME ? 3_600_000 : 0;
        const profiles = input.store.profiles.map((profile) => {
          const start = profile.schedule.startSchedule;
          if (profile.kind !== "Recurring" || start === undefined) return profile;
          return { ...profile, schedule: { ...profile.schedule, startSchedule: epochMs(start - late) } };
        });
        return project({ ...input, store: { profiles } });
      },
    },
  },
  holds: ({ set, project }) =>
    fc.property(worldArb(), requestsArb, fc.integer({ min: 1, max: TWO_MONTHS_SEC }), (world, requests, deltaSec) => {
      const after = (list: readonly Payload[], there: World) =>
        list.reduce((store, request) => {
          const result = set(store, request, rulesOf(there, ROOMY));
          return result.ok ? result.value.store : store;
        }, EMPTY_STORE);
      const store = after(requests, world);
      const image = imageOf(project(inputOf(world, store)));
      const spelt = after(
        requests.map((request) => eastward(request) as Payload),
        world,
      );
      assert.equal(imageOf(project(inputOf(world, spelt))), image);

      const there = shiftedWorld(world, deltaSec);
      const later = after(
        requests.map((request) => shifted(request, deltaSec) as Payload),
        there,
      );
      const [now16, later16] = [
        installed(image, ALL_A, world.now),
        installed(imageOf(project(inputOf(there, later))), ALL_A, there.now),
      ];
      for (const instant of instantsOf(store.profiles, { from: world.now, anchors: [], most: 8 })) {
        const then = epochMs(instant + deltaSec * 1000);
        const [here, afterwards] = [
          askings(world.places, world.transactions, instant, 60),
          askings(there.places, there.transactions, then, 60),
        ];
        for (const [index, asking] of here.entries()) {
          const other = afterwards[index];
          if (other === undefined) throw new Error("fewer transactions later");
          assert.is(limit201(later, then, other), limit201(store, instant, asking));
          assert.is(limit16(later16, then, other), limit16(now16, instant, asking));
        }
      }
      for (const profile of store.profiles) roundAndRound(profile);
    }),
};

/** A cycle later the same period holds. */
function roundAndRound({ validFrom: _from, validTo: _to, ...profile }: ChargingProfile): void {
  const { startSchedule } = profile.schedule;
  if (profile.recurrencyKind === undefined || startSchedule === undefined) return;
  const cycleMs = CYCLE_SEC[profile.recurrencyKind] * 1000;
  for (const instant of instantsOf([profile], { from: startSchedule, anchors: [], most: 10 })) {
    const later = epochMs(instant + 9 * cycleMs);
    assert.equal(periodAt(profile, later, instant), periodAt(profile, instant, instant));
  }
}

export const REQUEST_PROPERTIES: readonly ChargingProperty[] = [I2, I3, I4, I5, I11, I12, I16, I17, I19];
