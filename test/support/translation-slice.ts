/**
 * A few rules with which the engine is tried: a boot, a card, a heartbeat, a start and a stop that are kept, one command, one alarm.
 * The real rules have their own files and tests.
 */
import type { Asked, Block, Job, Outcome, Step, TranslationState, Want } from "../../src/domain/translate/contract.ts";

type State = TranslationState;

const step = (state: State, ...wants: Want[]): Step<State> => ({ state, wants });
const iso = (at: number) => new Date(at).toISOString();
const text = (value: unknown): string => String(value);

/** Counts what a rule was called for. */
const counted = (state: State, name: string): State => ({
  ...state,
  commands: { ...state.commands, [name]: Number(state.commands[name] ?? 0) + 1 },
});

const event = (asked: Asked, eventType: string, seqNo: number) => ({
  eventType,
  timestamp: asked.payload["timestamp"],
  triggerReason: "Authorized",
  seqNo,
  transactionInfo: { transactionId: "T1" },
  ...(asked.offline ? { offline: true } : {}),
});

const kept = (asked: Asked, eventType: string, seqNo: number, job?: Job): Want => ({
  do: "ask",
  peer: "csms",
  action: "TransactionEvent",
  payload: event(asked, eventType, seqNo),
  sure: true,
  ...(job === undefined ? {} : { job }),
});

const refuseOf = (ref: string, outcome: Outcome): Want => ({
  do: "refuse",
  ref,
  code: outcome.kind === "error" ? outcome.code : "GenericError",
  description: outcome.kind,
});

export const SLICE: Block = {
  from: {
    station: {
      BootNotification: (state, { ref, payload }) =>
        step(state, {
          do: "ask",
          peer: "csms",
          action: "BootNotification",
          payload: {
            reason: "PowerUp",
            chargingStation: { model: payload["chargePointModel"], vendorName: payload["chargePointVendor"] },
          },
          job: { kind: "slice.boot", ref },
        }),
      Heartbeat: (state, { ref }, env) => step(state, { do: "answer", ref, payload: { currentTime: iso(env.now) } }),
      Authorize: (state, { ref, payload }) =>
        step(state, {
          do: "ask",
          peer: "csms",
          action: "Authorize",
          payload: { idToken: { idToken: payload["idTag"], type: "ISO14443" } },
          job: { kind: "slice.card", ref },
        }),
      StartTransaction: (state, asked) => {
        const started = { ...state, tx: { ...state.tx, highestTx16: 1 } };
        return step(started, kept(asked, "Started", 0, { kind: "slice.started", ref: asked.ref }));
      },
      StopTransaction: (state, asked) =>
        step(counted(state, "stops"), kept(asked, "Ended", 1), { do: "answer", ref: asked.ref, payload: {} }),
      // Answers first, and tells the CSMS something that is not kept.
      StatusNotification: (state, { ref, payload }) =>
        step(
          state,
          { do: "answer", ref, payload: {} },
          {
            do: "ask",
            peer: "csms",
            action: "StatusNotification",
            payload: {
              timestamp: iso(0),
              connectorStatus: "Available",
              evseId: payload["connectorId"],
              connectorId: 1,
            },
          },
          { do: "lost", what: "StatusNotification.info" },
        ),
      // Wants an event that the schema does not allow.
      MeterValues: (state, asked) =>
        step(state, {
          do: "ask",
          peer: "csms",
          action: "TransactionEvent",
          payload: { ...event(asked, "Updated", 2), timestamp: iso(0), reservationId: "none" },
          sure: true,
        }),
      FirmwareStatusNotification: () => {
        throw new Error("a defect");
      },
      DiagnosticsStatusNotification: (state, { ref }) =>
        step(state, { do: "answer", ref, payload: { status: "not in the schema" } }),
    },
    csms: {
      ClearCache: (state, { ref }) =>
        step(state, {
          do: "ask",
          peer: "station",
          action: "ClearCache",
          payload: {},
          job: { kind: "slice.cleared", ref },
        }),
      // Its answer has a text that is too long.
      ReserveNow: (state, { ref }) =>
        step(state, {
          do: "answer",
          ref,
          payload: { status: "Rejected", statusInfo: { reasonCode: "x".repeat(40) } },
        }),
      UnlockConnector: (state, { ref }) => step(state, { do: "answer", ref, payload: { status: "Maybe" } }),
      Reset: (state, { ref }, env) =>
        step(
          state,
          { do: "answer", ref, payload: { status: "Scheduled" } },
          { do: "wake", job: { kind: "slice.reset", key: "1" }, at: (env.now + 60_000) as never },
        ),
    },
  },
  answers: {
    "slice.boot": (state, job, outcome) => {
      const ref = text(job["ref"]);
      if (outcome.kind !== "result") return step(state, refuseOf(ref, outcome));
      const registration = outcome.payload["status"] as "Accepted";
      const { status, currentTime, interval } = outcome.payload;
      return step(
        { ...state, tx: { ...state.tx, registration } },
        { do: "answer", ref, payload: { status, currentTime, interval } },
      );
    },
    "slice.card": (state, job, outcome) => {
      const ref = text(job["ref"]);
      if (outcome.kind !== "result") return step(state, refuseOf(ref, outcome));
      const { status } = outcome.payload["idTokenInfo"] as { status: string };
      return step(state, { do: "answer", ref, payload: { idTagInfo: { status } } });
    },
    "slice.started": (state, job, outcome) =>
      outcome.kind === "result"
        ? step(counted(state, "started"), {
            do: "answer",
            ref: text(job["ref"]),
            payload: { transactionId: 1, idTagInfo: { status: "Accepted" } },
          })
        : step(state, refuseOf(text(job["ref"]), outcome)),
    "slice.cleared": (state, job, outcome) =>
      outcome.kind === "result"
        ? step(state, { do: "answer", ref: text(job["ref"]), payload: { status: outcome.payload["status"] } })
        : step(counted(state, outcome.kind), refuseOf(text(job["ref"]), outcome)),
  },
  wakes: {
    "slice.reset": (state) => step(state, { do: "ask", peer: "station", action: "Reset", payload: { type: "Soft" } }),
  },
};
