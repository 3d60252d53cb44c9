/**
 * What waits for the broker: on disk where there is a spool and it takes writes, in memory otherwise.
 *
 *     push ─▶ spool (disk) ── refuses ──▶ outbox (memory)          take ◀─ earlier boots first, then by number
 */
import { type Gap, GapBook, type Lost } from "./gap-book.ts";
import { Outbox, type OutboxLimits, type Outgoing } from "./outbox.ts";
import type { Turn } from "./split-queue.ts";
import { HealthSpool, type HealthSpoolOptions } from "./spool/health-spool.ts";

export interface BacklogOptions {
  readonly memory: OutboxLimits;
  /** Undefined: memory only. */
  readonly spool: Omit<HealthSpoolOptions, "writeOff" | "onGaps"> | undefined;
  /** Of the messages pushed now. */
  readonly boot: string;
}

export class Backlog {
  readonly #boot: string;
  readonly #gaps = new GapBook();
  readonly #outbox: Outbox;
  readonly #spool: HealthSpool | undefined;

  constructor({ memory, spool, boot }: BacklogOptions) {
    this.#boot = boot;
    const writeOff = (message: Lost) => this.#gaps.writeOff(message);
    this.#outbox = new Outbox(memory, writeOff);
    if (spool === undefined) return;
    this.#spool = new HealthSpool({ ...spool, writeOff, onGaps: (gaps) => this.#gaps.restore(gaps) });
  }

  get size(): number {
    return this.#outbox.size + this.#onDisk;
  }

  get #onDisk(): number {
    return this.#spool?.size ?? 0;
  }

  /** True while the end of this life would lose or delay something: what lies on disk and has waited can wait on. */
  get isUrgent(): boolean {
    return this.#outbox.size > 0 || this.has("fresh") || this.has("newest");
  }

  /** True when telling of a loss would cause one. */
  get isFull(): boolean {
    return this.#spool?.isOk !== true && this.#outbox.isFull;
  }

  /** Observations that would go down with the worker. */
  get observationsInMemory(): number {
    return this.#outbox.observations;
  }

  get dropped(): number {
    return this.#gaps.dropped;
  }

  get spoolStats() {
    return {
      spooled: this.#onDisk,
      spoolBytes: this.#spool?.bytes ?? 0,
      spoolFailures: this.#spool?.failures ?? 0,
      spoolImpaired: this.#spool !== undefined && !this.#spool.isOk,
    };
  }

  /** On disk or nowhere. */
  keep(message: Outgoing): boolean {
    return this.#spool?.push(message) === true;
  }

  push(message: Outgoing): void {
    if (!this.keep(message)) this.#outbox.push(message);
  }

  /** True where `turn` has a message. */
  has(turn: Turn): boolean {
    return (this.#spool?.peek(turn) ?? this.#outbox.peek(turn)) !== undefined;
  }

  /** The next message by `turn`, from disk or memory; undefined where there is none that can be read. */
  take(turn: Turn): Outgoing | undefined {
    while (this.has(turn)) {
      const message = this.#isOnDisk(turn) ? this.#spool?.take(turn) : this.#outbox.take(turn);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** What is in memory is of this boot; in the order of sending, earlier boots come first. */
  #isOnDisk(turn: Turn): boolean {
    const kept = this.#spool?.peek(turn);
    const seq = this.#outbox.peek(turn)?.seq;
    if (kept === undefined || seq === undefined) return kept !== undefined;
    const isEarlier = kept.boot !== this.#boot || kept.seq < seq;
    return turn === "newest" ? !isEarlier : isEarlier;
  }

  /** A connection is made: what waits now has waited. */
  settle(): void {
    this.#outbox.settle();
    this.#spool?.settle();
  }

  /** Takes back what could not be delivered, into its place. */
  putBack(message: Outgoing): void {
    if (message.kept === undefined) this.#outbox.putBack(message);
    else this.#spool?.putBack(message.kept);
  }

  /** The broker has it, or will never take it. */
  finish({ kept }: Outgoing): void {
    if (kept !== undefined) this.#spool?.finish(kept);
  }

  writeOff(message: Outgoing): void {
    this.#gaps.writeOff(message);
    this.finish(message);
  }

  takeGap(): Gap | undefined {
    return this.#gaps.take();
  }

  tick(nowMs: number): void {
    this.#spool?.tick(nowMs, this.#gaps.all, this.#gaps.version);
  }

  close(): void {
    this.#spool?.close(this.#gaps.all, this.#gaps.version);
  }
}
