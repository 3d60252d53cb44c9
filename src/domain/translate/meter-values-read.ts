/** The `meterValue` of a 1.6 message, read once: what of it 2.x can say, and what the rules have to know of each instant. */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { type Sample, toSample, wattHours } from "./meter-values-sample.ts";
import { addSigned } from "./meter-values-signed.ts";
import { type Draft, objectOf, repaired } from "./tx-state.ts";
import { type StationTime, stationTime } from "./tx-time.ts";

/** All samples of one instant. */
export interface Reading {
  readonly time: StationTime;
  readonly samples: readonly Sample[];
  /** Wh of the register, the latest where it stands more than once. */
  readonly register: number | undefined;
  /** `triggerReason` of an event that carries nothing else. */
  readonly triggerReason: "MeterValueClock" | "MeterValuePeriodic" | "SignedDataReceived" | "Trigger";
  /** Every sample may have been triggered. */
  readonly mayBeTriggered: boolean;
  /** Every sample may be of a transaction. */
  readonly mayBeOfTransaction: boolean;
}

export interface Readings {
  readonly readings: readonly Reading[];
  /** Signatures that were too long for the CSMS. */
  readonly signaturesLost: number;
}

/** `lastRegister`: what a signature without a number is given. Neighbours with the same timestamp are one reading. */
export function readMeterValues(
  draft: Draft,
  meterValue: unknown,
  receivedAt: EpochMs,
  lastRegister: number | undefined,
): Readings {
  const readings: Reading[] = [];
  let signaturesLost = 0;
  for (const [timestamp, raw] of byTimestamp(meterValue)) {
    if (raw.length === 0) repaired(draft, "empty sampledValue");
    const samples: Sample[] = [];
    const signed: Payload[] = [];
    for (const one of raw) {
      if (one["format"] === "SignedData") signed.push(one);
      else addIfThere(samples, toSample(draft, one));
    }
    const isOnlySigned = samples.length === 0;
    if (signed.length > 0) signaturesLost += addSigned(draft, signed, samples, lastRegister);
    if (samples.length === 0) continue;
    readings.push(readingOf(stationTime(draft, timestamp, receivedAt), samples, isOnlySigned));
  }
  return { readings, signaturesLost };
}

function addIfThere(samples: Sample[], sample: Sample | undefined): void {
  if (sample !== undefined) samples.push(sample);
}

/** The objects of a list; what is none of them is not there. */
export const payloadsOf = (list: unknown): readonly Payload[] => {
  if (!Array.isArray(list)) return [];
  const isAllObjects = list.every((one) => objectOf(one) !== undefined);
  return isAllObjects ? list : list.filter((one) => objectOf(one) !== undefined);
};

function byTimestamp(meterValue: unknown): (readonly [unknown, readonly Payload[]])[] {
  const groups: (readonly [unknown, readonly Payload[]])[] = [];
  for (const { timestamp, sampledValue } of payloadsOf(meterValue)) {
    const raw = payloadsOf(sampledValue);
    const last = groups.at(-1);
    if (last !== undefined && last[0] === timestamp) groups[groups.length - 1] = [timestamp, [...last[1], ...raw]];
    else groups.push([timestamp, raw]);
  }
  return groups;
}

function readingOf(time: StationTime, samples: readonly Sample[], isOnlySigned: boolean): Reading {
  const has = (context: string) => samples.some((sample) => sample.context === context);
  const register = samples.findLast(({ isTotal }) => isTotal);
  return {
    time,
    samples,
    register: register === undefined ? undefined : wattHours(register),
    triggerReason: has("Sample.Clock")
      ? "MeterValueClock"
      : has("Trigger")
        ? "Trigger"
        : isOnlySigned
          ? "SignedDataReceived"
          : "MeterValuePeriodic",
    mayBeTriggered: samples.every(({ context }) => context === undefined || context === "Trigger"),
    mayBeOfTransaction: !has("Other"),
  };
}

/** `MeterValueType` of 2.x. */
export const meterValueOf = ({ time, samples }: Reading): Payload => ({
  timestamp: time.text,
  sampledValue: samples.map(({ payload }) => payload),
});
