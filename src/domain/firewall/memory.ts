/**
 * What the firewall remembers of one station between its messages. Everything is bounded, and made when it is first needed: a
 * station that only charges costs a few hundred bytes.
 */
import { SlidingWindow } from "../intrusion/sliding-window.ts";
import { CallIds } from "./call-ids.ts";
import { CardTrials } from "./card-trials.ts";

/** Transactions, and meters, remembered; more means a broken or hostile station. */
const MAX_REMEMBERED = 32;

export interface RememberedStart {
  readonly connectorId: number;
  readonly meterStartWh: number | undefined;
  readonly startedAtMs: number;
  /** Stopped ones are remembered too, for their messages may be repeated. */
  isOpen: boolean;
}

/** The latest readings of one connector. */
export interface RememberedMeter {
  energyWh: number | undefined;
  energyAtMs: number;
  socPercent: number | undefined;
  socAtMs: number;
}

/** Latest charging limit that was seen, for the rule about swings. */
export interface LimitTrend {
  limit: number;
  /** −1, 0, 1: what the last change was. */
  direction: number;
}

export class StationMemory {
  #windows: Map<string, SlidingWindow> | undefined;
  #starts: Map<string, RememberedStart> | undefined;
  #meters: Map<number, RememberedMeter> | undefined;
  #cards: CardTrials | undefined;
  #idsSouth: CallIds | undefined;
  #idsNorth: CallIds | undefined;
  #trend: LimitTrend | undefined;
  /** True once the station's actor has said so, until the next boot: asking it for every message costs more than all else. */
  isAccepted = false;
  /** A transaction that runs, as the station's actor said. */
  knownTransaction: string | undefined;
  /** The timestamp read last, and what it came to. */
  timeText: unknown;
  timeMs = Number.NaN;
  /** Since when a certificate is expected; undefined: none is. */
  certificateAskedAtMs: number | undefined;
  /** Tokens of the two message rates, times two; see rates.ts. */
  southTokens = Number.NaN;
  southAtMs = 0;
  northTokens = Number.NaN;
  northAtMs = 0;

  /** True when this is more than `limit` within the window. Names are few: one for each rule that counts. */
  isOver(name: string, limit: number, windowMs: number, now: number): boolean {
    this.#windows ??= new Map();
    let window = this.#windows.get(name);
    if (window === undefined) {
      window = new SlidingWindow(limit, windowMs);
      this.#windows.set(name, window);
    }
    return window.isOver(now);
  }

  started(transactionId: string, start: RememberedStart): void {
    // The next vehicle has a battery of its own.
    const meter = this.#meters?.get(start.connectorId);
    if (meter !== undefined) meter.socPercent = undefined;
    this.#starts ??= new Map();
    remember(this.#starts, transactionId, start);
  }

  /** Whether it runs, from memory or from what the actor knows. */
  isOpen(transactionId: string, life: { knows(transactionId: string): boolean }): boolean {
    const start = this.#starts?.get(transactionId);
    if (start !== undefined) return start.isOpen || life.knows(transactionId);
    if (this.knownTransaction === transactionId) return true;
    if (!life.knows(transactionId)) return false;
    this.knownTransaction = transactionId;
    return true;
  }

  startOf(transactionId: string): RememberedStart | undefined {
    return this.#starts?.get(transactionId);
  }

  stopped(transactionId: string): void {
    if (this.knownTransaction === transactionId) this.knownTransaction = undefined;
    const start = this.#starts?.get(transactionId);
    if (start !== undefined) start.isOpen = false;
  }

  /** The open transaction of a connector, where its start was seen. */
  openOn(connectorId: number): string | undefined {
    for (const [id, start] of this.#starts ?? []) if (start.isOpen && start.connectorId === connectorId) return id;
    return undefined;
  }

  meterOf(connectorId: number): RememberedMeter {
    this.#meters ??= new Map();
    const known = this.#meters.get(connectorId);
    if (known !== undefined) return known;
    const meter: RememberedMeter = { energyWh: undefined, energyAtMs: 0, socPercent: undefined, socAtMs: 0 };
    remember(this.#meters, connectorId, meter);
    return meter;
  }

  get cards(): CardTrials {
    this.#cards ??= new CardTrials();
    return this.#cards;
  }

  idsOf(from: "south" | "north"): CallIds {
    if (from === "south") {
      this.#idsSouth ??= new CallIds();
      return this.#idsSouth;
    }
    this.#idsNorth ??= new CallIds();
    return this.#idsNorth;
  }

  /** A station that connects anew may count its ids from 1 again, and so may its CSMS. */
  forgetIds(): void {
    this.#idsSouth = undefined;
    this.#idsNorth = undefined;
  }

  get trend(): LimitTrend | undefined {
    return this.#trend;
  }

  set trend(trend: LimitTrend | undefined) {
    this.#trend = trend;
  }
}

/** Sets a key as the newest; the oldest goes when there are too many. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_REMEMBERED) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
