/**
 * Whether a profile of the CSMS can be taken, as a 2.0.1 station decides it, and where it stands that it cannot.
 *
 * The checks are a table, one rule a row, and the first that finds something answers. What a parser already refuses (purposes and
 * kinds of 2.1, more than one schedule, phaseToUse) is in `parse-profile.ts`; whether the 1.6 station behind takes the profile is
 * its own answer.
 *
 * Stricter than the specification in one place: K01.FR.06 lets two profiles of equal stackLevel and purpose live when their
 * validity does not overlap. 1.6 replaces the first by the second, whatever their validity, so the second is refused here.
 *
 * @see OCPP 2.0.1 Part 2 K01.FR.03–53, K04.FR.03, K05, F01
 */
import { normaliseProfile } from "./normalise.ts";
import type { ChargingProfile, ChargingStore, ProfileFault, RateUnit } from "./profile.ts";
import {
  kindHasItsStart,
  limitsMakeSense,
  periodsAreInOrder,
  type ShapeQuestion,
  timesMakeSense,
  when,
} from "./profile-shape.ts";
import type { Supply } from "./units.ts";

/** What the answer depends on besides the profile and the store. */
export interface ProfileRules {
  /** EVSEs of the station and what they are fed with; 0 is not among them. */
  readonly evses: readonly { readonly evseId: number; readonly supply: Supply }[];
  /** Open ones. */
  readonly transactions: readonly { readonly id: string; readonly evseId: number }[];
  /** ProfileStackLevel: the highest level, not the number of levels. */
  readonly maxStackLevel: number;
  /** PeriodsPerSchedule. */
  readonly maxPeriods: number;
  /** RateUnit, as published (`publishedUnits`). */
  readonly units: readonly RateUnit[];
  /** Entries.maxLimit, counted on what the station behind has to hold. */
  readonly maxEntries: number;
  /** How many profiles the station has to hold for these; by default one for each, and for a TxDefaultProfile of EVSE 0 one an EVSE. */
  readonly entriesOf?: (profiles: readonly ChargingProfile[]) => number;
  /** The station can switch from three phases to one by itself. */
  readonly canSwitchPhases: boolean;
  /** Where it cannot, a limit for fewer phases is refused, or lowered until it is safe on all of them. */
  readonly fewerPhases: "reject" | "conservative";
}

/** Where the profile is in the request. */
export interface ProfilePointers {
  readonly evseId: string;
  readonly profile: string;
}

export const SET_POINTERS: ProfilePointers = { evseId: "/evseId", profile: "/chargingProfile" };

interface Question {
  readonly profile: ChargingProfile;
  readonly store: ChargingStore;
  readonly rules: ProfileRules;
  readonly at: ProfilePointers;
}

type Check = (question: Question) => ProfileFault | undefined;

/** For SetChargingProfile. The order is the order of the answers. */
export const SET_CHECKS: Readonly<Record<string, Check>> = {
  "K01.FR.28": evseIsKnown,
  "K01.FR.22": ({ profile, at }) =>
    when(
      profile.purpose === "ChargingStationExternalConstraints",
      "InvalidProfile",
      `${at.profile}/chargingProfilePurpose`,
      "set by the station alone",
    ),
  "K04.FR.03": stationMaxIsStationWide,
  "K01.FR.16": ({ profile, at }) =>
    when(
      profile.purpose === "TxProfile" && profile.evseId === 0,
      "InvalidProfile",
      at.evseId,
      "a TxProfile is for one EVSE",
    ),
  "K01.FR.03": ({ profile, at }) =>
    when(
      profile.purpose === "TxProfile" && profile.transactionId === undefined,
      "MissingParam",
      `${at.profile}/transactionId`,
      "a TxProfile names its transaction",
    ),
  "K01.FR.09": transactionIsOpen,
  "K01.FR.31": (question) => periodsAreInOrder(shapeOf(question)),
  "K01.FR.40": (question) => kindHasItsStart(shapeOf(question)),
  times: (question) => timesMakeSense(shapeOf(question)),
  limits: (question) => limitsMakeSense(shapeOf(question)),
  stackLevel: ({ profile, rules, at }) =>
    when(
      profile.stackLevel < 0 || profile.stackLevel > rules.maxStackLevel,
      "InvalidStackLevel",
      `${at.profile}/stackLevel`,
      `0 to ${rules.maxStackLevel}`,
    ),
  "K01.FR.26": ({ profile, rules, at }) =>
    when(
      !rules.units.includes(profile.schedule.unit),
      "UnsupportedRateUnit",
      `${at.profile}/chargingSchedule/0/chargingRateUnit`,
      `${rules.units.join(", ")} can be used`,
    ),
  periods: ({ profile, rules, at }) =>
    when(
      normaliseProfile(profile).schedule.periods.length > rules.maxPeriods,
      "TooManyElements",
      `${at.profile}/chargingSchedule/0/chargingSchedulePeriod`,
      `at most ${rules.maxPeriods}`,
    ),
  entries: entriesFit,
  "K01.FR.05": ({ profile, store, at }) =>
    when(
      store.profiles.some(({ id, source }) => id === profile.id && source !== "CSO"),
      "InvalidProfile",
      `${at.profile}/id`,
      "this id is a limit of the station's own",
    ),
  "K01.FR.06": isAlone,
  "K01.FR.43": phasesCanBeUsed,
};

/** Checks that make no sense for a profile whose transaction does not exist yet. */
const NOT_FOR_A_START: readonly string[] = ["K01.FR.03", "K01.FR.09", "K01.FR.16", "K01.FR.05", "K01.FR.06"];

/** The first fault of a profile that SetChargingProfile brings; undefined when it can be taken. */
export function faultOfProfile(
  profile: ChargingProfile,
  store: ChargingStore,
  rules: ProfileRules,
  at: ProfilePointers = SET_POINTERS,
): ProfileFault | undefined {
  return first(Object.values(SET_CHECKS), { profile, store, rules, at });
}

/**
 * The first fault of a profile that RequestStartTransaction brings: a TxProfile without a transaction, which there is not yet
 * (F01.FR.26).
 */
export function faultOfStartProfile(
  profile: ChargingProfile,
  store: ChargingStore,
  rules: ProfileRules,
  at: ProfilePointers = SET_POINTERS,
): ProfileFault | undefined {
  const checks: Check[] = [
    () =>
      when(
        profile.purpose !== "TxProfile",
        "InvalidProfile",
        `${at.profile}/chargingProfilePurpose`,
        "a start takes a TxProfile alone",
      ),
    () =>
      when(
        profile.transactionId !== undefined,
        "InvalidProfile",
        `${at.profile}/transactionId`,
        "there is no transaction yet",
      ),
    ...Object.entries(SET_CHECKS)
      .filter(([rule]) => !NOT_FOR_A_START.includes(rule))
      .map(([, check]) => check),
  ];
  return first(checks, { profile, store, rules, at });
}

function first(checks: readonly Check[], question: Question): ProfileFault | undefined {
  for (const check of checks) {
    const fault = check(question);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const schedulePointer = ({ at }: Question): string => `${at.profile}/chargingSchedule/0`;

const shapeOf = (question: Question): ShapeQuestion => ({
  profile: question.profile,
  pointer: question.at.profile,
  schedulePointer: schedulePointer(question),
});

function evseIsKnown({ profile, rules, at }: Question): ProfileFault | undefined {
  const isKnown = profile.evseId === 0 || rules.evses.some(({ evseId }) => evseId === profile.evseId);
  return when(!isKnown, "UnknownEvse", at.evseId, "no such EVSE");
}

/** A station has one grid connection, and no moment at which it begins to charge (K04.FR.03, K01.FR.38). */
function stationMaxIsStationWide({ profile, at }: Question): ProfileFault | undefined {
  if (profile.purpose !== "ChargingStationMaxProfile") return undefined;
  return (
    when(profile.evseId !== 0, "InvalidProfile", at.evseId, "a ChargingStationMaxProfile is for EVSE 0") ??
    when(
      profile.kind === "Relative",
      "InvalidProfile",
      `${at.profile}/chargingProfileKind`,
      "a ChargingStationMaxProfile is not relative",
    )
  );
}

function transactionIsOpen({ profile, rules, at }: Question): ProfileFault | undefined {
  if (profile.purpose !== "TxProfile") return undefined;
  const isOpen = rules.transactions.some(({ id, evseId }) => id === profile.transactionId && evseId === profile.evseId);
  return when(!isOpen, "TxNotFound", `${at.profile}/transactionId`, "no such transaction at this EVSE");
}

function entriesFit({ profile, store, rules, at }: Question): ProfileFault | undefined {
  const entriesOf = rules.entriesOf ?? ((profiles) => entries(profiles, rules.evses.length));
  const others = store.profiles.filter(({ id }) => id !== profile.id);
  const isFull = entriesOf([...others, profile]) > rules.maxEntries;
  return when(isFull, "TooManyElements", at.profile, `at most ${rules.maxEntries} profiles`);
}

/** Profiles a 1.6 station holds for these: its connectors have no default in common. Limits of our own are folded into others. */
function entries(profiles: readonly ChargingProfile[], evseCount: number): number {
  const costs = profiles
    .filter(({ source }) => source === "CSO")
    .map(({ purpose, evseId }) => (purpose === "TxDefaultProfile" && evseId === 0 ? evseCount : 1));
  return costs.reduce((sum, cost) => sum + cost, 0);
}

/** No other profile has its place: K01.FR.06, FR.39; a default of EVSE 0 and one of an EVSE meet as well (FR.52, FR.53). */
function isAlone({ profile, store, at }: Question): ProfileFault | undefined {
  const rival = store.profiles.some(
    (other) =>
      other.id !== profile.id &&
      other.purpose === profile.purpose &&
      other.stackLevel === profile.stackLevel &&
      (profile.purpose === "TxProfile"
        ? other.transactionId === profile.transactionId
        : other.evseId === profile.evseId || other.evseId === 0 || profile.evseId === 0),
  );
  return when(rival, "DuplicateProfile", `${at.profile}/stackLevel`, "another profile has this level");
}

/** Fewer phases than are wired can be used only where the station can switch (K01.FR.43); direct current has none (FR.44). */
function phasesCanBeUsed(question: Question): ProfileFault | undefined {
  const { profile, rules } = question;
  if (rules.canSwitchPhases || rules.fewerPhases === "conservative") return undefined;
  const wired = rules.evses
    .filter(({ evseId, supply }) => supply.current === "AC" && (profile.evseId === 0 || profile.evseId === evseId))
    .map(({ supply }) => supply.phases);
  const most = Math.max(0, ...wired);
  const wrong = profile.schedule.periods.findIndex(
    ({ numberPhases }) => numberPhases !== undefined && numberPhases < most,
  );
  const place = `${schedulePointer(question)}/chargingSchedulePeriod/${wrong}/numberPhases`;
  return when(wrong !== -1, "InvalidSchedule", place, `${most} phases are wired and cannot be switched`);
}
