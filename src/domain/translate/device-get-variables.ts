/**
 * GetVariables: values of the gateway at once, those of the station from the cache when it was read lately, otherwise asked by name in
 * as many questions as the station needs. The results are as many as the request has items, in its order (B06.FR.01–03).
 *
 *     request ─▶ old keys? ─no──────────────────────────────▶ answer
 *                   └─yes─▶ GetConfiguration{chunk} ─▶ … ─▶ answer, from the cache where the station was silent
 *
 * @see translation.md §4.4; 2.0.1 B06
 */
import type { Payload } from "../ocpp/frame.ts";
import type { AnswerRule, CallRule, Step, TranslationState, Want } from "./contract.ts";
import { askConfiguration, ingest, isAskable, isFresh, isUnknown, nextChunk } from "./device-cache.ts";
import { withCapabilities } from "./device-learning.ts";
import { modelOf } from "./device-model.ts";
import { type DeviceOptions, freshMsOf, type World } from "./device-options.ts";
import { ITEMS_PER_MESSAGE } from "./device-own.ts";
import type { Row } from "./device-rows.ts";
import { cachedKey, deviceOf, folded } from "./device-state.ts";
import { echoOf, type Find, finder, type Item, itemsOf, keyOf } from "./device-target.ts";

export const TOO_MANY_ITEMS = "more items than DeviceDataCtrlr.ItemsPerMessage";

type Rule = CallRule<TranslationState>;

export const getVariables =
  (options: DeviceOptions): Rule =>
  (state, { ref, payload }, env) => {
    const items = itemsOf(payload, "getVariableData");
    if (items.length > ITEMS_PER_MESSAGE.GetVariables) {
      return {
        state,
        wants: [{ do: "refuse", ref, code: "OccurrenceConstraintViolation", description: TOO_MANY_ITEMS }],
      };
    }
    const world = { state, env, options };
    const keys = isAskable(deviceOf(state), env) ? oldKeys(world, items) : [];
    if (keys.length === 0) return answered(world, ref, items, []);
    return asking(state, ref, items, keys, []);
  };

/** Keys that the station has to be asked for, each once. */
function oldKeys(world: World, items: readonly Item[]): readonly string[] {
  const device = deviceOf(world.state);
  const find = finder(modelOf(world), device);
  const wanted = new Map<string, string>();
  for (const item of items) {
    const target = find(item);
    if (target.kind !== "row" || !isActual(item)) continue;
    const key = keyOf(target.row);
    if (key === undefined || isFresh(device, key, world.env.now, freshMsOf(world.options))) continue;
    wanted.set(folded(key), key);
  }
  return [...wanted.values()];
}

const isActual = ({ attributeType }: Item): boolean => attributeType === undefined || attributeType === "Actual";

function asking(
  state: TranslationState,
  ref: string,
  items: readonly Item[],
  keys: readonly string[],
  wants: readonly Want[],
): Step<TranslationState> {
  const { chunk, rest } = nextChunk(deviceOf(state), keys);
  return { state, wants: [...wants, askConfiguration(chunk, { kind: "device.get", ref, items, asked: chunk, rest })] };
}

/** The station's answer to one chunk. One that fails or is silent is not asked again: what is known is the answer. */
export const variablesRead =
  (options: DeviceOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const { ref, items, asked, rest } = job as unknown as Reading;
    if (outcome.kind !== "result") return answered({ state, env, options }, ref, items, []);
    const read = ingest(state, outcome.payload, asked, env.now);
    const next = withCapabilities(read.state);
    if (rest.length > 0) return asking(next, ref, items, rest, read.wants);
    return answered({ state: next, env, options }, ref, items, read.wants);
  };

interface Reading {
  readonly ref: string;
  readonly items: readonly Item[];
  readonly asked: readonly string[];
  readonly rest: readonly string[];
}

function answered(world: World, ref: string, items: readonly Item[], wants: readonly Want[]): Step<TranslationState> {
  const model = modelOf(world);
  const find = finder(model, deviceOf(world.state));
  const payload = { getVariableResult: items.map((item) => ({ ...echoOf(item), ...resultOf(world, find, item) })) };
  return { state: world.state, wants: [...wants, { do: "answer", ref, payload }] };
}

function resultOf(world: World, find: Find, item: Item): Payload {
  const target = find(item);
  if (target.kind !== "row") return { attributeStatus: target.kind };
  if (!isActual(item)) return { attributeStatus: "NotSupportedAttributeType" };
  const { row } = target;
  if (row.mutability === "WriteOnly") return rejected("WriteOnly");
  if (row.value !== undefined) return { attributeStatus: "Accepted", attributeValue: row.value, ...ageOf(world, row) };
  return withoutValue(world, row);
}

function withoutValue({ state, env }: World, row: Row): Payload {
  const key = keyOf(row);
  const device = deviceOf(state);
  // EVSE.Power has limits only.
  if (key === undefined) return rejected("MissingDevModelInfo", "no actual value");
  if (cachedKey(device, key) !== undefined) {
    return row.isThere
      ? rejected("MissingDevModelInfo", "the station tells no value")
      : { attributeStatus: "UnknownVariable" };
  }
  if (isUnknown(device, key)) return { attributeStatus: "UnknownVariable" };
  const reason = env.isStationOnline ? "the station did not answer" : "the station is not connected";
  return rejected("Unspecified", reason);
}

/** A value from an earlier reading is said to be one. */
function ageOf({ state, env, options }: World, row: Row): Payload {
  const key = keyOf(row);
  const device = deviceOf(state);
  const cached = key === undefined ? undefined : cachedKey(device, key);
  if (key === undefined || cached === undefined || isFresh(device, key, env.now, freshMsOf(options))) return {};
  const since = cached.at === 0 ? "changed, not read since" : `as of ${new Date(cached.at).toISOString()}`;
  return { attributeStatusInfo: { reasonCode: "NoError", additionalInfo: since } };
}

const rejected = (reasonCode: string, additionalInfo?: string): Payload => ({
  attributeStatus: "Rejected",
  attributeStatusInfo: { reasonCode, ...(additionalInfo === undefined ? {} : { additionalInfo }) },
});
