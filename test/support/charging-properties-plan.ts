/** I14, I15, I18: what a station goes through, and that transactions leave each other alone. */
import fc from "fast-check";
import * as assert from "uvu/assert";
import { type Image16, imageEntry } from "../../src/domain/charging/image.ts";
import { ID_RANGE, noIds } from "../../src/domain/charging/image-ids.ts";
import { type Acked, afterStep, type PlanStep, planOf } from "../../src/domain/charging/plan.ts";
import { changeTo } from "../../src/domain/charging/plan-change.ts";
import type { ChargingStore } from "../../src/domain/charging/profile.ts";
import { project } from "../../src/domain/charging/projection.ts";
import type { ProjectionInput } from "../../src/domain/charging/projection-input.ts";
import { endOfTransaction, setProfile } from "../../src/domain/charging/store.ts";
import { epochMs } from "../../src/domain/ids.ts";
import { askings, EPSILON, installed, instantsOf, limit16, limit201 } from "./charging-limits.ts";
import { imageOf, SETTINGS } from "./charging-properties-image.ts";
import { ALL_A, type ChargingStation16, READINGS, type Readings, someReadingsArb } from "./charging-station-16.ts";
import type { ChargingProperty } from "./charging-subject.ts";
import {
  inputOf,
  ownLimitArb,
  PHYSICAL_MAX_A,
  ROOMY,
  requestArb,
  rulesOf,
  storeAfter,
  type World,
  withOwn,
  worldArb,
} from "./charging-worlds.ts";

const requestsArb = fc.array(requestArb(), { maxLength: 8 });
const anchorsOf = ({ transactions }: World) => transactions.flatMap(({ anchorAt }) => anchorAt ?? []);
const capped = (limitA: number): number => Math.min(limitA, PHYSICAL_MAX_A);

/** Carries a plan out, one step after the other. */
function carryOut(station: ChargingStation16, acked: Acked, steps: readonly PlanStep[], world: World): Acked {
  let known = acked;
  for (const step of steps) {
    const answer = station.take(step, world.now);
    // What the station does not know is gone already.
    known = afterStep(known, step, answer === "Rejected" ? "refused" : "accepted");
  }
  return known;
}

function assertAlike(a: ChargingStation16, b: ChargingStation16, store: ChargingStore, world: World): void {
  for (const instant of instantsOf(store.profiles, { from: world.now, anchors: anchorsOf(world), most: 15 })) {
    for (const asking of askings(world.places, world.transactions, instant, 0)) {
      assert.is(limit16(a, instant, asking), limit16(b, instant, asking));
    }
  }
}

const I14: ChargingProperty = {
  name: "I14",
  title: "a station with anybody's profiles is brought to what a new one would have, and then has nothing to be told",
  fewRuns: 1000,
  mutants: {
    "nothing cleared at first": { plan: (acked, desired, most) => planOf(acked ?? [], desired, most) },
    "what is gone stays": {
      plan: (acked, desired, most) => planOf(acked, desired, most).filter((step) => step.do !== "clear"),
    },
  },
  holds: ({ plan }) =>
    fc.property(
      worldArb(),
      requestsArb,
      requestsArb,
      requestsArb,
      fc.constantFrom(...READINGS.slice(0, 16)),
      (world, foreign, first, second, readings) => {
        // Whoever was here before had another idea of ids.
        const before = imageOf(project(inputOf(world, storeAfter(foreign, world)))).map(({ connectorId, profile }) =>
          imageEntry(connectorId, { ...profile, chargingProfileId: profile.chargingProfileId + 7 }),
        );
        const station = installed(before, readings, world.now);
        let acked: Acked;
        let ids = inputOf(world, { profiles: [] }).ids;
        for (const requests of [first, second]) {
          const store = storeAfter(requests, world);
          const projected = project({ ...inputOf(world, store), ids });
          const image = imageOf(projected);
          if (projected.ok) ids = projected.value.ids;
          acked = carryOut(station, acked, plan(acked, image, 1000), world);
          assertAlike(station, installed(image, readings, world.now), store, world);
          // Entries that took another's place are said once more, no more than once.
          acked = carryOut(station, acked, plan(acked, image, 1000), world);
          assert.equal(plan(acked, image, 1000), []);
          assertAlike(station, installed(image, readings, world.now), store, world);
        }
      },
    ),
};

const ordered =
  (order: (steps: readonly PlanStep[]) => readonly PlanStep[]) =>
  (...[standing, store, around]: Parameters<typeof changeTo>): ReturnType<typeof changeTo> => {
    const change = changeTo(standing, store, around);
    return change.ok ? { ok: true, value: { ...change.value, steps: order(change.value.steps) } } : change;
  };

const isClear = (step: PlanStep): boolean => step.do === "clear";

const I15: ChargingProperty = {
  name: "I15",
  title: "while a plan is carried out no step allows more than the old and the new profiles do",
  fewRuns: 1000,
  mutants: {
    "clears first": {
      change: ordered((steps) => [...steps.filter(isClear), ...steps.filter((step) => !isClear(step))]),
    },
    "from the lowest level up": {
      change: ordered((steps) => [...steps.filter((step) => !isClear(step)).reverse(), ...steps.filter(isClear)]),
    },
    "clears from the highest level down": {
      change: ordered((steps) => [...steps.filter((step) => !isClear(step)), ...steps.filter(isClear).reverse()]),
    },
  },
  holds: ({ change }) =>
    fc.property(
      worldArb(),
      fc.array(fc.oneof(requestArb(), requestArb({ purposes: ["TxDefaultProfile"] })), { maxLength: 10 }),
      fc.oneof(
        { weight: 3, arbitrary: requestArb().map((request) => ({ request })) },
        { weight: 1, arbitrary: ownLimitArb.map((own) => ({ own })) },
        {
          weight: 2,
          arbitrary: fc
            .constantFrom("TxDefaultProfile", "TxDefaultProfile", "TxProfile")
            .map((cleared) => ({ cleared })),
        },
      ),
      fc.constantFrom(...SETTINGS.filter(({ name }) => ["roomy", "few levels", "anchored"].includes(name)), {
        name: "six levels",
        caps: { ...ROOMY, maxStack: 5 },
      }),
      fc.boolean(),
      someReadingsArb,
      (world, requests, event, { caps }, isBack, some) => {
        const one = storeAfter(requests, world, caps);
        const other = afterEvent(one, event, world);
        // What an event does, and what taking it back does.
        const [old, next] = isBack ? [other, one] : [one, other];
        const was = project(inputOf(world, old, caps));
        const image = imageOf(was);
        const ids = was.ok ? was.value.ids : undefined;
        const { store: _s, ids: _i, ...around } = inputOf(world, next, caps);
        const planned = change({ ids: ids ?? noIds(ID_RANGE), acked: image }, next, around);
        const steps = planned.ok ? planned.value.steps : [];
        assertBounded({ world, old, next, image, steps }, some);
      },
    ),
};

interface Passage {
  readonly world: World;
  readonly old: ChargingStore;
  readonly next: ChargingStore;
  readonly image: Image16;
  readonly steps: readonly PlanStep[];
}

function assertBounded({ world, old, next, image, steps }: Passage, some: readonly Readings[]): void {
  const profiles = [...old.profiles, ...next.profiles];
  const instants = instantsOf(profiles, { from: world.now, anchors: anchorsOf(world), most: 12 });
  const asked = instants.flatMap((instant) =>
    askings(world.places, world.transactions, instant, 0).map((asking) => ({
      instant,
      asking,
      most: capped(Math.max(limit201(old, instant, asking), limit201(next, instant, asking))),
    })),
  );
  for (const readings of some) {
    const station = installed(image, readings, world.now);
    for (const step of steps) {
      station.take(step, world.now);
      for (const { instant, asking, most } of asked) {
        const taken = limit16(station, instant, asking);
        if (capped(taken) <= most + EPSILON) continue;
        throw new Error(`${taken} A of ${most} A after ${JSON.stringify(step)}, ${JSON.stringify(readings)}`);
      }
    }
  }
}

type Event =
  | { readonly request: { readonly [field: string]: unknown } }
  | { readonly own: ReturnType<typeof withOwn>["profiles"][number] }
  | { readonly cleared: string };

function afterEvent(store: ChargingStore, event: Event, world: World): ChargingStore {
  if ("own" in event) return withOwn(store, [event.own]);
  if ("cleared" in event) return { profiles: store.profiles.filter(({ purpose }) => purpose !== event.cleared) };
  const result = setProfile(store, event.request, rulesOf(world, ROOMY));
  return result.ok ? result.value.store : store;
}

/** TxProfiles of whoever charged there before. */
const byEvse = (input: ProjectionInput) => {
  const profiles = input.store.profiles.map((profile) => {
    const tx = input.transactions.find(({ evseId }) => evseId === profile.evseId);
    return profile.purpose === "TxProfile" && tx !== undefined ? { ...profile, transactionId: tx.id } : profile;
  });
  return project({ ...input, store: { profiles } });
};

const I18: ChargingProperty = {
  name: "I18",
  title: "profiles of a transaction say nothing to other EVSEs and nothing to the next transaction",
  fewRuns: 1000,
  mutants: { "by EVSE": { project: byEvse } },
  holds: ({ project }) =>
    fc.property(worldArb(), requestsArb, (world, requests) => {
      const store = storeAfter(requests, world);
      const image = imageOf(project(inputOf(world, store)));
      for (const tx of world.transactions) {
        const ofOthers = (list: Image16) =>
          list
            .filter(
              ({ connectorId, profile }) =>
                connectorId !== tx.connector16 || profile.chargingProfilePurpose !== "TxProfile",
            )
            .map(({ profile }) => profile);
        const ended = endOfTransaction(store, tx.id);
        const others = world.transactions.filter(({ id }) => id !== tx.id);
        const without = imageOf(project({ ...inputOf(world, ended), transactions: others }));
        assert.equal(ofOthers(without), ofOthers(image));
        assert.not.ok(without.some(({ profile }) => profile.transactionId === tx.tx16));
        // The profiles are still there: somebody forgot to end it.
        const next = { ...tx, id: "tx-next", tx16: tx.tx16 + 100, anchorAt: world.now };
        const later = imageOf(project({ ...inputOf(world, store), transactions: [...others, next] }));
        const station = installed(later, ALL_A, world.now);
        const place = world.places.find(({ connector16 }) => connector16 === tx.connector16);
        if (place === undefined) throw new Error("no place");
        for (const instant of instantsOf(store.profiles, { from: world.now, anchors: [world.now], most: 15 })) {
          const asking = { place, tx: next, startedAt: epochMs(world.now) };
          assert.is(capped(limit16(station, instant, asking)), capped(limit201(ended, instant, asking)));
        }
      }
    }),
};

export const PLAN_PROPERTIES: readonly ChargingProperty[] = [I14, I15, I18];
