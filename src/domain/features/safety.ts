/**
 * What happened to people's protection, not to performance: a ground fault, a connector that overheated, isolation that was too
 * low, a residual current device that tripped. One occurrence is enough, and time does not heal it.
 *
 * @see OCPP 1.6 edition 2 §7.6 ChargePointErrorCode; OCPP 2.0.1 Part 2 Appendix 3 (components `RCD`,
 *   `GroundIsolationProtection`); ChargeX Minimum Required Error Codes (INL); EVgo MREC
 */
import { DEVICE_MODES, describeChannel, eventChannel } from "../telemetry/channels.ts";
import { type EventName, eventNo, eventValue } from "../telemetry/event-lists.ts";
import type { ChannelNo } from "../telemetry/observation.ts";

export type SafetyEvent = "groundFailure" | "highTemperature" | "isolation" | "rcdTrip";

const WORDS: readonly (readonly [list: EventName, word: string, event: SafetyEvent])[] = [
  ["errorCode", "GroundFailure", "groundFailure"],
  ["errorCode", "HighTemperature", "highTemperature"],
  ["vendorErrorCode", "CX002", "groundFailure"],
  ["vendorErrorCode", "CX003", "highTemperature"],
  ["vendorErrorCode", "CX019", "highTemperature"],
  ["vendorErrorCode", "F009", "highTemperature"],
  ["vendorErrorCode", "CX022", "isolation"],
  ["vendorErrorCode", "F006", "isolation"],
  ["stoppedReason", "GroundFault", "groundFailure"],
];

const DEVICES: ReadonlyMap<string, SafetyEvent> = new Map([
  ["RCD.Tripped", "rcdTrip"],
  ["RCD.Operated", "rcdTrip"],
  ["GroundIsolationProtection.Tripped", "isolation"],
  ["GroundIsolationProtection.Problem", "isolation"],
]);

const BY_CHANNEL = new Map<ChannelNo, Map<number, SafetyEvent>>();
for (const [list, word, event] of WORDS) {
  const channel = eventChannel(list);
  const values = BY_CHANNEL.get(channel) ?? new Map<number, SafetyEvent>();
  BY_CHANNEL.set(channel, values.set(eventValue(eventNo(list), word), event));
}

const FIRST_EVENT_CHANNEL = 1 << 23;
const FIRST_DEVICE_CHANNEL = 2 << 23;
const ALERT = `.${DEVICE_MODES[1]}`;

/** The safety event an observation tells of. */
export function safetyEvent(channel: ChannelNo, value: number): SafetyEvent | undefined {
  if (channel < FIRST_EVENT_CHANNEL) return undefined;
  if (channel < FIRST_DEVICE_CHANNEL) return BY_CHANNEL.get(channel)?.get(value);
  // A variable of these is rare, and only true is of interest; `cleared` does not end in a known name.
  if (value !== 1) return undefined;
  const name = describeChannel(channel)?.name ?? "";
  return DEVICES.get(name.endsWith(ALERT) ? name.slice(0, -ALERT.length) : name);
}
