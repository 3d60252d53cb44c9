/** Durations, numbers and lists as people type them on a command line. */
import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `20s`, `5m`, `1.5h`, `500ms`, `2d`; a bare number is seconds. */
export function parseDuration(text: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (number === undefined || factor === undefined) throw new InvalidArgumentError("Not a duration such as 20s or 5m.");
  return Number(number) * factor;
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError("Not a whole number of at least 1.");
  return Number(text);
}

/** A number above 0. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("Not a number above 0.");
  return value;
}

/** `a,b,c`. */
export function parseList(text: string): readonly string[] {
  return text.split(",").filter((item) => item !== "");
}

/** Of a CSMS or a gateway. */
export function parseEndpoint(text: string): string {
  if (!/^wss?:\/\/./.test(text) || !URL.canParse(text)) throw new InvalidArgumentError("Not a ws:// or wss:// URL.");
  return text;
}
