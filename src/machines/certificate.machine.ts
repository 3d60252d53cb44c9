/**
 * The certificate with which one station is known to its CSMS: asked for, tried, kept or given up.
 *
 *     idle ──request.wanted, renewal──▶ keying ──▶ asking ──Accepted──▶ awaiting ──wait.over──▶ asking (repeated)
 *       ▲                                            │ Rejected            │ too often
 *       ├────────────────────────────────────────────┴─────────────────────┘
 *       │                    (any) ──certificate.signed──▶ trial ──link.worked with the new one──▶ idle, committed
 *       └──────────────────────────────────────────────────┴───── link.worked with the old one──▶ idle, rolled back
 *
 * Whoever runs it writes its snapshot down after each step, and I/O of a step begins when that is done: so a crash at any point comes back
 * to a step whose certificates all have their keys. A key is destroyed when no written snapshot names it any more.
 *
 * Differences of 1.6 and 2.0.1 are in `policy`.
 *
 * @see OCPP 2.0.1 Part 2 A02, A03; security extension edition 3 A02, A03
 */
import { type ActorRefFrom, assign, type EventObject, emit, fromCallback, fromPromise, setup } from "xstate";
import { type EpochMs, epochMs, type KeyId } from "../domain/ids.ts";
import { type Credential, type PendingRequest, REFUSALS_BEFORE_OLD } from "../domain/pki/credential.ts";
import type { PkiPolicy } from "../domain/pki/policy.ts";
import { repeatAfterMs } from "../domain/pki/renewal.ts";
import { type CertificateContext, idleUntil, initialCertificateContext, MOST_PENDING } from "./certificate-context.ts";
import { unprovided } from "./unprovided.ts";

export type RequestAnswer = "Accepted" | "Rejected" | "none";

export type CertificateEvent = { readonly at: EpochMs } /** The CSMS, or an operator, wants a new certificate. */ & (
  | { readonly type: "request.wanted" }
  | { readonly type: "request.made"; readonly request: PendingRequest }
  | { readonly type: "request.failed" }
  /** `waitMs`: not asked again before; `spreadMs`: and so much later than planned, for not all stations to ask at once. */
  | {
      readonly type: "request.answered";
      readonly status: RequestAnswer;
      readonly waitMs?: number;
      readonly spreadMs?: number;
    }
  /** The CSMS or the EST server sent a certificate that passed every check. */
  | { readonly type: "certificate.signed"; readonly credential: Credential }
  /** It sent one that did not. */
  | { readonly type: "certificate.refused" }
  /** The CSMS let the station in and has answered it. `keyId` null: with what the configuration gives. */
  | { readonly type: "link.worked"; readonly keyId: KeyId | null }
  | { readonly type: "link.refused" }
  | { readonly type: "wait.over" }
);

export interface CertificateEmitted {
  readonly type: "certificate.committed" | "certificate.discarded" | "request.exhausted" | "request.impossible";
}

type Of<T extends CertificateEvent["type"]> = Extract<CertificateEvent, { readonly type: T }>;

export const certificateMachine = setup({
  types: {
    context: {} as CertificateContext,
    events: {} as CertificateEvent,
    input: {} as { readonly policy: PkiPolicy; readonly at: EpochMs },
    emitted: {} as CertificateEmitted,
  },
  actors: {
    /** Sends `wait.over` at `input.at`. */
    deadline: fromCallback<EventObject, { readonly at: EpochMs }>(unprovided("deadline")),
    /** Makes key and request; sends `request.made` or `request.failed`. */
    makeRequest: fromCallback<EventObject>(unprovided("makeRequest")),
    /** Sends SignCertificate as soon as the link is up, or asks the EST server; then `request.answered`. */
    sendRequest: fromCallback<EventObject, { readonly csr: string }>(unprovided("sendRequest")),
    /** Has the link dialled anew when its calls are over. */
    switchOver: fromPromise<void>(unprovided("switchOver")),
  },
  actions: {
    keepRequest: assign(({ context }, { request }: Of<"request.made">) => ({
      pending: [...context.pending, request].slice(-MOST_PENDING),
      isSpent: false,
      attempt: 0,
    })),
    planRepeat: assign(({ context, event }, { waitMs = 0, spreadMs = 0 }: Of<"request.answered">) => ({
      wakeAt: epochMs(
        event.at + Math.max(waitMs, repeatAfterMs(context.policy.waitMinimumSec, context.attempt)) + spreadMs,
      ),
    })),
    countRepeat: assign({ attempt: ({ context }) => context.attempt + 1 }),
    forgetRepeats: assign({ attempt: 0 }),
    spend: assign({ isSpent: true }),
    putOnTrial: assign((_, { credential }: Of<"certificate.signed">) => ({ candidate: credential, refusals: 0 })),
    countRefusal: assign({ refusals: ({ context }) => context.refusals + 1 }),
    forgetRefusals: assign({ refusals: 0 }),
    /** The new certificate works: the one before stays as long as the version's rules have it. */
    commit: assign(({ context: { candidate, active, policy }, event }) => ({
      active: candidate,
      candidate: null,
      pending: [],
      refusals: 0,
      previous: policy.keepPreviousDays > 0 ? active : null,
      previousUntil: epochMs(event.at + policy.keepPreviousDays * 86_400_000),
    })),
    /** Only the old certificate works: the new one has had its chance. */
    rollBack: assign({ candidate: null, pending: [], refusals: 0 }),
    /** The active one no longer works and the one before does. */
    restorePrevious: assign(({ context }) => ({ active: context.previous, previous: null, refusals: 0 })),
    dropPrevious: assign({ previous: null }),
    planIdle: assign(({ context, event }) => ({ wakeAt: idleUntil(context, event.at) })),
    tell: emit((_, { type }: CertificateEmitted) => ({ type })),
  },
  guards: {
    hasRequest: ({ context }) => context.pending.length > 0 && !context.isSpent,
    mayRepeat: ({ context }) => context.attempt < context.policy.repeatTimes,
    isAccepted: (_, { status }: { readonly status: RequestAnswer }) => status === "Accepted",
    /** The CSMS was away, or did not say: like an answer that brings no certificate. */
    isUnanswered: (_, { status }: { readonly status: RequestAnswer }) => status === "none",
    isCandidate: ({ context }, { keyId }: { readonly keyId: KeyId | null }) => context.candidate?.keyId === keyId,
    /** What worked is the way back, and it was taken because the other was refused: not an answer over a connection from before. */
    isWayBack: ({ context }, { keyId }: { readonly keyId: KeyId | null }) =>
      context.refusals >= REFUSALS_BEFORE_OLD && keyId === (context.active?.keyId ?? null),
    restoresPrevious: ({ context: { candidate, previous, refusals } }, { keyId }: { readonly keyId: KeyId | null }) =>
      candidate === null && previous?.keyId === keyId && refusals >= REFUSALS_BEFORE_OLD,
    isPreviousOver: ({ context, event }) => context.previous !== null && event.at >= context.previousUntil,
    /** Also the first certificate, where nobody but the station begins. */
    isRenewalDue: ({ context, event }) =>
      (context.active !== null || context.policy.enrolment === "est") && event.at >= context.wakeAt,
  },
}).createMachine({
  id: "certificate",
  context: ({ input }) => initialCertificateContext(input.policy, input.at),
  on: {
    "certificate.signed": {
      target: ".trial",
      reenter: true,
      actions: [{ type: "putOnTrial", params: ({ event }) => event }],
    },
    "link.refused": { actions: "countRefusal" },
    "link.worked": [
      {
        guard: { type: "restoresPrevious", params: ({ event }) => event },
        actions: ["restorePrevious", { type: "tell", params: { type: "certificate.discarded" } }],
      },
      { actions: "forgetRefusals" },
    ],
  },
  initial: "idle",
  states: {
    idle: {
      invoke: { src: "deadline", input: ({ context }) => ({ at: context.wakeAt }) },
      on: {
        "request.wanted": [{ guard: "hasRequest", target: "asking", actions: "forgetRepeats" }, { target: "keying" }],
        "wait.over": [
          { guard: "isPreviousOver", target: "idle", reenter: true, actions: ["dropPrevious", "planIdle"] },
          { guard: "isRenewalDue", target: "keying" },
          { target: "idle", reenter: true, actions: "planIdle" },
        ],
      },
    },
    keying: {
      invoke: { src: "makeRequest" },
      on: {
        "request.made": { target: "asking", actions: [{ type: "keepRequest", params: ({ event }) => event }] },
        "request.failed": {
          target: "idle",
          actions: ["planIdle", { type: "tell", params: { type: "request.impossible" } }],
        },
      },
    },
    asking: {
      invoke: { src: "sendRequest", input: ({ context }) => ({ csr: context.pending.at(-1)?.csr ?? "" }) },
      on: {
        // The same request again, not a new key: the CSMS may be signing it.
        "request.wanted": { target: "asking", reenter: true },
        "request.answered": [
          {
            guard: { type: "isAccepted", params: ({ event }) => event },
            target: "awaiting",
            actions: [{ type: "planRepeat", params: ({ event }) => event }],
          },
          {
            guard: { type: "isUnanswered", params: ({ event }) => event },
            target: "awaiting",
            actions: [{ type: "planRepeat", params: ({ event }) => event }],
          },
          { target: "idle", actions: "planIdle" },
        ],
        "certificate.refused": { target: "idle", actions: ["spend", "planIdle"] },
      },
    },
    awaiting: {
      invoke: { src: "deadline", input: ({ context }) => ({ at: context.wakeAt }) },
      on: {
        "request.wanted": { target: "asking", actions: "forgetRepeats" },
        "wait.over": [
          { guard: "mayRepeat", target: "asking", actions: "countRepeat" },
          { target: "idle", actions: ["planIdle", { type: "tell", params: { type: "request.exhausted" } }] },
        ],
        // A02.FR.20: what came was not usable, and asking again would bring the same.
        "certificate.refused": { target: "idle", actions: ["spend", "planIdle"] },
      },
    },
    trial: {
      invoke: { src: "switchOver" },
      on: {
        "link.worked": [
          {
            guard: { type: "isCandidate", params: ({ event }) => event },
            target: "idle",
            actions: ["commit", "planIdle", { type: "tell", params: { type: "certificate.committed" } }],
          },
          {
            guard: { type: "isWayBack", params: ({ event }) => event },
            target: "idle",
            actions: ["rollBack", "planIdle", { type: "tell", params: { type: "certificate.discarded" } }],
          },
        ],
      },
    },
  },
});

export type CertificateActor = ActorRefFrom<typeof certificateMachine>;
