/** What the charging rules are told by the others: what the station can hold, from its keys and what is known of its model. */
import { NO_QUIRKS, type ProjectionCaps } from "../charging/projection-input.ts";
import { mostIn } from "../charging/site-limit.ts";
import { startProfile } from "./charging-hooks.ts";
import {
  type ChargingOptions,
  DEFAULT_FEED,
  publishedStackLevel,
  rateUnits,
  surroundings,
} from "./charging-options.ts";
import { chargingOf } from "./charging-state.ts";
import type { TranslationState } from "./contract.ts";
import { type ChargingFactsOf, chargingFactsOfKeys } from "./device-charging.ts";
import { deviceOf, keyValue, tolerancesOf } from "./device-state.ts";
import type { RemoteStartProfile } from "./tx-options.ts";

/** @see translation.md §5.4, §5.6 */
export const CHARGING: ChargingOptions = {
  feedOf: (_connector16, { settings: { siteLimit } }) =>
    siteLimit === undefined
      ? DEFAULT_FEED
      : { supply: siteLimit.supply, physicalMaxA: Math.min(DEFAULT_FEED.physicalMaxA, mostIn("A", siteLimit)) },
  caps: (state, env): ProjectionCaps => {
    const facts = chargingFactsOfKeys(state, env);
    const known = tolerancesOf(state);
    const stackLevelOffset = known.stackLevelOffset ?? NO_QUIRKS.stackLevelOffset;
    return {
      units: facts.rateUnits,
      // The facts are what is published, below the levels that the offset takes away.
      maxStack: facts.maxStackLevel + stackLevelOffset,
      maxPeriods: facts.periodsPerSchedule,
      maxInstalled: facts.maxProfiles,
      hasStationMax: known.noChargePointMaxProfile !== true && known.profilesOnlyInTransaction !== true,
      isAllA: known.isAllA === true,
      hasKeyPerConnector: known.hasKeyPerConnector === true,
      canSwitchPhases: keyValue(deviceOf(state), "ConnectorSwitch3to1PhaseSupported")?.toLowerCase() === "true",
      quirks: {
        ...NO_QUIRKS,
        stackLevelOffset,
        divideEqually: known.divideEqually === true,
        anchorRelativeDefaults: known.anchorRelativeDefaults === true,
        clampsProfiles: known.clampsProfiles === true,
        onlyInTransaction: known.profilesOnlyInTransaction === true,
        rejectMayErase: known.rejectMayErase === true,
      },
    };
  },
};

/** What `SmartChargingCtrlr` publishes: what the projection can keep. */
export const publishedCharging: ChargingFactsOf = (state, env) => {
  const { caps, places } = surroundings(state, env, CHARGING);
  return {
    maxStackLevel: publishedStackLevel(caps),
    periodsPerSchedule: caps.maxPeriods,
    maxProfiles: caps.maxInstalled,
    profiles: installedProfiles(state),
    rateUnits: rateUnits(caps, places),
  };
};

const installedProfiles = (state: TranslationState): number => chargingOf(state).store.profiles.length;

export const remoteStartProfile: RemoteStartProfile = (state, profile, place, env, remoteStartId) =>
  startProfile(state, profile, place, env, CHARGING, remoteStartId);
