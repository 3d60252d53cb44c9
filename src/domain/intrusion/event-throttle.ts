/**
 * One security event of a kind and a station in five minutes: whoever floods must not flood the log and the CSMS as well. What is
 * left out is counted, and the next event says how many there were. Bounded: the kind that was seen longest ago is forgotten.
 */

const PERIOD_MS = 300_000;
const MAX_KINDS = 4_096;

interface Kind {
  toldAtMs: number;
  untold: number;
}

export class EventThrottle {
  readonly #kinds = new Map<string, Kind>();

  /** @returns how many there were since the last that was told, this one included; undefined: not to be told now */
  tell(kind: string, now: number): number | undefined {
    const known = this.#kinds.get(kind);
    if (known !== undefined && now - known.toldAtMs < PERIOD_MS && now >= known.toldAtMs) {
      known.untold += 1;
      return undefined;
    }
    const count = (known?.untold ?? 0) + 1;
    this.#kinds.delete(kind);
    this.#kinds.set(kind, { toldAtMs: now, untold: 0 });
    if (this.#kinds.size > MAX_KINDS) {
      for (const oldest of this.#kinds.keys()) {
        this.#kinds.delete(oldest);
        break;
      }
    }
    return count;
  }
}

/** Longest `techInfo` of a SecurityEventNotification. */
const LONGEST_DETAIL = 255;

/** What a security event says: rule, reason, how many; never a payload. */
export function eventDetail(rule: string, reason: string, count = 1): string {
  const often = count > 1 ? `;n=${count}` : "";
  return `ids=${rule};${reason}`.slice(0, LONGEST_DETAIL - often.length) + often;
}
