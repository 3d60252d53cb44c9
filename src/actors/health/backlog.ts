/**
 * What waits for the broker: on disk where there is a spool and it takes writes, in memory otherwise.
 *
 *     push ─▶ spool (disk) ── refuses ──▶ outbox (memory)          shift ◀─ earlier boots first, then by number
 */
import { type Gap, GapBook, type Lost } from "./gap-book.ts";
import { Outbox, type OutboxLimits, type Outgoing } from "./outbox.ts";
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
  /** Taken from the spool to see its number, and not wanted yet. */
  #held: Outgoing | undefined;

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
    return (this.#spool?.size ?? 0) + (this.#held === undefined ? 0 : 1);
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

  shift(): Outgoing | undefined {
    const kept = this.#held ?? this.#spool?.shift();
    this.#held = undefined;
    const seq = this.#outbox.firstSeq;
    if (kept === undefined) return this.#outbox.shift();
    if (seq === undefined || kept.boot !== this.#boot || kept.seq < seq) return kept;
    this.#held = kept;
    return this.#outbox.shift();
  }

  /** Takes back what could not be delivered; it is the oldest again. */
  putBack(message: Outgoing): void {
    this.#release();
    if (message.kept === undefined) this.#outbox.putBack(message);
    else this.#spool?.putBack(message.kept);
  }

  #release(): void {
    if (this.#held?.kept !== undefined) this.#spool?.putBack(this.#held.kept);
    this.#held = undefined;
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
    this.#release();
    this.#spool?.close(this.#gaps.all, this.#gaps.version);
  }
}
