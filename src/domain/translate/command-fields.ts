/** Reading fields of payloads, and writing them without the absent ones. */
import type { Payload } from "../ocpp/frame.ts";

export function textAt(payload: Payload, field: string): string | undefined {
  const value = payload[field];
  return typeof value === "string" ? value : undefined;
}

export function numberAt(payload: Payload, field: string): number | undefined {
  const value = payload[field];
  return typeof value === "number" ? value : undefined;
}

export const isObject = (value: unknown): value is Payload =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function objectAt(payload: Payload, field: string): Payload | undefined {
  const value = payload[field];
  return isObject(value) ? value : undefined;
}

/** The objects of a list; empty when there is no such list. */
export function objectsAt(payload: Payload, field: string): readonly Payload[] {
  const value = payload[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A row of a table by a name that a peer chose: `constructor` is none. */
export const rowOf = <T>(table: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** A 2.x sender omits what it has not got (Part 4 §4.1.1): no null, no undefined. */
export const compact = (fields: Payload): Payload =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** The fields of `names` that there are. What is named is carried over, and nothing else. */
export const pick = (payload: Payload, names: readonly string[]): Payload =>
  compact(Object.fromEntries(names.map((name) => [name, payload[name]])));

/** 1.6 wants a URI where 2.x takes any text; the station's schema would refuse it. */
export const isUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(text);

export const timestampOf = (ms: number): string => new Date(ms).toISOString();
