/**
 * Messages with canaries: for every leaf of every official message one (and more, for each guise) in which that leaf alone is a canary
 * and the rest is what a station would send, so that extraction gets as far as it can; the same with nothing but what the
 * schema requires; and one in which everything is a canary that may be.
 */
import type { MessageKind } from "../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import { type MessageSchema, messageSchemas } from "../support/schemas.ts";
import { type Guise, MARK, type Planter } from "./canary.ts";
import { fillMessage, type Leaf, leavesOf } from "./leaves.ts";
import { measuredAs } from "./measured.ts";

export interface Case {
  readonly version: OcppVersion;
  readonly action: string;
  readonly kind: MessageKind;
  /** What is planted where, for people. */
  readonly what: string;
  /** Whether the CSMS sends it, too, although only stations do, and the other way round. */
  readonly isFromBoth?: boolean;
  /** The payload with the planter's canaries. */
  readonly payload: (planter: Planter) => object;
}

/** Messages of one version, in the schemas' order. */
export function* casesOf(version: OcppVersion): Generator<Case> {
  for (const message of messageSchemas(version)) yield* casesOfMessage(message);
}

/** Leaves of the messages of one version that hold text: enums, instants and leaves of no type included. */
export const textLeaves = (version: OcppVersion): number =>
  messageSchemas(version).reduce((sum, message) => sum + leavesOf(message).filter(isText).length, 0);

const isText = ({ kind }: Leaf): boolean => kind === "text" || kind === "enum" || kind === "time";

/** The cases of one version in which everything is a canary. */
export function* everythingCases(version: OcppVersion, ofKind?: MessageKind): Generator<Case> {
  for (const message of messageSchemas(version)) {
    if ((message.kind === "response") === (ofKind === "response")) yield* everythingOf(message);
  }
}

function* everythingOf(message: MessageSchema): Generator<Case> {
  const { version, action, kind } = message;
  for (const guise of ALL_GUISES) {
    const payload = (planter: Planter) => everywhere(message, guise, planter);
    yield { version, action, kind, what: `everything, ${guise}`, payload, isFromBoth: true };
  }
}

function* casesOfMessage(message: MessageSchema): Generator<Case> {
  const { version, action, kind } = message;
  const make = (what: string, payload: Case["payload"]): Case => ({ version, action, kind, what, payload });
  yield* everythingOf(message);
  for (const leaf of leavesOf(message)) {
    for (const guise of guisesOf(message, leaf)) {
      yield make(`${leaf.path}, ${guise}`, (planter) => alone(message, leaf, { guise, isLean: false, planter }));
    }
    const [guise] = guisesOf(message, leaf);
    if (guise === undefined) continue;
    yield make(`${leaf.path}, ${guise}, lean`, (planter) => alone(message, leaf, { guise, isLean: true, planter }));
  }
}

/** What a leaf may not be is not tried: a measured value that is a number is no leak. */
export function guisesOf({ action, kind }: MessageSchema, leaf: Leaf): readonly Guise[] {
  const measured = kind === "response" ? undefined : measuredAs(action, leaf.path);
  if (measured === "number") return leaf.kind === "number" ? [] : ["text"];
  if (measured === "word") {
    if (leaf.kind === "boolean") return [];
    return leaf.kind === "number" ? ["large"] : ["text", "digits"];
  }
  switch (leaf.kind) {
    case "number":
      return ["large", "small"];
    case "boolean":
      return ["boolean"];
    case "enum":
      return ["text", "word"];
    default:
      return ["text", "digits", "small digits", "time"];
  }
}

const ALL_GUISES = ["text", "digits", "time"] as const;

/** One leaf is the canary. */
function alone(
  message: MessageSchema,
  { path }: Leaf,
  { guise, isLean, planter }: { readonly guise: Guise; readonly isLean: boolean; readonly planter: Planter },
): object {
  return fillMessage(message, {
    value: (leaf, element) => (leaf.path === path ? planter.make(guise, leaf.words) : sensible(leaf, element)),
    ...(isLean && { onlyTo: path }),
  });
}

/** Every leaf that nothing depends on, two elements in each array, and fields that no schema knows in every object. */
function everywhere(message: MessageSchema, guise: (typeof ALL_GUISES)[number], planter: Planter): object {
  const { action, kind } = message;
  return fillMessage(message, {
    elements: 2,
    strangers: () => strangers(guise, planter),
    value: (leaf, element) => {
      const isFree = kind === "response" || measuredAs(action, leaf.path) === undefined;
      if (!isFree || isReference(leaf.path)) return sensible(leaf, element);
      if (leaf.kind === "boolean") return planter.make("boolean");
      return planter.make(leaf.kind === "number" ? "large" : guise);
    },
  });
}

/** Names that extraction knows from elsewhere, and one it cannot know. */
function strangers(guise: Guise, planter: Planter): object {
  const { side } = planter;
  return {
    [`${MARK}${side}`]: {
      value: planter.make(guise),
      [`${MARK}-${side}-deeper`]: [planter.make("large"), planter.make(guise)],
    },
    idTag: planter.make(guise),
    vin: planter.make(guise),
  };
}

/** Numbers by which one message refers to another: compared, never handed on. */
const REFERENCES = /\/(?:constantStreamData\/)?(?:id|variableMonitoringId)$/;
const isReference = (path: string): boolean => REFERENCES.test(path) && !path.includes("[]");

export const STREAM_ID = 5;
export const MONITOR_ID = 7;

const SENSIBLE: readonly (readonly [path: RegExp, value: unknown])[] = [
  [/\/(?:value|actualValue|v)$/, "41.5"],
  [/\/t$/, 2],
  [/\/multiplier$/, 0],
  [/\/unit$/, "W"],
  [/\/format$/, "Raw"],
  [/\/measurand$/, "Power.Active.Import"],
  [/\/component\/name$/, "TemperatureSensor"],
  [/\/variable\/name$/, "Temperature"],
  [/\/component\/instance$/, "1"],
  [/\/variable\/instance$/, "L1"],
  [/\/(?:vendorErrorCode|techCode)$/, "CX002"],
  [/\/vendorId$/, "com.evgo.mrec"],
  [/^\/type$/, "ResetOrReboot"],
  [/\/eventType$/, "Ended"],
  [/\/variableMonitoringId$/, MONITOR_ID],
  [/\/constantStreamData\/id$/, STREAM_ID],
  [/^\/id$/, STREAM_ID],
];

/** What a station would send there. Two elements of an array differ a little, so that nothing is left out for being a repetition. */
function sensible({ path, kind, words }: Leaf, element: number): unknown {
  const known = SENSIBLE.find(([pattern]) => pattern.test(path));
  if (known !== undefined) {
    const [, value] = known;
    return kind === "number" && typeof value === "string" ? Number(value) + element : value;
  }
  if (kind === "time") return `2026-04-01T11:59:0${element}Z`;
  if (kind === "number") return 1;
  if (kind === "boolean") return false;
  return words[0] ?? "sensible";
}
