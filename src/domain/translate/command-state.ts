/**
 * What the commands of the CSMS leave behind at the translation of one station. JSON, stored with the rest of its state; every list
 * in it is bounded.
 */
import type { EpochMs } from "../ids.ts";
import type { TranslationState } from "./contract.ts";
import type { PendingTrigger } from "./pending-triggers.ts";

export type Operation = "Operative" | "Inoperative";

export interface Reservation {
  readonly id: number;
  /** 0: any connector. */
  readonly connector16: number;
  readonly expiresAt: EpochMs;
  /** idTags for which it is, its token's and its group's. */
  readonly tags?: readonly string[];
}

/**
 * `held`: until the last transaction has ended. `releasing`: the station is asked now. `sent`: it accepted and is expected to boot.
 */
export interface ResetJob {
  readonly phase: "held" | "releasing" | "sent";
  readonly at: EpochMs;
  /** When it came back. */
  readonly bootedAt?: EpochMs;
}

/** One upload of a log; 1.6 does not name it. */
export interface LogJob {
  readonly requestId: number;
  readonly at: EpochMs;
  readonly isOpen: boolean;
}

/** One update of firmware; the latest stays known after its end, for a status that comes late. */
export interface FirmwareJob {
  readonly requestId: number;
  /** When it was accepted, or is to be fetched if that is later. */
  readonly at: EpochMs;
  readonly isOpen: boolean;
  readonly isSigned: boolean;
  /** The latest the station reported, and when. */
  readonly status?: string;
  readonly statusAt?: EpochMs;
}

/** A token, by the idTag it was sent down as. */
export interface SentToken {
  readonly idTag: string;
  readonly idToken: string;
  readonly type: string;
}

/** What the CSMS said of one token of the local list. */
export interface ListEntry extends SentToken {
  /** As 2.0.1 says it. */
  readonly status: string;
  /** EVSEs it is good for; 1.6 cannot say it, the gateway minds it. */
  readonly evseIds?: readonly number[];
}

export type CommandState = {
  /** What the CSMS asked for, by 1.6 connector; absent: Operative (G03.FR.08: it outlives a restart). */
  readonly availability: { readonly [connector16: string]: Operation };
  /** A ChangeAvailability of the whole station whose effect on the connectors has not been seen. */
  readonly wholeStation?: { readonly to: Operation; readonly at: EpochMs } | undefined;
  readonly reservations: readonly Reservation[];
  readonly reset?: ResetJob | undefined;
  readonly logJob?: LogJob | undefined;
  readonly firmwareJob?: FirmwareJob | undefined;
  /** Of the latest BootNotification. */
  readonly firmwareVersion?: string | undefined;
  readonly localList: { readonly version: number; readonly entries: readonly ListEntry[] };
  readonly pendingTriggers: readonly PendingTrigger[];
  /** Sent down outside the local list, newest last. */
  readonly tokens: readonly SentToken[];
};

export const initialCommands = (): CommandState => ({
  availability: {},
  reservations: [],
  localList: { version: 0, entries: [] },
  pendingTriggers: [],
  tokens: [],
});

/** The contract leaves the type of this part to us; only rules of this block write it. */
export const commandsOf = (state: TranslationState): CommandState => state.commands as CommandState;

export const withCommands = (state: TranslationState, change: Partial<CommandState>): TranslationState => ({
  ...state,
  commands: { ...state.commands, ...change },
});
