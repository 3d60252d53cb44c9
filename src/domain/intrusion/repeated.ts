/**
 * Things that are harmless once and not when repeated, counted for each subject by itself: failed logins of an address, connections
 * that are refused. Bounded: the subject that was seen longest ago is forgotten.
 */
import { SlidingWindow } from "./sliding-window.ts";

const MAX_SUBJECTS = 2_000;

export class Repeated {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #subjects = new Map<string, SlidingWindow>();

  /** @param limit so many within the window are still no pattern */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  get size(): number {
    return this.#subjects.size;
  }

  /** True when this one is more than the limit within the window; counting begins again then. */
  isPattern(subject: string, now: number): boolean {
    const window = this.#subjects.get(subject) ?? new SlidingWindow(this.#limit, this.#windowMs);
    this.#subjects.delete(subject);
    if (window.isOver(now)) return true;
    this.#subjects.set(subject, window);
    if (this.#subjects.size > MAX_SUBJECTS) this.#forgetOldest();
    return false;
  }

  forget(subject: string): void {
    this.#subjects.delete(subject);
  }

  #forgetOldest(): void {
    for (const oldest of this.#subjects.keys()) {
      this.#subjects.delete(oldest);
      return;
    }
  }
}
