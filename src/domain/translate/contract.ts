/**
 * What the rules of the translation are told, and what they want done. A station speaks 1.6, its CSMS 2.0.1 or 2.1; each functional
 * block has its rules in a file of its own, and `engine.ts` joins them.
 *
 *     frame of the station ─▶ from.station[action] ─┐                   ┌─▶ ask      a CALL to the other side, or back
 *     frame of the CSMS    ─▶ from.csms[action]    ─┼─▶ (state, wants) ─┼─▶ answer   the CALLRESULT somebody waits for
 *     answer to a call     ─▶ answers[job.kind]    ─┤                   ├─▶ refuse   the CALLERROR
 *     an instant has come  ─▶ wakes[job.kind]      ─┘                   └─▶ wake     call me at that instant
 *
 * Everything is JSON, jobs as well: they are stored with the state, so a process that starts again knows who waits for what. Rules are
 * pure: the same input gives the same wants, and a message that comes twice is recognised by its content.
 */
import type { SiteLimit } from "../charging/site-limit.ts";
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Quirk, ToleranceOverride } from "./quirks.ts";

/** Whom a message comes from or goes to. */
export type Peer = "station" | "csms";

/** A call that waits for its answer. */
export interface Asked {
  /** Names the call towards `answer` and `refuse`; a job may keep it. */
  readonly ref: string;
  readonly action: string;
  readonly payload: Payload;
  /** The station sent it while the CSMS was away, and was answered by the gateway: 2.x says `offline: true`. */
  readonly offline: boolean;
  /** When the gateway got it from the station. */
  readonly at: EpochMs;
  /** True: the gateway makes it in the station's name. */
  readonly own?: boolean | undefined;
}

/** Work that goes on when an answer or an instant has come. */
export interface Job {
  /** Of the block that started it, e.g. `tx.started`. */
  readonly kind: string;
  readonly [field: string]: unknown;
}

export type Want =
  /**
   * A CALL. Without a job nobody waits for its answer. Calls to one peer leave in the order of the wants, one at a time.
   *
   * `sure` (csms only): kept and repeated until the CSMS has answered (E13); for TransactionEvent and SecurityEventNotification.
   */
  | {
      readonly do: "ask";
      readonly peer: Peer;
      readonly action: string;
      readonly payload: Payload;
      readonly job?: Job;
      readonly sure?: true;
    }
  | { readonly do: "answer"; readonly ref: string; readonly payload: Payload }
  /** `code` as the version of whoever asked spells it. */
  | { readonly do: "refuse"; readonly ref: string; readonly code: string; readonly description: string }
  /** Replaces the earlier wake of the same kind and `key`. `at` undefined: it is called off. */
  | { readonly do: "wake"; readonly job: Job & { readonly key: string }; readonly at: EpochMs | undefined }
  /** Information that the other version cannot carry; counted by name, e.g. `SampledValue.measurand=Temperature`. */
  | { readonly do: "lost"; readonly what: string }
  /** Something of the station's was put right before it could be translated, e.g. `decimal comma`; counted. */
  | { readonly do: "repaired"; readonly what: string };

/** What became of a call. */
export type Outcome =
  | { readonly kind: "result"; readonly payload: Payload }
  | { readonly kind: "error"; readonly code: string; readonly description: string }
  /** Not answered in time, or the peer is not there. */
  | { readonly kind: "none" };

/** What is not the message: the instant, and fresh names. */
export interface Env {
  readonly now: EpochMs;
  /** A new UUIDv4. */
  readonly uuid: () => string;
  /** Since when the station's connection stands; what it says happened before was queued by it. Absent: nothing is known. */
  readonly stationSince?: EpochMs | undefined;
  /** Whether events of the transaction (or of any) still wait for the CSMS; absent: taken for no. */
  readonly hasQueuedEvents?: (transactionId?: string) => boolean;
  /** Whether messages of the station wait in the spool that came before this one; absent: taken for no. */
  readonly hasBacklog?: boolean;
  readonly topology: Topology;
  readonly settings: TranslationSettings;
  /** What the CSMS speaks. */
  readonly northVersion: "ocpp2.0.1" | "ocpp2.1";
  readonly isStationOnline: boolean;
  /** Whether the CSMS has answered every message that is to be `sure`; absent: taken for true. */
  readonly isCsmsQueueEmpty?: boolean;
  /** Values of the gateway's own variables, by `Component.Variable[Instance]`; absent: the defaults. */
  readonly own?: { readonly [name: string]: string } | undefined;
  /** Whether what came wrapped in another message is good by the schema of 2.0.1; absent: taken for good. */
  readonly isGood?: (action: string, kind: "request" | "response", payload: Payload) => boolean;
}

export interface Step<S> {
  readonly state: S;
  readonly wants: readonly Want[];
}

export type CallRule<S> = (state: S, asked: Asked, env: Env) => Step<S>;
export type AnswerRule<S> = (state: S, job: Job, outcome: Outcome, env: Env) => Step<S>;
export type WakeRule<S> = (state: S, job: Job, env: Env) => Step<S>;

/** The link to the CSMS has come up, or gone. */
export type LinkRule<S> = (state: S, env: Env) => Step<S>;

/** The rules of one functional block. An action belongs to one block. */
export interface Block<S = TranslationState> {
  readonly from: {
    readonly station?: { readonly [action: string]: CallRule<S> };
    readonly csms?: { readonly [action: string]: CallRule<S> };
  };
  /** Actions of the station that another block owns: called after the owner's rule, with the state it left. Neither answers nor refuses. */
  readonly hears?: { readonly [action: string]: CallRule<S> };
  /** Told after whoever waited over the old link was. */
  readonly links?: { readonly up?: LinkRule<S>; readonly down?: LinkRule<S> };
  /** By `Job.kind`. */
  readonly answers?: { readonly [kind: string]: AnswerRule<S> };
  readonly wakes?: { readonly [kind: string]: WakeRule<S> };
}

/** EVSEs of a station and the 1.6 connectors behind them (translation.md §2.1: by default connector n is EVSE n, connector 1). */
export interface Topology {
  readonly evses: readonly {
    readonly evseId: number;
    readonly connectors: readonly {
      readonly connectorId: number;
      readonly connector16: number;
      readonly type?: string;
    }[];
  }[];
}

/** What an operator may choose; the defaults are the sheet's. */
export interface TranslationSettings {
  readonly immediateReset: "Soft" | "Hard";
  readonly logSource: "charger" | "gateway";
  readonly ignoreInstallDate: boolean;
  /** Type of a token nothing else is known of. */
  readonly defaultTokenType: string;
  /** Tokens that mean that nobody identified himself, e.g. "". */
  readonly noAuthorizationTokens: readonly string[];
  readonly masterGroups: readonly string[];
  /** Contents of a TxDefaultProfile per connector that holds whatever happens, in A; undefined: none. */
  readonly safeLimitA?: number;
  /** Who answers GetCompositeSchedule: absent, the gateway. */
  readonly compositeSource?: "gateway" | "charger" | "min";
  /** What the site allows each EVSE; what leaves for the station is lowered to it. */
  readonly siteLimit?: SiteLimit;
  /** Minutes without a BootNotification after which an accepted soft reset is followed by a hard one; undefined: never. */
  readonly resetEscalationMin?: number;
  /** Local list entries that 1.6 cannot hold are left out, instead of the list being refused. */
  readonly skipUnsupportedTokens?: boolean;
  /** Rows of the operator's, behind those of the table that ships. */
  readonly quirks?: readonly Quirk[];
  /** What is done for this station, whatever the quirks say. */
  readonly tolerances?: ToleranceOverride;
  /** The station speaks ISO 15118 through DataTransfer, as the OCA's note for 1.6 describes. */
  readonly plugAndCharge?: boolean;
}

// --- state ------------------------------------------------------------------------------------------------------------

/** A transaction as both sides know it. */
export interface Transaction {
  /** 1.6: allocated by the gateway. */
  readonly tx16: number;
  /** 2.x: a UUID, allocated by the gateway. */
  readonly id: string;
  readonly connector16: number;
  readonly evseId: number;
  /** Number of the next event. */
  readonly seqNo: number;
  readonly idTag: string;
  readonly meterStart: number;
  readonly startedAt: EpochMs;
  /** Undefined: open. */
  readonly endedAt?: EpochMs;
  readonly chargingState?: string;
  /** Of the RequestStartTransaction it answers. */
  readonly remoteStartId?: number;
  /** Energy register of the latest sample, Wh. */
  readonly lastRegister: number;
  /** When current could flow for the first time. */
  readonly powerPathClosedAt?: EpochMs;
  /** The start and the stop as the station sent them, to know them again. */
  readonly startKey: string;
  readonly stopKey?: string;
  /** Why it is going to stop, when the gateway knows better than the station. */
  readonly stopHint?: { readonly reason: string; readonly at: EpochMs };
}

export interface Connector16 {
  readonly status: string;
  readonly errorCode: string;
  readonly at: EpochMs;
  /** `connectorStatus` the CSMS was told last. */
  readonly reported?: string;
}

/** What is known of the station's abilities; learned at boot and from its answers. */
export interface Capabilities {
  /** SupportedFeatureProfiles: Core, FirmwareManagement, LocalAuthListManagement, Reservation, SmartCharging, RemoteTrigger. */
  readonly featureProfiles: readonly string[];
  /** It has the security extension of 1.6. */
  readonly hasSecurityExtension: boolean;
  /** ReserveConnectorZeroSupported. */
  readonly reservesConnectorZero?: boolean;
  /** SendLocalListMaxLength. */
  readonly sendLocalListMaxLength?: number;
  /** CustomDisplayCostAndPrice: it shows a running cost that comes by DataTransfer. */
  readonly showsCost?: boolean;
}

/** Of transactions, connectors and tokens: rules in tx-*.ts. */
export interface TxState {
  readonly registration: "none" | "Pending" | "Rejected" | "Accepted";
  /** Open ones and those that ended lately, oldest first; bounded. */
  readonly transactions: readonly Transaction[];
  /** The highest tx16 ever given or seen; none below is given again. */
  readonly highestTx16: number;
  /** By 1.6 connector; "0" is the whole station. */
  readonly connectors: { readonly [connector16: string]: Connector16 };
  /** Of NotifyEvent. */
  readonly eventId: number;
  /** Further slices of this block, defined beside its rules. */
  readonly more: { readonly [name: string]: unknown };
}

/**
 * State of one station's translation, JSON. The parts that only one block touches are named by it and typed beside its rules
 * (`commands`, `device`, `charging`); everybody may read `tx` and `capabilities`.
 */
export interface TranslationState {
  readonly v: 1;
  readonly tx: TxState;
  readonly capabilities: Capabilities;
  readonly commands: { readonly [name: string]: unknown };
  readonly device: { readonly [name: string]: unknown };
  readonly charging: { readonly [name: string]: unknown };
}

export const nothingWanted = <S>(state: S): Step<S> => ({ state, wants: [] });

// --- questions everybody asks -----------------------------------------------------------------------------------------

export const openTransactions = ({ tx }: TranslationState): readonly Transaction[] =>
  tx.transactions.filter(({ endedAt }) => endedAt === undefined);

export const openTransactionAt = (state: TranslationState, connector16: number): Transaction | undefined =>
  openTransactions(state).find((transaction) => transaction.connector16 === connector16);

export const transactionById = ({ tx }: TranslationState, id: string): Transaction | undefined =>
  tx.transactions.find((transaction) => transaction.id === id);

/** 1.6 connectors behind an EVSE, or behind one connector of it; empty when there is no such thing. */
export function connectors16Of({ evses }: Topology, evseId: number, connectorId?: number): readonly number[] {
  const evse = evses.find((known) => known.evseId === evseId);
  return (evse?.connectors ?? [])
    .filter((connector) => connectorId === undefined || connector.connectorId === connectorId)
    .map(({ connector16 }) => connector16);
}

/** Where a 1.6 connector is in 2.x; undefined when the topology does not know it. */
export function placeOf({ evses }: Topology, connector16: number): { evseId: number; connectorId: number } | undefined {
  for (const { evseId, connectors } of evses) {
    const connector = connectors.find((known) => known.connector16 === connector16);
    if (connector !== undefined) return { evseId, connectorId: connector.connectorId };
  }
  return undefined;
}
