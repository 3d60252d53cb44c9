/**
 * Who may not come in for a while. Three kinds of keys:
 *
 * | key               | who puts it there            | whom it keeps out                        |
 * | ----------------- | ---------------------------- | ---------------------------------------- |
 * | station + address | the rules                    | whoever uses that name from that address |
 * | address           | the rules                    | everybody at that address                |
 * | station           | an operator, nobody else     | the station, wherever it comes from      |
 *
 * No rule locks a station's name: whoever knows the name could keep the real station out (field-lessons 38). Bounded: beyond the
 * capacity the entry that would end first goes, and is counted.
 */
export interface Subject {
  readonly stationId?: string;
  readonly address?: string;
}

export interface Confinement extends Subject {
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  readonly reason: string;
  /** How often in a row; the time doubles. */
  readonly times: number;
}

const CAPACITY = 1_000;
/** A confinement that ended so many of its own lengths ago is forgotten. */
const MEMORY_FACTOR = 4;
/** Longest doubling. */
const MOST_TIMES = 8;

export class Quarantine {
  readonly #entries = new Map<string, Confinement & { readonly forMs: number }>();
  /** Entries that went for want of room. */
  evicted = 0;

  get size(): number {
    return this.#entries.size;
  }

  /**
   * @param forMs the first time; doubled for each repetition, up to `mostMs`
   * @returns the confinement as it stands now
   */
  confine(subject: Subject, reason: string, forMs: number, now: number, mostMs = forMs): Confinement {
    const key = keyOf(subject);
    const times = Math.min((this.#entries.get(key)?.times ?? 0) + 1, MOST_TIMES);
    const lasts = Math.min(forMs * 2 ** (times - 1), Math.max(forMs, mostMs));
    const entry = { ...subject, untilMs: now + lasts, reason, times, forMs: lasts };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#makeRoom(now);
    return entry;
  }

  /** Why this one may not come in now; undefined: it may. */
  find(stationId: string | undefined, address: string, now: number): Confinement | undefined {
    if (this.#entries.size === 0) return undefined;
    const isOn = (subject: Subject) => {
      const entry = this.#entries.get(keyOf(subject));
      return entry !== undefined && entry.untilMs > now ? entry : undefined;
    };
    const byAddress = isOn({ address });
    if (byAddress !== undefined || stationId === undefined) return byAddress;
    return isOn({ stationId, address }) ?? isOn({ stationId });
  }

  /** Those that hold now, the one that ends first in front. */
  list(now: number): Confinement[] {
    return [...this.#entries.values()]
      .filter(({ untilMs }) => untilMs > now)
      .map(({ forMs: _, ...entry }) => entry)
      .sort((a, b) => a.untilMs - b.untilMs);
  }

  /** Lets go whatever names the station or the address. @returns how many entries that were */
  release(name: string): number {
    let released = 0;
    for (const [key, { stationId, address }] of this.#entries) {
      if (stationId !== name && address !== name) continue;
      this.#entries.delete(key);
      released += 1;
    }
    return released;
  }

  #makeRoom(now: number): void {
    if (this.#entries.size <= CAPACITY) return;
    let first: { readonly key: string; readonly untilMs: number } | undefined;
    for (const [key, { untilMs, forMs }] of this.#entries) {
      if (untilMs + forMs * MEMORY_FACTOR < now) this.#entries.delete(key);
      else if (first === undefined || untilMs < first.untilMs) first = { key, untilMs };
    }
    if (this.#entries.size <= CAPACITY || first === undefined) return;
    this.#entries.delete(first.key);
    this.evicted += 1;
  }
}

const keyOf = ({ stationId, address }: Subject): string => `${stationId ?? ""}\u0000${address ?? ""}`;
