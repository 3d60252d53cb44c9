/**
 * What the engine may give the rules of transactions: answers of other blocks, and what depends on how the translator is wired.
 * Without any of it the rules are complete; each field says what is done then.
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Env, Step, Transaction, TranslationState } from "./contract.ts";

/** Where a remote start wants to charge; undefined: wherever the station likes. */
export interface Place {
  readonly evseId: number;
  readonly connector16: number;
}

/** A charging profile as 1.6 has it, none because the station has no smart charging, or why it cannot be had. */
export type RemoteStartProfile = (
  state: TranslationState,
  profile: Payload,
  place: Place | undefined,
  env: Env,
  remoteStartId: number,
) => { readonly profile16?: Payload; readonly state?: TranslationState } | { readonly reject: string };

/** A TriggerMessage of the CSMS that the station has still to obey. */
export interface Trigger {
  readonly message: string;
}

/** What waits for a message of the station because the CSMS asked for it. */
export interface Triggers<T extends Trigger = Trigger> {
  /** The oldest for this connector (0: the whole station) that asked for one of `messages`. */
  readonly find: (
    state: TranslationState,
    connector16: number,
    now: EpochMs,
    messages: readonly string[],
  ) => T | undefined;
  /** The state in which it has been obeyed. */
  readonly consume: (state: TranslationState, trigger: T, connector16: number) => TranslationState;
}

export interface TxOptions {
  /** Translates the profile of a RequestStartTransaction. Without: a profile is refused as `InvalidProfile`, never left out. */
  readonly remoteStartProfile?: RemoteStartProfile;
  /** Without: nothing is ever triggered. */
  readonly triggers?: Triggers;
  /** A token that went down in a local list or a reservation, by the idTag it went as. Without: only the own memory is asked. */
  readonly tokenSentDown?: (
    state: TranslationState,
    idTag: string,
  ) => { readonly idToken: string; readonly type: string; readonly evseIds?: readonly number[] } | undefined;
  /** `reason` of a BootNotification that somebody caused, e.g. `RemoteReset`. Without: guessed from the last stop. */
  readonly bootReason?: (state: TranslationState, env: Env) => string | undefined;
  /** Told of each transaction after it has started or ended; its wants follow. Without: nobody is told. */
  readonly onTransaction?: (
    state: TranslationState,
    transaction: Transaction,
    what: "started" | "ended",
    env: Env,
  ) => Step<TranslationState>;
  /**
   * When a station's StopTransaction and MeterValues are answered: once the wants are kept (translation.md §3.4: a station must not
   * repeat them), or once the CSMS has answered, where something before the translator keeps them and answers the station.
   */
  readonly answersAfter?: "kept" | "delivered";
  /** False where something before the translator stops what the CSMS refused after the station was let in offline (E05). */
  readonly stopsDeauthorised?: boolean;
  /** What a driver is told when the CSMS never decided about the token. */
  readonly undecidedToken?: "Accepted" | "Invalid";
  /** How long a station may take from an accepted remote start to its StartTransaction: `ConnectionTimeOut` and a margin. */
  readonly remoteStartLastsMs?: number;
  /** Largest TransactionEvent or MeterValues the CSMS takes. */
  readonly maxEventBytes?: number;
  /** idTags, also of groups, for which the connector is reserved. Without: none is, as far as the gateway knows. */
  readonly reservedTags?: (state: TranslationState, connector16: number, now: EpochMs) => readonly string[] | undefined;
}

export const DEFAULT_REMOTE_START_LASTS_MS = 180_000;
export const DEFAULT_MAX_EVENT_BYTES = 65_536;
