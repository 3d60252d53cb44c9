/**
 * Destroys the keys of one station that nothing on disk names any more: those of certificates that were replaced, and those that a process
 * had made when it was killed.
 *
 *     step written ─▶ list ─▶ destroy what has no name ─ something was there, or failed ─▶ once more, later
 *
 * Once more, because a token that another process writes to at this moment may fail, or say that a key is not there which is.
 */
import type { EpochMs, KeyId } from "../../domain/ids.ts";
import type { Clock, KeyStore, Logger } from "../../ports.ts";

export interface KeySweepOptions {
  readonly keys: KeyStore;
  readonly slot: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keys that have to stay; undefined: one is being made and has no name yet, so none may go. */
  readonly named: () => ReadonlySet<KeyId> | undefined;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** In a row, over half an hour: the next step of the station, or the next start, begins anew. */
const MOST_REPEATS = 14;
/** For how long the child of a process that was killed may still be making a key, and some more. */
const ORPHAN_MS = 90_000;

export class KeySweep {
  readonly #options: KeySweepOptions;
  #last: Promise<void> = Promise.resolve();
  #repeats = 0;
  #cancel: (() => void) | undefined;
  #cancelOrphan: () => void = () => undefined;
  #isStopped = false;

  constructor(options: KeySweepOptions) {
    this.#options = options;
  }

  /** After a step that was written. Never rejects. */
  sweep(): Promise<void> {
    this.#repeats = 0;
    return this.#inTurn();
  }

  /** The process before ended while a key was being made: it may come into the store yet. */
  expectOrphan(): void {
    const { clock } = this.#options;
    this.#cancelOrphan = clock.callAt((clock.now() + ORPHAN_MS) as EpochMs, () => void this.sweep());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancelOrphan();
  }

  #inTurn(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#last = this.#last.then(() => this.#run());
    return this.#last;
  }

  async #run(): Promise<void> {
    const { logger, slot } = this.#options;
    if (this.#isStopped) return;
    try {
      if (!(await this.#destroyUnnamed())) return;
    } catch (error) {
      const { code = "none" } = error as { readonly code?: unknown };
      logger.warn({ stationId: slot, code: String(code) }, "keys not looked through");
    }
    this.#planRepeat();
  }

  /** @returns whether there was one */
  async #destroyUnnamed(): Promise<boolean> {
    const { keys, slot, named } = this.#options;
    const present = await keys.list(slot);
    const kept = named();
    const unnamed = kept === undefined ? [] : present.filter((key) => !kept.has(key));
    for (const key of unnamed) await keys.destroy(key);
    return unnamed.length > 0;
  }

  #planRepeat(): void {
    const { clock } = this.#options;
    if (this.#isStopped || this.#repeats >= MOST_REPEATS) return;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#repeats, LONGEST_WAIT_MS);
    this.#repeats += 1;
    this.#cancel?.();
    this.#cancel = clock.callAt((clock.now() + waitMs) as EpochMs, () => void this.#inTurn());
  }
}
