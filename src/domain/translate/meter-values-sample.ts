/**
 * One `SampledValue`: a text with optional names in 1.6, a number in 2.x. Contexts, phases and locations are the same words in both,
 * and absent means the same.
 *
 * @see OCPP 1.6 edition 2 §7.43 SampledValue, errata; OCPP 2.0.1 Part 2 SampledValueType
 */
import type { Payload } from "../ocpp/frame.ts";
import { parseDecimal } from "../telemetry/parse-decimal.ts";
import { type Draft, lost, repaired, textOf } from "./tx-state.ts";

export const REGISTER = "Energy.Active.Import.Register";

/**
 * The unit to name where the station names none: 1.6's formal default, Wh, is nonsense but for active energy. null: 2.0.1 has no such
 * measurand. "": Wh, or no unit at all.
 */
export const MEASURANDS: Readonly<Record<string, string | null>> = {
  "Current.Export": "A",
  "Current.Import": "A",
  "Current.Offered": "A",
  "Energy.Active.Export.Interval": "",
  "Energy.Active.Export.Register": "",
  "Energy.Active.Import.Interval": "",
  "Energy.Active.Import.Register": "",
  "Energy.Reactive.Export.Interval": "varh",
  "Energy.Reactive.Export.Register": "varh",
  "Energy.Reactive.Import.Interval": "varh",
  "Energy.Reactive.Import.Register": "varh",
  Frequency: "Hz",
  "Power.Active.Export": "W",
  "Power.Active.Import": "W",
  "Power.Factor": "",
  "Power.Offered": "W",
  "Power.Reactive.Export": "var",
  "Power.Reactive.Import": "var",
  RPM: null,
  SoC: "Percent",
  Temperature: null,
  Voltage: "V",
};

/** Units that 2.x spells otherwise; `Hertz` is not of 1.6, but sent. All others are the same, kilo included. */
const UNIT_WORDS: Readonly<Record<string, string>> = { Celcius: "Celsius", Hertz: "Hz" };
const LONGEST_UNIT = 20;

const CONTEXTS: ReadonlySet<string> = new Set([
  "Interruption.Begin",
  "Interruption.End",
  "Other",
  "Sample.Clock",
  "Sample.Periodic",
  "Transaction.Begin",
  "Transaction.End",
  "Trigger",
]);
const PHASES: ReadonlySet<string> = new Set(["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]);
const LOCATIONS: ReadonlySet<string> = new Set(["Body", "Cable", "EV", "Inlet", "Outlet"]);

export interface Sample {
  readonly value: number;
  readonly measurand: string;
  readonly context: string | undefined;
  /** Of the whole outlet, so that it may be the transaction's register. */
  readonly isTotal: boolean;
  readonly payload: Payload;
}

/** What the fields but the value say, and `value` if there is one; undefined: 2.0.1 cannot say it. */
export function namesOf(draft: Draft, raw: Payload, value?: number): Omit<Sample, "value"> | undefined {
  const measurand = textOf(raw["measurand"]) ?? REGISTER;
  const unit = MEASURANDS[measurand];
  if (unit === undefined || unit === null) {
    lost(draft, `SampledValue.measurand=${unit === null ? measurand : "other"}`);
    return undefined;
  }
  const phase = textOf(raw["phase"]);
  if (phase !== undefined && !PHASES.has(phase)) {
    // Without its phase it would look like the sum of all.
    lost(draft, "SampledValue.phase=other");
    return undefined;
  }
  const context = contextOf(draft, raw);
  const location = locationOf(draft, raw);
  const named = unitOf(draft, textOf(raw["unit"]), unit);
  // Every sample of every station comes by here, so fields are set one by one.
  const payload: { [field: string]: unknown } = {};
  if (value !== undefined) payload["value"] = value;
  if (context !== undefined) payload["context"] = context;
  if (raw["measurand"] !== undefined) payload["measurand"] = measurand;
  if (phase !== undefined) payload["phase"] = phase;
  if (location !== undefined) payload["location"] = location;
  if (named !== undefined) payload["unitOfMeasure"] = { unit: named };
  const isTotal = measurand === REGISTER && phase === undefined && (textOf(raw["location"]) ?? "Outlet") === "Outlet";
  return { measurand, context, isTotal, payload };
}

function locationOf(draft: Draft, raw: Payload): string | undefined {
  const location = textOf(raw["location"]);
  if (location === undefined || LOCATIONS.has(location)) return location;
  lost(draft, "SampledValue.location=other");
  return undefined;
}

function contextOf(draft: Draft, raw: Payload): string | undefined {
  const context = textOf(raw["context"]);
  if (context === undefined || CONTEXTS.has(context)) return context;
  lost(draft, "SampledValue.context=other");
  return "Other";
}

function unitOf(draft: Draft, said: string | undefined, usual: string): string | undefined {
  if (said === undefined || said === "") return usual === "" ? undefined : usual;
  const word = UNIT_WORDS[said];
  if (word !== undefined) repaired(draft, `unit ${said}`);
  if (word !== undefined || said.length <= LONGEST_UNIT) return word ?? said;
  lost(draft, "SampledValue.unit=other");
  return usual === "" ? undefined : usual;
}

/** The number a station wrote, with a decimal comma or blanks around it if need be; NaN: none. */
export function numberOf(draft: Draft, raw: unknown): number {
  if (typeof raw === "number") return Number.isFinite(raw) ? raw : Number.NaN;
  const value = parseDecimal(raw);
  if (!Number.isNaN(value) || typeof raw !== "string") return value;
  const trimmed = raw.trim();
  const withPoint = parseDecimal(trimmed.replace(",", "."));
  if (Number.isNaN(withPoint)) return withPoint;
  if (trimmed.includes(",")) repaired(draft, "decimal comma");
  else repaired(draft, "blanks around a number");
  return withPoint;
}

/** A sample with a number; undefined where 2.x cannot say it, or it says nothing. */
export function toSample(draft: Draft, raw: Payload): Sample | undefined {
  const value = numberOf(draft, raw["value"]);
  const names = namesOf(draft, raw, value);
  if (names === undefined) return undefined;
  if (Number.isNaN(value)) {
    lost(draft, "SampledValue.value");
    return undefined;
  }
  const { measurand, context, isTotal, payload } = names;
  return { value, measurand, context, isTotal, payload };
}

/** Wh of a register; thousandths of a Wh are noise of the conversion. */
export function wattHours({ value, payload }: Pick<Sample, "value" | "payload">): number {
  const unit = (payload["unitOfMeasure"] as { readonly unit?: string } | undefined)?.unit;
  return unit === "kWh" ? Math.round(value * 1e6) / 1e3 : value;
}
