/** PUBLISHes that the broker has not answered, in the order they were sent; bounded in number and in bytes. */

/** `refused`: the broker took note and said no; sending again is of no use. `lost`: the connection ended first. */
export type Outcome = "acknowledged" | "refused" | "lost";

export interface Flight {
  readonly bytes: number;
  readonly sentAt: number;
  /** Called exactly once. */
  readonly done: (outcome: Outcome) => void;
}

export class FlightWindow {
  readonly #maxBytes: number;
  readonly #flights = new Set<Flight>();
  #bytes = 0;
  /** Messages in flight at most. */
  size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#flights.size;
  }

  /** True when one more may go. A single message may be larger than the byte limit. */
  get hasRoom(): boolean {
    return this.count < this.size && (this.count === 0 || this.#bytes < this.#maxBytes);
  }

  add(flight: Flight): void {
    this.#flights.add(flight);
    this.#bytes += flight.bytes;
  }

  /** Ends one flight; false where it has ended before. */
  settle(flight: Flight, outcome: "acknowledged" | "refused"): boolean {
    if (!this.#flights.delete(flight)) return false;
    this.#bytes -= flight.bytes;
    flight.done(outcome);
    return true;
  }

  /** Ends all, newest first, so that a caller who puts them back at the front has them in order. */
  loseAll(): void {
    const flights = [...this.#flights].reverse();
    this.#flights.clear();
    this.#bytes = 0;
    for (const { done } of flights) done("lost");
  }

  /** When the oldest was sent; `otherwise` while nothing is in flight. */
  oldestSentAt(otherwise: number): number {
    for (const { sentAt } of this.#flights) return sentAt;
    return otherwise;
  }
}
