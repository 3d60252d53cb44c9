/** Calls that were not answered in time, in both directions, and gates whose hold is over. */
import type { LimitsConfig } from "../config/types.ts";
import type { Counters } from "../domain/counters.ts";
import type { RelayOptions } from "./relay.ts";
import { giveBack, openToStation, pumpToCsms } from "./relay-north.ts";
import { giveUp } from "./relay-south.ts";
import type { StationConnection } from "./station-connection.ts";

export interface ExpiryOptions {
  readonly counters: Counters;
  readonly relay: RelayOptions;
  readonly limits: Pick<LimitsConfig, "bootHoldMs">;
}

/** @param now monotonic milliseconds */
export function expireCalls(connection: StationConnection, now: number, options: ExpiryOptions): void {
  expireToCsms(connection, now, options);
  expireToStation(connection, now, options);
}

function expireToCsms(connection: StationConnection, now: number, { counters, relay }: ExpiryOptions): void {
  const late = connection.toCsms.expire(now);
  if (late.length === 0) return;
  counters.callTimeoutsNorth += late.length;
  // The station is told that the CSMS has not got it; that had better be true.
  for (const call of late) connection.uplink?.withdraw(call.bytes);
  const reason = connection.link?.isUp ? "The CSMS did not answer in time" : "The CSMS cannot be reached";
  giveBack(late, connection, reason, relay);
  pumpToCsms(connection, relay);
}

function expireToStation(connection: StationConnection, now: number, options: ExpiryOptions): void {
  const { counters, relay, limits } = options;
  const late = connection.toStation.expire(now);
  if (late.length > 0) {
    counters.callTimeoutsSouth += late.length;
    giveUp(late, connection, "timeout", relay);
  }
  const heldLongEnough = now >= connection.openedAt + limits.bootHoldMs;
  if (connection.toStation.isOpen ? late.length > 0 : heldLongEnough && !isBooting(connection)) {
    openToStation(connection, counters);
  }
}

/** Some stations drop the connection when they are asked something before their boot was answered (field-lessons 13). */
function isBooting({ toCsms }: StationConnection): boolean {
  return toCsms.find(({ frame }) => frame.action === "BootNotification") !== undefined;
}
