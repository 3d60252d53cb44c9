/**
 * The state of the rules of transactions beside the transactions themselves, and how a rule changes it. All of it is JSON, and every
 * list is bounded.
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Asked, Env, Job, Step, Transaction, TranslationState, TxState, Want } from "./contract.ts";
import type { TxOptions } from "./tx-options.ts";

/** A token that idTag alone does not say everything of. */
export interface KnownToken {
  readonly idTag: string;
  readonly idToken: string;
  readonly type: string;
  /** Too long for 1.6: the station knows it by this idTag only. */
  readonly alias?: true;
  /** The only EVSEs it is good for (C01.FR.21); 1.6 cannot say it. */
  readonly evseIds?: readonly number[];
  /** Of a master group: who stops with it is a master (MasterPass). */
  readonly isMaster?: true;
}

export interface RemoteStart {
  readonly remoteStartId: number;
  readonly idTag: string;
  /** Undefined: any. */
  readonly connector16?: number;
  /** `type` of its token. */
  readonly type: string;
  /** After that no StartTransaction belongs to it. */
  readonly until: EpochMs;
  readonly isAccepted?: true;
}

/** What is known of a transaction's start beyond its row. */
export interface StartNote {
  /** `idTagInfo` the station was answered with. */
  readonly idTagInfo?: Payload;
  /** Calls of the station that wait for it; the same start may come more than once. */
  readonly waiting?: readonly string[];
  readonly chargingPriority?: number;
}

// A type, not an interface: only these are assignable to TxState.more.
export type TxMore = {
  /** Ranges of tx16 that were given, oldest first: one of them that is no longer known has ended and is forgotten. */
  readonly given: readonly (readonly [from: number, to: number])[];
  readonly starts: { readonly [tx16: string]: StartNote };
  readonly remoteStarts: readonly RemoteStart[];
  readonly tokens: readonly KnownToken[];
  /** Of the latest MeterValues, to know them again. */
  readonly meterKeys: readonly number[];
  /** StopTransactions that wait for what the CSMS says of their token. */
  readonly stopsWaiting: readonly string[];
  /** Reason of the boot that is to be expected, and since when. */
  readonly bootHint?: { readonly reason: string; readonly at: EpochMs } | undefined;
  /** The latest BootNotification of the station. */
  readonly boot?: Payload | undefined;
  readonly bootRepeatedAt?: EpochMs | undefined;
  /** Since when the link to the CSMS is down; absent while it is up, and where nobody knows. */
  readonly linkDownAt?: EpochMs | undefined;
};

const INITIAL_MORE: TxMore = {
  given: [],
  starts: {},
  remoteStarts: [],
  tokens: [],
  meterKeys: [],
  stopsWaiting: [],
};

export const initialTx = (): TxState => ({
  registration: "none",
  transactions: [],
  highestTx16: 0,
  connectors: {},
  eventId: 0,
  more: INITIAL_MORE,
});

/** The contract leaves this part to these rules; nobody else writes it. */
export const moreOf = ({ tx }: TranslationState): TxMore =>
  "given" in tx.more ? (tx.more as TxMore) : { ...INITIAL_MORE, ...tx.more };

/** A rule at work: the state so far, and what is wanted so far. */
export interface Draft {
  state: TranslationState;
  readonly wants: Want[];
  readonly env: Env;
  readonly options: TxOptions;
}

export const draftOf = (state: TranslationState, env: Env, options: TxOptions): Draft => ({
  state,
  wants: [],
  env,
  options,
});

export const finished = ({ state, wants }: Draft): Step<TranslationState> => ({ state, wants });

export function change(draft: Draft, tx: Partial<TxState>): void {
  draft.state = { ...draft.state, tx: { ...draft.state.tx, ...tx } };
}

export function changeMore(draft: Draft, more: Partial<TxMore>): void {
  change(draft, { more: { ...draft.state.tx.more, ...more } });
}

export const answer = (draft: Draft, ref: string, payload: Payload): number =>
  draft.wants.push({ do: "answer", ref, payload });

export const refuse = (draft: Draft, ref: string, code: string, description: string): number =>
  draft.wants.push({ do: "refuse", ref, code, description });

export const lost = (draft: Draft, what: string): number => draft.wants.push({ do: "lost", what });

export const repaired = (draft: Draft, what: string): number => draft.wants.push({ do: "repaired", what });

export const ask = (draft: Draft, peer: "station" | "csms", action: string, payload: Payload, job?: Job): number =>
  draft.wants.push({ do: "ask", peer, action, payload, ...(job === undefined ? {} : { job }) });

export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export const objectOf = (value: unknown): Payload | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Payload) : undefined;

/** Hands the transaction to whoever wants to know, after it has started or ended. */
export function announce(draft: Draft, transaction: Transaction, what: "started" | "ended"): void {
  const step = draft.options.onTransaction?.(draft.state, transaction, what, draft.env);
  if (step === undefined) return;
  draft.state = step.state;
  draft.wants.push(...step.wants);
}

/** True for a message that came before the CSMS took the station on (1.6 errata: SecurityError). */
export const isTooEarly = ({ tx }: TranslationState, { offline }: Asked): boolean =>
  !offline && (tx.registration === "Pending" || tx.registration === "Rejected");
