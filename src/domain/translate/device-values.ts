/**
 * Values of configuration keys as 2.x spells them, and back. Reading is lenient (stations write `True`, or a number); writing is exact,
 * and what 1.6 has no word for is refused here, before the station is asked.
 */
import type { Want } from "./contract.ts";
import type { Codec, DataType } from "./device-map.ts";

/** statusInfo of 2.x: `reasonCode` of the published list, at most 20 characters. */
export interface StatusInfo {
  readonly reasonCode: string;
  readonly additionalInfo?: string;
}

export interface Read {
  /** Undefined: nothing in it can be told in 2.x. */
  readonly value: string;
  readonly wants: readonly Want[];
}

export type Written = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly info: StatusInfo };

/** 1.6 §7.31 Measurand. */
export const MEASURANDS_16: readonly string[] = [
  "Current.Export",
  "Current.Import",
  "Current.Offered",
  "Energy.Active.Export.Register",
  "Energy.Active.Import.Register",
  "Energy.Reactive.Export.Register",
  "Energy.Reactive.Import.Register",
  "Energy.Active.Export.Interval",
  "Energy.Active.Import.Interval",
  "Energy.Reactive.Export.Interval",
  "Energy.Reactive.Import.Interval",
  "Frequency",
  "Power.Active.Export",
  "Power.Active.Import",
  "Power.Factor",
  "Power.Offered",
  "Power.Reactive.Export",
  "Power.Reactive.Import",
  "RPM",
  "SoC",
  "Temperature",
  "Voltage",
];

/** Of them, those that 2.x has no measurand for (translation.md §1.1). */
const ONLY_IN_16: readonly string[] = ["RPM", "Temperature"];

/** What both versions know: the values a CSMS may choose from. */
export const SHARED_MEASURANDS: readonly string[] = MEASURANDS_16.filter((name) => !ONLY_IN_16.includes(name));

/** 1.6 lets a measurand name its phase: `Current.Import.L1`, `Voltage.L1-N`. 2.x measures all phases, or none. */
const PHASE_SUFFIX = /\.(?:L[123](?:-(?:N|L[123]))?|N)$/;

const DATA_TYPES: Readonly<Record<Codec, DataType>> = {
  text: "string",
  boolean: "boolean",
  integer: "integer",
  members: "MemberList",
  measurands: "MemberList",
  rateUnits: "MemberList",
};

export const dataTypeOf = (codec: Codec): DataType => DATA_TYPES[codec];

const TRUE_WORDS = ["true", "1", "yes", "on"];
const FALSE_WORDS = ["false", "0", "no", "off"];

export const membersOf = (list: string): readonly string[] =>
  list
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");

export function readValue(codec: Codec, raw: string): Read {
  switch (codec) {
    case "boolean":
      return { value: readBoolean(raw), wants: [] };
    case "integer":
      return { value: raw.trim(), wants: [] };
    case "members":
      return { value: membersOf(raw).join(","), wants: [] };
    case "measurands":
      return readMeasurands(raw);
    case "rateUnits":
      return { value: rateUnitsOf(raw).join(","), wants: [] };
    case "text":
      return { value: raw, wants: [] };
  }
}

/** A word that is neither true nor false stays: the operator should see what the station says. */
function readBoolean(raw: string): string {
  const word = raw.trim().toLowerCase();
  if (TRUE_WORDS.includes(word)) return "true";
  return FALSE_WORDS.includes(word) ? "false" : raw;
}

function readMeasurands(raw: string): Read {
  const plain = [...new Set(membersOf(raw).map((member) => member.replace(PHASE_SUFFIX, "")))];
  return {
    value: plain.filter((name) => !ONLY_IN_16.includes(name)).join(","),
    wants: plain
      .filter((name) => ONLY_IN_16.includes(name))
      .map((name) => ({ do: "lost", what: `SampledValue.measurand=${name}` })),
  };
}

/** `Current` and `Power` (1.6 errata 3.86), or, as many stations have it, `A` and `W`. */
export function rateUnitsOf(raw: string): readonly ("A" | "W")[] {
  const words = membersOf(raw).map((word) => word.toLowerCase());
  const has = (unit: string, word: string): boolean => words.includes(unit) || words.includes(word);
  return [...(has("a", "current") ? (["A"] as const) : []), ...(has("w", "power") ? (["W"] as const) : [])];
}

export interface WriteRule {
  readonly codec: Codec;
  readonly minLimit?: number;
  readonly maxLimit?: number;
  readonly valuesList?: string;
  /** Members that the list may have. */
  readonly maxItems?: number;
}

const MAX_CHARACTERS_16 = 500;

/** A value of 2.x as ChangeConfiguration.req has it. */
export function writeValue(rule: WriteRule, value: string): Written {
  if (value.length > MAX_CHARACTERS_16) return refused("TooLargeElement", "1.6 values have at most 500 characters");
  switch (rule.codec) {
    case "boolean":
      return writeBoolean(value);
    case "integer":
      return writeInteger(rule, value);
    case "measurands":
      return writeMembers(rule, value, SHARED_MEASURANDS);
    case "members":
      return writeMembers(rule, value, undefined);
    case "rateUnits":
      return writeMembers(rule, value, ["A", "W"]);
    case "text":
      return writeText(rule, value);
  }
}

function writeBoolean(value: string): Written {
  const word = value.trim().toLowerCase();
  return word === "true" || word === "false" ? written(word) : refused("InvalidValue", "true or false");
}

function writeInteger({ minLimit = 0, maxLimit }: WriteRule, value: string): Written {
  const text = value.trim();
  if (!/^-?\d{1,10}$/.test(text)) return refused("InvalidValue", "not a whole number");
  const number = Number(text);
  if (number < minLimit) return refused("ValueTooLow", `at least ${minLimit}`);
  if (maxLimit !== undefined && number > maxLimit) return refused("ValueTooHigh", `at most ${maxLimit}`);
  return written(String(number));
}

function writeMembers({ maxItems }: WriteRule, value: string, known: readonly string[] | undefined): Written {
  const members = membersOf(value);
  const stranger = known === undefined ? undefined : members.find((member) => !known.includes(member));
  if (stranger !== undefined) return refused("InvalidValue", `unknown to OCPP 1.6: ${stranger}`.slice(0, 512));
  if (maxItems !== undefined && members.length > maxItems) {
    return refused("TooManyElements", `at most ${maxItems} members`);
  }
  return written(members.join(","));
}

function writeText({ valuesList }: WriteRule, value: string): Written {
  if (valuesList === undefined || membersOf(valuesList).includes(value)) return written(value);
  return refused("InvalidValue", `one of ${valuesList}`);
}

const written = (value: string): Written => ({ ok: true, value });

const refused = (reasonCode: string, additionalInfo: string): Written => ({
  ok: false,
  info: { reasonCode, additionalInfo },
});
