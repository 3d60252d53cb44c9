/**
 * Who goes first when the event loop has much to do: messages a driver waits for, before meter values and reports.
 *
 *     turn: read ─▶ urgent? ─ yes ─▶ work
 *                      └──── no ──▶ [ · · queue · · ] ─▶ end of the turn: work for a slice, then read again
 *
 * A short turn changes nothing: its first bulky frames are worked on as they come. In a long one (a flood of condition data, or
 * what piled up while the process was not running) they wait until the turn's other frames are through, and are then worked off
 * in slices, between which the sockets are read again.
 *
 * Promises: frames of one station keep their order, for while one of them waits, later ones wait behind it; none is lost. The
 * queue is bounded: where it is full, its oldest frame is worked on at once.
 */
import type { Counters } from "../domain/counters.ts";
import { CATALOGUE } from "../domain/ocpp/catalogue.ts";
import { peekAction } from "../domain/ocpp/peek-action.ts";
import type { RawFrame } from "../streams/messages.ts";
import type { StationConnection } from "./station-connection.ts";

type Frame = RawFrame<StationConnection>;

export interface FrameOrderOptions {
  readonly work: (frame: Frame) => void;
  readonly monotonicMs: () => number;
  readonly counters: Pick<Counters, "framesDeferred" | "deferredFramesFull">;
  /** One more frame of this station waits here: it may have to be slowed down. */
  readonly onDeferred?: (connection: StationConnection) => void;
  /** None of this station's frames waits here any more. */
  readonly onWorkedOff?: (connection: StationConnection) => void;
  /** Frames that may wait. */
  readonly capacity?: number;
}

/** A few hundred kilobytes of frames, and some milliseconds of work. */
const CAPACITY = 1024;
/** Bulky frames of a turn before one has to wait: about a tenth of a millisecond of work. */
const AT_ONCE = 3;
/** What a driver may have to wait for a slice. */
const SLICE_MS = 0.3;
/** Frames between two looks at the clock. */
const LOOK_EVERY = 4;

/** What nobody waits for while the next frame is read: samples, reports, vendors' data. */
const BULK: ReadonlySet<string> = new Set(
  CATALOGUE.filter(
    ({ action, from, messageClass, lane }) =>
      from !== "csms" && (action === "MeterValues" || messageClass === 4 || lane === "health"),
  ).map(({ action }) => action),
);

export class FrameOrder {
  readonly #options: FrameOrderOptions;
  readonly #capacity: number;
  /** Oldest first from `#head` on; what is worked off leaves undefined behind. */
  #queue: (Frame | undefined)[] = [];
  #head = 0;
  #inTurn = 0;
  #armed = false;

  constructor(options: FrameOrderOptions) {
    this.#options = options;
    this.#capacity = options.capacity ?? CAPACITY;
  }

  push(frame: Frame): void {
    if (this.#mustWait(frame)) this.#defer(frame);
    else this.#options.work(frame);
  }

  /** Works on what waits of a connection that ends. */
  settle(connection: StationConnection): void {
    for (let i = this.#head; connection.framesWaiting > 0 && i < this.#queue.length; i += 1) {
      if (this.#queue[i]?.connection === connection) this.#workOn(i);
    }
  }

  #mustWait({ connection, from, bytes }: Frame): boolean {
    if (from !== "south") return false;
    if (connection.framesWaiting > 0) return true;
    if (!BULK.has(peekAction(bytes) ?? "")) return false;
    // Only for these: an urgent frame alone must not cost the event loop a turn of its own.
    this.#arm();
    this.#inTurn += 1;
    return this.#inTurn > AT_ONCE;
  }

  #defer(frame: Frame): void {
    const { counters } = this.#options;
    counters.framesDeferred += 1;
    if (this.#queue.length - this.#head >= this.#capacity) {
      counters.deferredFramesFull += 1;
      this.#next();
    }
    frame.connection.framesWaiting += 1;
    this.#queue.push(frame);
    this.#options.onDeferred?.(frame.connection);
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(this.#onTurnEnd);
  }

  readonly #onTurnEnd = (): void => {
    this.#armed = false;
    this.#inTurn = 0;
    if (this.#head === this.#queue.length) return;
    const { monotonicMs } = this.#options;
    const end = monotonicMs() + SLICE_MS;
    do {
      for (let i = 0; i < LOOK_EVERY; i += 1) this.#next();
    } while (this.#head < this.#queue.length && monotonicMs() < end);
    if (this.#head < this.#queue.length) this.#arm();
  };

  /** Works on the oldest frame. */
  #next(): void {
    if (this.#head === this.#queue.length) return;
    this.#head += 1;
    this.#workOn(this.#head - 1);
    if (this.#head < this.#queue.length && this.#head < this.#capacity) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  #workOn(at: number): void {
    const frame = this.#queue[at];
    if (frame === undefined) return;
    this.#queue[at] = undefined;
    frame.connection.framesWaiting -= 1;
    this.#options.work(frame);
    if (frame.connection.framesWaiting === 0) this.#options.onWorkedOff?.(frame.connection);
  }
}
