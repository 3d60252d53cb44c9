/**
 * Puts right what stations are known to get wrong in form, so that their messages can be translated; each repair has a name and is
 * counted. What is still not valid afterwards is the caller's to refuse.
 *
 *     null for an absent field ─▶ left out        unknown field ─▶ left out
 *     "12" for 12, 12 for "12" ─▶ converted       time without zone ─▶ UTC
 *     true for "true", "true" for true ─▶ converted
 *     free text too long       ─▶ cut
 *
 * @see field-lessons; translation rules of validation in docs/protocol.md
 */
import type { Payload } from "../ocpp/frame.ts";
import type { Validators, Violation } from "../ocpp/validate.ts";

export interface Repaired {
  readonly payload: Payload;
  readonly repairs: readonly string[];
  /** Why it is still not valid; undefined: it is. */
  readonly violation: Violation | undefined;
}

/** Faults of one message beyond which it is not worth the time. A configuration has a hundred values, and one fault in each. */
const MOST = { request: 32, response: 256 };
/** Texts for people, and how long 1.6 allows them to be: cutting them changes no meaning. */
const FREE_TEXT: ReadonlyMap<string, number> = new Map([
  ["info", 50],
  ["vendorErrorCode", 50],
  ["techInfo", 255],
  ["meterType", 25],
]);
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

type Json = { [name: string]: unknown } | unknown[];

/** A valid payload comes back as it is, for the cost of its validation. */
export function repaired(
  action: string,
  kind: "request" | "response",
  payload: Payload,
  validators: Validators,
): Repaired {
  const check = (candidate: Payload) => validators.validate(action, kind, candidate);
  let violation = check(payload);
  if (violation === undefined) return { payload, repairs: [], violation };
  let fixed = structuredClone(payload);
  const repairs: string[] = [];
  while (violation !== undefined && repairs.length < MOST[kind]) {
    const repair = repairAt(fixed, violation, check);
    if (repair === undefined) break;
    fixed = repair.payload;
    repairs.push(repair.what);
    violation = check(fixed);
  }
  return { payload: fixed, repairs, violation };
}

interface Repair {
  readonly payload: Payload;
  readonly what: string;
}

function repairAt(
  payload: Payload,
  { pointer, keyword }: Violation,
  check: (candidate: Payload) => Violation | undefined,
): Repair | undefined {
  if (keyword === "additionalProperties") return withoutUnknown(payload, pointer, check);
  const found = place(payload, pointer);
  if (found === undefined) return undefined;
  const { holder, name } = found;
  const value = holder[name];
  if (value === null) {
    delete holder[name];
    return { payload, what: "null" };
  }
  const better = betterValue(value, keyword, name);
  if (better === undefined || better.value === value) return undefined;
  holder[name] = better.value;
  return { payload, what: better.what };
}

function betterValue(value: unknown, keyword: string, name: string) {
  if (keyword === "type") return otherType(value, name);
  if (keyword === "format" && typeof value === "string" && LOCAL_TIME.test(value))
    return { value: `${value.replace(" ", "T").padEnd(16)}${value.length === 16 ? ":00" : ""}Z`, what: "time zone" };
  if (keyword === "maxLength" && typeof value === "string" && FREE_TEXT.has(name))
    return { value: value.slice(0, FREE_TEXT.get(name)), what: "long text" };
  return undefined;
}

function otherType(value: unknown, name: string) {
  if (typeof value === "boolean") return { value: String(value), what: "text as truth value" };
  if (typeof value === "number") {
    // Where a text is wanted; a fraction where an integer is.
    return Number.isInteger(value) || name === "value"
      ? { value: String(value), what: "text as number" }
      : { value: Math.round(value), what: "fraction" };
  }
  if (value === "true" || value === "false") return { value: value === "true", what: "truth value as text" };
  const isNumber = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
  return isNumber ? { value: Number(value), what: "number as text" } : undefined;
}

/** Which field is one too many: each is looked at while the others are out of the schema's sight. */
function withoutUnknown(
  payload: Payload,
  pointer: string,
  check: (candidate: Payload) => Violation | undefined,
): Repair | undefined {
  const holder = pointer === "" ? (payload as { [name: string]: unknown }) : objectAt(payload, pointer);
  if (holder === undefined || Array.isArray(holder)) return undefined;
  const names = Object.keys(holder);
  const hide = (name: string, isHidden: boolean) =>
    Object.defineProperty(holder, name, {
      enumerable: !isHidden,
      value: holder[name],
      writable: true,
      configurable: true,
    });
  for (const name of names) hide(name, true);
  const unknown = names.find((name) => {
    hide(name, false);
    const violation = check(payload);
    hide(name, true);
    return violation?.keyword === "additionalProperties" && violation.pointer === pointer;
  });
  for (const name of names) hide(name, false);
  if (unknown === undefined) return undefined;
  delete holder[unknown];
  return { payload, what: "unknown field" };
}

function place(payload: Payload, pointer: string): { holder: { [name: string]: unknown }; name: string } | undefined {
  const cut = pointer.lastIndexOf("/");
  if (cut === -1) return undefined;
  const holder = cut === 0 ? payload : objectAt(payload, pointer.slice(0, cut));
  const name = pointer.slice(cut + 1);
  return holder === undefined || !(name in holder)
    ? undefined
    : { holder: holder as { [name: string]: unknown }, name };
}

function objectAt(payload: Payload, pointer: string): Json | undefined {
  let at: unknown = payload;
  for (const name of pointer.split("/").slice(1)) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as { [name: string]: unknown })[name];
  }
  return typeof at === "object" && at !== null ? (at as Json) : undefined;
}
