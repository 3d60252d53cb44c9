/**
 * What happens when a spool is full, in this order, each counted:
 *
 * | how full | what                                                                                     |
 * | -------- | ---------------------------------------------------------------------------------------- |
 * | 90 %     | of each transaction's periodic readings the 1st, 3rd, 5th, … are left out (J02.FR.20)       |
 * | 100 %    | a new periodic reading is acknowledged and left out                                      |
 * | 100 %    | a new transaction is refused: CALLERROR, and the station keeps it                        |
 * | always   | the end of a transaction, signed values and security events are taken                    |
 */

import { hasNumericId } from "../../domain/ocpp/decode-frame.ts";
import type { CallFrame } from "../../domain/ocpp/frame.ts";
import type { Spoolable } from "../../domain/spool/spoolable.ts";
import { type ThinCandidate, thinOut } from "../../domain/spool/thinning.ts";
import type { With } from "../../streams/value-lane.ts";
import type { StationConnection } from "../station-connection.ts";
import type { SpoolContext } from "./spool-context.ts";
import type { StationSpool } from "./station-spool.ts";

const NEARLY_FULL = 0.9;
/** Share of the room by which a queue has to have grown since. */
const LOOK_AGAIN = 0.02;
/** Records looked at in one turn of the event loop: about two milliseconds. */
const PER_TURN = 250;

export class Thinning {
  readonly #context: SpoolContext;
  readonly #underWay = new Set<StationSpool>();
  /** What was left after the last time: looking again pays only when there is more. */
  readonly #lastLeft = new WeakMap<StationSpool, number>();

  constructor(context: SpoolContext) {
    this.#context = context;
  }

  /**
   * True when there is no room for this message: then it has been answered.
   *
   * @param all everything that waits
   */
  refuses(
    spool: StationSpool,
    { connection, frame, text }: With<CallFrame, StationConnection>,
    kind: Spoolable,
    all: { readonly bytes: number },
  ): boolean {
    if (!spool.hasBacklog) return false;
    const { spool: limits, counters, refuse } = this.#context;
    const fill = Math.max(spool.queue.count / limits.maxMessagesPerStation, all.bytes / limits.maxBytes);
    if (fill < NEARLY_FULL) return false;
    this.#start(spool);
    if (fill < 1 || !(kind.thinnable || kind.role === "start")) return false;
    const numericId = hasNumericId(text);
    if (kind.thinnable) {
      counters.spoolThinned += 1;
      spool.answer({ connection, id: frame.id, numericId, text }, "{}");
      return true;
    }
    counters.spoolFull += 1;
    refuse(connection, frame.id, "The gateway has no room for another transaction", numericId);
    return true;
  }

  /** Looks through the whole queue, a piece a turn, and leaves out half of what may be left out. */
  #start(spool: StationSpool): void {
    const enough = (this.#lastLeft.get(spool) ?? 0) + LOOK_AGAIN * this.#context.spool.maxMessagesPerStation;
    if (this.#underWay.has(spool) || spool.queue.count < enough) return;
    this.#underWay.add(spool);
    const candidates: ThinCandidate[] = [];
    const step = (from: number) => {
      const entries = spool.queue.scan(from, PER_TURN);
      for (const { seq, head } of entries) {
        candidates.push({ seq, transaction: head.transaction, thinnable: head.thinnable === true });
      }
      const last = entries.at(-1);
      if (last !== undefined && entries.length === PER_TURN) setImmediate(() => step(last.seq + 1));
      else this.#finish(spool, candidates);
    };
    step(0);
  }

  #finish(spool: StationSpool, candidates: readonly ThinCandidate[]): void {
    this.#underWay.delete(spool);
    const { counters, logger } = this.#context;
    const left = thinOut(candidates).filter((seq) => spool.queue.find(seq)?.isOffered !== true);
    spool.queue.removeAll(left);
    counters.spoolThinned += left.length;
    this.#lastLeft.set(spool, spool.queue.count);
    const { stationId } = spool.host;
    logger.warn(
      { code: "ERR_QUEUE_FULL", stationId, left: left.length, waiting: spool.queue.count },
      "spool thinned out",
    );
  }
}
