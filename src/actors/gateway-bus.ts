/** The gateway's events, for whoever embeds it. A listener that throws is logged and disturbs nobody. */
import type { SecurityEventName } from "../domain/firewall/rules.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { Logger } from "../ports.ts";

export interface GatewayEvents {
  readonly "station.connected": { readonly stationId: string; readonly version: OcppVersion };
  readonly "station.disconnected": { readonly stationId: string; readonly code: number };
  readonly "csms.up": { readonly stationId: string };
  /** @property reason close code or error code */
  readonly "csms.down": { readonly stationId: string; readonly reason: string };
  /** A message that the CSMS did not take was put aside; an operator has to look at it. */
  readonly "spool.dead": { readonly stationId: string; readonly action: string; readonly reason: string };
  /** A driver whom the gateway let in is refused by the CSMS. */
  readonly "spool.refused": { readonly stationId: string; readonly running: boolean };
  /** The spool cannot be written: the value lane only relays until it can. */
  readonly "spool.impaired": { readonly reason: string };
  readonly "spool.recovered": { readonly [none: string]: never };
  /** The token with the private keys was away and has come back, and this process cannot use it: a new one can. */
  readonly "keys.stale": { readonly [none: string]: never };
  /** Station snapshots are kept in memory only: their store could not be opened. */
  readonly "state.unavailable": { readonly reason: string };
  /** Something a security log wants; `type` comes from a closed list, `detail` holds no personal data. */
  readonly security: {
    readonly type: SecurityEventType;
    readonly stationId: string | undefined;
    readonly detail: string;
    /** Rule of the firewall or the intrusion detection that found it, e.g. `R13`; see docs/firewall.md. */
    readonly rule?: string;
    /** Whether OCPP wants the CSMS to be told at once. Absent: no. */
    readonly critical?: boolean;
  };
}

export type SecurityEventType = SecurityEventName | CertificateEventType | "NorthKeyRefused" | "NorthProfileFailed";

/** OCPP's own names, in the spelling of 2.0.1: what concerns the way to the CSMS. */
export type CertificateEventType =
  | "DiscardedRenewedClientCertificate"
  | "FailedToAuthenticateAtCsms"
  | "InvalidChargingStationCertificate"
  | "InvalidCsmsCertificate"
  | "InvalidTLSCipherSuite"
  | "InvalidTLSVersion"
  | "ReconfigurationOfSecurityParameters";

type Listener<E extends keyof GatewayEvents> = (detail: GatewayEvents[E]) => void;

export class GatewayBus {
  readonly #listeners = new Map<keyof GatewayEvents, Set<Listener<never>>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<E extends keyof GatewayEvents>(event: E, listener: Listener<E>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<E extends keyof GatewayEvents>(event: E, detail: GatewayEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        (listener as Listener<E>)(detail);
      } catch (error) {
        this.#logger.error({ event, reason: error instanceof Error ? error.message : "?" }, "event listener failed");
      }
    }
  }
}
