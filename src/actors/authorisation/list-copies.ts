/**
 * Copies of the stations' local lists, each as its station has it.
 *
 *     m/<station>                    generation, list version, number of entries, digest
 *     l/<station>/<generation>/<name>  an entry
 *     w/<station>                    work on this list is not finished
 *
 * A full list is written beside the old one as a new generation, and counts from the moment the `m` record names it: a reader sees
 * the old list or the new one. A list that cannot be trusted any more (work cut short by a crash, dropped or failed work, a station
 * that reports another version) becomes an empty one of a new generation, without a version: its tokens are then for the cache and
 * the policy to judge, until the CSMS sends a full list again.
 *
 * @see OCPP 1.6 edition 2 §3.5.2, §5.15; OCPP 2.0.1 Part 2 D01, D02
 */
import type { ListEntry } from "../../domain/authorise/facts.ts";
import { isAccepted, type TokenInfo, type TokenRef, tokenKey } from "../../domain/authorise/token.ts";
import type { EpochMs } from "../../domain/ids.ts";
import { type EntryTable, sameInfo } from "./entries.ts";
import type { TextTable } from "./text-table.ts";
import type { Vault } from "./vault.ts";

interface ListMeta {
  /** Grows, and is never used twice: it begins with the clock's time. */
  readonly generation: number;
  /** Undefined while the copy is not known to be whole. */
  readonly listVersion: number | undefined;
  readonly count: number;
  /** Of the full list it began with; empty once it was amended. */
  readonly digest: string;
}

/** A differential list may go over the capacity with refusals, up to this many times. */
const ROOM_FOR_REFUSALS = 2;

export interface ListCopiesOptions {
  readonly table: TextTable;
  readonly entries: EntryTable;
  readonly vault: Vault;
  /** Entries of one list. */
  readonly capacity: number;
  readonly now: () => EpochMs;
  /** An entry found no room. */
  readonly onLeftOut: () => void;
}

export class ListCopies {
  readonly #table: TextTable;
  readonly #entries: EntryTable;
  readonly #vault: Vault;
  readonly #capacity: number;
  readonly #now: () => EpochMs;
  readonly #onLeftOut: () => void;
  readonly #metas = new Map<string, ListMeta>();

  constructor({ table, entries, vault, capacity, now, onLeftOut }: ListCopiesOptions) {
    this.#table = table;
    this.#entries = entries;
    this.#vault = vault;
    this.#capacity = capacity;
    this.#now = now;
    this.#onLeftOut = onLeftOut;
    for (const key of table.keys("m/")) {
      const meta = parseMeta(table.get(key));
      if (meta !== undefined) this.#metas.set(key.slice(2), meta);
    }
  }

  find(station: string, token: TokenRef): TokenInfo | undefined {
    const meta = this.#metas.get(station);
    if (meta === undefined || meta.count === 0) return undefined;
    return this.#entries.read(this.#key(station, meta.generation, token))?.info;
  }

  listVersion(station: string): number | undefined {
    return this.#metas.get(station)?.listVersion;
  }

  /** Stations whose work a crash cut short. */
  unfinished(): string[] {
    return [...this.#table.keys("w/")].map((key) => key.slice(2));
  }

  /** To be said before work on a list is put off, so that a crash in between is noticed. */
  begin(station: string): void {
    this.#table.put(`w/${station}`, "1");
  }

  end(station: string): void {
    this.#table.remove(`w/${station}`);
  }

  /** Gives the copy up: from now on its station has no list that is known. What it held is for {@link sweep}. */
  discard(station: string): void {
    const meta = { generation: this.#nextGeneration(station), listVersion: undefined, count: 0, digest: "" };
    this.#metas.set(station, meta);
    this.#save(station, meta);
  }

  /** Takes a full list, one entry a step. The list it already has costs one write. */
  *replace(station: string, listVersion: number, entries: readonly ListEntry[]): Generator<void> {
    const old = this.#metas.get(station);
    const digest = this.#vault.digest();
    for (const { token, info } of entries) {
      digest.update(JSON.stringify([tokenKey(token), info]));
      yield;
    }
    const sum = digest.end();
    if (old !== undefined && old.digest === sum) return this.#set(station, { ...old, listVersion });
    const generation = this.#nextGeneration(station);
    const lines = entries.filter(({ info }) => info !== undefined);
    // Refusals first: an acceptance that finds no room is for the cache to judge, a refusal must not be lost.
    if (lines.length > this.#capacity) lines.sort((a, b) => rank(a) - rank(b));
    const kept = lines.slice(0, this.#capacity);
    for (let i = kept.length; i < lines.length; i += 1) this.#onLeftOut();
    for (const { token, info } of kept) {
      if (info !== undefined) this.#write(this.#key(station, generation, token), info);
      yield;
    }
    this.#set(station, {
      generation,
      listVersion,
      count: kept.length,
      digest: kept.length === lines.length ? sum : "",
    });
    yield* this.sweep(station);
  }

  /** Takes the changes of a differential list, one a step. Without a list to change, the copy stays without a version. */
  *amend(station: string, listVersion: number, entries: readonly ListEntry[]): Generator<void> {
    const old = this.#metas.get(station);
    const generation = old?.generation ?? this.#nextGeneration(station);
    let count = old?.count ?? 0;
    for (const { token, info } of entries) {
      count += this.#amendOne(this.#key(station, generation, token), info, count);
      yield;
    }
    const isWhole = old?.listVersion !== undefined;
    const digest = entries.length === 0 ? (old?.digest ?? "") : "";
    this.#set(station, { generation, listVersion: isWhole ? listVersion : undefined, count, digest });
  }

  /** Compares with the version the station itself reports: another one means that the copy missed something. */
  *compare(station: string, listVersion: number): Generator<void> {
    const mine = this.#metas.get(station)?.listVersion;
    if (mine === undefined || mine === listVersion) return;
    this.discard(station);
    yield* this.sweep(station);
  }

  /** Removes entries of earlier generations, one a step. */
  *sweep(station: string): Generator<void> {
    const current = `l/${station}/${this.#metas.get(station)?.generation ?? ""}/`;
    for (const key of [...this.#table.keys(`l/${station}/`)]) {
      if (!key.startsWith(current)) this.#table.remove(key);
      yield;
    }
  }

  /** Removes what is left of a list that was discarded, one record a step. */
  *forget(station: string): Generator<void> {
    yield* this.sweep(station);
    this.#metas.delete(station);
    this.#table.remove(`m/${station}`);
  }

  /** The change in the number of entries. */
  #amendOne(key: string, info: TokenInfo | undefined, count: number): -1 | 0 | 1 {
    const known = this.#entries.read(key);
    if (info === undefined) {
      if (known === undefined) return 0;
      this.#entries.remove(key);
      return -1;
    }
    const room = isAccepted(info) ? this.#capacity : this.#capacity * ROOM_FOR_REFUSALS;
    if (known === undefined && count >= room) {
      this.#onLeftOut();
      return 0;
    }
    if (known === undefined || !sameInfo(known.info, info)) this.#write(key, info);
    return known === undefined ? 1 : 0;
  }

  #key(station: string, generation: number, token: TokenRef): string {
    return `l/${station}/${generation}/${this.#vault.name(station, token)}`;
  }

  #write(key: string, info: TokenInfo): void {
    this.#entries.write(key, { info, learnedAt: this.#now(), order: 0 });
  }

  #nextGeneration(station: string): number {
    return Math.max((this.#metas.get(station)?.generation ?? 0) + 1, Math.floor(this.#now()));
  }

  #set(station: string, meta: ListMeta): void {
    this.#metas.set(station, meta);
    this.#save(station, meta);
  }

  #save(station: string, { generation, listVersion, count, digest }: ListMeta): void {
    this.#table.put(`m/${station}`, `${generation} ${listVersion ?? ""} ${count} ${digest}`);
  }
}

const rank = ({ info }: ListEntry): number => (info !== undefined && isAccepted(info) ? 1 : 0);

function parseMeta(text: string | undefined): ListMeta | undefined {
  const [generation, version, count, digest] = text?.split(" ") ?? [];
  if (digest === undefined) return undefined;
  return {
    generation: Number(generation),
    listVersion: version === "" ? undefined : Number(version),
    count: Number(count),
    digest,
  };
}
