/**
 * GetBaseReport and GetReport. The answer comes first, then NotifyReport, one part after the answer to the other, so that a long
 * report never stands before a transaction's messages.
 *
 *     request ─▶ keys known? ─yes─▶ Accepted ─▶ (read again when old) ─▶ part 0 ─▶ part 1 … ─▶ last (tbc false)
 *                   └─no, station there─▶ GetConfiguration{} ─▶ Accepted or Rejected ─▶ …
 *
 * A part that the CSMS does not take ends the report (translation.md §6.7). The parts are made from the model as it is then; where the
 * last one ended is known by the row's name, so a row is told once, whatever changes in between.
 *
 * @see translation.md §4.4; 2.0.1 B07, B08
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { AnswerRule, Asked, CallRule, Step, TranslationState, Want } from "./contract.ts";
import { askConfiguration, ingest, isAskable } from "./device-cache.ts";
import { compact } from "./device-compact.ts";
import { TOO_MANY_ITEMS } from "./device-get-variables.ts";
import { withCapabilities } from "./device-learning.ts";
import { modelOf } from "./device-model.ts";
import { type DeviceOptions, freshMsOf, type World } from "./device-options.ts";
import { ITEMS_PER_MESSAGE } from "./device-own.ts";
import { REPORT_BASES, type ReportFilter, reportRows, type Wanted } from "./device-report-filter.ts";
import { type Row, rowId } from "./device-rows.ts";
import { deviceOf, entryOf, withDevice } from "./device-state.ts";

/** Reports of one station under way at a time; another is Rejected. */
export const MAX_REPORTS = 4;
/** A report whose job was lost does not keep its requestId for ever. */
export const REPORT_LIFE_MS = 600_000;
/** Size of a part: far below any frame limit, and few hundred milliseconds of a slow uplink. */
const PART_ROWS = 40;
const PART_CHARACTERS = 16_384;

interface Report {
  readonly requestId: number;
  readonly filter: ReportFilter;
}

export const getBaseReport =
  (options: DeviceOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const { requestId, reportBase } = asked.payload;
    if (!REPORT_BASES.some((base) => base === reportBase))
      return answered(state, asked.ref, { status: "NotSupported" });
    const report = { requestId: requestId as number, filter: { base: reportBase as string } };
    return start({ state, env, options }, asked, report, true);
  };

export const getReport =
  (options: DeviceOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const { requestId, componentVariable, componentCriteria } = asked.payload;
    const wanted = componentVariable as readonly Wanted[] | undefined;
    if ((wanted?.length ?? 0) > ITEMS_PER_MESSAGE.GetReport) {
      const code = "OccurrenceConstraintViolation";
      return { state, wants: [{ do: "refuse", ref: asked.ref, code, description: TOO_MANY_ITEMS }] };
    }
    const filter = compact({ wanted, criteria: componentCriteria as readonly string[] | undefined });
    return start({ state, env, options }, asked, { requestId: requestId as number, filter }, false);
  };

function start(world: World, { ref }: Asked, report: Report, isAnew: boolean): Step<TranslationState> {
  const state = withoutLost(world.state, world.env.now);
  const { reports, readAt } = deviceOf(state);
  if (entryOf(reports, String(report.requestId)) !== undefined) return rejected(state, ref, "DuplicateRequestId");
  if (Object.keys(reports).length >= MAX_REPORTS)
    return rejected(state, ref, "Unspecified", "other reports are under way");
  const canBeAsked = isAskable(deviceOf(state), world.env);
  if (readAt === undefined) {
    if (!canBeAsked) return rejected(state, ref, "Unspecified", "the station has not been read yet");
    return reading(registered(state, report, world.env.now), report, ref, []);
  }
  const isOld = world.env.now - readAt >= freshMsOf(world.options);
  if (!isAnew || !isOld || !canBeAsked) return accept({ ...world, state }, report, ref, []);
  return reading(registered(state, report, world.env.now), report, undefined, [accepted(ref)]);
}

/** Job of a report that waits for the keys; `ref` when its request has no answer yet. */
const reading = (
  state: TranslationState,
  report: Report,
  ref: string | undefined,
  wants: readonly Want[],
): Step<TranslationState> => ({
  state,
  wants: [...wants, askConfiguration(undefined, compact({ kind: "device.report.read", report, ref }))],
});

export const reportRead =
  (options: DeviceOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const { report, ref } = job as unknown as { report: Report; ref?: string };
    // An empty list is no reading: what is known is better.
    const told = outcome.kind === "result" ? outcome.payload["configurationKey"] : undefined;
    const isTold = outcome.kind === "result" && Array.isArray(told) && told.length > 0;
    const read = isTold ? ingest(state, outcome.payload, undefined, env.now) : { state, wants: [] };
    const next = isTold ? withCapabilities(read.state) : state;
    const world = { state: next, env, options };
    if (ref === undefined) return part(world, report, env.now, 0, undefined, read.wants);
    const isKnown = deviceOf(next).readAt !== undefined || Object.keys(deviceOf(next).keys).length > 0;
    if (isKnown) return accept(world, report, ref, read.wants);
    return rejected(unregistered(next, report), ref, "Unspecified", "the station did not tell its configuration");
  };

function accept(world: World, report: Report, ref: string, wants: readonly Want[]): Step<TranslationState> {
  if (reportRows(modelOf(world).rows, report.filter).length === 0) {
    return { state: unregistered(world.state, report), wants: [...wants, answer(ref, { status: "EmptyResultSet" })] };
  }
  const state = registered(world.state, report, world.env.now);
  return part({ ...world, state }, report, world.env.now, 0, undefined, [...wants, accepted(ref)]);
}

/** The part that begins behind row `after`. */
function part(
  world: World,
  report: Report,
  generatedAt: EpochMs,
  seqNo: number,
  after: string | undefined,
  wants: readonly Want[],
): Step<TranslationState> {
  const model = modelOf(world);
  const left = reportRows(model.rows, report.filter).filter((row) => after === undefined || rowId(row) > after);
  const rows = firstOf(left);
  const last = rows.at(-1);
  const isLast = rows.length === left.length || last === undefined;
  const payload = {
    requestId: report.requestId,
    generatedAt: new Date(generatedAt).toISOString(),
    seqNo,
    tbc: !isLast,
    ...(rows.length === 0 ? {} : { reportData: rows.map(reportData) }),
  };
  const job = { kind: "device.report.part", report, generatedAt, seqNo, ...(isLast ? {} : { after: rowId(last) }) };
  const lost = seqNo === 0 ? model.wants : [];
  return {
    state: world.state,
    wants: [...wants, ...lost, { do: "ask", peer: "csms", action: "NotifyReport", payload, job }],
  };
}

/** At least one, then as many as a part may hold. */
function firstOf(rows: readonly Row[]): readonly Row[] {
  let characters = 0;
  const end = rows.findIndex((row, index) => {
    characters += JSON.stringify(reportData(row)).length;
    return index > 0 && (index >= PART_ROWS || characters > PART_CHARACTERS);
  });
  return end === -1 ? rows : rows.slice(0, end);
}

export const reportPartTold =
  (options: DeviceOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const { report, generatedAt, seqNo, after } = job as unknown as PartJob;
    if (outcome.kind !== "result") {
      return { state: unregistered(state, report), wants: [{ do: "lost", what: "NotifyReport" }] };
    }
    if (after === undefined) return { state: unregistered(state, report), wants: [] };
    return part({ state, env, options }, report, generatedAt, seqNo + 1, after, []);
  };

interface PartJob {
  readonly report: Report;
  readonly generatedAt: EpochMs;
  readonly seqNo: number;
  /** Absent: it was the last. */
  readonly after?: string;
}

/** Values beyond what the schema takes are not told at all: half a list is a wrong list. */
const MAX_VALUES_LIST = 1000;

export function reportData(row: Row): Payload {
  const { valuesList } = row;
  return {
    component: row.component,
    variable: row.variable,
    variableAttribute: [
      compact({
        type: "Actual",
        value: row.value,
        mutability: row.mutability,
        persistent: true,
        constant: row.isConstant === true,
      }),
    ],
    variableCharacteristics: compact({
      dataType: row.dataType,
      unit: row.unit,
      minLimit: row.minLimit,
      maxLimit: row.maxLimit,
      valuesList: valuesList !== undefined && valuesList.length <= MAX_VALUES_LIST ? valuesList : undefined,
      supportsMonitoring: false,
    }),
  };
}

const registered = (state: TranslationState, { requestId }: Report, now: EpochMs): TranslationState =>
  withDevice(state, { reports: { ...deviceOf(state).reports, [requestId]: now } });

const unregistered = (state: TranslationState, { requestId }: Report): TranslationState =>
  withReports(state, ([id]) => id !== String(requestId));

const withoutLost = (state: TranslationState, now: EpochMs): TranslationState =>
  withReports(state, ([, since]) => now - since < REPORT_LIFE_MS);

const withReports = (state: TranslationState, keep: (entry: [string, EpochMs]) => boolean): TranslationState =>
  withDevice(state, { reports: Object.fromEntries(Object.entries(deviceOf(state).reports).filter(keep)) });

const answer = (ref: string, payload: Payload): Want => ({ do: "answer", ref, payload });

const accepted = (ref: string): Want => answer(ref, { status: "Accepted" });

const answered = (state: TranslationState, ref: string, payload: Payload): Step<TranslationState> => ({
  state,
  wants: [answer(ref, payload)],
});

const rejected = (
  state: TranslationState,
  ref: string,
  reasonCode: string,
  additionalInfo?: string,
): Step<TranslationState> =>
  answered(state, ref, { status: "Rejected", statusInfo: compact({ reasonCode, additionalInfo }) });
