/**
 * Newcomers come in one after the other, for about a millisecond a turn of the event loop; between two lots the stations that are there
 * are served. What waits is bounded by the sockets that the listener lets in at all.
 */
const BUDGET_MS = 1;

export class Turnstile {
  #waiting: (() => void)[] = [];
  #isTurning = false;

  enter(begin: () => void): void {
    this.#waiting.push(begin);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    const until = performance.now() + BUDGET_MS;
    let i = 0;
    do this.#waiting[i++]?.();
    while (i < this.#waiting.length && performance.now() < until);
    this.#waiting = this.#waiting.slice(i);
    this.#isTurning = this.#waiting.length > 0;
    if (this.#isTurning) setImmediate(() => this.#turn());
  }
}
