/**
 * R05, R20, R21, R26: what messages say about themselves: who boots, vendors' data, times, cards.
 *
 * @see OCPP 1.6 §4.2, §4.3, §5.6, RFC 3339; OCPP 2.0.1 B01, C01, P01
 */
import { list, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { parseTimestamp } from "../telemetry/parse-timestamp.ts";
import type { Check, CheckSpec, Circumstances } from "./facts.ts";
import type { StationMemory } from "./memory.ts";
import { textOf } from "./read.ts";

const DAY_MS = 86_400_000;
const AHEAD_MS = 600_000;
const OLDEST_DAYS = 90;
/** A timestamp with a zone and nine decimals has 35 characters. */
const LONGEST_TIME = 35;
const TIME_FORM = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/i;

/** Commands and secrets that have no business in a vendor's data. */
const HIDDEN_COMMAND =
  /"(?:SecurityProfile|AuthorizationKey|BasicAuthPassword|ChangeConfiguration|SetVariables|SetNetworkProfile|(?:Signed)?UpdateFirmware|InstallCertificate|DeleteCertificate|RemoteStartTransaction|RequestStartTransaction|SetChargingProfile|GetDiagnostics)"/i;
/** Extensions of the Open Charge Alliance carry commands by design (ISO 15118 Plug & Charge in 1.6, and others). */
const STANDARD_VENDOR = "org.openchargealliance.";

const bootFault: Check = (payload, { policy }) => {
  const { identity } = policy;
  if (identity === undefined) return undefined;
  const station = object(payload["chargingStation"]) ?? payload;
  const serial = station["serialNumber"] ?? station["chargePointSerialNumber"] ?? station["chargeBoxSerialNumber"];
  const model = station["model"] ?? station["chargePointModel"];
  const vendor = station["vendorName"] ?? station["chargePointVendor"];
  if (identity.serialNumber !== undefined && serial !== identity.serialNumber) return "another serial number";
  if (identity.model !== undefined && model !== identity.model) return "another model";
  return identity.vendor !== undefined && vendor !== identity.vendor ? "another vendor" : undefined;
};

const vendorFault: Check = ({ vendorId, messageId }, { policy }) => {
  if (policy.vendors === undefined) return undefined;
  const vendor = policy.vendors.find((listed) => listed.vendorId === vendorId);
  if (vendor === undefined) return UNKNOWN_VENDOR;
  const isListed = vendor.messageIds === undefined || vendor.messageIds.includes(String(messageId));
  return isListed ? undefined : UNKNOWN_MESSAGE;
};

/** Reasons that have an answer of their own in the schema. */
export const UNKNOWN_VENDOR = "the vendor is not listed";
export const UNKNOWN_MESSAGE = "the message is not listed";

const dataFault: Check = ({ vendorId, data }, { policy }) => {
  if (typeof vendorId === "string" && vendorId.startsWith(STANDARD_VENDOR)) return undefined;
  const text = textOf(data) ?? (data === undefined ? "" : JSON.stringify(data));
  if (text.length > policy.dataTransferBytes) return "the data is too long";
  return HIDDEN_COMMAND.test(text) ? "the data hides a command" : undefined;
};

/** Every timestamp that the message itself has; those of its readings are of one clock, so the first one speaks for all. */
function timeOf({ timestamp, meterValue, eventData }: Payload): unknown {
  if (timestamp !== undefined) return timestamp;
  const [first] = list(meterValue ?? eventData);
  return object(first)?.["timestamp"];
}

/** Two rules ask for the same one. */
function instantOf(time: unknown, memory: StationMemory): number {
  if (time !== memory.timeText) {
    memory.timeText = time;
    memory.timeMs = typeof time === "string" ? parseTimestamp(time) : Number.NaN;
  }
  return memory.timeMs;
}

const formatFault: Check = (payload, { memory }) => {
  const time = timeOf(payload);
  if (typeof time !== "string") return undefined;
  // Nearly all are of the form that is read quickly.
  if (!Number.isNaN(instantOf(time, memory))) return undefined;
  return time.length <= LONGEST_TIME && TIME_FORM.test(time) ? undefined : "the timestamp is none";
};

const rangeFault: Check = (payload, { seen, memory }) => {
  const at = instantOf(timeOf(payload), memory);
  if (Number.isNaN(at)) return undefined;
  const now = seen.receivedAt;
  if (at > now + AHEAD_MS) return "the timestamp is in the future";
  return at < now - OLDEST_DAYS * DAY_MS ? "the timestamp is too old" : undefined;
};

function cardFault({ idTag, idToken }: Payload, { memory, policy, seen }: Circumstances): string | undefined {
  const card = textOf(idTag) ?? textOf(object(idToken)?.["idToken"]);
  if (card === undefined) return undefined;
  const { cards } = memory;
  if (cards.asked(card, seen.receivedAt) > policy.cardsPer10Min) return "too many different cards";
  return cards.areMostRefused ? "nearly every card is refused" : undefined;
}

const TIMED = [
  "StartTransaction",
  "StopTransaction",
  "MeterValues",
  "StatusNotification",
  "TransactionEvent",
  "NotifyEvent",
  "SecurityEventNotification",
];

export const DATA_CHECKS: readonly CheckSpec[] = [
  {
    rule: "R05",
    from: "south",
    actions: ["BootNotification"],
    check: (payload, facts) => (facts.life.strength > 0 ? bootFault(payload, facts) : undefined),
  },
  {
    rule: "R05-unproven",
    from: "south",
    actions: ["BootNotification"],
    check: (payload, facts) => (facts.life.strength > 0 ? undefined : bootFault(payload, facts)),
  },
  { rule: "R20-vendor", from: "both", actions: ["DataTransfer"], check: vendorFault },
  { rule: "R20-content", from: "both", actions: ["DataTransfer"], check: dataFault },
  { rule: "R21-format", from: "south", actions: TIMED, check: formatFault },
  { rule: "R21-range", from: "south", actions: TIMED, check: rangeFault },
  { rule: "R26", from: "south", actions: ["Authorize"], check: cardFault },
];
