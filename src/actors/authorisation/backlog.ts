/**
 * What was learned and is not written yet. The traffic that teaches pays for a queue entry; hashing, sealing and writing come a few
 * steps a turn, when the loop is free.
 *
 * | queue  | bound | when full |
 * | ------ | ----- | --------- |
 * | tokens | `tokens` | the token that waits longest is dropped, counted; one that is learned again keeps one entry |
 * | lists  | `lists`  | the oldest waiting work is dropped with all work on the same list, counted; `onLost` gives the list up |
 *
 * Lists have a queue of their own, in order: a flood of strange cards cannot make a list miss a change.
 */
import type { TokenInfo, TokenRef } from "../../domain/authorise/token.ts";
import type { EpochMs } from "../../domain/ids.ts";

export interface PendingToken {
  readonly csms: string;
  readonly token: TokenRef;
  readonly info: TokenInfo;
  readonly learnedAt: EpochMs;
}

export interface ListWork {
  readonly station: string;
  /** Started when its turn comes; one small step a time. */
  readonly steps: () => Iterator<void>;
}

export interface BacklogOptions {
  readonly tokens: number;
  readonly lists: number;
  /** Calls back in a later turn. */
  readonly defer: (work: () => void) => void;
  readonly learn: (pending: PendingToken, key: string) => void;
  /** No work on this station's list waits any more. */
  readonly onListDone: (station: string) => void;
  /** Work on this station's list was dropped or failed. */
  readonly onListLost: (station: string) => void;
  readonly onDropped: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Of either kind; a step takes some 60 µs on a slow core, and no frame waits longer for this than a turn. */
const STEPS_PER_TURN = 2;

export class Backlog {
  readonly #options: BacklogOptions;
  readonly #tokens = new Map<string, PendingToken>();
  #lists: ListWork[] = [];
  #running: { readonly station: string; readonly steps: Iterator<void> } | undefined;
  #isDeferred = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#tokens.size + this.#lists.length + (this.#running === undefined ? 0 : 1);
  }

  addToken(key: string, pending: PendingToken): void {
    this.#tokens.delete(key);
    if (this.#tokens.size >= this.#options.tokens) {
      for (const oldest of this.#tokens.keys()) {
        this.#tokens.delete(oldest);
        break;
      }
      this.#options.onDropped();
    }
    this.#tokens.set(key, pending);
    this.#schedule();
  }

  pendingToken(key: string): PendingToken | undefined {
    return this.#tokens.get(key);
  }

  dropTokensOf(csms: string): void {
    for (const [key, pending] of this.#tokens) if (pending.csms === csms) this.#tokens.delete(key);
  }

  addList(work: ListWork): void {
    const oldest = this.#lists[0];
    if (oldest !== undefined && this.#lists.length >= this.#options.lists) {
      this.#options.onDropped();
      this.#lose(oldest.station);
    }
    this.#lists.push(work);
    this.#schedule();
  }

  dropListsOf(station: string): void {
    this.#lists = this.#lists.filter((work) => work.station !== station);
    if (this.#running?.station === station) this.#running = undefined;
  }

  /** Works off what waits, at once, up to a number of steps. */
  flush(maxSteps: number): void {
    for (let i = 0; i < maxSteps && this.size > 0; i += 1) this.#step();
  }

  #schedule(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#options.defer(() => {
      this.#isDeferred = false;
      this.flush(STEPS_PER_TURN);
      if (this.size > 0) this.#schedule();
    });
  }

  /** Tokens and list steps take turns while both wait. */
  #step(): void {
    this.#learnOne();
    this.#listStep();
  }

  #learnOne(): void {
    for (const [key, pending] of this.#tokens) {
      this.#tokens.delete(key);
      try {
        this.#options.learn(pending, key);
      } catch (error) {
        this.#options.onFailure(error);
      }
      return;
    }
  }

  #listStep(): void {
    const running = this.#running ?? this.#start();
    if (running === undefined) return;
    try {
      if (running.steps.next().done !== true) return;
      this.#running = undefined;
      if (!this.#lists.some(({ station }) => station === running.station)) this.#options.onListDone(running.station);
    } catch (error) {
      this.#options.onFailure(error);
      this.#lose(running.station);
    }
  }

  #start(): { readonly station: string; readonly steps: Iterator<void> } | undefined {
    const next = this.#lists.shift();
    if (next === undefined) return undefined;
    this.#running = { station: next.station, steps: next.steps() };
    return this.#running;
  }

  #lose(station: string): void {
    this.dropListsOf(station);
    try {
      this.#options.onListLost(station);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }
}
