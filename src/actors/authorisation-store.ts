/**
 * What the gateway remembers about tokens, to answer for a CSMS that is away.
 *
 *     answered exchange ─ authorisationFacts ─▶ learn ─▶ backlog ─(a few steps a turn)─▶ table
 *     token presented while the CSMS is away ─▶ decide: backlog → list of the station → cache of the CSMS → policy
 *
 * - A local list belongs to one station (list-copies.ts), the cache to one CSMS and all its stations (token-cache.ts).
 * - No token stands in the table: keys are keyed hashes, values are sealed (vault.ts).
 * - `learn` and `decide` never throw: authorisation from memory is a help, and what breaks it must not break the traffic.
 *   A table that fails is counted; its tokens are then unknown, and the policy for unknown tokens decides.
 * - A list takes effect some turns after its station accepted it; until then the one before counts. A crash in between costs that
 *   copy, not its correctness.
 *
 * @see OCPP 1.6 edition 2 §3.5; OCPP 2.0.1 Part 2 C10–C15, D01, D02
 */
import {
  decideLocally,
  type KnownToken,
  type LocalPolicy,
  needsNoAuthorisation,
  policyFor,
} from "../domain/authorise/decide.ts";
import type { AuthorisationFact } from "../domain/authorise/facts.ts";
import { type TokenInfo, type TokenRef, tokenKey } from "../domain/authorise/token.ts";
import type { EpochMs, StationId } from "../domain/ids.ts";
import { Backlog } from "./authorisation/backlog.ts";
import { Confirmed } from "./authorisation/confirmed.ts";
import { EntryTable } from "./authorisation/entries.ts";
import { ListCopies } from "./authorisation/list-copies.ts";
import type { TextTable } from "./authorisation/text-table.ts";
import { TokenCache } from "./authorisation/token-cache.ts";
import { createVault, type Vault } from "./authorisation/vault.ts";

export interface AuthorisationLimits {
  /** Tokens remembered over all CSMSs together. */
  readonly entries: number;
  /** Entries of one station's list. Default: `entries`. */
  readonly listEntries?: number;
  /** Entries held in memory. Default 4096. */
  readonly memory?: number;
  /** Learned tokens that wait to be written. Default 1024. */
  readonly backlog?: number;
  /** Lists that wait to be written. Default 64. */
  readonly listBacklog?: number;
}

/** Numbers this store adds to. */
export interface AuthorisationCounters {
  /** Facts dropped because too many waited. */
  authorisationFactsDropped: number;
  /** Tokens forgotten to make room for newer ones, and list entries that found none. */
  authorisationEntriesEvicted: number;
  /** Copies of lists given up: a crash, a failure, a full backlog, or a station that reported another version. */
  authorisationListsLost: number;
  /** Reads and writes that failed. */
  authorisationStoreFailures: number;
  /** Stores emptied at start because they were written under another key. */
  authorisationKeyChanges: number;
}

export interface AuthorisationStoreOptions {
  readonly db: TextTable;
  /** 32 random bytes, kept apart from the table. */
  readonly key: Uint8Array;
  readonly now: () => EpochMs;
  /** Calls back in a later turn, e.g. `setImmediate`. */
  readonly defer: (work: () => void) => void;
  readonly counters?: AuthorisationCounters;
  readonly limits: AuthorisationLimits;
}

export interface AskedToken {
  readonly station: StationId;
  readonly cacheScope: string;
  readonly token: TokenRef;
  readonly policy: LocalPolicy;
}

export interface AuthorisationStore {
  /** Takes what an exchange of this station taught. Never throws, never blocks. */
  learn(station: StationId, cacheScope: string, facts: readonly AuthorisationFact[]): void;
  /** The gateway's word on a token. Never throws. */
  decide(asked: AskedToken, now: EpochMs): TokenInfo;
  /** Version of the station's local list; undefined where the copy is not known to be whole. */
  listVersion(station: StationId): number | undefined;
  /** Removes the station's list. The cache is the CSMS's. */
  forgetStation(station: StationId): void;
  /** Writes what waits, at once; for the end of the process. */
  flush(): void;
  /** Facts that wait to be written. */
  readonly pending: number;
}

const DEFAULT_MEMORY = 4096;
const DEFAULT_BACKLOG = 1024;
const DEFAULT_LIST_BACKLOG = 64;
const FLUSH_STEPS = 200_000;
/** Scope names kept, so that a station's is not hashed anew with every card. */
const SCOPES_KEPT = 1024;
const KEY_CHECK = "k";
const KEY_CHECK_TEXT = "twinlane/authorisation/1";

/** Reads what the table holds. Throws what the table throws: a store that cannot be read at start is for its owner to handle. */
export function openAuthorisationStore(options: AuthorisationStoreOptions): AuthorisationStore {
  return new Store(options);
}

class Store implements AuthorisationStore {
  readonly #now: () => EpochMs;
  readonly #vault: Vault;
  readonly #counters: AuthorisationCounters;
  readonly #cache: TokenCache;
  readonly #lists: ListCopies;
  readonly #backlog: Backlog;
  readonly #confirmed: Confirmed;
  readonly #scopes = new Map<string, string>();

  constructor({ db, key, now, defer, limits, counters = noCounters() }: AuthorisationStoreOptions) {
    this.#now = now;
    this.#counters = counters;
    const vault = createVault(key);
    this.#vault = vault;
    if (checkKey(db, vault) === "changed") counters.authorisationKeyChanges += 1;
    const memory = limits.memory ?? DEFAULT_MEMORY;
    const entries = new EntryTable(db, vault, memory);
    this.#confirmed = new Confirmed(memory);
    const onEvicted = () => {
      counters.authorisationEntriesEvicted += 1;
    };
    this.#cache = new TokenCache({ table: db, entries, vault, capacity: limits.entries, onEvicted });
    const listCapacity = limits.listEntries ?? limits.entries;
    this.#lists = new ListCopies({ table: db, entries, vault, capacity: listCapacity, now, onLeftOut: onEvicted });
    this.#backlog = new Backlog({
      tokens: limits.backlog ?? DEFAULT_BACKLOG,
      lists: limits.listBacklog ?? DEFAULT_LIST_BACKLOG,
      defer,
      learn: ({ csms, token, info, learnedAt }, key) => {
        this.#cache.learn(csms, token, info, learnedAt);
        this.#confirmed.note(key, info, learnedAt);
      },
      onListDone: (station) => this.#lists.end(station),
      onListLost: (station) => this.#giveUp(station),
      onDropped: () => {
        counters.authorisationFactsDropped += 1;
      },
      onFailure: () => {
        counters.authorisationStoreFailures += 1;
      },
    });
    for (const station of this.#lists.unfinished()) {
      this.#giveUp(station);
      this.#backlog.addList({ station, steps: () => this.#lists.sweep(station) });
    }
  }

  get pending(): number {
    return this.#backlog.size;
  }

  learn(station: StationId, cacheScope: string, facts: readonly AuthorisationFact[]): void {
    for (const fact of facts) {
      this.#guarded(() => this.#take(station, cacheScope, fact), undefined);
    }
  }

  decide({ station, cacheScope, token, policy }: AskedToken, now: EpochMs): TokenInfo {
    if (needsNoAuthorisation(token)) return { status: "Accepted" };
    const known = this.#guarded(() => this.#known(station, cacheScope, token), {});
    return decideLocally(known, policyFor(token, policy), now);
  }

  listVersion(station: StationId): number | undefined {
    return this.#lists.listVersion(this.#scope("station", station));
  }

  forgetStation(station: StationId): void {
    this.#guarded(() => {
      const scope = this.#scope("station", station);
      this.#backlog.dropListsOf(scope);
      this.#lists.discard(scope);
      this.#onList(scope, () => this.#lists.forget(scope));
    }, undefined);
  }

  flush(): void {
    this.#backlog.flush(FLUSH_STEPS);
  }

  #take(station: StationId, cacheScope: string, fact: AuthorisationFact): void {
    if (fact.kind === "token") {
      this.#takeToken(this.#scope("csms", cacheScope), fact.token, fact.info);
      return;
    }
    if (fact.kind === "cache-cleared") {
      this.#clear(cacheScope);
      return;
    }
    const scope = this.#scope("station", station);
    const { listVersion } = fact;
    if (fact.kind === "list-version") this.#onList(scope, () => this.#compare(scope, listVersion));
    else if (fact.mode === "Full") this.#onList(scope, () => this.#lists.replace(scope, listVersion, fact.entries));
    else this.#onList(scope, () => this.#lists.amend(scope, listVersion, fact.entries));
  }

  /** What waits is older than this word, so it may not be passed over for being confirmed. */
  #takeToken(csms: string, token: TokenRef, info: TokenInfo): void {
    const key = pendingKey(csms, token);
    const now = this.#now();
    const waits = this.#backlog.pendingToken(key) !== undefined;
    if (waits || !this.#confirmed.has(key, info, now))
      this.#backlog.addToken(key, { csms, token, info, learnedAt: now });
  }

  /**
   * A station's cache was cleared by order of the CSMS. What the gateway remembers for that CSMS goes with it, for all stations: what
   * remained would go on accepting, at the station that was told to forget, what it was told to forget (C11).
   */
  #clear(cacheScope: string): void {
    const csms = this.#scope("csms", cacheScope);
    this.#backlog.dropTokensOf(csms);
    this.#confirmed.clear();
    this.#cache.clear(csms);
    this.#backlog.addList({ station: `csms/${csms}`, steps: () => this.#cache.sweep(csms) });
  }

  #onList(station: string, steps: () => Iterator<void>): void {
    this.#lists.begin(station);
    this.#backlog.addList({ station, steps });
  }

  *#compare(station: string, listVersion: number): Generator<void> {
    const before = this.#lists.listVersion(station);
    yield* this.#lists.compare(station, listVersion);
    if (before !== this.#lists.listVersion(station)) this.#counters.authorisationListsLost += 1;
  }

  #giveUp(station: string): void {
    if (station.startsWith("csms/")) return;
    this.#counters.authorisationListsLost += 1;
    this.#lists.discard(station);
  }

  /** Where the list cannot be read nothing is known: the cache might accept what the list refuses. */
  #known(station: StationId, cacheScope: string, token: TokenRef): KnownToken {
    const list = this.#lists.find(this.#scope("station", station), token);
    if (list !== undefined) return { list };
    const csms = this.#scope("csms", cacheScope);
    return { cache: this.#backlog.pendingToken(pendingKey(csms, token)) ?? this.#cache.find(csms, token) };
  }

  #scope(kind: "station" | "csms", id: string): string {
    const known = this.#scopes.get(`${kind}\0${id}`);
    if (known !== undefined) return known;
    const scope = this.#vault.scope(kind, id);
    if (this.#scopes.size >= SCOPES_KEPT) this.#scopes.clear();
    this.#scopes.set(`${kind}\0${id}`, scope);
    return scope;
  }

  #guarded<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch {
      this.#counters.authorisationStoreFailures += 1;
      return otherwise;
    }
  }
}

const pendingKey = (csms: string, token: TokenRef): string => `${csms}\0${tokenKey(token)}`;

/**
 * Records of another key can be read by nobody, and not be found either to be removed one by one: the table is emptied.
 */
function checkKey(db: TextTable, vault: Vault): "same" | "changed" {
  const check = db.get(KEY_CHECK);
  if (check !== undefined && vault.open(check, KEY_CHECK) === KEY_CHECK_TEXT) return "same";
  for (const key of [...db.keys("")]) db.remove(key);
  db.put(KEY_CHECK, vault.seal(KEY_CHECK_TEXT, KEY_CHECK));
  return check === undefined ? "same" : "changed";
}

const noCounters = (): AuthorisationCounters => ({
  authorisationFactsDropped: 0,
  authorisationEntriesEvicted: 0,
  authorisationListsLost: 0,
  authorisationStoreFailures: 0,
  authorisationKeyChanges: 0,
});
