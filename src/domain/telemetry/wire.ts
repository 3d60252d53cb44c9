/**
 * Reading payloads that nobody has validated: every field is `unknown` until looked at, and looking never throws. Payloads
 * come from `JSON.parse`, so there are no getters to run.
 */

/** An object of which the fields `K` are of interest; any of them may be missing or of any type. */
export type Wire<K extends string> = { readonly [P in K]?: unknown };

/** `value` with readable fields, or undefined where it is no object. */
export function wire<K extends string>(value: unknown): Wire<K> | undefined {
  return typeof value === "object" && value !== null ? (value as Wire<K>) : undefined;
}

/** `value` as a list; what is not an array has no elements. */
export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : NOTHING);

const NOTHING: readonly unknown[] = [];

/** `value` as an integer from 0 to `max`, or −1. */
export function smallInteger(value: unknown, max: number): number {
  return typeof value === "number" && value >= 0 && value <= max && Number.isInteger(value) ? value : -1;
}
