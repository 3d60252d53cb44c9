/** Reading fields of payloads that nobody has vouched for. */
import type { LifeEvent, Registration } from "./life-event.ts";

type Fields = { readonly [field: string]: unknown };

export const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
/**
 * Identifiers and enumerations only, none of which is longer in any version; what is kept of a station stays small whatever it
 * sends.
 */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.length <= LONGEST_TEXT ? value : undefined;

const LONGEST_TEXT = 64;

export function object(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The object without its absent fields. On the hot path of 2.x, hence a plain loop. */
export function compact<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  const result: { [field: string]: unknown } = {};
  for (const field of Object.keys(value)) {
    const content = value[field as keyof T];
    if (content !== undefined) result[field] = content;
  }
  return result as T;
}

const REGISTRATIONS: readonly string[] = ["Accepted", "Pending", "Rejected"];

/** BootNotification's answer has the same fields in every version. */
export function registration(answer: Fields): LifeEvent | undefined {
  const status = text(answer["status"]);
  if (status === undefined || !REGISTRATIONS.includes(status)) return undefined;
  return { type: "boot.answered", status: status as Registration, intervalSec: number(answer["interval"]) ?? 0 };
}
