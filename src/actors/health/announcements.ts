/**
 * The retained messages that say who speaks: `state`, and `birth` with all aliases. Built when they are needed and not queued: a
 * reader wants the latest, and a lost one is sent again after the reconnect.
 */
import type { AliasTable } from "./aliases.ts";

export interface AnnouncementsOptions {
  readonly bootId: string;
  readonly aliases: AliasTable;
  readonly assetIds: () => readonly string[];
  /** How long new assets may wait to be announced. */
  readonly birthLagMs: number;
  /** Milliseconds since the epoch, and monotonic ones. */
  readonly wallClock: () => number;
  readonly now: () => number;
  /** The tripwire. */
  readonly isTripped: (payload: string, kind: string) => boolean;
  readonly mayPublish: () => boolean;
  readonly publish: (name: RetainedName, payload: string) => void;
  /** Writes a birth down. False: no disk takes it. */
  readonly keep: (payload: string) => boolean;
}

export type RetainedName = "state" | "birth";

/** Version of the message formats, in the birth message. */
const SCHEMA = 2;
/** Birth messages are at least this far apart; what needs a new one waits. */
const BIRTH_PAUSE_MS = 100;

export class Announcements {
  readonly #options: AnnouncementsOptions;
  readonly #due = new Set<RetainedName>();
  #state: "online" | "offline" = "online";
  #bornAliases = 0;
  /** Aliases in the birth that is on disk for those who may have to send our batches. */
  #keptAliases = 0;
  #bornAt = Number.NEGATIVE_INFINITY;
  #birthDueAt = Number.POSITIVE_INFINITY;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** After a connect. */
  repeat(): void {
    this.#due.add("state").add("birth");
  }

  /** There are new assets. */
  announceAssets(): void {
    this.#birthDueAt = Math.min(this.#birthDueAt, this.#options.now() + this.#options.birthLagMs);
  }

  announceEnd(): void {
    this.#state = "offline";
    this.#due.add("state");
  }

  tick(now: number): void {
    if (now >= this.#birthDueAt) this.#due.add("birth");
  }

  /** Goes whatever the throttle says, and is charged: a few dozen bytes, twice in a connection's life. */
  sendState(): boolean {
    if (!this.#due.delete("state")) return false;
    const { bootId, wallClock, publish } = this.#options;
    publish("state", JSON.stringify({ b: bootId, state: this.#state, t: wallClock() }));
    return true;
  }

  /** True: sent. False: wait. Undefined: nothing to send. */
  sendBirth(): boolean | undefined {
    const { aliases, now, mayPublish } = this.#options;
    const isNeeded = this.#due.has("birth") || aliases.size !== this.#bornAliases;
    if (!isNeeded) return undefined;
    if (now() - this.#bornAt < BIRTH_PAUSE_MS || !mayPublish()) return false;
    this.#publishBirth();
    return true;
  }

  #publishBirth(): void {
    const { aliases, now, isTripped, publish } = this.#options;
    this.#due.delete("birth");
    this.#birthDueAt = Number.POSITIVE_INFINITY;
    this.#bornAt = now();
    this.#bornAliases = aliases.size;
    const payload = this.#birthPayload();
    if (!isTripped(payload, "birth")) publish("birth", payload);
  }

  #birthPayload(): string {
    const { bootId, aliases, assetIds, wallClock } = this.#options;
    const assets = JSON.stringify(assetIds());
    return `{"b":"${bootId}","sch":${SCHEMA},"t":${wallClock()},"assets":${assets},"channels":{${aliases.entries}}}`;
  }

  /**
   * While no broker hears of new aliases, they are written down before the first batch that uses them: only a later boot sends that,
   * in order and without retaining it, should this one end first.
   */
  keepBirth(): void {
    const { aliases, isTripped, keep } = this.#options;
    if (aliases.size === this.#keptAliases) return;
    const payload = this.#birthPayload();
    if (!isTripped(payload, "birth") && keep(payload)) this.#keptAliases = aliases.size;
  }
}
