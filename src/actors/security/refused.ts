/** What is told of a connection that was not let in. */
import type { Counters } from "../../domain/counters.ts";
import type { Logger } from "../../ports.ts";
import type { Refused } from "../admission.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import type { Sentinel } from "./sentinel.ts";

export interface RefusedOptions {
  readonly counters: Counters;
  readonly bus: GatewayBus;
  readonly logger: Logger;
  readonly sentinel: Sentinel;
}

export function onRefused(
  { status, reason, ...refused }: Refused | { readonly status: number; readonly reason: string },
  address: string,
  { counters, bus, logger, sentinel }: RefusedOptions,
): void {
  counters.connectionsRefused += 1;
  const stationId = "stationId" in refused ? refused.stationId : undefined;
  if (status === 401) {
    bus.emit("security", { type: "LanAuthFailure", stationId, detail: `${reason}, ${address}` });
    sentinel.loginFailed(stationId, address);
  } else if (status === 429) {
    // Whoever floods, or is locked out, must not fill the log: the counters and the throttled event speak.
    logger.debug({ status, reason, address, stationId }, "connection refused");
  } else {
    if (status === 404) sentinel.nameUnknown(address);
    logger.warn({ status, reason, address, stationId }, "connection refused");
  }
}
