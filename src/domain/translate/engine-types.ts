/** What goes into the engine and comes out of it, beside frames; and what of it survives a restart. */
import type { EpochMs } from "../ids.ts";
import type { CallFrame, Payload } from "../ocpp/frame.ts";
import type { Validators } from "../ocpp/validate.ts";
import type { Block, Env, Job, Peer, TranslationState } from "./contract.ts";

/** A CALL of the station, as the gateway passes it on. */
export interface StationCall {
  readonly frame: CallFrame;
  /** The station wrote its id as a number. */
  readonly numericId: boolean;
  readonly offline: boolean;
  readonly at: EpochMs;
  /** It comes again after a crash, until it has been answered, and would then have the same effect (see `isReplayable`). */
  readonly comesAgain?: boolean;
  /** The gateway makes it in the station's name. */
  readonly own?: boolean;
}

/** A message to the CSMS that is kept until it has been answered. */
export interface Kept {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
  readonly jobs: readonly Job[];
  readonly cause: string | undefined;
  readonly attempts: number;
}

export interface Alarm {
  readonly job: Job & { readonly key: string };
  readonly at: EpochMs;
}

/** Everything that a process that starts again has to know. Parts keep their identity while they do not change. */
export interface Durable {
  readonly state: TranslationState;
  /** Oldest first. */
  readonly kept: readonly Kept[];
  /** Work that waits for answers which cannot come any more after a restart: it is told so then. */
  readonly waiting: readonly Job[];
  readonly alarms: readonly Alarm[];
}

export type NoteKind =
  | "lost"
  | "repaired"
  | "refused"
  /** A frame of ours that its schema does not allow; it did not leave. */
  | "invalid"
  /** A peer's message that its schema does not allow. */
  | "violation"
  /** A rule threw, or names a job that nobody knows: a defect. */
  | "fault"
  /** No room for one more call; whoever wanted it was told that nobody answered. */
  | "dropped"
  /** An answer to nobody's question. */
  | "stray"
  /** A kept message is sent again. */
  | "repeated";

export type Effect =
  /** To `station`: a frame as from a 1.6 CSMS. */
  | { readonly do: "send"; readonly to: Peer; readonly text: string }
  | { readonly do: "note"; readonly kind: NoteKind; readonly what: string }
  /** A kept message that the CSMS did not take however often it was sent. */
  | { readonly do: "bury"; readonly message: Kept; readonly reason: "refused" | "unanswered" };

export interface EngineOptions {
  /** Names the station in message ids. */
  readonly station: string;
  readonly block: Block;
  readonly validators: {
    readonly station: Validators;
    readonly csms: (version: Env["northVersion"]) => Validators;
  };
  readonly limits: {
    readonly csmsTimeoutMs: number;
    readonly stationTimeoutMs: number;
    /** E13: times a kept message may be refused or not answered, and what the n-th such time is waited for, times n. */
    readonly attempts: number;
    readonly attemptIntervalMs: number;
  };
}

/** A CALL of the station, as the gateway passes it on. */
export interface StationCall {
  readonly frame: CallFrame;
  /** The station wrote its id as a number. */
  readonly numericId: boolean;
  readonly offline: boolean;
  readonly at: EpochMs;
  /** It comes again after a crash, until it has been answered, and would then have the same effect (see `isReplayable`). */
  readonly comesAgain?: boolean;
}
