/** Stations as the embedding API shows them: actor state and live connection, side by side. */
import { GatewayError } from "../domain/error.ts";
import type { Registration } from "../domain/life/life-event.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { RelayOptions } from "./relay.ts";
import { callStation } from "./relay-south.ts";
import type { StationHost } from "./station-host.ts";

/** A station as the gateway sees it now. */
export interface StationView {
  readonly id: string;
  readonly version: OcppVersion;
  readonly connected: boolean;
  /** `none` before the first BootNotification was answered. */
  readonly registration: Registration;
  /** Seconds. */
  readonly heartbeatIntervalSec: number;
  readonly csms: "up" | "connecting" | "down";
  readonly connectors: readonly ConnectorView[];
  readonly openTransactions: number;
  readonly chargingProfiles: number;
  /** Calls that wait for the CSMS, the one in flight included. */
  readonly waitingNorth: number;
  readonly waitingSouth: number;
  /**
   * Sends a CALL of the gateway's own and resolves with the payload of the answer. The CSMS sees neither.
   *
   * @throws GatewayError `ERR_NOT_CONNECTED`, `ERR_QUEUE_FULL`, `ERR_CALL_TIMEOUT`, `ERR_CALL_REFUSED`
   */
  call(action: string, payload: object): Promise<{ readonly [field: string]: unknown }>;
}

export interface ConnectorView {
  /** The connectorId in 1.6. */
  readonly evseId: number;
  readonly connectorId: number;
  readonly status: string;
  readonly errorCode: string;
}

export function stationView(host: StationHost, relay: RelayOptions): StationView {
  const { context, connection, stationId, version } = host;
  return {
    id: stationId,
    version,
    connected: connection !== undefined,
    registration: context.registration,
    heartbeatIntervalSec: context.heartbeatIntervalSec,
    csms: connection?.link?.state ?? "down",
    connectors: Object.entries(context.connectors).map(([key, { status, errorCode }]) => {
      const [evseId = 0, connectorId = 0] = key.split("/").map(Number);
      return { evseId, connectorId, status, errorCode };
    }),
    openTransactions: Object.keys(context.transactions).length,
    chargingProfiles: context.profiles.length,
    waitingNorth: connection === undefined ? 0 : connection.toCsms.load,
    waitingSouth: connection === undefined ? 0 : connection.toStation.load,
    call: (action, payload) => {
      const live = host.connection;
      return live === undefined
        ? Promise.reject(new GatewayError("ERR_NOT_CONNECTED", "The station is not connected", { stationId }))
        : callStation(live, action, payload, relay);
    },
  };
}
