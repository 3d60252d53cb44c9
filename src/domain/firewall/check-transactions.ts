/**
 * R19, R23-transaction: a transaction's messages among themselves. Starts are learnt from their answers (`learn.ts`), which in 1.6
 * bring the id; a start that was before this process is known by its station's actor, without its meter.
 *
 * Transactions that the gateway named itself while the CSMS was away are not judged: their ids change under way.
 *
 * @see OCPP 1.6 §4.8, §4.10; OCPP 2.0.1 E01–E08; a StEVe database was poisoned with stops that fit no start (oss-security 2025-07)
 */
import { number, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { isProvisional } from "../spool/provisional-id.ts";
import { parseTimestamp } from "../telemetry/parse-timestamp.ts";
import type { CheckSpec, Circumstances } from "./facts.ts";
import { textOf } from "./read.ts";

/** Meters and clocks are not exact. */
const ENERGY_FACTOR = 1.1;
const HOUR_MS = 3_600_000;

function stopFault(payload: Payload, { life, memory, policy }: Circumstances): string | undefined {
  const { transactionId, meterStop, timestamp } = payload;
  if (typeof transactionId !== "number" || isProvisional(transactionId)) return undefined;
  const id = String(transactionId);
  const start = memory.startOf(id);
  if (start === undefined) return life.knows(id) ? undefined : "no such transaction was started";
  const stopWh = number(meterStop);
  const stoppedAtMs = parseTimestamp(textOf(timestamp) ?? "");
  if (stoppedAtMs < start.startedAtMs) return "it stopped before it started";
  if (stopWh === undefined || start.meterStartWh === undefined) return undefined;
  if (stopWh < start.meterStartWh) return "the meter ran backwards";
  if (policy.ratedPowerW === undefined || Number.isNaN(stoppedAtMs)) return undefined;
  const mostWh = policy.ratedPowerW * ((stoppedAtMs - start.startedAtMs) / HOUR_MS) * ENERGY_FACTOR;
  return stopWh - start.meterStartWh > mostWh + 1 ? "more energy than the station can deliver" : undefined;
}

/** The same start once more is a station that has lost the answer. */
function startFault({ connectorId, meterStart, timestamp }: Payload, { memory }: Circumstances): string | undefined {
  const open = typeof connectorId === "number" ? memory.openOn(connectorId) : undefined;
  const start = open === undefined ? undefined : memory.startOf(open);
  if (start === undefined) return undefined;
  const isRepeated = start.meterStartWh === meterStart && start.startedAtMs === parseTimestamp(textOf(timestamp) ?? "");
  return isRepeated ? undefined : "a transaction is open on this connector";
}

function meterFault({ transactionId }: Payload, { life, memory }: Circumstances): string | undefined {
  if (typeof transactionId !== "number" || isProvisional(transactionId)) return undefined;
  return memory.isOpen(String(transactionId), life) ? undefined : "the transaction is not open";
}

/** 2.x: what is updated or ended has to have been started. A message of the past is exempt. */
function eventFault(
  { eventType, transactionInfo, offline }: Payload,
  { life, memory }: Circumstances,
): string | undefined {
  const id = textOf(object(transactionInfo)?.["transactionId"]);
  if (id === undefined || offline === true || eventType === "Started") return undefined;
  return memory.startOf(id) !== undefined || memory.isOpen(id, life) ? undefined : "no such transaction was started";
}

export const TRANSACTION_CHECKS: readonly CheckSpec[] = [
  { rule: "R19", from: "south", actions: ["StopTransaction"], check: stopFault },
  { rule: "R23-transaction", from: "south", actions: ["StartTransaction"], check: startFault },
  { rule: "R23-transaction", from: "south", actions: ["MeterValues"], check: meterFault },
  { rule: "R23-transaction", from: "south", actions: ["TransactionEvent"], check: eventFault },
];
