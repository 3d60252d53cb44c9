/**
 * What becomes of a field, seen from outside: the same story is told twice, with the field and without it (or with another value), and
 * what leaves is compared.
 *
 *     something else goes to the other side         ─▶ mapped
 *     taken one time, refused the other             ─▶ refused (a message that is always refused: all of its fields)
 *     the asker alone hears something else          ─▶ answered: the gateway uses it itself
 *     counted as lost                               ─▶ lost
 *     nothing at all                                ─▶ silent, which must not be
 */
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { MessageKind, Validators } from "../../../src/domain/ocpp/validate.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import type { Peer } from "../../../src/domain/translate/contract.ts";
import { type JsonSchema, messageSchema } from "../../support/schemas.ts";
import { exampleOf, type Leaf, leavesOf, othersOf, type Values, valueAt, withValue } from "./example.ts";
import { type Left, MatrixWorld, type Move, type WorldOptions } from "./world.ts";

export type Fate = "mapped" | "refused" | "answered" | "lost";

export interface Scenario {
  readonly from: Peer;
  readonly action: string;
  readonly kind: Exclude<MessageKind, "send">;
  readonly world?: WorldOptions;
  readonly before?: readonly Move[];
  /** Of an answer: what makes that somebody is asked. */
  readonly cause?: Move;
  /** Where the example of the schema does not say enough. */
  readonly values?: Values;
  /** Further examples by field, where the usual other values (example.ts) do not show what it does. */
  readonly others?: { readonly [path: string]: readonly Values[] };
  readonly after?: readonly Move[];
}

export interface Observed {
  readonly path: string;
  readonly fates: ReadonlySet<Fate>;
  /** Words of its enum that made no difference at all, though the message was taken and nothing was counted: `a=b`. */
  readonly alike: readonly string[];
}

const validators: Readonly<Record<string, Validators>> = {
  "ocpp1.6": await loadValidators("ocpp1.6"),
  "ocpp2.0.1": await loadValidators("ocpp2.0.1"),
};

const versionOf = (peer: Peer) => (peer === "station" ? "ocpp1.6" : "ocpp2.0.1");

/** `Reset.req`, `Reset.conf`; `ResetRequest`, `ResetResponse`. */
export const nameOf = ({ from, action, kind }: Pick<Scenario, "from" | "action" | "kind">): string =>
  from === "station"
    ? `${action}.${kind === "request" ? "req" : "conf"}`
    : `${action}${kind === "request" ? "Request" : "Response"}`;

export const BOOT: readonly Move[] = [
  ["station", "BootNotification", { chargePointVendor: "Vendor", chargePointModel: "Model" }],
  ...[1, 2].map(
    (connectorId): Move => [
      "station",
      "StatusNotification",
      { connectorId, errorCode: "NoError", status: "Available" },
    ],
  ),
];

/** A story as it went. */
interface Tale {
  readonly left: readonly Left[];
  readonly lost: readonly string[];
}

/** Throws when something left that is not good, or a rule failed. */
function tell(scenario: Scenario, begun: MatrixWorld, payload: Payload): Tale {
  const { from, action, kind, cause, after = [] } = scenario;
  const world = begun.copy();
  if (kind === "request") world.move([from, action, payload]);
  else {
    const { answers } = world;
    world.answers = { ...answers, [`${from} ${action}`]: payload };
    if (cause !== undefined) world.move(cause);
    world.answers = answers;
  }
  world.moves(after);
  const [defect] = world.defects;
  if (defect !== undefined) throw new Error(`${nameOf(scenario)} ${JSON.stringify(payload)}: ${defect}`);
  // The gateway's own heartbeats go on beside every story.
  const lost = world.lost.filter((what) => action === "Heartbeat" || !what.startsWith("Heartbeat"));
  return { left: [...world.left], lost };
}

const ACCEPTING = ["Accepted", "AcceptedCanceled", "Scheduled", "RebootRequired", "Unlocked"];
/** Words for a request that was taken, and found nothing. */
const FINDING_NOTHING = ["EmptyResultSet", "NoProfiles", "NotFound", "NoFirmware", "Unknown"];
const TAKING: ReadonlySet<unknown> = new Set([...ACCEPTING, ...FINDING_NOTHING]);

/** Whether the message was refused, by its answer. */
function isRefused({ from, action, kind }: Scenario, { left }: Tale, taking = TAKING): boolean {
  if (kind === "response") return false;
  const answer = left.find((one) => one.to === from && one.what !== "call" && one.action === action);
  return (
    answer === undefined || answer.what === "error" || statusesOf(answer.payload).some((word) => !taking.has(word))
  );
}

function statusesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(statusesOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "status" || name === "attributeStatus" ? [inner] : statusesOf(inner),
  );
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function compare(scenario: Scenario, a: Tale, b: Tale): readonly Fate[] {
  const heardBy = ({ left }: Tale, isOwn: boolean) => left.filter(({ to }) => (to === scenario.from) === isOwn);
  if (isRefused(scenario, a) !== isRefused(scenario, b)) return ["refused"];
  const fates: Fate[] = isSame(a.lost, b.lost) ? [] : ["lost"];
  if (!isSame(heardBy(a, false), heardBy(b, false))) return [...fates, "mapped"];
  return isSame(heardBy(a, true), heardBy(b, true)) ? fates : [...fates, "answered"];
}

/** The payloads that differ from `payload` in this field alone. */
function variants(scenario: Scenario, payload: Payload, leaf: Leaf): readonly Payload[] {
  const usual = [undefined, ...othersOf(leaf, valueAt(payload, leaf.path))];
  const further = scenario.others?.[leaf.path] ?? [];
  return differing(scenario, payload, [
    ...usual.map((other) => withValue(payload, leaf.path, other)),
    ...further.map((values) => exampleOf(schemaOf(scenario), { ...scenario.values, ...values })),
  ]);
}

const schemaOf = ({ from, action, kind }: Scenario): JsonSchema => messageSchema(versionOf(from), action, kind);

/** Those that are good messages, and not the same one. */
const differing = (scenario: Scenario, payload: Payload, others: readonly Payload[]): readonly Payload[] =>
  others.filter((other) => !isSame(other, payload) && violationOf(scenario, other) === undefined);

function violationOf({ from, action, kind }: Scenario, payload: Payload): unknown {
  const named = JSON.parse(JSON.stringify(payload).replaceAll(/"\$tx16"/g, "1")) as Payload;
  return validators[versionOf(from)]?.validate(action, kind, named);
}

/** The part of the path that a loss was counted under: the field itself, or an object that was lost as a whole. */
function lostAs(path: string, { lost }: Tale): string | undefined {
  const names = path.split(".");
  const places = names.map((_, i) => names.slice(0, names.length - i).join("."));
  return places.find((place) => lost.some((what) => `.${what}`.endsWith(`.${place}`)));
}

const CUSTOM_DATA = { vendorId: "com.example", note: 1 };

/** What becomes of each field in one story. A field that the story's message does not have is left out. */
export function observe(scenario: Scenario): {
  readonly fields: readonly Observed[];
  readonly isRefusedAlways: boolean;
} {
  const schema = schemaOf(scenario);
  const payload = exampleOf(schema, scenario.values);
  if (violationOf(scenario, payload) !== undefined) throw new Error(`no good ${nameOf(scenario)}`);
  const begun = new MatrixWorld(scenario.world).moves(BOOT).moves(scenario.before ?? []);
  const tale = tell(scenario, begun, payload);
  let isRefusedAlways = scenario.kind === "request" && isAside(scenario, tale);
  const fatesOf = (others: readonly Payload[], tales: [Payload, Tale][] = []): ReadonlySet<Fate> => {
    const fates = new Set<Fate>();
    for (const other of others) {
      const told = tell(scenario, begun, other);
      tales.push([other, told]);
      isRefusedAlways &&= isAside(scenario, told);
      for (const fate of compare(scenario, tale, told)) fates.add(fate);
    }
    return fates;
  };
  const fields = leavesOf(schema)
    .filter(({ path }) => valueAt(payload, path) !== undefined)
    .map(({ path, ...leaf }) => {
      const tales: [Payload, Tale][] = [[payload, tale]];
      const fates = fatesOf(variants(scenario, payload, { path, ...leaf }), tales);
      const alike = leaf.schema.enum === undefined ? [] : alikeAt(scenario, path, tales);
      const place = fates.size === 0 ? lostAs(path, tale) : undefined;
      if (place === undefined) return { path, fates, alike };
      // Lost whatever it says: it must not be counted where it is not there, unless it always has to be.
      const [bare] = differing(scenario, payload, [withValue(payload, place, undefined)]);
      const isLost = bare === undefined || lostAs(path, tell(scenario, begun, bare)) === undefined;
      return { path, fates: isLost ? new Set<Fate>(["lost"]) : fates, alike };
    });
  if (scenario.from === "station") return { fields, isRefusedAlways };
  const custom = { path: "customData", fates: fatesOf([{ ...payload, customData: CUSTOM_DATA }]), alike: [] };
  return { fields: [...fields, custom], isRefusedAlways };
}

/** Pairs of words whose tales are the same. Refused words need no difference, and lost ones were counted. */
function alikeAt(scenario: Scenario, path: string, tales: readonly (readonly [Payload, Tale])[]): readonly string[] {
  const taken = tales.filter(([, tale]) => !isRefused(scenario, tale) && lostAs(path, tale) === undefined);
  const words = taken.flatMap(([payload, tale]): [string, string][] => {
    const word = valueAt(payload, path);
    return typeof word === "string" ? [[word, JSON.stringify(tale)]] : [];
  });
  return words.flatMap(([word, tale], i) =>
    words
      .slice(i + 1)
      .flatMap(([other, told]) => (tale === told && word !== other ? [[word, other].sort().join("=")] : [])),
  );
}

/** Refused, and the other side has heard nothing. */
const isAside = (scenario: Scenario, tale: Tale): boolean =>
  isRefused(scenario, tale, new Set(ACCEPTING)) && tale.left.every(({ to }) => to === scenario.from);

/** Every field that a message may have. */
export const fieldsOf = (message: Pick<Scenario, "from" | "action" | "kind">): readonly string[] => [
  ...leavesOf(messageSchema(versionOf(message.from), message.action, message.kind)).map(({ path }) => path),
  ...(message.from === "csms" ? ["customData"] : []),
];
