/**
 * ChangeAvailability: one word of 2.0.1 may be several of 1.6.
 *
 * | `evse`              | 1.6                                                                  |
 * | ------------------- | -------------------------------------------------------------------- |
 * | absent, or id 0     | connector 0                                                          |
 * | `{id}`              | every connector of the EVSE, one after the other                     |
 * | `{id, connectorId}` | that connector                                                       |
 *
 * The answer is the worst of all: Rejected, then Scheduled, then Accepted. When one refuses, those that had accepted are put back to
 * what the CSMS had wanted of them before; one that did not answer may have obeyed, and is put back too.
 *
 * A station that reports only connector 0 leaves the CSMS without the statuses of the connectors: they are said for it.
 *
 * @see OCPP 2.0.1 G03, G04; OCPP 1.6 edition 2 §5.2
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { numberAt, objectAt, textAt, timestampOf } from "./command-fields.ts";
import { askStation, type CommandJob, commandJob, first, reason, say, statusOf, tellCsms } from "./command-kit.ts";
import { commandsOf, type Operation, withCommands } from "./command-state.ts";
import {
  type AnswerRule,
  type Block,
  type CallRule,
  connectors16Of,
  type Env,
  nothingWanted,
  openTransactionAt,
  placeOf,
  type Step,
  type Topology,
  type TranslationState,
  type WakeRule,
  type Want,
} from "./contract.ts";
import { type Reason, reasonOf } from "./errors.ts";

interface Fan extends CommandJob {
  readonly to: Operation;
  readonly left: readonly number[];
  readonly done: readonly { readonly connector16: number; readonly status: string }[];
}

/** How long a station may take to report its connectors itself. */
export const OWN_REPORTS_MS = 10_000;

/** 1.6 connectors that a ChangeAvailability is for, or why there are none. */
function connectorsMeant(evse: Payload | undefined, topology: Topology): readonly number[] | Reason {
  const evseId = evse === undefined ? 0 : (numberAt(evse, "id") ?? 0);
  const connectorId = evse === undefined ? undefined : numberAt(evse, "connectorId");
  if (evseId === 0 && connectorId === undefined) return [0];
  if (connectors16Of(topology, evseId).length === 0) return reason("UnknownEvse");
  const connectors = connectors16Of(topology, evseId, connectorId);
  return connectors.length === 0 ? reason("UnknownConnectorId") : connectors;
}

const change: CallRule<TranslationState> = (state, asked, env) => {
  const connectors = connectorsMeant(objectAt(asked.payload, "evse"), env.topology);
  if (!("length" in connectors)) return say(state, asked, "Rejected", connectors);
  const to: Operation = textAt(asked.payload, "operationalStatus") === "Inoperative" ? "Inoperative" : "Operative";
  const fan: Fan = { kind: "availability.step", ref: asked.ref, to, left: connectors, done: [] };
  return askNext(state, fan, env);
};

function askNext(state: TranslationState, fan: Fan, env: Env): Step<TranslationState> {
  const connectorId = fan.left[0] ?? 0;
  const payload = { connectorId, type: fan.to };
  return askStation(state, { action: "ChangeAvailability", payload, job: fan }, stepped, env);
}

const stepped: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const fan = commandJob(job) as Fan;
  const [connector16 = 0, ...left] = fan.left;
  const status = statusOf(outcome);
  if (status !== "Accepted" && status !== "Scheduled") {
    const uncertain = outcome.kind === "none" ? [connector16] : [];
    const undo = env.isStationOnline ? rollback(state, fan, uncertain) : [];
    const refused = say(state, fan, "Rejected", status === "Rejected" ? undefined : reasonOf(outcome));
    return first(undo, refused);
  }
  const next = { ...fan, left, done: [...fan.done, { connector16, status }] };
  return left.length > 0 ? askNext(state, next, env) : finish(state, next, env);
};

/** Puts back whatever may have changed, latest first. */
function rollback(state: TranslationState, { done, to }: Fan, uncertain: readonly number[]): readonly Want[] {
  return [...done.map(({ connector16 }) => connector16), ...uncertain].reverse().flatMap((connectorId): Want[] => {
    const before = commandsOf(state).availability[connectorId] ?? "Operative";
    if (before === to) return [];
    return [{ do: "ask", peer: "station", action: "ChangeAvailability", payload: { connectorId, type: before } }];
  });
}

function finish(state: TranslationState, fan: Fan, env: Env): Step<TranslationState> {
  const connectors = fan.done.map(({ connector16 }) => connector16);
  const isWhole = connectors.includes(0);
  const all = isWhole
    ? [0, ...env.topology.evses.flatMap((evse) => evse.connectors.map(({ connector16 }) => connector16))]
    : connectors;
  const availability = {
    ...commandsOf(state).availability,
    ...Object.fromEntries(all.map((connector16) => [connector16, fan.to])),
  };
  const whole = isWhole ? { wholeStation: { to: fan.to, at: env.now } } : {};
  const isScheduled = fan.done.some(({ status }) => status === "Scheduled");
  return say(withCommands(state, { availability, ...whole }), fan, isScheduled ? "Scheduled" : "Accepted");
}

// --- stations that report connector 0 only ----------------------------------------------------------------------------

/** Connector 0 has followed a command; whether its connectors are reported too is seen a little later. */
const hearStatus: CallRule<TranslationState> = (state, { payload }, env) => {
  const { wholeStation } = commandsOf(state);
  const followed = wholeStation?.to === "Inoperative" ? "Unavailable" : "Available";
  const isIt = numberAt(payload, "connectorId") === 0 && textAt(payload, "status") === followed;
  if (wholeStation === undefined || !isIt) return nothingWanted(state);
  const job = { kind: "availability.spread", key: "0" };
  return { state, wants: [{ do: "wake", job, at: epochMs(env.now + OWN_REPORTS_MS) }] };
};

const spread: WakeRule<TranslationState> = (state, _job, env) => {
  const { wholeStation } = commandsOf(state);
  if (wholeStation === undefined) return nothingWanted(state);
  const done = withCommands(state, { wholeStation: undefined });
  const connectors = env.topology.evses.flatMap((evse) => evse.connectors.map(({ connector16 }) => connector16));
  return connectors.reduce<Step<TranslationState>>(
    (step, connector16) => {
      const report = reportFor(step.state, connector16, wholeStation, env);
      return { state: report.state, wants: [...step.wants, ...report.wants] };
    },
    { state: done, wants: [] },
  );
};

function reportFor(
  state: TranslationState,
  connector16: number,
  { to, at }: { readonly to: Operation; readonly at: EpochMs },
  { topology, now }: Env,
): Step<TranslationState> {
  const known = state.tx.connectors[connector16];
  const place = placeOf(topology, connector16);
  const speaksForItself = known !== undefined && known.at >= at;
  if (place === undefined || speaksForItself || openTransactionAt(state, connector16)) return nothingWanted(state);
  const connectorStatus = to === "Inoperative" ? "Unavailable" : statusOnceOperative(known?.status);
  if (known?.reported === connectorStatus) return nothingWanted(state);
  const connector = { status: "Unknown", errorCode: "NoError", at, ...known, reported: connectorStatus };
  const connectors = { ...state.tx.connectors, [connector16]: connector };
  const payload = { timestamp: timestampOf(now), connectorStatus, ...place };
  return {
    state: { ...state, tx: { ...state.tx, connectors } },
    wants: [tellCsms("StatusNotification", payload)],
  };
}

/** What the connector was before; an unavailable one is available again. */
function statusOnceOperative(status: string | undefined): string {
  if (status === "Reserved" || status === "Faulted") return status;
  const isOccupied = ["Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing"].includes(status ?? "");
  return isOccupied ? "Occupied" : "Available";
}

export const availability: Block = {
  from: { csms: { ChangeAvailability: change } },
  hears: { StatusNotification: hearStatus },
  answers: { "availability.step": stepped },
  wakes: { "availability.spread": spread },
};
