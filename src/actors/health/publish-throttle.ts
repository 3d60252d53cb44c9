/**
 * Whether the health lane may publish now: always, not at all, or as long as its credit lasts.
 *
 * A message may overdraw the credit, which the next budget makes good: so the lane keeps its rate whatever the size of its
 * messages, and is late by one message at most. Whoever gives the budgets is told once that one is spent.
 */
import { wireBytes } from "../../domain/uplink/wire-bytes.ts";
import type { WorkerThrottle } from "./thread-messages.ts";

/** What a PUBLISH holds beside topic and payload: fixed header, lengths, packet id, properties (MQTT 5 §3.3). */
const PUBLISH_BYTES = 48;

/** Bytes of a PUBLISH, as good as can be said without encoding it. */
export const publishBytes = (topic: string, payloadBytes: number): number =>
  topic.length + payloadBytes + PUBLISH_BYTES;

export class PublishThrottle {
  readonly #onSpent: () => void;
  #throttle: WorkerThrottle;
  #credit = 0;
  #isTold = false;

  constructor(throttle: WorkerThrottle, onSpent: () => void) {
    this.#onSpent = onSpent;
    this.#throttle = throttle;
    this.set(throttle);
  }

  set(throttle: WorkerThrottle): void {
    if (throttle.kind === "budget") {
      // What was overdrawn under an earlier budget counts; nothing is saved up.
      this.#credit = (this.#throttle.kind === "budget" ? this.#credit : 0) + throttle.bytes;
      this.#isTold = false;
    }
    this.#throttle = throttle;
  }

  get isOpen(): boolean {
    const { kind } = this.#throttle;
    return kind === "free" || (kind === "budget" && this.#credit > 0);
  }

  /** A message waits and may not go. */
  wantMore(): void {
    if (this.#throttle.kind !== "budget" || this.#isTold) return;
    this.#isTold = true;
    this.#onSpent();
  }

  /** A message goes. */
  spend(topic: string, payloadBytes: number): void {
    if (this.#throttle.kind !== "budget") return;
    this.#credit -= wireBytes(publishBytes(topic, payloadBytes), this.#throttle.overheadBytes);
  }
}
