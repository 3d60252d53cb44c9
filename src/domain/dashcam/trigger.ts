/**
 * What starts a capture, as data. An observation is compared by its channel's number and its value's index; the code of a
 * trigger is a word of a closed list, and names the fault for which no second capture is made within the hour.
 *
 * | channel       | starts a capture                                                            |
 * | ------------- | --------------------------------------------------------------------------- |
 * | status        | Faulted                                                                     |
 * | errorCode     | all but NoError                                                             |
 * | stoppedReason | reasons that neither driver nor operator nor vehicle wanted                 |
 * | connection    | down                                                                        |
 *
 * @see OCPP 1.6 edition 2 §7.6, §7.7, §7.37; OCPP 2.1 Part 2 §3 ReasonEnumType
 */
import { eventChannel } from "../telemetry/channels.ts";
import { EVENT_LISTS, type EventName, eventNo } from "../telemetry/event-lists.ts";
import type { ChannelNo } from "../telemetry/observation.ts";

/** `list:word` of the closed event lists, `command`, or `outlier`. */
export type TriggerCode = string;

interface TriggerRule {
  readonly event: EventName;
  readonly isTrigger: (word: string) => boolean;
}

const ABNORMAL_STOPS: ReadonlySet<string> = new Set([
  ...[
    "EmergencyStop",
    "PowerLoss",
    "Reboot",
    "HardReset",
    "GroundFault",
    "OvercurrentFault",
    "PowerQuality",
    "Timeout",
  ],
]);

const RULES: readonly TriggerRule[] = [
  { event: "status", isTrigger: (word) => word === "Faulted" },
  { event: "errorCode", isTrigger: (word) => word !== "NoError" },
  { event: "stoppedReason", isTrigger: (word) => ABNORMAL_STOPS.has(word) },
  { event: "connection", isTrigger: (word) => word === "down" },
];

const CODES: ReadonlyMap<ChannelNo, readonly (TriggerCode | undefined)[]> = new Map(
  RULES.map(({ event, isTrigger }) => [
    eventChannel(event),
    (EVENT_LISTS[eventNo(event)]?.values ?? []).map((word) => (isTrigger(word) ? `${event}:${word}` : undefined)),
  ]),
);

/** An operator's order. */
export const COMMAND: TriggerCode = "command";

/** A session whose figures lie far from what is usual at this EVSE. */
export const OUTLIER: TriggerCode = "outlier";

/** Code of the capture that this observation starts, or undefined. */
export const triggerOf = (channel: ChannelNo, value: number): TriggerCode | undefined => CODES.get(channel)?.[value];
