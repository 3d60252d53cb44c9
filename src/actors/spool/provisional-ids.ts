/** The gateway's one counter of provisional transaction ids: unique over all stations, restarts, and a lost store. */
import { epochMs } from "../../domain/ids.ts";
import { FIRST_PROVISIONAL, nextProvisional } from "../../domain/spool/provisional-id.ts";
import type { SpoolStorage } from "../../ports.ts";

const KEY = "provisional";

export class ProvisionalIds {
  readonly #storage: SpoolStorage;
  #last: number;

  /** @param now without a stored counter the ids start at a place that follows from the time, so that a lost store repeats none */
  constructor(storage: SpoolStorage, now: number) {
    this.#storage = storage;
    const stored = Number(storage.get("notes", KEY)?.toString("utf8"));
    this.#last = Number.isSafeInteger(stored) && stored > 0 ? stored : startOf(epochMs(now));
  }

  /** A fresh id; durable with the next commit, which has to be the one of the message that uses it. */
  allocate(isTaken: (id: number) => boolean): number {
    this.#last = nextProvisional(this.#last, isTaken);
    this.#storage.put("notes", KEY, String(this.#last));
    return this.#last;
  }
}

/** Ten seconds a step: the range lasts 46 years, and a gateway hands out fewer than one id in ten seconds in the long run. */
const startOf = (now: number): number => FIRST_PROVISIONAL + (Math.floor(now / 10_000) % 140_000_000);
