/** What messages that pass teach the firewall: which transactions run, whether a certificate was asked for, how cards fare. */
import { number, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { parseTimestamp } from "../telemetry/parse-timestamp.ts";
import type { Seen } from "./facts.ts";
import type { StationMemory } from "./memory.ts";
import { textOf } from "./read.ts";

/** @param call payload of the CALL; for an answer, of the CALL it answers */
export type Lesson = (memory: StationMemory, call: Payload, seen: Seen) => void;

const wasAccepted = (info: unknown): boolean => object(info)?.["status"] === "Accepted";

const onCall16: ReadonlyMap<string, Lesson> = new Map<string, Lesson>([
  ["StopTransaction", (memory, { transactionId }) => memory.stopped(String(transactionId))],
  ["SignCertificate", asksForCertificate],
  ["BootNotification", boots],
]);

const onCall2x: ReadonlyMap<string, Lesson> = new Map<string, Lesson>([
  ["TransactionEvent", learnEvent],
  ["SignCertificate", asksForCertificate],
  ["BootNotification", boots],
]);

const onAnswer16: ReadonlyMap<string, (memory: StationMemory, call: Payload, answer: Payload, seen: Seen) => void> =
  new Map([
    ["StartTransaction", learnStart],
    [
      "Authorize",
      (memory: StationMemory, _call: Payload, { idTagInfo }: Payload, { receivedAt }: Seen) =>
        memory.cards.answered(wasAccepted(idTagInfo), receivedAt),
    ],
  ]);

const onAnswer2x: typeof onAnswer16 = new Map([
  [
    "Authorize",
    (memory: StationMemory, _call: Payload, { idTokenInfo }: Payload, { receivedAt }: Seen) =>
      memory.cards.answered(wasAccepted(idTokenInfo), receivedAt),
  ],
]);

/** What a CALL of the station teaches; undefined for most. */
export const lessonOfCall = (version: OcppVersion, action: string): Lesson | undefined =>
  (version === "ocpp1.6" ? onCall16 : onCall2x).get(action);

/** What a CALLRESULT of the CSMS teaches. Never throws. */
export function learnAnswer(memory: StationMemory, version: OcppVersion, seen: Seen): void {
  const { frame, action, answers, from } = seen;
  if (frame.type !== 3 || from !== "north" || answers === undefined || action === undefined) return;
  (version === "ocpp1.6" ? onAnswer16 : onAnswer2x).get(action)?.(memory, answers.frame.payload, frame.payload, seen);
}

/** Whether it is accepted has to be asked again. */
function boots(memory: StationMemory): void {
  memory.isAccepted = false;
}

function asksForCertificate(memory: StationMemory, _call: Payload, { receivedAt }: Seen): void {
  memory.certificateAskedAtMs = receivedAt;
}

function learnStart(memory: StationMemory, call: Payload, { transactionId }: Payload, { receivedAt }: Seen): void {
  if (typeof transactionId !== "number") return;
  const startedAtMs = parseTimestamp(textOf(call["timestamp"]) ?? "");
  memory.started(String(transactionId), {
    connectorId: number(call["connectorId"]) ?? 0,
    meterStartWh: number(call["meterStart"]),
    startedAtMs: Number.isNaN(startedAtMs) ? receivedAt : startedAtMs,
    isOpen: true,
  });
}

function learnEvent(memory: StationMemory, { eventType, transactionInfo, evse }: Payload, { receivedAt }: Seen): void {
  const id = textOf(object(transactionInfo)?.["transactionId"]);
  if (id === undefined) return;
  if (eventType === "Ended") memory.stopped(id);
  else if (eventType === "Started") {
    const connectorId = number(object(evse)?.["id"]) ?? 0;
    memory.started(id, { connectorId, meterStartWh: undefined, startedAtMs: receivedAt, isOpen: true });
  }
}
