/**
 * Sealed records about tokens, with the latest in memory: what was just written can be read before the table shows it, and a
 * token that comes again costs no decryption.
 *
 *     value = rank order "." sealed(learnedAt, info)       rank: + accepted, - refused
 *
 * Rank and order stand in the clear, so that the oldest can be found at start without opening every record. They tell how many
 * tokens were accepted, not which.
 */
import type { CachedInfo } from "../../domain/authorise/decide.ts";
import { isAccepted, type TokenInfo } from "../../domain/authorise/token.ts";
import { epochMs } from "../../domain/ids.ts";
import type { TextTable } from "./text-table.ts";
import type { Vault } from "./vault.ts";

export interface Entry extends CachedInfo {
  /** Grows with every write to the cache; tells old from new when clocks do not. */
  readonly order: number;
}

/** What a value says without the key. */
export interface Outside {
  readonly accepted: boolean;
  readonly order: number;
}

const RADIX = 36;

export class EntryTable {
  readonly #table: TextTable;
  readonly #vault: Vault;
  readonly #capacity: number;
  /** Least recently used first; undefined for what was removed. */
  readonly #recent = new Map<string, Entry | undefined>();

  /** @param capacity entries kept in memory */
  constructor(table: TextTable, vault: Vault, capacity: number) {
    this.#table = table;
    this.#vault = vault;
    this.#capacity = capacity;
  }

  read(key: string): Entry | undefined {
    if (this.#recent.has(key)) {
      const entry = this.#recent.get(key);
      this.#keep(key, entry);
      return entry;
    }
    const value = this.#table.get(key);
    const entry = value === undefined ? undefined : this.#parse(key, value);
    // What is not there is not kept: tokens that nobody knows must not push out those that come every day.
    if (entry !== undefined) this.#keep(key, entry);
    return entry;
  }

  write(key: string, entry: Entry): void {
    // In memory first: a refusal counts even while the disk takes nothing.
    this.#keep(key, entry);
    const sealed = this.#vault.seal(JSON.stringify([entry.learnedAt, entry.info]), key);
    this.#table.put(key, `${isAccepted(entry.info) ? "+" : "-"}${entry.order.toString(RADIX)}.${sealed}`);
  }

  remove(key: string): void {
    this.#keep(key, undefined);
    this.#table.remove(key);
  }

  #keep(key: string, entry: Entry | undefined): void {
    this.#recent.delete(key);
    this.#recent.set(key, entry);
    if (this.#recent.size <= this.#capacity) return;
    for (const oldest of this.#recent.keys()) {
      this.#recent.delete(oldest);
      return;
    }
  }

  #parse(key: string, value: string): Entry | undefined {
    const outside = outsideOf(value);
    const text = this.#vault.open(value.slice(value.indexOf(".") + 1), key);
    if (outside === undefined || text === undefined) return undefined;
    // Sealed by this very class: nobody else has the key.
    const [learnedAt, info] = JSON.parse(text) as [number, TokenInfo];
    return { info, learnedAt: epochMs(learnedAt), order: outside.order };
  }
}

/** Undefined for what this file did not write. */
export function outsideOf(value: string): Outside | undefined {
  const dot = value.indexOf(".");
  const order = Number.parseInt(value.slice(1, dot), RADIX);
  return dot < 2 || Number.isNaN(order) ? undefined : { accepted: value.startsWith("+"), order };
}

/** True when two words on a token are the same, to the letter. */
export function sameInfo(a: TokenInfo, b: TokenInfo): boolean {
  if (a.status !== b.status || a.expiresAt !== b.expiresAt) return false;
  if (a.group?.idToken !== b.group?.idToken || a.group?.type !== b.group?.type) return false;
  const [ids, others] = [a.evseIds ?? NO_EVSE, b.evseIds ?? NO_EVSE];
  return ids.length === others.length && ids.every((id, i) => id === others[i]);
}

const NO_EVSE: readonly number[] = [];
