/**
 * Handshakes with CSMSs, not too many at once: after an outage thousands of stations want their link back in the same moment,
 * and each handshake costs both ends a key exchange.
 *
 *     enter ──▶ waiting (a queue for each CSMS, in turns) ──place free──▶ under way ──leave──▶
 *                   └──────────────────── leave: never begins ────────────────────────────────▶
 *
 * First come, first served among the links of one CSMS; the CSMSs take turns, so one that answers no handshake holds up the
 * others for one place's time-out at most, not for its whole queue. Waiting is no failure: nobody's back-off grows.
 *
 * Bounded by its callers: each link waits at most once.
 */
import type { Counters } from "../domain/counters.ts";

/** Ends the wait, or frees the place. Counts once, however often it is called. */
export type Leave = () => void;

interface Ticket {
  readonly begin: (leave: Leave) => void;
  readonly leave: Leave;
}

export class DialBudget {
  readonly #places: number;
  readonly #counters: Counters;
  /** By CSMS, in the order in which it is their turn; none is empty. Ticket sets keep their order. */
  readonly #waiting = new Map<string, Set<Ticket>>();
  #underWay = 0;
  #isAdmitting = false;

  constructor(places: number, counters: Counters) {
    this.#places = places;
    this.#counters = counters;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /**
   * Calls `begin` as soon as there is a place: before this returns, where there is one now. `begin` must not throw.
   *
   * @param csms whose turn it counts for, e.g. its URL
   * @returns what ends the wait or frees the place; `begin` is given the same
   */
  enter(csms: string, begin: (leave: Leave) => void): Leave {
    let state: "waiting" | "under way" | "over" = "waiting";
    const ticket: Ticket = {
      begin: (leave) => {
        state = "under way";
        begin(leave);
      },
      leave: () => {
        const was = state;
        state = "over";
        if (was === "waiting") this.#forget(csms, ticket);
        else if (was === "under way") this.#free();
      },
    };
    const queue = this.#waiting.get(csms);
    if (queue === undefined) this.#waiting.set(csms, new Set([ticket]));
    else queue.add(ticket);
    this.#counters.handshakesWaitingNow += 1;
    this.#admit();
    return ticket.leave;
  }

  #free(): void {
    this.#underWay -= 1;
    this.#admit();
  }

  /** A loop, not a recursion: handshakes that fail at once would otherwise nest as deep as the queue is long. */
  #admit(): void {
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    while (this.#underWay < this.#places) {
      const ticket = this.#next();
      if (ticket === undefined) break;
      this.#underWay += 1;
      ticket.begin(ticket.leave);
    }
    this.#isAdmitting = false;
  }

  /** The first of the CSMS whose turn it is; that CSMS is last from now on. */
  #next(): Ticket | undefined {
    for (const [csms, queue] of this.#waiting) {
      for (const ticket of queue) {
        this.#forget(csms, ticket);
        if (this.#waiting.delete(csms)) this.#waiting.set(csms, queue);
        return ticket;
      }
    }
    return undefined;
  }

  #forget(csms: string, ticket: Ticket): void {
    const queue = this.#waiting.get(csms);
    if (queue === undefined || !queue.delete(ticket)) return;
    if (queue.size === 0) this.#waiting.delete(csms);
    this.#counters.handshakesWaitingNow -= 1;
  }
}
