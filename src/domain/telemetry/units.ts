/**
 * Units of measure, and the one unit per dimension that the health lane speaks (`kWh` and `Wh` both travel as `Wh`).
 *
 * | wire                            | normalised | how                                |
 * | ------------------------------- | ---------- | ---------------------------------- |
 * | `kWh`, `kvarh`, `kVAh`, `kW`, … | `Wh`, …    | × 1000                             |
 * | `mHz`                           | `Hz`       | ÷ 1000                             |
 * | `Celcius` (1.6's own spelling)  | `Celsius`  |                                    |
 * | `Fahrenheit`, `K`               | `Celsius`  | (F − 32) × 5/9, K − 273.15         |
 *
 * @see OCPP 1.6 edition 2 §7.45 UnitOfMeasure; OCPP 2.0.1 Part 2 Appendix 2 Standardized Units of Measure
 */

/** Normalised units. `1` is a plain number. A unit's number is its index here. */
export const BASE_UNITS = [
  "1",
  "Wh",
  "varh",
  "VAh",
  "W",
  "var",
  "VA",
  "A",
  "V",
  "Hz",
  "Celsius",
  "Percent",
  "RPM",
  "s",
  "Ohm",
  "RH",
  "dBm",
  "Deg",
  "N",
  "B",
] as const;

export type BaseUnit = (typeof BASE_UNITS)[number];

export const baseUnitNo = (unit: BaseUnit): number => BASE_UNITS.indexOf(unit);

const FAHRENHEIT_DEGREE = 5 / 9;

/** `normalised = wire × factor + offset` */
const WIRE_UNITS: readonly (readonly [wire: string, base: BaseUnit, factor: number, offset: number])[] = [
  ["Wh", "Wh", 1, 0],
  ["kWh", "Wh", 1000, 0],
  ["varh", "varh", 1, 0],
  ["kvarh", "varh", 1000, 0],
  ["VAh", "VAh", 1, 0],
  ["kVAh", "VAh", 1000, 0],
  ["W", "W", 1, 0],
  ["kW", "W", 1000, 0],
  ["var", "var", 1, 0],
  ["kvar", "var", 1000, 0],
  ["VA", "VA", 1, 0],
  ["kVA", "VA", 1000, 0],
  ["A", "A", 1, 0],
  ["V", "V", 1, 0],
  ["Hz", "Hz", 1, 0],
  ["mHz", "Hz", 0.001, 0],
  ["Celsius", "Celsius", 1, 0],
  ["Celcius", "Celsius", 1, 0],
  ["Fahrenheit", "Celsius", FAHRENHEIT_DEGREE, -32 * FAHRENHEIT_DEGREE],
  ["K", "Celsius", 1, -273.15],
  ["Percent", "Percent", 1, 0],
  ["RPM", "RPM", 1, 0],
  ["s", "s", 1, 0],
  ["Ohm", "Ohm", 1, 0],
  ["RH", "RH", 1, 0],
  ["dBm", "dBm", 1, 0],
  ["Deg", "Deg", 1, 0],
  ["N", "N", 1, 0],
  ["B", "B", 1, 0],
];

const BY_NAME: ReadonlyMap<string, number> = new Map(WIRE_UNITS.map(([wire], i) => [wire, i]));
const BASES = Uint8Array.from(WIRE_UNITS, ([, base]) => baseUnitNo(base));
const FACTORS = Float64Array.from(WIRE_UNITS, ([, , factor]) => factor);
const OFFSETS = Float64Array.from(WIRE_UNITS, ([, , , offset]) => offset);

/** Number of a unit as the wire spells it, or −1. Case counts: `mW` and `MW` are not the same. */
export function wireUnitNo(name: unknown): number {
  return typeof name === "string" ? (BY_NAME.get(name) ?? -1) : -1;
}

/** Number, in {@link BASE_UNITS}, of what `wireUnit` is normalised to. */
export const normalisedUnit = (wireUnit: number): number => BASES[wireUnit] ?? 0;

/** `value` in the normalised unit. */
export const normalise = (wireUnit: number, value: number): number =>
  value * (FACTORS[wireUnit] ?? 1) + (OFFSETS[wireUnit] ?? 0);

/** Every spelling the table knows. */
export const WIRE_UNIT_NAMES: readonly string[] = WIRE_UNITS.map(([wire]) => wire);
