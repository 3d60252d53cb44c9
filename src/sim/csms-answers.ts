/**
 * How the demo CSMS answers stations: 1.6 with its security extension, 2.0.1, and 2.1 with 2.0.1's behaviours.
 *
 * @see OCPP 1.6 edition 2 §4; OCPP 2.0.1 Part 2
 */
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { CsmsBook } from "./csms-ledger.ts";
import type { Reply } from "./rpc-peer.ts";
import { objectAt, textAt } from "./wire.ts";

/** What the answers depend on. */
export interface CsmsPolicy {
  readonly heartbeatIntervalSec: number;
  readonly registration: (stationId: string) => "Accepted" | "Pending" | "Rejected";
  readonly isKnownToken: (token: string) => boolean;
  readonly nowText: () => string;
  /** 1.6 transaction ids; unique in the life of the CSMS. */
  readonly nextTransactionId: () => number;
}

type Answer = (policy: CsmsPolicy, book: CsmsBook, payload: Payload) => Payload;

/** The reply to a station's CALL; NotImplemented for actions that no station sends. */
export function answerStation(policy: CsmsPolicy, book: CsmsBook, { action, payload }: CallFrame): Reply {
  const answers = book.version === "ocpp1.6" ? ANSWERS_16 : ANSWERS_201;
  const answer = answers.get(action);
  if (answer === undefined) return { error: "NotImplemented", description: action.slice(0, 50) };
  return { result: answer(policy, book, payload) };
}

const nothing: Answer = () => ({});
const boot: Answer = (policy, { stationId }) => ({
  currentTime: policy.nowText(),
  interval: policy.heartbeatIntervalSec,
  status: policy.registration(stationId),
});
const heartbeat: Answer = (policy) => ({ currentTime: policy.nowText() });
const dataTransfer: Answer = () => ({ status: "UnknownVendorId" });

const ANSWERS_16: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ["BootNotification", boot],
  ["Heartbeat", heartbeat],
  ["StatusNotification", nothing],
  ["Authorize", (policy, _book, payload) => ({ idTagInfo: idTagInfo(policy, payload) })],
  ["StartTransaction", startTransaction],
  ["MeterValues", nothing],
  ["StopTransaction", (policy, _book, payload) => ({ idTagInfo: idTagInfo(policy, payload) })],
  ["DataTransfer", dataTransfer],
  ["DiagnosticsStatusNotification", nothing],
  ["FirmwareStatusNotification", nothing],
  ["LogStatusNotification", nothing],
  ["SecurityEventNotification", nothing],
  ["SignedFirmwareStatusNotification", nothing],
  ["SignCertificate", () => ({ status: "Rejected" })],
]);

const ANSWERS_201: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ["BootNotification", boot],
  ["Heartbeat", heartbeat],
  ["StatusNotification", nothing],
  ["Authorize", (policy, _book, payload) => ({ idTokenInfo: idTokenInfo(policy, payload) })],
  ["TransactionEvent", transactionEvent],
  ["MeterValues", nothing],
  ["DataTransfer", dataTransfer],
  ["NotifyEvent", nothing],
  ["NotifyReport", nothing],
  ["NotifyMonitoringReport", nothing],
  ["NotifyChargingLimit", nothing],
  ["ClearedChargingLimit", nothing],
  ["ReportChargingProfiles", nothing],
  ["NotifyCustomerInformation", nothing],
  ["NotifyDisplayMessages", nothing],
  ["NotifyEVChargingNeeds", () => ({ status: "Rejected" })],
  ["NotifyEVChargingSchedule", () => ({ status: "Accepted" })],
  ["FirmwareStatusNotification", nothing],
  ["PublishFirmwareStatusNotification", nothing],
  ["LogStatusNotification", nothing],
  ["SecurityEventNotification", nothing],
  ["ReservationStatusUpdate", nothing],
  ["SignCertificate", () => ({ status: "Rejected" })],
  ["Get15118EVCertificate", () => ({ status: "Failed", exiResponse: "" })],
  ["GetCertificateStatus", () => ({ status: "Failed" })],
]);

function startTransaction(policy: CsmsPolicy, book: CsmsBook, payload: Payload): Payload {
  const transactionId = book.startTransaction(payload, policy.nextTransactionId);
  return { transactionId, idTagInfo: idTagInfo(policy, payload) };
}

/** Only events that bring a token get a word about it (2.0.1 E01.FR.11, C-chapters). */
function transactionEvent(policy: CsmsPolicy, _book: CsmsBook, payload: Payload): Payload {
  return payload["idToken"] === undefined ? {} : { idTokenInfo: idTokenInfo(policy, payload) };
}

function idTagInfo(policy: CsmsPolicy, payload: Payload): Payload {
  return { status: policy.isKnownToken(textAt(payload, "idTag") ?? "") ? "Accepted" : "Invalid" };
}

function idTokenInfo(policy: CsmsPolicy, payload: Payload): Payload {
  const token = textAt(objectAt(payload, "idToken"), "idToken") ?? "";
  return { status: policy.isKnownToken(token) ? "Accepted" : "Unknown" };
}
