/**
 * What a CSMS said last about each token: one cache for all its stations, as if they shared the one that OCPP gives each of them.
 *
 *     c/<csms>/<name>  an entry                    x/<csms>  the order up to which the cache was cleared
 *
 * Bounded over all CSMSs together. When full, the oldest refusal goes first, then the oldest acceptance (1.6 §3.5.1,
 * 2.0.1 C10.FR.07); only the last eighth of the room is always the refusals', so that a card the CSMS blocked is not forgotten
 * merely because many are accepted. Whoever holds up a thousand strange cards therefore pushes out other strange cards.
 *
 * Clearing takes effect at once, by an order below which nothing counts; the records themselves are swept away afterwards.
 */
import { isAccepted, type TokenInfo, type TokenRef } from "../../domain/authorise/token.ts";
import type { EpochMs } from "../../domain/ids.ts";
import { type Entry, type EntryTable, outsideOf, sameInfo } from "./entries.ts";
import type { TextTable } from "./text-table.ts";
import type { Vault } from "./vault.ts";

/** A word that did not change is written again when it is older than this: ages are told from it. */
const REFRESH_ACCEPTED_MS = 4 * 3_600_000;
/** Refusals that wear off count from the last time they were said. */
const REFRESH_REFUSED_MS = 5 * 60_000;
const REFUSED_SHARE = 8;
const RADIX = 36;

export interface TokenCacheOptions {
  readonly table: TextTable;
  readonly entries: EntryTable;
  readonly vault: Vault;
  readonly capacity: number;
  readonly onEvicted: () => void;
}

export class TokenCache {
  readonly #table: TextTable;
  readonly #entries: EntryTable;
  readonly #vault: Vault;
  readonly #capacity: number;
  readonly #onEvicted: () => void;
  /** Keys of all entries with their orders, oldest first. */
  readonly #accepted = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #clearedAt = new Map<string, number>();
  #order = 0;

  constructor({ table, entries, vault, capacity, onEvicted }: TokenCacheOptions) {
    this.#table = table;
    this.#entries = entries;
    this.#vault = vault;
    this.#capacity = capacity;
    this.#onEvicted = onEvicted;
    this.#load();
  }

  get size(): number {
    return this.#accepted.size + this.#refused.size;
  }

  find(csms: string, token: TokenRef): Entry | undefined {
    return this.#counting(csms, this.#key(csms, token));
  }

  /** Takes what the CSMS said; writes only when it is new, or old enough to be confirmed. */
  learn(csms: string, token: TokenRef, info: TokenInfo, now: EpochMs): void {
    const key = this.#key(csms, token);
    const known = this.#counting(csms, key);
    const refreshMs = isAccepted(info) ? REFRESH_ACCEPTED_MS : REFRESH_REFUSED_MS;
    if (known !== undefined && sameInfo(known.info, info) && now - known.learnedAt < refreshMs) return;
    this.#order += 1;
    this.#index(key, isAccepted(info), this.#order);
    this.#entries.write(key, { info, learnedAt: now, order: this.#order });
    this.#makeRoom();
  }

  /** From now on nothing that was learned for this CSMS counts. */
  clear(csms: string): void {
    this.#order += 1;
    this.#clearedAt.set(csms, this.#order);
    this.#table.put(`x/${csms}`, this.#order.toString(RADIX));
  }

  /** Removes what a clearing left behind, one record a step. */
  *sweep(csms: string): Generator<void> {
    const clearedAt = this.#clearedAt.get(csms) ?? 0;
    for (const index of [this.#accepted, this.#refused]) {
      for (const [key, order] of index) {
        if (order <= clearedAt && key.startsWith(`c/${csms}/`)) this.#drop(key);
        yield;
      }
    }
  }

  #key(csms: string, token: TokenRef): string {
    return `c/${csms}/${this.#vault.name(csms, token)}`;
  }

  #counting(csms: string, key: string): Entry | undefined {
    const entry = this.#entries.read(key);
    return entry !== undefined && entry.order > (this.#clearedAt.get(csms) ?? 0) ? entry : undefined;
  }

  #index(key: string, accepted: boolean, order: number): void {
    this.#accepted.delete(key);
    this.#refused.delete(key);
    (accepted ? this.#accepted : this.#refused).set(key, order);
  }

  #drop(key: string): void {
    this.#accepted.delete(key);
    this.#refused.delete(key);
    this.#entries.remove(key);
  }

  #makeRoom(): void {
    while (this.size > this.#capacity) {
      const hasShare = this.#refused.size <= Math.floor(this.#capacity / REFUSED_SHARE);
      const oldest = oldestOf(hasShare && this.#accepted.size > 0 ? this.#accepted : this.#refused);
      if (oldest === undefined) return;
      this.#drop(oldest);
      this.#onEvicted();
    }
  }

  /** A key that cannot be opened (another key, damage) is indexed all the same: it grows old and goes. */
  #load(): void {
    for (const key of this.#table.keys("x/")) {
      const order = Number.parseInt(this.#table.get(key) ?? "", RADIX);
      if (!Number.isNaN(order)) this.#clearedAt.set(key.slice(2), order);
      this.#order = Math.max(this.#order, order || 0);
    }
    const found: { readonly key: string; readonly accepted: boolean; readonly order: number }[] = [];
    for (const key of this.#table.keys("c/")) {
      const outside = outsideOf(this.#table.get(key) ?? "");
      const clearedAt = this.#clearedAt.get(key.slice(2, key.lastIndexOf("/"))) ?? 0;
      if (outside === undefined || outside.order <= clearedAt) this.#table.remove(key);
      else found.push({ key, ...outside });
    }
    found.sort((a, b) => a.order - b.order);
    for (const { key, accepted, order } of found) {
      this.#index(key, accepted, order);
      this.#order = Math.max(this.#order, order);
    }
    this.#makeRoom();
  }
}

function oldestOf(index: ReadonlyMap<string, number>): string | undefined {
  for (const key of index.keys()) return key;
  return undefined;
}
