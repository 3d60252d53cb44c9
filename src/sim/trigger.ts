/** What a simulated station of either version does when the CSMS asks it to send a message. */
import type { Payload } from "../domain/ocpp/frame.ts";
import type { ConnectorControl, Outgoing, StationControl } from "./dialect.ts";

export interface Trigger {
  /** Name of the message asked for. */
  readonly requested: string;
  /** Connectors it is asked for. */
  readonly concerned: readonly ConnectorControl[];
  /** The version's message about the state of an upload. */
  readonly uploadStatus: "DiagnosticsStatusNotification" | "LogStatusNotification";
}

/**
 * The messages follow once the answer has left.
 *
 * @see OCPP 1.6 §5.17; OCPP 2.0.1 Part 2 F06
 */
export function answerTrigger(station: StationControl, trigger: Trigger): Payload {
  if (trigger.requested === "BootNotification") {
    station.bootLater();
    return { status: "Accepted" };
  }
  const messages = triggered(station, trigger);
  station.sendLater(...(messages ?? []));
  return { status: messages === undefined ? "NotImplemented" : "Accepted" };
}

function triggered(
  station: StationControl,
  { requested, concerned, uploadStatus }: Trigger,
): readonly Outgoing[] | undefined {
  const at = station.nowText();
  const { dialect } = station;
  switch (requested) {
    case "Heartbeat":
      return [dialect.heartbeat()];
    case "StatusNotification":
      return concerned.flatMap((connector) => dialect.status(connector, at) ?? []);
    case "MeterValues":
      return concerned.map((connector) => dialect.meterValues(connector, at));
    case "FirmwareStatusNotification":
    case uploadStatus:
      return [{ action: requested, payload: { status: "Idle" } }];
    default:
      return undefined;
  }
}
