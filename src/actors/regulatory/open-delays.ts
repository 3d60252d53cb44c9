/** Opens what Great Britain's rule needs, where some station has it. */
import type { GatewayConfig } from "../../config/types.ts";
import { stationId as toStationId } from "../../domain/ids.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import type { RelayOptions } from "../relay.ts";
import { callStation } from "../relay-south.ts";
import { DelayDesk, type DelayDeskOptions } from "./delay-desk.ts";
import { OffPeakHours } from "./off-peak.ts";

export interface Delays {
  readonly desk: DelayDesk;
  stop(): void;
}

export interface OpenDelaysOptions extends Omit<DelayDeskOptions, "storage" | "send"> {
  readonly storage: DelayDeskOptions["storage"] | undefined;
  readonly bus: GatewayBus;
  readonly relay: RelayOptions;
}

/** Undefined: no station has the rule, or nothing can be kept. */
export function openDelays({ stations }: GatewayConfig, options: OpenDelaysOptions): Delays | undefined {
  const { storage, bus, relay, ...shared } = options;
  if (storage === undefined || !stations.some((rule) => rule.ukSmartCharging !== undefined)) return undefined;
  const send: DelayDeskOptions["send"] = async (connection, { version, action, payload }) => {
    if (version === connection.version) return callStation(connection, action, payload, relay);
    return (await connection.link?.command?.(action, payload)) ?? {};
  };
  const desk = new DelayDesk({ ...shared, storage, send });
  const hours = new OffPeakHours({ ...shared, storage, send });
  const ends = [
    bus.on("station.connected", ({ stationId }) => hours.arrived(toStationId(stationId))),
    bus.on("csms.up", ({ stationId }) => hours.arrived(toStationId(stationId))),
  ];
  return {
    desk,
    stop: () => {
      for (const end of ends) end();
      desk.stop();
      hours.stop();
    },
  };
}
