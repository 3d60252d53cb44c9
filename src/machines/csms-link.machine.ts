/**
 * One station's link to the CSMS: dial, stay, wait, dial again. Lives as long as the station's connection.
 *
 *     connecting ──link.opened──▶ up ──link.lost──▶ waiting ──wait.over──▶ connecting
 *          └──────────link.lost──────────────────────▲              (any) ──link.dismissed──▶ ended
 *
 * Not persisted: after a restart every link begins with `connecting`. Its input may therefore hold what a snapshot could not,
 * `dial`, and one provided machine serves all links.
 *
 * The wait is exponential: `minSec`, doubled up to `maxSec`, plus random jitter; a link that was up starts over. The jitter is
 * drawn outside and comes in with `link.lost`.
 *
 * @see OCPP 2.0.1 Part 4 §5.3 (reconnecting; errata 2025-04: reset after success)
 */
import { type ActorRefFrom, assign, type EventObject, fromCallback, setup } from "xstate";
import { type EpochMs, epochMs } from "../domain/ids.ts";
import { unprovided } from "./unprovided.ts";

export interface LinkBackoff {
  readonly minSec: number;
  readonly maxSec: number;
  readonly jitterSec: number;
}

/** Opens the WebSocket; sends `link.opened`, later `link.lost`; returns what closes it. */
export type Dial = (send: (event: LinkEvent) => void) => () => void;

export interface LinkInput {
  readonly backoff: LinkBackoff;
  readonly dial: Dial;
}

export interface LinkContext extends LinkInput {
  /** Losses since the link was last up. */
  readonly failures: number;
  readonly retryAt: EpochMs;
}

export type LinkEvent = { readonly at: EpochMs } & (
  | { readonly type: "link.opened" }
  /** @param jitter uniform in [0, 1) */
  | { readonly type: "link.lost"; readonly jitter: number }
  | { readonly type: "wait.over" }
  /** Its station has gone: the link ends for good. */
  | { readonly type: "link.dismissed" }
);

export const linkMachine = setup({
  types: {
    context: {} as LinkContext,
    events: {} as LinkEvent,
    input: {} as LinkInput,
    tags: {} as "up" | "connecting" | "down",
  },
  actors: {
    /** Dials, and hangs up when stopped. */
    socket: fromCallback<EventObject, { readonly dial: Dial }>(({ input, sendBack }) => input.dial(sendBack)),
    /** Sends `wait.over` at `input.at`. */
    deadline: fromCallback<EventObject, { readonly at: EpochMs }>(unprovided("deadline")),
  },
  actions: {
    forgetFailures: assign({ failures: 0 }),
    planRetry: assign(({ context, event }, { jitter }: { readonly jitter: number }) => ({
      failures: context.failures + 1,
      retryAt: epochMs(event.at + waitMs(context.backoff, context.failures, jitter)),
    })),
  },
}).createMachine({
  id: "csms-link",
  context: ({ input }) => ({ ...input, failures: 0, retryAt: epochMs(0) }),
  initial: "dialled",
  on: { "link.dismissed": ".ended" },
  states: {
    dialled: {
      invoke: { src: "socket", input: ({ context }) => ({ dial: context.dial }) },
      initial: "connecting",
      on: {
        "link.lost": {
          target: "waiting",
          actions: { type: "planRetry", params: ({ event }) => ({ jitter: event.jitter }) },
        },
      },
      states: {
        connecting: { tags: "connecting", on: { "link.opened": { target: "up", actions: "forgetFailures" } } },
        up: { tags: "up" },
      },
    },
    waiting: {
      tags: "down",
      invoke: { src: "deadline", input: ({ context }) => ({ at: context.retryAt }) },
      on: { "wait.over": "dialled" },
    },
    ended: { type: "final" },
  },
});

/** Milliseconds before try number `failures` + 1. */
export function waitMs({ minSec, maxSec, jitterSec }: LinkBackoff, failures: number, jitter: number): number {
  return 1000 * (Math.min(maxSec, minSec * 2 ** Math.min(failures, 30)) + jitterSec * jitter);
}

export type LinkActor = ActorRefFrom<typeof linkMachine>;
