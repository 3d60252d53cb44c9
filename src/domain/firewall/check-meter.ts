/**
 * R22: readings that physics does not allow: an energy register that runs backwards, more power than the hardware has, a battery
 * that fills by a fifth in a minute.
 *
 * @see OCPP 1.6 §7.31, §7.43; OCPP 2.0.1 SampledValueType; a missing measurand is Energy.Active.Import.Register in both
 */
import { list, number, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { parseDecimal } from "../telemetry/parse-decimal.ts";
import type { CheckSpec, Circumstances } from "./facts.ts";
import type { RememberedMeter } from "./memory.ts";

const POWER_FACTOR = 1.2;
const SOC_PER_MIN = 20;
const MINUTE_MS = 60_000;

interface Place {
  readonly meter: RememberedMeter;
  readonly now: number;
  readonly ratedPowerW: number | undefined;
}

function meterFault(payload: Payload, { memory, policy, seen }: Circumstances): string | undefined {
  const { meterValue, connectorId, evseId, evse } = payload;
  const place = number(connectorId) ?? number(evseId) ?? number(object(evse)?.["id"]) ?? 0;
  const circumstances: Place = {
    meter: memory.meterOf(place),
    now: seen.receivedAt,
    ratedPowerW: policy.ratedPowerW,
  };
  for (const reading of list(meterValue)) {
    for (const sample of list(object(reading)?.["sampledValue"])) {
      const sampled = object(sample);
      const fault = sampled && sampleFault(sampled, circumstances);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function sampleFault(sampled: Payload, { meter, now, ratedPowerW }: Place): string | undefined {
  // One phase of three is a register of its own.
  if (sampled["phase"] !== undefined || sampled["format"] === "SignedData") return undefined;
  const { measurand = "Energy.Active.Import.Register", value } = sampled;
  switch (measurand) {
    case "Energy.Active.Import.Register":
      return energyFault(quantityOf(value) * scaleOf(sampled), meter, now, sampled["location"]);
    case "Power.Active.Import": {
      const powerW = quantityOf(value) * scaleOf(sampled);
      return ratedPowerW !== undefined && powerW > ratedPowerW * POWER_FACTOR
        ? "more power than the station has"
        : undefined;
    }
    case "SoC":
      return socFault(quantityOf(value), meter, now);
    default:
      return undefined;
  }
}

const quantityOf = (value: unknown): number => (typeof value === "number" ? value : parseDecimal(value));

function scaleOf({ unit, unitOfMeasure }: Payload): number {
  const measure = object(unitOfMeasure);
  const name = unit ?? measure?.["unit"];
  const kilo = name === "kWh" || name === "kW" ? 1000 : 1;
  return kilo * 10 ** (number(measure?.["multiplier"]) ?? 0);
}

/** @param location the grid's meter of a station is not the outlet's */
function energyFault(valueWh: number, meter: RememberedMeter, now: number, location: unknown): string | undefined {
  if (Number.isNaN(valueWh) || (location !== undefined && location !== "Outlet")) return undefined;
  const before = meter.energyWh;
  meter.energyWh = valueWh;
  meter.energyAtMs = now;
  return before !== undefined && valueWh < before ? "the energy register ran backwards" : undefined;
}

function socFault(percent: number, meter: RememberedMeter, now: number): string | undefined {
  if (Number.isNaN(percent)) return undefined;
  const before = meter.socPercent;
  const minutes = Math.max(1, (now - meter.socAtMs) / MINUTE_MS);
  meter.socPercent = percent;
  meter.socAtMs = now;
  if (percent < 0 || percent > 100) return "a state of charge beyond its scale";
  // A falling one is the next vehicle.
  return before !== undefined && percent - before > SOC_PER_MIN * minutes
    ? "the battery fills faster than batteries do"
    : undefined;
}

export const METER_CHECKS: readonly CheckSpec[] = [
  { rule: "R22", from: "south", actions: ["MeterValues", "TransactionEvent"], check: meterFault },
];
