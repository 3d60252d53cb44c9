/** What the projection is told about a station besides its profiles; JSON but for the instants' brands. */
import type { EpochMs } from "../ids.ts";
import type { IdRange, ImageIds } from "./image-ids.ts";
import type { ChargingStore, RateUnit } from "./profile.ts";
import type { SubMinimum, Supply } from "./units.ts";

/** What a 1.6 station can hold, from its configuration keys and from what it refused. */
export interface ProjectionCaps {
  /** ChargingScheduleAllowedChargingRateUnit. */
  readonly units: readonly RateUnit[];
  /** ChargeProfileMaxStackLevel. */
  readonly maxStack: number;
  /** ChargingScheduleMaxPeriods. */
  readonly maxPeriods: number;
  /** MaxChargingProfilesInstalled. */
  readonly maxInstalled: number;
  /** It takes ChargePointMaxProfile. */
  readonly hasStationMax: boolean;
  /** An id counts for its connector alone, and connector 0 and n are merged level by level. Unknown is no. */
  readonly isAllA: boolean;
  /** (stackLevel, purpose) is unique for each connector, not for the whole station. Unknown is no. */
  readonly hasKeyPerConnector: boolean;
  readonly canSwitchPhases: boolean;
  readonly quirks: ProjectionQuirks;
}

export interface ProjectionQuirks {
  /** Added to every level, for stations that cannot clear level 0. */
  readonly stackLevelOffset: number;
  readonly subMinimum: SubMinimum;
  /** Without ChargePointMaxProfile each of n connectors gets an n-th of the station's limit; else such a limit is refused. */
  readonly divideEqually: boolean;
  /** For stations that start a Relative TxDefaultProfile when they receive it: give it anchored, to the transaction that runs. */
  readonly anchorRelativeDefaults: boolean;
  /** Profiles with too many periods end in the lowest of their last ones; else they are refused. */
  readonly clampsProfiles: boolean;
  /** For stations that take profiles only while a transaction runs: everything goes into the schedule of that transaction. */
  readonly onlyInTransaction: boolean;
  /** A refused profile may have taken the place of the one before: what is installed is said again. */
  readonly rejectMayErase: boolean;
}

export const NO_QUIRKS: ProjectionQuirks = {
  stackLevelOffset: 0,
  subMinimum: "zero",
  divideEqually: false,
  anchorRelativeDefaults: false,
  clampsProfiles: false,
  onlyInTransaction: false,
  rejectMayErase: false,
};

/** What a place is fed with. */
export interface Feed {
  readonly supply: Supply;
  /** The hardware's own limit, per phase: what "no limit" means in a schedule that may have no gaps. */
  readonly physicalMaxA: number;
}

export interface Place extends Feed {
  readonly connector16: number;
  readonly evseId: number;
}

/** An open transaction. */
export interface ProjectionTx {
  readonly id: string;
  readonly tx16: number;
  readonly connector16: number;
  readonly evseId: number;
  /** When the power path closed, else when it started; undefined: it is to begin, at any instant. */
  readonly anchorAt: EpochMs | undefined;
}

export interface ProjectionInput {
  readonly store: ChargingStore;
  readonly caps: ProjectionCaps;
  /** By connector, ascending. */
  readonly places: readonly Place[];
  readonly station: Feed;
  readonly transactions: readonly ProjectionTx[];
  readonly ids: ImageIds;
  readonly range: IdRange;
  readonly now: EpochMs;
  /** A default below everything the CSMS sets, in A; undefined: none. */
  readonly safeLimitA?: number | undefined;
}
