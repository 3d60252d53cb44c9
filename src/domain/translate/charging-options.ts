/** What the charging rules are told about a station: what it can hold, what its connectors are fed with, what of 1.6 it is known for. */
import type { ChargingEvse } from "../charging/composite.ts";
import { ID_RANGE, type IdRange } from "../charging/image-ids.ts";
import type { Surroundings } from "../charging/plan-change.ts";
import type { RateUnit } from "../charging/profile.ts";
import { type Feed, NO_QUIRKS, type ProjectionCaps, type ProjectionTx } from "../charging/projection-input.ts";
import { isWattSafe, publishedUnits } from "../charging/units.ts";
import type { ProfileRules } from "../charging/validate-profile.ts";
import { chargingOf } from "./charging-state.ts";
import { type Env, openTransactions, type TranslationState } from "./contract.ts";

export interface ChargingOptions {
  /** What the station can hold; without: {@link CAPS_WITHOUT_KEYS}. */
  readonly caps?: (state: TranslationState, env: Env) => ProjectionCaps;
  /** What a connector is fed with; without: {@link DEFAULT_FEED}. */
  readonly feedOf?: (connector16: number, env: Env) => Feed;
  /** The station's grid connection; without: as its connectors together. */
  readonly stationFeed?: (env: Env) => Feed;
  /** Limits for fewer phases than are wired, where the station cannot switch: refused, or lowered. Without: refused. */
  readonly fewerPhases?: ProfileRules["fewerPhases"];
  readonly idRange?: IdRange;
}

/** The keys are mandatory for smart charging; a station that lacks them is taken to be the smallest that makes sense (§5.6). */
export const CAPS_WITHOUT_KEYS: ProjectionCaps = {
  units: ["A"],
  maxStack: 1,
  maxPeriods: 6,
  maxInstalled: 4,
  hasStationMax: true,
  isAllA: false,
  hasKeyPerConnector: false,
  canSwitchPhases: false,
  quirks: NO_QUIRKS,
};

export const DEFAULT_FEED: Feed = { supply: { current: "AC", voltageV: 230, phases: 3 }, physicalMaxA: 63 };

export function capsOf(state: TranslationState, env: Env, options: ChargingOptions): ProjectionCaps {
  const caps = options.caps?.(state, env) ?? CAPS_WITHOUT_KEYS;
  return chargingOf(state).learned.lacksStationMax === true ? { ...caps, hasStationMax: false } : caps;
}

export function surroundings(state: TranslationState, env: Env, options: ChargingOptions): Surroundings {
  const places = env.topology.evses
    .flatMap(({ evseId, connectors }) =>
      connectors.map(({ connector16 }) => ({ connector16, evseId, ...feedOf(connector16, env, options) })),
    )
    .sort((a, b) => a.connector16 - b.connector16);
  const sum = places.reduce((total, { physicalMaxA }) => total + physicalMaxA, 0);
  const first = places[0] ?? DEFAULT_FEED;
  return {
    caps: capsOf(state, env, options),
    places,
    station: options.stationFeed?.(env) ?? { supply: first.supply, physicalMaxA: sum },
    transactions: openTransactions(state).map(
      ({ id, tx16, connector16, evseId, powerPathClosedAt, startedAt }): ProjectionTx => ({
        id,
        tx16,
        connector16,
        evseId,
        anchorAt: powerPathClosedAt ?? startedAt,
      }),
    ),
    range: options.idRange ?? ID_RANGE,
    now: env.now,
    ...(env.settings.safeLimitA === undefined ? {} : { safeLimitA: env.settings.safeLimitA }),
  };
}

/** What a profile of the CSMS must keep to. Whether the image fits is the projection's own answer. */
export function profileRules(around: Surroundings, options: ChargingOptions): ProfileRules {
  const { caps, places, transactions } = around;
  return {
    evses: evsesOf(around),
    transactions: transactions.map(({ id, evseId }) => ({ id, evseId })),
    maxStackLevel: publishedStackLevel(caps),
    // Compiled and cut schedules may be made of longer ones; copies may not, and the projection says so.
    maxPeriods: caps.quirks.clampsProfiles ? MAX_PERIODS_OF_SCHEMA : caps.maxPeriods,
    units: rateUnits(caps, places),
    maxEntries: Number.POSITIVE_INFINITY,
    canSwitchPhases: caps.canSwitchPhases,
    fewerPhases: options.fewerPhases ?? "reject",
  };
}

const MAX_PERIODS_OF_SCHEMA = 1024;

/** ProfileStackLevel. Levels that do not fit are compiled into one schedule, so none is reserved. */
export const publishedStackLevel = ({ maxStack, quirks }: ProjectionCaps): number =>
  Math.max(0, maxStack - quirks.stackLevelOffset);

/** RateUnit: what every connector can be given safely. */
export function rateUnits({ units }: ProjectionCaps, feeds: readonly Feed[]): readonly RateUnit[] {
  const [first] = feeds;
  if (first === undefined) return units;
  const unsafe = feeds.find(({ supply }) => !isWattSafe(supply)) ?? first;
  return publishedUnits(units, unsafe.supply);
}

/** EVSEs of the station; one with several connectors is as strong as the first of them. */
export function evsesOf({ places, transactions }: Surroundings): readonly ChargingEvse[] {
  return places
    .filter(({ evseId }, index) => places.findIndex((place) => place.evseId === evseId) === index)
    .map(({ evseId, supply, physicalMaxA }) => {
      const tx = transactions.find((transaction) => transaction.evseId === evseId);
      const transaction = tx?.anchorAt === undefined ? undefined : { id: tx.id, powerPathClosedAt: tx.anchorAt };
      return { evseId, supply, physicalMaxA, ...(transaction === undefined ? {} : { transaction }) };
    });
}

const feedOf = (connector16: number, env: Env, options: ChargingOptions): Feed =>
  options.feedOf?.(connector16, env) ?? DEFAULT_FEED;
