/**
 * Delivers what a station's spool holds: oldest first, one message at a time, a message that fails is tried again by the rule of
 * E13 and finally put aside, and what belongs to other transactions passes it. Of a station that is translated nothing passes anything:
 * to its CSMS a start that comes before the stop of the connector's last transaction is the end of that one.
 *
 *     window ─▶ first that may go ─▶ CSMS ─┬─ CALLRESULT ─▶ settled: names learned, refusals acted on, record removed
 *                                          ├─ CALLERROR, silence ─▶ again later, or dead letter
 *                                          └─ connection lost ─▶ again with the next one, same id, same text
 *
 * @see OCPP 2.0.1 Part 2 E04, E13; OCPP 1.6 §3.7.1; docs/guarantees.md
 */
import { type EpochMs, epochMs } from "../../domain/ids.ts";
import type { GatewayAnswer, PendingCall } from "../../domain/ocpp/call-gate.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import { isRefused } from "../../domain/spool/local-receipt.ts";
import { afterFailure, mustWait } from "../../domain/spool/retry.ts";
import type { StationConnection } from "../station-connection.ts";
import type { DeadLetters, DeadReason } from "./dead-letters.ts";
import type { Entry } from "./entry.ts";
import { callOf } from "./frame-text.ts";
import { isTranslated, named, type SpoolContext } from "./spool-context.ts";
import type { StationSpool } from "./station-spool.ts";

/** Between two boots that a CSMS is shown because it says that it does not know the station. */
const BOOT_AGAIN_MS = 30_000;

export class Delivery {
  readonly #context: SpoolContext;
  readonly #dead: DeadLetters;
  readonly #forgotten: (connection: StationConnection) => void;

  /** @param onForgotten the CSMS wants a boot before it takes anything */
  constructor(context: SpoolContext, dead: DeadLetters, onForgotten: (connection: StationConnection) => void) {
    this.#context = context;
    this.#dead = dead;
    this.#forgotten = onForgotten;
  }

  /** The first message that may go now; undefined when all are done, under way, or waiting for their next try. */
  nextDue(spool: StationSpool, connection: StationConnection): Entry | undefined {
    const { clock, spool: rule } = this.#context;
    const now = clock.now();
    const isInOrder = isTranslated(connection);
    const held = new Set<unknown>();
    for (const entry of spool.queue.window()) {
      if (entry.isBeingOwned) return undefined;
      if (isUnderWay(spool, entry) || held.has(entry.head.transaction)) continue;
      const waits = mustWait(entry.head, rule, now);
      if (waits && isInOrder) return undefined;
      if (waits) held.add(entry.head.transaction ?? entry);
      else if (this.#isNamed(spool, entry)) return entry;
    }
    return undefined;
  }

  /** The message as a call that is about to be put in flight. */
  callFor(spool: StationSpool, entry: Entry, connection: StationConnection): PendingCall {
    const text = spool.wireText(entry) ?? entry.text;
    const { clock, limits } = this.#context;
    const { head } = entry;
    const now = clock.monotonicMs();
    const messageClass = head.messageClass as PendingCall["messageClass"];
    entry.isOffered = true;
    return {
      id: head.id,
      frame: { type: 2, id: head.id, action: head.action, payload: callOf(text).payload },
      text,
      bytes: Buffer.from(text),
      messageClass,
      rank: messageClass,
      transactional: true,
      origin: "spool",
      offeredAt: now,
      takenAt: head.takenAt,
      expiresAt: now + limits.callTimeoutSec * 1000,
      originalId: undefined,
      numericId: false,
      wasSent: false,
      businessKey: undefined,
      twins: undefined,
      settle: (answer) => {
        entry.isOffered = false;
        this.settled(spool, entry, answer, connection);
      },
    };
  }

  settled(spool: StationSpool, entry: Entry, answer: GatewayAnswer, connection: StationConnection): void {
    if (entry.isGone) return;
    if (answer.kind === "result") this.#taken(spool, entry, answer.payload as Payload, connection);
    else if (isUnknownStation(answer) && this.#mayBootAgain(connection)) {
      // The CSMS has forgotten the station: it has to boot again before anything else counts.
      connection.bootAskedAt = this.#context.clock.monotonicMs();
      this.#forgotten(connection);
    } else this.#failed(spool, entry, answer);
  }

  /** Moves a message to the dead letters, where an operator sees it and can send it again. */
  bury(spool: StationSpool, entry: Entry, reason: DeadReason): void {
    const { counters, logger, bus, clock } = this.#context;
    const { stationId, version } = spool.host;
    const { action, role } = entry.head;
    // Said when it is on disk: who reads it may count on it.
    const say = () =>
      logger.error({ code: "ERR_NOT_TAKEN", ...named(stationId, version), action, role, reason }, "message put aside");
    this.#dead.put(spool.queue.prefix, entry.seq, entry, { reason, at: clock.now() }, say);
    if (entry.head.role === "start" && entry.head.transaction !== undefined) {
      spool.ids.change(Number(entry.head.transaction), { startIsDead: true });
    }
    spool.receipts.keep(entry.head.key, entry.seq);
    spool.queue.remove(entry);
    counters.spoolDead += 1;
    bus.emit("spool.dead", { stationId, action, reason });
  }

  /** Puts aside what has waited too long. Called now and then. */
  expire(spool: StationSpool, before: EpochMs): void {
    for (const entry of [...spool.queue.window()]) {
      if (entry.head.takenAt >= before) return;
      if (!entry.isOffered && !spool.isLive(entry)) this.bury(spool, entry, "too-old");
    }
  }

  /** A CSMS that knows no other answer must not be shown a boot for each of them. */
  #mayBootAgain({ bootAskedAt }: StationConnection): boolean {
    return bootAskedAt === undefined || this.#context.clock.monotonicMs() - bootAskedAt >= BOOT_AGAIN_MS;
  }

  /** A message of a transaction that the CSMS has not named yet has to wait for its start; without a start for ever. */
  #isNamed(spool: StationSpool, entry: Entry): boolean {
    if (entry.head.role === "start" || entry.head.transaction === undefined) return true;
    const transaction = spool.ids.byProvisional(Number(entry.head.transaction));
    if (spool.host.version !== "ocpp1.6" || transaction === undefined || transaction.real !== undefined) return true;
    if (transaction.startIsDead === true) this.bury(spool, entry, "start-not-taken");
    return false;
  }

  #taken(spool: StationSpool, entry: Entry, payload: Payload, connection: StationConnection): void {
    const { counters, clock } = this.#context;
    const { head } = entry;
    if (head.role === "start" && head.transaction !== undefined && spool.host.version === "ocpp1.6") {
      const { transactionId } = payload;
      // Without an id there is nothing under which the rest could be delivered.
      if (typeof transactionId !== "number") {
        this.#failed(spool, entry, { kind: "error", code: "", description: "" });
        return;
      }
      spool.ids.change(Number(head.transaction), { real: transactionId });
    }
    if (head.role === "stop" && head.transaction !== undefined) spool.ids.close(Number(head.transaction), clock.now());
    if (head.owned === undefined) spool.receipts.answered(head.key, entry.seq, JSON.stringify(payload));
    else spool.receipts.keep(head.key, entry.seq);
    spool.queue.remove(entry);
    counters.spoolDelivered += 1;
    if (isRefused(spool.host.version, payload)) this.#refusedLater(spool, entry, connection);
    this.#context.pump(connection);
  }

  #failed(spool: StationSpool, entry: Entry, { kind }: Exclude<GatewayAnswer, { kind: "result" }>): void {
    const { counters, spool: rule, clock } = this.#context;
    // Never sent: nothing happened to it.
    if (kind === "closed") return;
    const failure = kind === "error" ? "refused" : kind;
    counters.spoolRetries += 1;
    const after = afterFailure(entry.head, failure, rule, clock.now());
    if (after.kind === "give-up") this.bury(spool, entry, failure === "refused" ? "refused" : "unanswered");
    else {
      entry.head = after.head;
      spool.queue.write(entry);
    }
  }

  /**
   * The driver was let in here and is refused by the CSMS now.
   *
   * @see OCPP 1.6 §3.6 (StopTransactionOnInvalidId); OCPP 2.0.1 C15.FR.04, E05
   */
  #refusedLater(spool: StationSpool, { head }: Entry, connection: StationConnection): void {
    const { counters, bus, offline } = this.#context;
    const { stationId } = spool.host;
    const running = head.transaction !== undefined && this.isRunning(spool, head.transaction);
    counters.refusedAfterwards += 1;
    bus.emit("spool.refused", { stationId, running });
    if (!running || offline.onInvalidToken !== "stop") return;
    if (spool.host.version === "ocpp1.6") {
      const { real } = spool.ids.byProvisional(Number(head.transaction)) ?? {};
      if (real !== undefined && connection.link?.suspend?.(real) === true) return;
      spool.ids.change(Number(head.transaction), { stopOwed: true });
    }
    this.stop(spool, head.transaction as string, connection);
  }

  isRunning(spool: StationSpool, transaction: string): boolean {
    if (spool.host.version === "ocpp1.6") {
      const named = spool.ids.byProvisional(Number(transaction));
      return named !== undefined && named.stopped === undefined;
    }
    return Object.hasOwn(spool.host.context.transactions, transaction);
  }

  /** Asks the station to stop; what it does not take now is asked again when it comes back. */
  stop(spool: StationSpool, transaction: string, connection: StationConnection): void {
    const { callStation, logger } = this.#context;
    const is16 = spool.host.version === "ocpp1.6";
    if (connection.socket === undefined) return;
    const request = is16
      ? callStation(connection, "RemoteStopTransaction", { transactionId: Number(transaction) })
      : callStation(connection, "RequestStopTransaction", { transactionId: transaction });
    request.then(
      ({ status }) => {
        if (is16 && status === "Accepted") spool.ids.change(Number(transaction), { stopOwed: undefined });
      },
      (error) => logger.warn({ stationId: spool.host.stationId, reason: String(error) }, "stop not taken"),
    );
  }
}

/** @see OCPP 2.0.1 Part 2 B03.FR.08; OCPP-J 1.6 errata 2025-04 (SecurityError before a boot was accepted) */
const isUnknownStation = (answer: GatewayAnswer): boolean => answer.kind === "error" && answer.code === "SecurityError";

/** Instant before which a record is too old. */
export const oldestAllowed = (now: EpochMs, maxAgeDays: number): EpochMs => epochMs(now - maxAgeDays * 86_400_000);

const isUnderWay = (spool: StationSpool, entry: Entry): boolean => entry.isOffered || spool.isLive(entry);
