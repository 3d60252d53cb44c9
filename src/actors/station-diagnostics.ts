/** What a maintenance platform may have a station asked: over its live connection, in its turn among all other calls. */
import type { Failure, Outcome, StationAsk } from "../domain/diagnostics/request.ts";
import { isGatewayError } from "../domain/error.ts";
import type { StationId } from "../domain/ids.ts";
import { observeVariables } from "../domain/telemetry/variables.ts";
import type { Clock, StationDiagnostics } from "../ports.ts";
import type { GatewayBus } from "./gateway-bus.ts";
import type { RelayOptions } from "./relay.ts";
import { callStation } from "./relay-south.ts";
import type { StationConnection } from "./station-connection.ts";

export interface StationDiagnosticsOptions {
  readonly connectionOf: (station: StationId) => StationConnection | undefined;
  readonly relay: RelayOptions;
  readonly clock: Clock;
  readonly bus: GatewayBus;
}

export function stationDiagnostics({ connectionOf, relay, clock, bus }: StationDiagnosticsOptions): StationDiagnostics {
  return {
    ask: async (station, evseId, ask) => {
      const connection = connectionOf(station);
      if (connection === undefined) return failed("notConnected");
      const call = callOf(connection, evseId, ask);
      if (call === undefined) return failed("notSupported");
      try {
        const answer = await callStation(connection, ask.name, call, relay);
        if (ask.name === "TriggerMessage") {
          return answer["status"] === "Accepted" ? { status: "Done" } : failed("refused");
        }
        const sink = connection.health;
        const observed = sink === undefined ? 0 : observeVariables(answer, { sink, receivedAt: clock.now() });
        return { status: "Done", observed };
      } catch (error) {
        return failed(failureOf(error));
      }
    },
    audit: ({ platform, name = "?", stationId, reason = "granted" }) =>
      bus.emit("security", { type: "DiagnosticsRequested", stationId, detail: `${name} of ${platform}: ${reason}` }),
  };
}

const failed = (reason: Failure): Outcome => ({ status: "Failed", reason });

function failureOf(error: unknown): Failure {
  if (isGatewayError(error, "ERR_CALL_TIMEOUT")) return "noAnswer";
  return isGatewayError(error, "ERR_CALL_REFUSED") ? "refused" : "notConnected";
}

/** Undefined: the station's version has no such thing. */
function callOf({ version }: StationConnection, evseId: number, ask: StationAsk): object | undefined {
  const is16 = version === "ocpp1.6";
  const place = evseId === 0 ? {} : is16 ? { connectorId: evseId } : { evse: { id: evseId } };
  if (ask.name === "TriggerMessage") {
    const isOther = ask.message === (is16 ? "LogStatusNotification" : "DiagnosticsStatusNotification");
    return isOther ? undefined : { requestedMessage: ask.message, ...place };
  }
  if (is16) return undefined;
  const getVariableData = ask.variables.map(({ component, variable }) => ({
    component: { name: component, ...place },
    variable: { name: variable },
  }));
  return { getVariableData };
}
