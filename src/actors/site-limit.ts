/**
 * Commands of the CSMS that bring a charging profile, on their way to a station whose site allows less: the limits that are too high
 * are lowered. Everything after this sees the lowered frame, so what the gateway remembers as installed is what the station has.
 *
 * Only CALLs that bring a profile are looked into, and only where a limit is configured. A frame within the limit is the very same.
 */

import type { RateUnit } from "../domain/charging/profile.ts";
import type { SiteLimit } from "../domain/charging/site-limit.ts";
import { tighten } from "../domain/charging/tighten.ts";
import type { Counters } from "../domain/counters.ts";
import { number, object } from "../domain/life/fields.ts";
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { Logger } from "../ports.ts";
import type { With } from "../streams/value-lane.ts";
import type { StationConnection } from "./station-connection.ts";

type Command = With<CallFrame, StationConnection>;

const BRINGS_PROFILE: ReadonlySet<string> = new Set([
  "SetChargingProfile",
  "RemoteStartTransaction",
  "RequestStartTransaction",
  "UpdateDynamicSchedule",
]);

export function withinSite(message: Command, site: SiteLimit, counters: Counters, logger: Logger): Command {
  const { frame, text, connection } = message;
  const { version, stationId } = connection;
  const { action, payload } = frame;
  if (!BRINGS_PROFILE.has(action)) return message;
  const unit = action === "UpdateDynamicSchedule" ? unitOf(connection, payload) : undefined;
  const call = { version, action, payload, frame: text, ...(unit === undefined ? {} : { dynamicUnit: unit }) };
  const tightened = tighten(call, site);
  if (tightened.lowered === 0) return message;
  counters.tightenedProfiles += 1;
  logger.info({ stationId, action, lowered: tightened.lowered }, "a charging profile was lowered to the site's limit");
  const [, , , lowered] = JSON.parse(tightened.frame) as [2, string, string, Payload];
  return {
    ...message,
    frame: { ...frame, payload: lowered },
    text: tightened.frame,
    bytes: Buffer.from(tightened.frame),
  };
}

/** An update says no unit: it is that of the profile it updates. */
function unitOf({ host }: StationConnection, payload: Payload): RateUnit | undefined {
  const id = number(payload["chargingProfileId"]);
  const installed = host.context.profiles.find((profile) => profile.id === id)?.profile["chargingSchedule"];
  const unit = object(Array.isArray(installed) ? installed[0] : undefined)?.["chargingRateUnit"];
  return unit === "A" || unit === "W" ? unit : undefined;
}
