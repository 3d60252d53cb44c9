/**
 * A 1.6 station as it holds charging profiles, after each of the readings the text of 1.6 allows. Written against the text, not
 * against the projection: it knows nothing of 2.0.1.
 *
 * | reading     | A                                             | B                                                           |
 * | ----------- | --------------------------------------------- | ----------------------------------------------------------- |
 * | keyScope    | (purpose, stackLevel) once on each connector  | once in the whole station                                   |
 * | txFallback  | a TxProfile that is over lets defaults through | any TxProfile hides them until the transaction ends        |
 * | zeroDefault | connector 0's count, level by level           | any default of the connector hides all of connector 0       |
 * | notStarted  | what has not begun lets lower levels through  | what is valid hides them, although it has no period yet     |
 * | relative    | counts from the start of the transaction      | counts from when the profile was received                   |
 *
 * @see OCPP 1.6 §3.13.2, §3.13.3, §5.16
 */

import fc from "fast-check";
import type { Period16, Profile16 } from "../../src/domain/charging/image.ts";
import type { PlanStep } from "../../src/domain/charging/plan.ts";
import type { EpochMs } from "../../src/domain/ids.ts";

type Reading = "A" | "B";

export interface Readings {
  readonly keyScope: Reading;
  readonly txFallback: Reading;
  readonly zeroDefault: Reading;
  readonly notStarted: Reading;
  readonly relative: Reading;
}

export const ALL_A: Readings = { keyScope: "A", txFallback: "A", zeroDefault: "A", notStarted: "A", relative: "A" };

/** Every combination; R5 last, so that the first sixteen have its reading A. */
export const READINGS: readonly Readings[] = Array.from({ length: 32 }, (_, bits) => ({
  keyScope: bits & 1 ? "B" : "A",
  txFallback: bits & 2 ? "B" : "A",
  zeroDefault: bits & 4 ? "B" : "A",
  notStarted: bits & 8 ? "B" : "A",
  relative: bits & 16 ? "B" : "A",
}));

/** Some of those in which Relative counts from the transaction: always the one as it is meant and the worst, and two others. */
export const someReadingsArb: fc.Arbitrary<readonly Readings[]> = fc
  .shuffledSubarray(READINGS.slice(1, 15), { minLength: 2, maxLength: 2 })
  .map((two) => [ALL_A, ...two, ...READINGS.slice(15, 16)]);

export interface StationCaps16 {
  readonly maxStack: number;
  readonly maxPeriods: number;
  readonly maxInstalled: number;
  readonly units: readonly string[];
  readonly hasStationMax: boolean;
}

export const BIG_CAPS16: StationCaps16 = {
  maxStack: 1000,
  maxPeriods: 10_000,
  maxInstalled: 1000,
  units: ["A", "W"],
  hasStationMax: true,
};

interface Held {
  readonly connectorId: number;
  readonly profile: Profile16;
  readonly receivedAt: number;
  /** Instants of the profile, read once. */
  readonly start: number | undefined;
  readonly from: number;
  readonly to: number;
}

/** A transaction of the station; its id is absent while it is only asked what one would get. */
export interface Tx16 {
  readonly tx16?: number;
  readonly startedAt: EpochMs;
}

export interface Limit16 {
  readonly limit: number;
  readonly unit: "A" | "W";
  readonly numberPhases?: number | undefined;
}

const CYCLE_MS = { Daily: 86_400_000, Weekly: 604_800_000 } as const;

export class ChargingStation16 {
  readonly readings: Readings;
  readonly caps: StationCaps16;
  #held: Held[] = [];

  constructor(readings: Readings, caps: StationCaps16 = BIG_CAPS16) {
    this.readings = readings;
    this.caps = caps;
  }

  get profiles(): readonly { readonly connectorId: number; readonly profile: Profile16 }[] {
    return this.#held;
  }

  /** A station that holds the same. */
  copy(): ChargingStation16 {
    const copy = new ChargingStation16(this.readings, this.caps);
    copy.#held = [...this.#held];
    return copy;
  }

  set(connectorId: number, profile: Profile16, at: EpochMs): "Accepted" | "Rejected" | "NotSupported" {
    const refusal = this.#refusal(connectorId, profile);
    if (refusal !== undefined) return refusal;
    const { chargingSchedule, validFrom, validTo } = profile;
    const kept = this.#held.filter((old) => !this.#isReplaced(old, connectorId, profile));
    if (kept.length >= this.caps.maxInstalled) return "Rejected";
    const start = chargingSchedule.startSchedule;
    this.#held = [
      ...kept,
      {
        connectorId,
        profile,
        receivedAt: at,
        start: start === undefined ? undefined : Date.parse(start),
        from: validFrom === undefined ? Number.NEGATIVE_INFINITY : Date.parse(validFrom),
        to: validTo === undefined ? Number.POSITIVE_INFINITY : Date.parse(validTo),
      },
    ];
    return "Accepted";
  }

  clear(id?: number): "Accepted" | "Unknown" {
    const kept = id === undefined ? [] : this.#held.filter(({ profile }) => profile.chargingProfileId !== id);
    if (kept.length === this.#held.length) return "Unknown";
    this.#held = kept;
    return "Accepted";
  }

  endOfTransaction(tx16: number): void {
    this.#held = this.#held.filter(({ profile }) => profile.transactionId !== tx16);
  }

  /** One step of a plan, as the gateway's message would do it. */
  take(step: PlanStep, at: EpochMs): string {
    if (step.do === "clearAll") return this.clear();
    return step.do === "clear" ? this.clear(step.id16) : this.set(step.entry.connectorId, step.entry.profile, at);
  }

  /** What a transaction on the connector may take; undefined: nothing limits it. Limits of several purposes, not yet joined. */
  limitsAt(connectorId: number, at: EpochMs, tx: Tx16): readonly Limit16[] {
    const max = this.#lead(this.#of("ChargePointMaxProfile", 0), at, tx);
    const ofTx = this.#of("TxProfile", connectorId).filter(
      ({ profile }) => profile.transactionId === undefined || profile.transactionId === tx.tx16,
    );
    const own = tx.tx16 === undefined ? [] : ofTx;
    const lead = this.#lead(own, at, tx);
    const isHidden = this.readings.txFallback === "B" && own.length > 0;
    const below = lead ?? (isHidden ? undefined : this.#lead(this.#defaults(connectorId), at, tx));
    return [max, below].filter((limit) => limit !== undefined);
  }

  stationLimitsAt(at: EpochMs): readonly Limit16[] {
    const lead = this.#lead(this.#of("ChargePointMaxProfile", 0), at, { startedAt: at });
    return lead === undefined ? [] : [lead];
  }

  #of(purpose: string, connectorId: number): Held[] {
    return this.#held.filter(
      (held) => held.connectorId === connectorId && held.profile.chargingProfilePurpose === purpose,
    );
  }

  #defaults(connectorId: number): Held[] {
    const own = this.#of("TxDefaultProfile", connectorId);
    const shared = this.#of("TxDefaultProfile", 0);
    if (this.readings.zeroDefault === "B") return own.length > 0 ? own : shared;
    const levels = new Set(own.map(({ profile }) => profile.stackLevel));
    return [...own, ...shared.filter(({ profile }) => !levels.has(profile.stackLevel))];
  }

  #lead(candidates: readonly Held[], at: EpochMs, tx: Tx16): Limit16 | undefined {
    const sorted = [...candidates].sort((a, b) => b.profile.stackLevel - a.profile.stackLevel);
    for (const held of sorted) {
      if (at < held.from || at >= held.to) continue;
      const period = this.#periodAt(held, at, tx);
      if (period !== undefined) {
        return {
          limit: period.limit,
          unit: held.profile.chargingSchedule.chargingRateUnit,
          numberPhases: period.numberPhases,
        };
      }
      if (this.readings.notStarted === "B" && held.start !== undefined && at < held.start) return undefined;
    }
    return undefined;
  }

  #periodAt(held: Held, at: EpochMs, tx: Tx16): Period16 | undefined {
    const { chargingSchedule, recurrencyKind } = held.profile;
    const relative = this.readings.relative === "A" ? tx.startedAt : held.receivedAt;
    const start = held.start ?? relative;
    if (at < start) return undefined;
    const sinceMs = at - start;
    const offsetMs = recurrencyKind === undefined ? sinceMs : sinceMs % CYCLE_MS[recurrencyKind];
    if (chargingSchedule.duration !== undefined && offsetMs >= chargingSchedule.duration * 1000) return undefined;
    return chargingSchedule.chargingSchedulePeriod.findLast(({ startPeriod }) => startPeriod * 1000 <= offsetMs);
  }

  #isReplaced(old: Held, connectorId: number, profile: Profile16): boolean {
    if (old.profile.chargingProfileId === profile.chargingProfileId) return true;
    return (
      old.profile.chargingProfilePurpose === profile.chargingProfilePurpose &&
      old.profile.stackLevel === profile.stackLevel &&
      (this.readings.keyScope === "B" || old.connectorId === connectorId)
    );
  }

  #refusal(connectorId: number, profile: Profile16): "Rejected" | "NotSupported" | undefined {
    const { maxStack, maxPeriods, units, hasStationMax } = this.caps;
    const { chargingProfilePurpose: purpose, chargingSchedule, stackLevel, transactionId } = profile;
    if (purpose === "ChargePointMaxProfile" && !hasStationMax) return "NotSupported";
    const isMisplaced =
      (purpose === "ChargePointMaxProfile" && connectorId !== 0) ||
      (purpose === "TxProfile" && (connectorId === 0 || transactionId === undefined));
    const isTooMuch =
      stackLevel > maxStack ||
      chargingSchedule.chargingSchedulePeriod.length > maxPeriods ||
      !units.includes(chargingSchedule.chargingRateUnit);
    return isMisplaced || isTooMuch ? "Rejected" : undefined;
  }
}
