/**
 * Measurands, phases and locations of OCPP 1.6, 2.0.1 and 2.1 as one closed table.
 *
 * A measurand is known whatever version it comes from: what 1.6 has alone (`Temperature`, `RPM`) and what 2.1 added share
 * the list, so stations that mix them are understood.
 *
 * @see OCPP 1.6 edition 2 §7.31 Measurand, §7.36 Phase, §7.30 Location; OCPP 2.1 Part 2 §3.50 MeasurandEnumType
 */
import { type BaseUnit, baseUnitNo } from "./units.ts";

/** Each with the unit it has when the message names none. */
const MEASURANDS: readonly (readonly [name: string, unit: BaseUnit])[] = [
  ["Energy.Active.Import.Register", "Wh"],
  ["Energy.Active.Export.Register", "Wh"],
  ["Energy.Active.Import.Interval", "Wh"],
  ["Energy.Active.Export.Interval", "Wh"],
  ["Energy.Active.Import.CableLoss", "Wh"],
  ["Energy.Active.Import.LocalGeneration.Register", "Wh"],
  ["Energy.Active.Net", "Wh"],
  ["Energy.Active.Setpoint.Interval", "Wh"],
  ["Energy.Reactive.Import.Register", "varh"],
  ["Energy.Reactive.Export.Register", "varh"],
  ["Energy.Reactive.Import.Interval", "varh"],
  ["Energy.Reactive.Export.Interval", "varh"],
  ["Energy.Reactive.Net", "varh"],
  ["Energy.Apparent.Import", "VAh"],
  ["Energy.Apparent.Export", "VAh"],
  ["Energy.Apparent.Net", "VAh"],
  ["EnergyRequest.Target", "Wh"],
  ["EnergyRequest.Minimum", "Wh"],
  ["EnergyRequest.Maximum", "Wh"],
  ["EnergyRequest.Minimum.V2X", "Wh"],
  ["EnergyRequest.Maximum.V2X", "Wh"],
  ["EnergyRequest.Bulk", "Wh"],
  ["Power.Active.Import", "W"],
  ["Power.Active.Export", "W"],
  ["Power.Active.Setpoint", "W"],
  ["Power.Active.Residual", "W"],
  ["Power.Reactive.Import", "var"],
  ["Power.Reactive.Export", "var"],
  ["Power.Offered", "W"],
  ["Power.Import.Offered", "W"],
  ["Power.Import.Minimum", "W"],
  ["Power.Export.Offered", "W"],
  ["Power.Export.Minimum", "W"],
  ["Power.Factor", "1"],
  ["Current.Import", "A"],
  ["Current.Export", "A"],
  ["Current.Offered", "A"],
  ["Current.Import.Offered", "A"],
  ["Current.Import.Minimum", "A"],
  ["Current.Export.Offered", "A"],
  ["Current.Export.Minimum", "A"],
  ["Voltage", "V"],
  ["Voltage.Minimum", "V"],
  ["Voltage.Maximum", "V"],
  ["Frequency", "Hz"],
  ["Temperature", "Celsius"],
  ["SoC", "Percent"],
  ["RPM", "RPM"],
  ["Display.PresentSOC", "Percent"],
  ["Display.MinimumSOC", "Percent"],
  ["Display.TargetSOC", "Percent"],
  ["Display.MaximumSOC", "Percent"],
  ["Display.RemainingTimeToMinimumSOC", "s"],
  ["Display.RemainingTimeToTargetSOC", "s"],
  ["Display.RemainingTimeToMaximumSOC", "s"],
  ["Display.ChargingComplete", "1"],
  ["Display.BatteryEnergyCapacity", "Wh"],
  ["Display.InletHot", "1"],
];

/** The measurand of a sampled value that names none. */
export const DEFAULT_MEASURAND = 0;

/** Units a message may leave out without doubt: the specification's default, and what 1.6 has no name for. */
const SELF_EVIDENT: ReadonlySet<BaseUnit> = new Set(["Wh", "Hz", "Percent", "RPM", "1"]);

export const MEASURAND_NAMES: readonly string[] = MEASURANDS.map(([name]) => name);
const BY_NAME: ReadonlyMap<string, number> = new Map(MEASURANDS.map(([name], i) => [name, i]));
const NATURAL_UNIT = Uint8Array.from(MEASURANDS, ([, unit]) => baseUnitNo(unit));
const UNIT_SELF_EVIDENT = Uint8Array.from(MEASURANDS, ([, unit]) => (SELF_EVIDENT.has(unit) ? 1 : 0));

/** Number of the measurand; the default one where it is absent; −1 where it is none of the table. */
export function measurandNo(name: unknown): number {
  if (name === undefined) return DEFAULT_MEASURAND;
  return typeof name === "string" ? (BY_NAME.get(name) ?? -1) : -1;
}

/** Base unit number a value of this measurand has when the message names none. */
export const naturalUnit = (measurand: number): number => NATURAL_UNIT[measurand] ?? 0;

/** True where leaving the unit out raises no doubt about the scale. */
export const isUnitSelfEvident = (measurand: number): boolean => UNIT_SELF_EVIDENT[measurand] === 1;

/** Phase 0 is "not said": the whole, or a single phase. */
export const PHASE_NAMES = ["", "L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"] as const;
const PHASES: ReadonlyMap<string, number> = new Map(PHASE_NAMES.map((name, i) => [name, i]));

/** Number of the phase, 0 where it is absent, −1 where it is none of the table. */
export function phaseNo(name: unknown): number {
  if (name === undefined) return 0;
  return typeof name === "string" ? (PHASES.get(name) ?? -1) : -1;
}

/** Location 0, `Outlet`, is what an absent one means. */
export const LOCATION_NAMES = ["Outlet", "Inlet", "Cable", "EV", "Body", "Upstream"] as const;
const LOCATIONS: ReadonlyMap<string, number> = new Map(LOCATION_NAMES.map((name, i) => [name, i]));

export function locationNo(name: unknown): number {
  if (name === undefined) return 0;
  return typeof name === "string" ? (LOCATIONS.get(name) ?? -1) : -1;
}
