/**
 * Why a transaction has ended. What the gateway knows better than the station (`stopHint`, of a command it passed on less than a
 * minute ago) counts where the station only says Remote, Other or nothing.
 *
 * Reasons of 2.x that no station of 1.6 can mean: EnergyLimitReached, LocalOutOfCredit, PowerQuality, SOCLimitReached, StoppedByEV,
 * TimeLimitReached, Timeout.
 *
 * @see OCPP 1.6 edition 2 §7.36 Reason; OCPP 2.0.1 Part 2 ReasonEnumType, TriggerReasonEnumType
 */

export interface StopWords {
  readonly stoppedReason: string;
  readonly triggerReason: string;
}

const words = (stoppedReason: string, triggerReason: string): StopWords => ({ stoppedReason, triggerReason });

/** By 1.6 `reason`. HardReset and SoftReset are one in 2.x, and it has no word for a stop by unlocking. */
export const STOP_WORDS: Readonly<Record<string, StopWords>> = {
  DeAuthorized: words("DeAuthorized", "Deauthorized"),
  EmergencyStop: words("EmergencyStop", "AbnormalCondition"),
  EVDisconnected: words("EVDisconnected", "EVCommunicationLost"),
  HardReset: words("ImmediateReset", "ResetCommand"),
  Local: words("Local", "StopAuthorized"),
  Other: words("Other", "ChargingStateChanged"),
  PowerLoss: words("PowerLoss", "AbnormalCondition"),
  Reboot: words("Reboot", "AbnormalCondition"),
  Remote: words("Remote", "RemoteStop"),
  SoftReset: words("ImmediateReset", "ResetCommand"),
  UnlockCommand: words("Other", "UnlockCommand"),
};

/** By `stopHint.reason`. */
export const HINT_WORDS: Readonly<Record<string, StopWords>> = {
  RemoteStop: words("Remote", "RemoteStop"),
  Unlock: words("Other", "UnlockCommand"),
  Reset: words("ImmediateReset", "ResetCommand"),
  Deauthorized: words("DeAuthorized", "Deauthorized"),
  FirmwareUpdate: words("Reboot", "ResetCommand"),
};

/** Faults that 2.x has a reason of its own for. */
const FAULT_REASONS: Readonly<Record<string, string>> = {
  GroundFailure: "GroundFault",
  OverCurrentFailure: "OvercurrentFault",
};

/** Reasons that say less than a hint does. */
const VAGUE: ReadonlySet<string | undefined> = new Set([undefined, "Remote", "Other"]);
/** Reasons with which the token that stopped may be told (IdToken of an Ended is the one it was stopped with). */
const TOKEN_REASONS: ReadonlySet<string | undefined> = new Set([undefined, "Local", "DeAuthorized", "Other"]);

export interface StopFacts {
  /** Of 1.6; undefined: Local. */
  readonly reason: string | undefined;
  /** A hint that is fresh. */
  readonly hint: string | undefined;
  readonly isFaulted: boolean;
  readonly errorCode: string;
  /** The token that stopped it is of a master group. */
  readonly isMaster: boolean;
}

export function stopWords({ reason, hint, isFaulted, errorCode, isMaster }: StopFacts): StopWords {
  const hinted = VAGUE.has(reason) && hint !== undefined ? HINT_WORDS[hint] : undefined;
  if (hinted !== undefined) return hinted;
  if (reason === "Other" && (isFaulted || errorCode !== "NoError")) {
    return words(FAULT_REASONS[errorCode] ?? "Other", "AbnormalCondition");
  }
  if (isMaster && (reason ?? "Local") === "Local") return words("MasterPass", "StopAuthorized");
  return STOP_WORDS[reason ?? "Local"] ?? words("Other", "ChargingStateChanged");
}

/** Reasons that 2.x tells apart no more. */
export const SHARED_REASONS: ReadonlySet<string> = new Set(["HardReset", "SoftReset"]);

export const tellsToken = (reason: string | undefined): boolean => TOKEN_REASONS.has(reason);

/** What a station boots for after such a stop: the power was gone, or it hung. */
export const BOOT_AFTER: Readonly<Record<string, string>> = { PowerLoss: "PowerUp", Reboot: "Watchdog" };
