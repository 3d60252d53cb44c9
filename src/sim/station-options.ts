/** How a simulated station is set up, and what it reports while it runs. */
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { Clock } from "../ports.ts";
import type { Degradation } from "./degradation.ts";
import type { ConnectorStatus, StationControl } from "./dialect.ts";
import type { QueueOrder, RetryPolicy } from "./outbox.ts";
import type { CallOutcome, Reply } from "./rpc-peer.ts";
import type { Dial, DialTls } from "./transport.ts";

/** From, to; drawn uniformly. */
export type Range = readonly [number, number];

export interface StationFaults {
  /** Probability that a session ends in a connector fault; 0. */
  readonly connectorFaultRate?: number;
  /** Seconds a connector stays faulted; 5 to 15. */
  readonly faultSec?: Range;
  /** Seconds of simulated time between lost connections; none. */
  readonly dropEverySec?: Range;
  /** Probability that a command is answered late; 0. */
  readonly slowAnswerRate?: number;
  /** Milliseconds of real time that a late answer takes; 1 000 to 3 000. */
  readonly slowAnswerMs?: Range;
  /** Behaviours of the field that the station has, by their names in faults/catalogue.ts; 1.6 only. */
  readonly named?: readonly string[];
}

export interface StationOptions {
  readonly id: string;
  /** Endpoint without the identity. */
  readonly url: string;
  readonly version: OcppVersion;
  /** Default 1. */
  readonly connectors?: number;
  /** HTTP Basic password. */
  readonly password?: string | undefined;
  readonly tls?: DialTls | undefined;
  /** Same seed, same behaviour; default the identity. */
  readonly seed?: number | string;
  /** The station's life: meter values, sessions, heartbeats. Default real time. */
  readonly clock?: Clock;
  /** The network's time: call timeouts, retries, reconnects, slow answers. Default real time. */
  readonly network?: Clock;
  /** Default 1. */
  readonly meterIntervalSec?: number;
  /** False: no sessions but those that are asked for. Default true. */
  readonly autonomous?: boolean;
  /** idTags or idTokens that come along. */
  readonly tokens?: readonly string[];
  /** Tokens accepted while the CSMS is out of reach; default `tokens`. */
  readonly localTokens?: readonly string[];
  /** Default 10 to 60 s. */
  readonly idleSec?: Range;
  /** Default 5 to 30 minutes. */
  readonly sessionSec?: Range;
  readonly faults?: StationFaults;
  /** What wears out, and how long after the station was made, by its clock. Such a station sends what it takes to see it. */
  readonly degradation?: { readonly what: Degradation; readonly afterMs: number };
  /** `reboot`: BootNotification after a start or reset only; `connection`: after every connect. Both are in the field. */
  readonly bootOn?: "reboot" | "connection";
  /** Default: as the configuration keys say, ids new. */
  readonly retry?: Partial<RetryPolicy>;
  /** What waits is sent in order, as it must be, or the newest first. */
  readonly queueOrder?: QueueOrder;
  /** Answers a command in place of the station; `next` does what the station would do, with another payload where one is given. */
  readonly answer?: (call: CallFrame, station: StationControl, next: (payload?: Payload) => Reply) => Reply;
  /** Default 30 000. */
  readonly callTimeoutMs?: number;
  /** First wait before a reconnect, doubled at each failure up to the second; default 500 to 30 000 ms. */
  readonly reconnectMs?: Range;
  readonly dial?: Dial;
  readonly onEvent?: (event: StationEvent) => void;
  readonly onCall?: (stationId: string, action: string, outcome: CallOutcome) => void;
}

export interface StationEvent {
  readonly at: number;
  readonly stationId: string;
  readonly kind:
    | "connected"
    | "connect.failed"
    | "disconnected"
    | "booted"
    | "refused"
    | "transaction.started"
    | "transaction.ended"
    | "fault"
    | "drop"
    | "slow"
    | "command";
  readonly detail: string;
}

/** `connected`: the WebSocket is open and BootNotification not answered yet. */
export type LinkState = "offline" | "connected" | "pending" | "rejected" | "accepted";

/** A station as a person would look at it. */
export interface StationState {
  readonly id: string;
  readonly version: OcppVersion;
  readonly link: LinkState;
  readonly waiting: number;
  readonly connectors: readonly ConnectorState[];
}

export interface ConnectorState {
  readonly id: number;
  readonly status: ConnectorStatus;
  readonly faultCode: string | undefined;
  readonly powerW: number;
  readonly socPercent: number;
  readonly temperatureC: number;
  /** Wh of the transaction under way. */
  readonly sessionWh: number | undefined;
}
