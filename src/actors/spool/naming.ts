/** Names of 1.6 transactions that the gateway began, or has to rename: see docs/guarantees.md, "Transaction ids". */
import type { EpochMs } from "../../domain/ids.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import type { SpoolHead } from "../../domain/spool/record.ts";
import { transactionNumber } from "../../domain/spool/spoolable.ts";
import type { ProvisionalIds } from "./provisional-ids.ts";
import type { TransactionIds } from "./transaction-ids.ts";

/** A provisional id for a start that the gateway answers. */
export function nameStart({ connectorId }: Payload, ids: TransactionIds, provisionalIds: ProvisionalIds): number {
  const provisional = provisionalIds.allocate((id) => ids.has(id));
  ids.open(provisional, typeof connectorId === "number" ? connectorId : undefined);
  return provisional;
}

/**
 * A real id that is another transaction's provisional one would mean both of them: the station gets a fresh name instead.
 *
 * @returns that name; undefined where the CSMS's answer may stay as it is
 */
export function renamedStart(
  { role }: SpoolHead,
  { transactionId }: Payload,
  ids: TransactionIds,
  provisionalIds: ProvisionalIds,
): number | undefined {
  if (role !== "start" || typeof transactionId !== "number" || ids.isEmpty) return undefined;
  if (ids.byProvisional(transactionId) === undefined) return undefined;
  const provisional = nameStart({}, ids, provisionalIds);
  ids.change(provisional, { real: transactionId });
  return provisional;
}

/** The CSMS has acknowledged the end of a transaction that the gateway named. */
export function noteEnd({ role, transaction }: SpoolHead, ids: TransactionIds, now: EpochMs): void {
  if (role !== "stop" || transaction === undefined || ids.isEmpty) return;
  ids.close(Number(transaction), now);
}

/** The station has ended a transaction, whatever the CSMS knows of it. */
export function noteStopped(payload: Payload, ids: TransactionIds): void {
  const transactionId = transactionNumber(payload["transactionId"]);
  if (transactionId !== undefined) ids.change(transactionId, { stopped: true });
}
