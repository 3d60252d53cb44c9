/** What every part of the spool works with. */
import type { OfflineConfig, SpoolConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import type { MessageId, StationId } from "../../domain/ids.ts";
import type { PendingCall } from "../../domain/ocpp/call-gate.ts";
import type { MessageClass } from "../../domain/ocpp/catalogue.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import type { Clock, Logger, Random, SpoolStorage } from "../../ports.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import type { StationConnection } from "../station-connection.ts";
import type { StationHost } from "../station-host.ts";
import type { DrainPacer } from "./drain-pacer.ts";
import type { GatewayTime } from "./gateway-time.ts";
import type { ProvisionalIds } from "./provisional-ids.ts";
import type { Settlements } from "./settlements.ts";

/** Decides about a driver's card while the CSMS cannot: by local list, cache and policy. */
export interface LocalAuthority {
  /** @returns the response's `idTagInfo` (1.6) or `idTokenInfo` (2.x) for the token that `call` names */
  decide(host: StationHost, cacheScope: string, call: Pick<CallFrame, "action" | "payload">): Payload;
}

export interface SpoolContext {
  readonly storage: SpoolStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  readonly spool: SpoolConfig;
  readonly offline: OfflineConfig;
  readonly authority: LocalAuthority;
  readonly provisionalIds: ProvisionalIds;
  readonly pacer: DrainPacer;
  readonly settlements: Settlements;
  readonly time: GatewayTime;
  /** False while the store does not take writes: then messages are relayed without it. */
  readonly isHealthy: () => boolean;
  /** Sends what may be sent on this connection. */
  readonly pump: (connection: StationConnection) => void;
  /** The station has had an answer: it may be asked something (field-lessons 13). */
  readonly answered: (connection: StationConnection) => void;
  /** Sends a call that is in flight in the gate towards the CSMS. */
  readonly send: (connection: StationConnection, call: PendingCall) => void;
  /** A call waits in the gate: the station may have to be slowed down. */
  readonly waits: (connection: StationConnection, messageClass: MessageClass) => void;
  /** CALLERROR to the station. */
  readonly refuse: (connection: StationConnection, id: MessageId, reason: string, numericId: boolean) => void;
  readonly limits: { readonly callTimeoutSec: number };
  /** A CALL of the gateway's own to the station. */
  readonly callStation: (connection: StationConnection, action: string, payload: object) => Promise<Payload>;
}

/** Names a CSMS: authorisations learned from it are used for its stations only. */
export const cacheScope = ({ rule }: StationConnection): string => rule.csms?.url ?? "";

/** Fields for logs: a station, never what it sent. */
export const named = (stationId: StationId, version: OcppVersion) => ({ stationId, version });

/** True for a station whose messages are translated for its CSMS. */
export const isTranslated = ({ rule: { csms }, version }: StationConnection): boolean =>
  csms?.speaks !== undefined && version === "ocpp1.6";
