/**
 * One line for all stations: with `uplink.bandwidthBps` every frame towards a CSMS passes here, and leaves when the token bucket
 * has room for it.
 *
 *     station ─▶ push ─┬─ nothing waits, room ─────────────────────────▶ socket
 *                      └─▶ [V0] [V1] [V2] [V3] [V4]  ─ strict order ───▶ socket
 *                               └ too much of one class: its station is not read any more
 *     what they leave ─▶ health lane (health-grants.ts)
 *
 * Order: class before class; first come, first served within a class, over all stations. V0 and V1 of one connection never change
 * places, so two messages of a transaction do not: where a V0 comes behind a V1 of its own connection, that V1 goes as V0. There is
 * little else to reorder, for a connection has one CALL outstanding, and answers.
 *
 * A V0 frame waits for other V0 frames only, and for none while the reserve lasts. On the line it meets what has left before it: at
 * most the burst, or one frame that is larger than the burst, for WebSocket frames are not split here. On a busy line of 256 kbit/s
 * with frames of at most 8 KiB that is 0.27 s.
 *
 * Nothing is dropped. A frame is taken back when its call was given up or its link has ended; whoever sent it knows by then. The
 * bytes of a class are bounded by `queueBytes` and what the stations had under way when they were held.
 */
import type { Counters } from "../domain/counters.ts";
import { epochMs } from "../domain/ids.ts";
import type { MessageClass } from "../domain/ocpp/catalogue.ts";
import { ClassQueues, type Waiting } from "../domain/uplink/class-queues.ts";
import { TokenBucket } from "../domain/uplink/token-bucket.ts";
import { wireBytes } from "../domain/uplink/wire-bytes.ts";
import type { Clock, HealthUplink } from "../ports.ts";
import { HealthGrants } from "./health-grants.ts";

type Frame = Uint8Array | string;

export interface UplinkShaperOptions {
  readonly bandwidthBps: number;
  readonly overheadBytes: number;
  /** Part of the bandwidth that the health lane gets although value messages wait. */
  readonly healthShare: number;
  readonly health: HealthUplink | undefined;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Bytes of one class that may wait. Default: eight seconds of the line, within {@link QUEUE_BYTES}. */
  readonly queueBytes?: number;
}

/** The connection that a port belongs to. */
export interface PortOwner {
  /** Writes the frame to the link as it is now. Never throws. */
  deliver(frame: Frame, urgent: boolean): void;
  /** {@link UplinkPort.isFull} is false again. */
  onRoom(): void;
}

/** One connection's way onto the line. */
export interface UplinkPort {
  push(frame: Frame, messageClass: MessageClass): void;
  /** Something of this class waits behind what this port has in the queues: that goes as urgently from now on. */
  promote(messageClass: MessageClass): void;
  /** Takes a frame back; false when it has left. */
  withdraw(frame: Frame): boolean;
  /** The link has ended: takes everything back. */
  clear(): void;
  /** True: the station must not be read. */
  readonly isFull: boolean;
  /** Frames that wait. */
  readonly waiting: number;
}

interface Parcel {
  readonly port: Port;
  readonly frame: Frame;
}

interface Port {
  readonly owner: PortOwner;
  readonly waiting: Waiting<Parcel>[];
  /** Classes on whose account the station is not read. */
  readonly heldFor: Set<MessageClass>;
}

/** 50 ms of the line, so that a timer that comes late costs no bandwidth; at least two segments. */
const BURST_SEC = 0.05;
const MIN_BURST_BYTES = 3_000;
/** Longer queues are of no use: their calls are given up before they leave. */
const QUEUE_SEC = 8;
export const QUEUE_BYTES = { min: 256 * 1024, max: 4 * 1024 * 1024 } as const;
const CLASSES: readonly MessageClass[] = [0, 1, 2, 3, 4];
const COUNTER = [
  "uplinkBytesV0Now",
  "uplinkBytesV1Now",
  "uplinkBytesV2Now",
  "uplinkBytesV3Now",
  "uplinkBytesV4Now",
] as const;

export class UplinkShaper {
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #overheadBytes: number;
  readonly #queueBytes: number;
  readonly #bucket: TokenBucket;
  readonly #grants: HealthGrants | undefined;
  readonly #queues = new ClassQueues<Parcel>();
  /** By class: ports whose station is not read, in the order in which they were held. */
  readonly #held: readonly Set<Port>[] = CLASSES.map(() => new Set());
  #isPumping = false;
  #cancelTimer: () => void = () => undefined;
  #isClosed = false;

  constructor(options: UplinkShaperOptions) {
    const { bandwidthBps, overheadBytes, healthShare, health, clock, counters } = options;
    const bytesPerSec = bandwidthBps / 8;
    const burstBytes = Math.max(MIN_BURST_BYTES, bytesPerSec * BURST_SEC);
    const now = () => clock.monotonicMs();
    this.#clock = clock;
    this.#counters = counters;
    this.#overheadBytes = overheadBytes;
    this.#queueBytes =
      options.queueBytes ?? Math.min(QUEUE_BYTES.max, Math.max(QUEUE_BYTES.min, bytesPerSec * QUEUE_SEC));
    this.#bucket = new TokenBucket({ bytesPerSec, burstBytes, reserveBytes: burstBytes }, now());
    if (health?.throttle === undefined) return;
    this.#grants = new HealthGrants({
      health,
      bucket: this.#bucket,
      grantBytes: burstBytes / 2,
      shareBytesPerSec: bytesPerSec * healthShare,
      overheadBytes,
      counters,
      onWant: () => this.#pump(),
      now,
    });
    this.#pump();
  }

  port(owner: PortOwner): UplinkPort {
    const port: Port = { owner, waiting: [], heldFor: new Set() };
    return {
      push: (frame, messageClass) => this.#push(port, frame, messageClass),
      promote: (messageClass) => {
        if (this.#promote(port, messageClass, 4)) this.#pump();
      },
      withdraw: (frame) => this.#withdraw(port, frame),
      clear: () => this.#clear(port),
      get isFull() {
        return port.heldFor.size > 0;
      },
      get waiting() {
        return port.waiting.length;
      },
    };
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  #push(port: Port, frame: Frame, messageClass: MessageClass): void {
    const bytes = wireBytes(typeof frame === "string" ? Buffer.byteLength(frame) : frame.length, this.#overheadBytes);
    const urgent = messageClass === 0;
    const isFirst = this.#queues.isEmpty && !this.#isPumping;
    if (isFirst && this.#bucket.take(bytes, this.#clock.monotonicMs(), urgent)) {
      port.owner.deliver(frame, urgent);
      return;
    }
    if (urgent) this.#promote(port, 0, 1);
    const waiting = this.#queues.push({ port, frame }, bytes, messageClass);
    port.waiting.push(waiting);
    this.#counters[COUNTER[messageClass]] += bytes;
    if (this.#queues.bytesOf(messageClass) > this.#queueBytes) this.#hold(port, messageClass);
    if (this.#queues.first() === waiting || urgent) this.#pump();
  }

  /** Sends what may go, then sees to the health lane, then sets the timer for the rest. */
  #pump(): void {
    if (this.#isPumping || this.#isClosed) return;
    this.#isPumping = true;
    const waitMs = this.#sendDue() ?? this.#grants?.offerLeftover(this.#clock.monotonicMs());
    this.#isPumping = false;
    this.#cancelTimer();
    if (waitMs === undefined) return;
    // Whole milliseconds, at least one: a timer that fires a rounding error too early would be set for no time at all.
    const at = epochMs(this.#clock.now() + Math.max(1, Math.ceil(waitMs)));
    this.#cancelTimer = this.#clock.callAt(at, () => this.#pump());
  }

  /** Milliseconds until the next may go; undefined when none waits. */
  #sendDue(): number | undefined {
    for (;;) {
      const next = this.#queues.first();
      if (next === undefined) return undefined;
      const { bytes, messageClass, item } = next;
      const now = this.#clock.monotonicMs();
      const urgent = messageClass === 0;
      if (!this.#bucket.take(bytes, now, urgent)) {
        const healthMs = this.#grants?.holdBack(now) ?? Number.POSITIVE_INFINITY;
        return Math.min(healthMs, this.#bucket.waitMs(bytes, now, urgent));
      }
      this.#remove(next);
      item.port.owner.deliver(item.frame, urgent);
    }
  }

  /**
   * @param worst the worst class that is taken along
   * @returns true when something was
   */
  #promote(port: Port, messageClass: MessageClass, worst: MessageClass): boolean {
    let isBetter = false;
    for (const waiting of port.waiting) {
      const { messageClass: old, bytes } = waiting;
      if (old <= messageClass || old > worst) continue;
      this.#queues.promote(waiting, messageClass);
      this.#counters[COUNTER[old]] -= bytes;
      this.#counters[COUNTER[messageClass]] += bytes;
      this.#release(old);
      isBetter = true;
    }
    return isBetter;
  }

  #withdraw(port: Port, frame: Frame): boolean {
    const waiting = port.waiting.find(({ item }) => item.frame === frame);
    if (waiting === undefined) return false;
    this.#counters.uplinkTakenBack += 1;
    this.#remove(waiting);
    return true;
  }

  #clear(port: Port): void {
    for (const waiting of [...port.waiting]) this.#withdraw(port, waiting.item.frame);
    for (const messageClass of [...port.heldFor]) this.#letGo(port, messageClass);
  }

  #remove(waiting: Waiting<Parcel>): void {
    const { item, bytes, messageClass } = waiting;
    this.#queues.remove(waiting);
    item.port.waiting.splice(item.port.waiting.indexOf(waiting), 1);
    this.#counters[COUNTER[messageClass]] -= bytes;
    this.#release(messageClass);
  }

  #hold(port: Port, messageClass: MessageClass): void {
    if (port.heldFor.size === 0) this.#counters.uplinkHeldStationsNow += 1;
    port.heldFor.add(messageClass);
    this.#held[messageClass]?.add(port);
  }

  /**
   * Something of a class has left. When half of its room is free again the stations that wait for it are read on, one for each
   * frame that leaves: all at once they would fill it in a moment. When nothing waits any more none is held.
   */
  #release(messageClass: MessageClass): void {
    const bytes = this.#queues.bytesOf(messageClass);
    if (bytes > this.#queueBytes / 2) return;
    for (const port of this.#held[messageClass] ?? []) {
      this.#letGo(port, messageClass);
      if (bytes > 0) return;
    }
  }

  #letGo(port: Port, messageClass: MessageClass): void {
    this.#held[messageClass]?.delete(port);
    if (!port.heldFor.delete(messageClass) || port.heldFor.size > 0) return;
    this.#counters.uplinkHeldStationsNow -= 1;
    port.owner.onRoom();
  }
}
