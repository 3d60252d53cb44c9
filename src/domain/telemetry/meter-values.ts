/**
 * Sampled values, the bulk of what the health lane sees: MeterValues of every version, the `transactionData` of 1.6's
 * StopTransaction, the `meterValue` of 2.x's TransactionEvent.
 *
 * | field        | 1.6                                  | 2.x                                              |
 * | ------------ | ------------------------------------ | ------------------------------------------------ |
 * | `value`      | text, strictly a decimal number      | number                                           |
 * | unit         | `unit`                               | `unitOfMeasure.unit`, × 10^`multiplier`          |
 * | signed data  | `format: SignedData`: value left out | `signedMeterValue` is not read; `value` is plain |
 * | `context`    | not read                             | not read                                         |
 *
 * Transaction ids are compared (to find a transaction's EVSE) and never handed on.
 *
 * @see OCPP 1.6 edition 2 §7.33 MeterValue, §7.43 SampledValue; OCPP 2.0.1 Part 2 MeterValueType, SampledValueType
 */
import type { Carrier, ExtractContext } from "./carrier.ts";
import { MAX_EVSE_ID, MAX_MAGNITUDE, meterChannel } from "./channels.ts";
import { isUnitSelfEvident, locationNo, measurandNo, naturalUnit, phaseNo } from "./measurands.ts";
import { type Place, UNPLACED } from "./memory.ts";
import type { ObservationSink } from "./observation.ts";
import { parseDecimal } from "./parse-decimal.ts";
import { type Instant, observedAt } from "./parse-timestamp.ts";
import { normalise, normalisedUnit, wireUnitNo } from "./units.ts";
import { items, smallInteger, type Wire, wire } from "./wire.ts";

type MeterValue = Wire<"timestamp" | "sampledValue">;
type SampledValue = Wire<"value" | "format" | "measurand" | "phase" | "location" | "unit" | "unitOfMeasure">;

export const meterValues16: Carrier = (payload, context) => {
  const { connectorId, transactionId, meterValue }: Wire<"connectorId" | "transactionId" | "meterValue"> = payload;
  const evseId = smallInteger(connectorId, MAX_EVSE_ID);
  if (evseId < 0) return 1;
  const place = { evseId, connectorId: evseId === 0 ? 0 : 1 };
  if (transactionId !== undefined) context.memory.learnPlace(transactionId, place.evseId, place.connectorId);
  return observeMeterValues(meterValue, place, sample16, context);
};

/** A meter belongs to the EVSE, so the connector is 0: not said. */
export const meterValues2x: Carrier = (payload, context) => {
  const { evseId, meterValue }: Wire<"evseId" | "meterValue"> = payload;
  const evse = smallInteger(evseId, MAX_EVSE_ID);
  return evse < 0 ? 1 : observeMeterValues(meterValue, { evseId: evse, connectorId: 0 }, sample2x, context);
};

/** Hands one sampled value over; returns 1 where it is left out. */
export type Sampler = (sample: SampledValue, place: Place, when: Instant, context: ExtractContext) => number;

/** MeterValue[] as it stands in several messages; the sampler knows the version. */
export function observeMeterValues(list: unknown, place: Place, sampler: Sampler, context: ExtractContext): number {
  let left = 0;
  for (const element of items(list)) {
    const meterValue: MeterValue = wire(element) ?? {};
    const when = observedAt(meterValue.timestamp, context.receivedAt);
    const placed: Instant = place === UNPLACED ? { at: when.at, quality: 1 } : when;
    for (const sample of items(meterValue.sampledValue)) {
      left += sampler(wire(sample) ?? {}, place, placed, context);
    }
  }
  return left;
}

export const sample16: Sampler = (sample, place, when, { sink }) => {
  if (sample.format === "SignedData") return 1;
  return observe(sample, parseDecimal(sample.value), sample.unit, { place, when, sink });
};

export const sample2x: Sampler = (sample, place, when, { sink }) => {
  const { unit, multiplier } = wire<"unit" | "multiplier">(sample.unitOfMeasure) ?? {};
  return observe(sample, scaled(sample.value, multiplier), unit, { place, when, sink });
};

/** Where a value goes. */
interface Target {
  readonly place: Place;
  readonly when: Instant;
  readonly sink: ObservationSink;
}

/** A value whose unit is missing, or is none its measurand has, is kept and marked suspect. */
function observe(sample: SampledValue, value: number, unitName: unknown, { place, when, sink }: Target): number {
  const measurand = measurandNo(sample.measurand);
  const phase = phaseNo(sample.phase);
  const location = locationNo(sample.location);
  const unit = isAbsent(unitName) ? NO_UNIT : wireUnitNo(unitName);
  if (Number.isNaN(value) || (measurand | phase | location | unit) < 0) return 1;
  const natural = naturalUnit(measurand);
  const base = unit === NO_UNIT ? natural : normalisedUnit(unit);
  const isSure = unit === NO_UNIT ? isUnitSelfEvident(measurand) : base === natural;
  const channel = meterChannel(measurand, base, phase, location);
  const normalised = unit === NO_UNIT ? value : normalise(unit, value);
  if (!(Math.abs(normalised) <= MAX_MAGNITUDE)) return 1;
  sink.observe(place.evseId, place.connectorId, channel, when.at, normalised, isSure ? when.quality : 1);
  return 0;
}

const NO_UNIT = 0x7f;

/** Stations send `""` where a value has no unit. */
const isAbsent = (unit: unknown): boolean => unit === undefined || unit === "";

/** Powers of ten a `multiplier` may mean; beyond, no unit of the table makes sense. */
const MAX_MULTIPLIER = 12;

/** `value` × 10^`multiplier`, NaN where either is not what it should be. */
function scaled(value: unknown, multiplier: unknown): number {
  if (typeof value !== "number") return Number.NaN;
  if (multiplier === undefined || multiplier === 0) return value;
  if (typeof multiplier !== "number" || !Number.isInteger(multiplier)) return Number.NaN;
  const exponent = Math.abs(multiplier);
  if (exponent > MAX_MULTIPLIER) return Number.NaN;
  // Dividing by an exact power rounds once; multiplying by 0.001 would round twice.
  return multiplier < 0 ? value / 10 ** exponent : value * 10 ** exponent;
}
