/**
 * The life of one station as the gateway knows it: session, certificate, charging profiles, link to the CSMS.
 *
 *     offline ──session.opened──▶ booting ──boot.answered(Accepted)──▶ accepted ◀──frame.seen── suspect
 *        ▲                          ▲  │                                │     └──silence.elapsed──▶ │
 *        │                          │  └────boot.answered(not Accepted)─┘                           │
 *        └──session.closed──────────┴───────────────────────────────────────────────────────────────┘
 *
 * One actor per station and protocol version: a probe connection of another version is another actor and cannot touch this one
 * (field-lessons case 4). A station that comes back without a BootNotification, as both versions allow, is still accepted.
 *
 * No `after`: XState does not re-arm it on restore. It does restart invoked actors, so the wait for silence is the `deadline`
 * actor with an absolute instant. Facts of the traffic (`LifeEvent`) are taken in every state: an answer may arrive when the
 * station has just gone.
 *
 * @see OCPP 1.6 §4.2, §4.6; OCPP 2.0.1 Part 2 B01–B03, G02
 */
import { type ActorRefFrom, assign, type EventObject, fromCallback, setup } from "xstate";
import { beginTransaction, clear, endOfTransaction, install } from "../domain/charging/installed-profiles.ts";
import type { EpochMs } from "../domain/ids.ts";
import type { LifeEvent } from "../domain/life/life-event.ts";
import {
  type CertificateState,
  forget,
  initialContext,
  remember,
  SILENT_INTERVALS,
  type StationContext,
  type StationInput,
  silentAfter,
} from "./station-context.ts";
import { unprovided } from "./unprovided.ts";

/** `at` is when the gateway saw it happen: machines have no clock. */
export type StationEvent = { readonly at: EpochMs } & (
  | LifeEvent
  | {
      readonly type: "session.opened";
      readonly connection: number;
      readonly securityProfile: number;
      readonly certificate: CertificateState;
    }
  | { readonly type: "session.closed"; readonly connection: number }
  | { readonly type: "link.changed"; readonly connection: number; readonly state: StationContext["csms"]["state"] }
  | { readonly type: "frame.seen" }
  | { readonly type: "silence.elapsed" }
  /** The gateway stops; what there was to persist is persisted. */
  | { readonly type: "actor.retired" }
);

export interface DeadlineInput {
  readonly at: EpochMs;
  readonly connection: number;
  /** Milliseconds of silence that make a station suspect. */
  readonly silenceMs: number;
}

type Of<T extends StationEvent["type"]> = Extract<StationEvent, { readonly type: T }>;

export const stationMachine = setup({
  types: {
    context: {} as StationContext,
    events: {} as StationEvent,
    input: {} as StationInput,
    tags: {} as "online",
  },
  actors: {
    /** At `input.at` sends `frame.seen` when the connection was heard meanwhile, else `silence.elapsed`. */
    deadline: fromCallback<EventObject, DeadlineInput>(unprovided("deadline")),
  },
  actions: {
    openSession: assign((_, event: Of<"session.opened">) => ({
      connection: event.connection,
      securityProfile: event.securityProfile,
      certificate: event.certificate,
    })),
    closeSession: assign({ connection: 0 }),
    postponeSilence: assign(({ context, event }) => ({
      silentAt: silentAfter(event.at, context.heartbeatIntervalSec),
    })),
    stamp: assign(({ event }) => ({ changedAt: event.at })),
    noteLink: assign((_, event: Of<"link.changed">) => ({ csms: { state: event.state, since: event.at } })),
    /** An interval of 0 leaves the choice to the station (2.0.1 B01.FR.05); ours is kept. */
    keepRegistration: assign(({ context }, event: Of<"boot.answered">) => ({
      registration: event.status,
      heartbeatIntervalSec:
        event.status === "Accepted" && event.intervalSec > 0 ? event.intervalSec : context.heartbeatIntervalSec,
    })),
    keepInterval: assign(({ context }, event: Of<"heartbeat.changed">) => ({
      heartbeatIntervalSec: event.intervalSec > 0 ? event.intervalSec : context.heartbeatIntervalSec,
    })),
    noteConnector: assign(({ context }, { evseId, connectorId, status, errorCode, at }: Of<"connector.status">) => ({
      connectors: remember(context.connectors, `${evseId}/${connectorId}`, { status, errorCode, at }),
    })),
    openTransaction: assign(({ context }, started: Of<"transaction.started">) => ({
      transactions: remember(context.transactions, started.transactionId, {
        evseId: started.evseId,
        startedAt: started.at,
      }),
      profiles: beginTransaction(context.profiles, started),
    })),
    endTransaction: assign(({ context }, { transactionId }: Of<"transaction.ended">) => ({
      transactions: forget(context.transactions, transactionId),
      profiles: endOfTransaction(context.profiles, context.transactions[transactionId]?.evseId ?? -1, transactionId),
    })),
    installProfile: assign(({ context }, { profile, at }: Of<"profile.installed">) => ({
      profiles: install(
        context.profiles,
        profile.start === undefined ? profile : { ...profile, start: { ...profile.start, at } },
      ),
    })),
    clearProfiles: assign(({ context }, { criteria }: Of<"profile.cleared">) => ({
      profiles: clear(context.profiles, criteria),
    })),
  },
  guards: {
    isCurrent: ({ context }, { connection }: { readonly connection: number }) => connection === context.connection,
    isAccepted: (_, { status }: { readonly status: string }) => status === "Accepted",
    wasAccepted: ({ context }) => context.registration === "Accepted",
    isNewTransaction: ({ context }, { transactionId }: { readonly transactionId: string }) =>
      !Object.hasOwn(context.transactions, transactionId),
  },
}).createMachine({
  id: "station",
  context: ({ input }) => initialContext(input),
  on: {
    "actor.retired": ".retired",
    "session.opened": [
      {
        guard: "wasAccepted",
        target: ".accepted",
        reenter: true,
        actions: [{ type: "openSession", params: ({ event }) => event }, "postponeSilence", "stamp"],
      },
      { target: ".booting", actions: [{ type: "openSession", params: ({ event }) => event }, "stamp"] },
    ],
    "session.closed": {
      guard: { type: "isCurrent", params: ({ event }) => event },
      target: ".offline",
      actions: ["closeSession", "stamp"],
    },
    "link.changed": {
      guard: { type: "isCurrent", params: ({ event }) => event },
      actions: [{ type: "noteLink", params: ({ event }) => event }],
    },
    "boot.answered": { actions: [{ type: "keepRegistration", params: ({ event }) => event }, "stamp"] },
    "heartbeat.changed": { actions: [{ type: "keepInterval", params: ({ event }) => event }, "stamp"] },
    "connector.status": { actions: [{ type: "noteConnector", params: ({ event }) => event }, "stamp"] },
    "transaction.started": {
      guard: { type: "isNewTransaction", params: ({ event }) => event },
      actions: [{ type: "openTransaction", params: ({ event }) => event }, "stamp"],
    },
    "transaction.ended": { actions: [{ type: "endTransaction", params: ({ event }) => event }, "stamp"] },
    "profile.installed": { actions: [{ type: "installProfile", params: ({ event }) => event }, "stamp"] },
    "profile.cleared": { actions: [{ type: "clearProfiles", params: ({ event }) => event }, "stamp"] },
  },
  initial: "offline",
  states: {
    offline: {},
    booting: {
      tags: "online",
      on: {
        "boot.answered": [
          {
            guard: { type: "isAccepted", params: ({ event }) => event },
            target: "accepted",
            actions: [{ type: "keepRegistration", params: ({ event }) => event }, "postponeSilence", "stamp"],
          },
          { actions: [{ type: "keepRegistration", params: ({ event }) => event }, "stamp"] },
        ],
      },
    },
    accepted: {
      tags: "online",
      invoke: {
        src: "deadline",
        id: "deadline",
        input: ({ context }) => ({
          at: context.silentAt,
          connection: context.connection,
          silenceMs: SILENT_INTERVALS * context.heartbeatIntervalSec * 1000,
        }),
      },
      on: {
        "frame.seen": { target: "accepted", reenter: true, actions: "postponeSilence" },
        "silence.elapsed": { target: "suspect", actions: "stamp" },
        "boot.answered": [
          {
            guard: { type: "isAccepted", params: ({ event }) => event },
            target: "accepted",
            reenter: true,
            actions: [{ type: "keepRegistration", params: ({ event }) => event }, "postponeSilence", "stamp"],
          },
          { target: "booting", actions: [{ type: "keepRegistration", params: ({ event }) => event }, "stamp"] },
        ],
      },
    },
    suspect: {
      tags: "online",
      on: { "frame.seen": { target: "accepted", actions: ["postponeSilence", "stamp"] } },
    },
    retired: { type: "final" },
  },
});

export type StationActor = ActorRefFrom<typeof stationMachine>;
