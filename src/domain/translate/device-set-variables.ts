/**
 * SetVariables: each item is judged first (unknown, read only, no such value: no call), the gateway's own variables are set at once,
 * and what is the station's is changed with one ChangeConfiguration after the other, in the order of the request.
 *
 *     request ─▶ judged ─┬─ nothing for the station ────────────────────────────────▶ answer
 *                        └─ ChangeConfiguration ─▶ … ─▶ (read back, by quirk) ─────▶ answer
 *
 * A station that is away is refused at once, never queued for (field-lessons case 30); after a silence the rest is not tried.
 *
 * @see translation.md §4.4; 2.0.1 B05
 */
import type { Payload } from "../ocpp/frame.ts";
import type { AnswerRule, CallRule, Env, Outcome, Step, TranslationState, Want } from "./contract.ts";
import { askConfiguration, believe, doubt, ingest } from "./device-cache.ts";
import { TOO_MANY_ITEMS } from "./device-get-variables.ts";
import { withCapabilities } from "./device-learning.ts";
import { modelOf } from "./device-model.ts";
import type { DeviceOptions, World } from "./device-options.ts";
import { ITEMS_PER_MESSAGE, nextHeartbeat, northSettings, rememberOwn } from "./device-own.ts";
import { PHASE_ROTATION_KEY, withRotation } from "./device-phases.ts";
import type { Row } from "./device-rows.ts";
import { deviceOf, folded, keyValue, tolerancesOf } from "./device-state.ts";
import { echoOf, type Find, finder, type Item, itemsOf, keyOf } from "./device-target.ts";
import { type StatusInfo, type WriteRule, type Written, writeValue } from "./device-values.ts";

interface SetItem extends Item {
  readonly attributeValue: string;
}

/** One ChangeConfiguration to come. */
interface Write {
  /** Of its item. */
  readonly index: number;
  readonly key: string;
  readonly value: string;
  /** Of ConnectorPhaseRotation: the list is put together when its turn comes. */
  readonly phase?: { readonly connector16: number; readonly connectors: readonly number[] };
}

interface Changing {
  readonly ref: string;
  /** One for each item; of a change to come, what it is when it is never tried. */
  readonly results: readonly Payload[];
  readonly writes: readonly Write[];
  /** Accepted ones, for reading back. */
  readonly done: readonly Write[];
}

type Judged =
  | { readonly result: Payload }
  | { readonly write: Omit<Write, "index"> }
  | { readonly own: string; readonly value: string };

export const setVariables =
  (options: DeviceOptions): CallRule<TranslationState> =>
  (state, { ref, payload }, env) => {
    const items = itemsOf(payload, "setVariableData") as readonly SetItem[];
    if (items.length > ITEMS_PER_MESSAGE.SetVariables) {
      return {
        state,
        wants: [{ do: "refuse", ref, code: "OccurrenceConstraintViolation", description: TOO_MANY_ITEMS }],
      };
    }
    const world = { state, env, options };
    const find = finder(modelOf(world), deviceOf(state));
    const results: Payload[] = [];
    const writes: Write[] = [];
    let next = state;
    for (const [index, item] of items.entries()) {
      const judged = judge(world, find, item);
      if ("own" in judged) next = rememberOwn(next, judged.own, judged.value);
      if ("write" in judged) writes.push({ index, ...judged.write });
      results.push(resultAtOnce(item, judged));
    }
    return proceed(next, { ref, results, writes, done: [] }, heartbeatsAnew(state, next, env));
  };

/** A new interval counts at once; the next heartbeat of the old one may be a day away. */
const heartbeatsAnew = (before: TranslationState, after: TranslationState, env: Env): readonly Want[] =>
  northSettings(before).heartbeatIntervalSec === northSettings(after).heartbeatIntervalSec
    ? []
    : [nextHeartbeat(after, env)];

const resultAtOnce = (item: Item, judged: Judged): Payload => ({
  ...echoOf(item),
  attributeStatus: "Rejected",
  ...("own" in judged ? { attributeStatus: "Accepted" } : {}),
  ...("result" in judged ? judged.result : {}),
});

function judge(world: World, find: Find, item: SetItem): Judged {
  const target = find(item);
  if (target.kind !== "row") return { result: { attributeStatus: target.kind } };
  if (item.attributeType !== undefined && item.attributeType !== "Actual") {
    return { result: { attributeStatus: "NotSupportedAttributeType" } };
  }
  const { row } = target;
  if (row.mutability === "ReadOnly") return rejected({ reasonCode: "ReadOnly" });
  if (row.source.from === "own") return judgeOwn(row, row.source.name, item.attributeValue);
  return judgeWrite(world, row, item.attributeValue);
}

function judgeOwn(row: Row, name: string, value: string): Judged {
  if (row.mutability === "WriteOnly") {
    return rejected({ reasonCode: "UnsupportedRequest", additionalInfo: "set in the gateway's configuration" });
  }
  const written = writeValue(ruleOf(row), value);
  return written.ok ? { own: name, value: written.value } : rejected(written.info);
}

function judgeWrite({ state, env }: World, row: Row, value: string): Judged {
  const key = keyOf(row);
  if (key === undefined) return rejected({ reasonCode: "ReadOnly" });
  const written: Written = writeValue(ruleOf(row), value);
  if (!written.ok) return rejected(written.info);
  const { neverChange = [], neverSend = [] } = tolerancesOf(state);
  if (neverChange.some((name) => folded(name) === folded(key)) || neverSend.includes("ChangeConfiguration")) {
    return rejected({ reasonCode: "UnsupportedRequest", additionalInfo: "this model must not be sent it" });
  }
  if (!env.isStationOnline)
    return rejected({ reasonCode: "Unspecified", additionalInfo: "the station is not connected" });
  if (row.source.from !== "phase") return { write: { key, value: written.value } };
  if (keyValue(deviceOf(state), PHASE_ROTATION_KEY) === undefined) {
    return rejected({
      reasonCode: "MissingDevModelInfo",
      additionalInfo: "the other connectors' rotation is not known",
    });
  }
  const connectors = env.topology.evses.flatMap((evse) => evse.connectors.map(({ connector16 }) => connector16));
  const phase = { connector16: row.source.connector16, connectors: [0, ...connectors] };
  return { write: { key, value: written.value, phase } };
}

function ruleOf({ source, minLimit, maxLimit, valuesList }: Row): WriteRule {
  const codec = source.from === "key" || source.from === "own" ? source.codec : "text";
  const maxItems = source.from === "key" ? source.maxItems : undefined;
  // A list's maxLimit is its number of members.
  const isList = codec === "measurands" || codec === "members";
  return {
    codec,
    ...(minLimit === undefined ? {} : { minLimit }),
    ...(maxLimit === undefined || isList ? {} : { maxLimit }),
    ...(valuesList === undefined || codec !== "text" ? {} : { valuesList }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
}

const rejected = (info: StatusInfo): Judged => ({ result: { attributeStatus: "Rejected", attributeStatusInfo: info } });

function proceed(state: TranslationState, changing: Changing, wants: readonly Want[]): Step<TranslationState> {
  const [write] = changing.writes;
  if (write !== undefined) {
    const payload = { key: write.key, value: value16Of(state, write) };
    const job = { kind: "device.set", ...changing, sent: payload.value };
    return { state, wants: [...wants, { do: "ask", peer: "station", action: "ChangeConfiguration", payload, job }] };
  }
  if (tolerancesOf(state).verifyWrites === true && changing.done.length > 0) {
    const keys = [...new Set(changing.done.map(({ key }) => key))];
    return { state, wants: [...wants, askConfiguration(keys, { kind: "device.verified", ...changing, asked: keys })] };
  }
  return {
    state,
    wants: [...wants, { do: "answer", ref: changing.ref, payload: { setVariableResult: changing.results } }],
  };
}

function value16Of(state: TranslationState, { key, value, phase }: Write): string {
  if (phase === undefined) return value;
  return withRotation(keyValue(deviceOf(state), key) ?? "", phase.connector16, value, phase.connectors);
}

/** The station's answer to one ChangeConfiguration. */
export const variableChanged: AnswerRule<TranslationState> = (state, job, outcome) => {
  const { ref, results, writes, done, sent } = job as unknown as Changing & { readonly sent: string };
  const [write, ...rest] = writes;
  if (write === undefined) return proceed(state, { ref, results, writes: [], done }, []);
  const { status, info } = verdictOf(outcome);
  const isTaken = status === "Accepted" || status === "RebootRequired";
  const decided = withResult(results, write.index, status, info);
  if (outcome.kind === "none") {
    // Its deadline is near, and the next question would find the same silence.
    const silent = rest.reduce((all, { index }) => withResult(all, index, status, info), decided);
    return proceed(doubt(state, write.key), { ref, results: silent, writes: [], done: [] }, []);
  }
  const next = isTaken ? believe(state, write.key, sent) : state;
  // Of phase rotations, the whole list is what must be read back.
  const kept = status === "Accepted" ? [...done, { ...write, value: sent }] : done;
  return proceed(next, { ref, results: decided, writes: rest, done: kept }, []);
};

/** Every ConfigurationStatus of 1.6, and what stations answer instead. */
export function verdictOf(outcome: Outcome): { readonly status: string; readonly info?: StatusInfo } {
  const refused = (additionalInfo: string): { status: string; info: StatusInfo } => ({
    status: "Rejected",
    info: { reasonCode: "Unspecified", additionalInfo: additionalInfo.slice(0, 512) },
  });
  if (outcome.kind === "none") return refused("the station did not answer");
  if (outcome.kind === "error") return refused(`the station answered ${outcome.code}`);
  switch (outcome.payload["status"]) {
    case "Accepted":
      return { status: "Accepted" };
    case "RebootRequired":
      return { status: "RebootRequired" };
    case "Rejected":
      return { status: "Rejected" };
    case "NotSupported":
      return { status: "UnknownVariable" };
    default:
      return refused("the station answered something else than OCPP 1.6 allows");
  }
}

const withResult = (
  results: readonly Payload[],
  index: number,
  attributeStatus: string,
  info: StatusInfo | undefined,
): readonly Payload[] =>
  results.map((result, at) =>
    at === index
      ? { ...result, attributeStatus, ...(info === undefined ? {} : { attributeStatusInfo: info }) }
      : result,
  );

/** Read back, of a model that accepts without doing. The last change of a key is the one that counts. */
export const variablesVerified: AnswerRule<TranslationState> = (state, job, outcome, env: Env) => {
  const { ref, results, done, asked } = job as unknown as Changing & { readonly asked: readonly string[] };
  if (outcome.kind !== "result") return finish(state, ref, results, []);
  const read = ingest(state, outcome.payload, asked, env.now);
  const device = deviceOf(read.state);
  const last = new Map(done.map((write) => [folded(write.key), write]));
  const info = { reasonCode: "Unspecified", additionalInfo: "accepted by the station, but not applied" };
  const checked = [...last.values()]
    .filter(({ key, value }) => folded(keyValue(device, key) ?? "") !== folded(value))
    .reduce((all, { index }) => withResult(all, index, "Rejected", info), results);
  return finish(withCapabilities(read.state), ref, checked, read.wants);
};

const finish = (
  state: TranslationState,
  ref: string,
  results: readonly Payload[],
  wants: readonly Want[],
): Step<TranslationState> => ({
  state,
  wants: [...wants, { do: "answer", ref, payload: { setVariableResult: results } }],
});
