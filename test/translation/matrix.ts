/**
 * The compliance matrix: what becomes of each field of each message in the other version, as seen with the rules at work (observe.ts).
 * Nothing is said here that was not observed.
 */
import { CSMS_ANSWERS } from "./matrix/csms-answers.ts";
import { CSMS_REQUESTS } from "./matrix/csms-requests.ts";
import { type Fate, fieldsOf, nameOf, observe, type Scenario } from "./matrix/observe.ts";
import { STATION_SCENARIOS } from "./matrix/station-scenarios.ts";

export interface MatrixRow {
  /** `StartTransaction.req`, `AuthorizeResponse`. */
  readonly message: string;
  /** Undefined: the message has none. */
  readonly field: string;
  /** The first that was observed; `silent`: nothing was, which must not be. */
  readonly fate: Fate | "silent";
  /** What becomes of some of its values. */
  readonly also: readonly Fate[];
  /** Words of its enum that no story tells apart, `a=b`. */
  readonly alike: readonly string[];
}

export type MatrixCounts = Readonly<Record<Fate | "silent", number>>;

/** The first of them names the row. */
export const FATES: readonly Fate[] = ["mapped", "refused", "answered", "lost"];

/** Tells every story, in some seconds. */
export function matrixRows(): readonly MatrixRow[] {
  const messages = new Map<string, Scenario[]>();
  for (const scenario of [...STATION_SCENARIOS, ...CSMS_REQUESTS, ...CSMS_ANSWERS]) {
    const name = nameOf(scenario);
    messages.set(name, [...(messages.get(name) ?? []), scenario]);
  }
  return [...messages].flatMap(([message, scenarios]) => rowsOf(message, scenarios));
}

function rowsOf(message: string, scenarios: readonly Scenario[]): readonly MatrixRow[] {
  const [first] = scenarios;
  if (first === undefined) return [];
  const observed = scenarios.map(observe);
  const isRefusedAlways = observed.every((one) => one.isRefusedAlways);
  return fieldsOf(first).map((field) => {
    const seen = new Set(
      observed.flatMap(({ fields }) => fields.filter(({ path }) => path === field).flatMap(({ fates }) => [...fates])),
    );
    const fates = isRefusedAlways ? (["refused"] as const) : FATES.filter((fate) => seen.has(fate));
    const [fate = "silent", ...also] = fates;
    return { message, field, fate, also, alike: isRefusedAlways ? [] : alikeIn(observed, field) };
  });
}

/** Words that are alike in all stories that have the field. */
function alikeIn(observed: readonly ReturnType<typeof observe>[], field: string): readonly string[] {
  const [first = [], ...others] = observed.flatMap(({ fields }) =>
    fields.filter(({ path }) => path === field).map(({ alike }) => alike),
  );
  return first.filter((pair) => others.every((alike) => alike.includes(pair)));
}

export function matrixCounts(rows: readonly MatrixRow[]): MatrixCounts {
  const count = (fate: MatrixRow["fate"]) => rows.filter((row) => row.fate === fate).length;
  return {
    mapped: count("mapped"),
    refused: count("refused"),
    answered: count("answered"),
    lost: count("lost"),
    silent: count("silent"),
  };
}
