/**
 * What an operator sees of the spool and does with its dead letters: look, send again, drop.
 *
 *     dead letter ─ retry ─▶ end of the queue, its whole transaction in order, attempts 0
 *                 └ drop ──▶ gone: logged with the operator's reason, and counted
 *
 * Waiting messages are only looked at: they are owed to the CSMS.
 */
import { GatewayError } from "../../domain/error.ts";
import type { StationId } from "../../domain/ids.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { maskTokens } from "../../domain/privacy/mask-tokens.ts";
import { goAgain } from "../../domain/spool/go-again.ts";
import { decodeRecord, type SpoolHead } from "../../domain/spool/record.ts";
import type { StationHost } from "../station-host.ts";
import type { DeadLetter, DeadLetters } from "./dead-letters.ts";
import { callOf } from "./frame-text.ts";
import { type QueuePlace, queuePlaces } from "./queue-places.ts";
import type { SpoolContext } from "./spool-context.ts";
import type { ValueSpool } from "./value-spool.ts";

export interface QueueSummary {
  readonly stationId: string;
  readonly version: OcppVersion;
  /** Messages that wait for the CSMS. */
  readonly waiting: number;
  /** About their bytes. */
  readonly bytes: number;
  /** Age of the oldest of them. */
  readonly oldestSec?: number;
  /** Of the oldest 128: those that the CSMS did not take yet, and that are tried again. */
  readonly retrying: number;
  /** Messages put aside. */
  readonly dead: number;
}

export interface QueuedMessage {
  readonly seq: number;
  readonly version: OcppVersion;
  /** `?` when the record cannot be read. */
  readonly action: string;
  readonly role: string;
  readonly transaction?: string;
  readonly ageSec: number;
  readonly bytes: number;
  /** Deliveries that were refused or not answered. */
  readonly attempts: number;
  /** The gateway has acknowledged it to the station. */
  readonly acknowledged: boolean;
  /** What is wrong with the station's clock. */
  readonly clock?: string;
  /** Of a dead letter: why it was put aside. */
  readonly reason?: string;
  /** Of a dead letter: since when, ISO 8601. */
  readonly deadSince?: string;
  readonly payload?: Payload;
}

export interface ShowOptions {
  /** Dead letters instead of waiting messages. */
  readonly dead?: boolean;
  readonly payload?: boolean;
  /** Payloads with cards in them. */
  readonly unmask?: boolean;
  /** At most so many. Default 100. */
  readonly limit?: number;
  readonly version?: OcppVersion;
}

export interface LetterChoice {
  /** A letter's number. */
  readonly seq: number;
  /** Where a station has letters of this number in two protocol versions. */
  readonly version?: OcppVersion;
}

/** `ambiguous`: letters of two protocol versions have this number. */
export type QueueOutcome =
  | { readonly kind: "done"; readonly messages: number }
  | { readonly kind: "unknown" | "ambiguous" };

export interface Queue {
  /** Stations with messages that wait or were put aside. */
  list(): readonly QueueSummary[];
  /** A station's messages, oldest first. */
  show(stationId: string, options?: ShowOptions): readonly QueuedMessage[];
  /**
   * Sends dead letters again; resolves when that is on disk.
   *
   * @param choice one letter, and with it its transaction; `all`: every letter of the station
   * @throws GatewayError `ERR_STORE` when the store takes no writes; `ERR_NOT_CONNECTED` when a letter is the translation's and its
   *   CSMS has not been there since the gateway started
   */
  retry(stationId: string, choice: LetterChoice | "all"): Promise<QueueOutcome>;
  /**
   * Drops one dead letter for good; resolves when that is on disk.
   *
   * @param reason for the log
   * @throws GatewayError `ERR_STORE` when the store takes no writes
   */
  drop(stationId: string, choice: LetterChoice, reason: string): Promise<QueueOutcome>;
}

const NOTHING_WAITS = { count: 0, bytes: 0 };
const LOOKED_AT = 128;
const DEFAULT_LIMIT = 100;
const LONGEST_REASON = 200;

export interface QueueControlOptions {
  readonly spool: ValueSpool;
  readonly dead: DeadLetters;
  readonly context: SpoolContext;
  readonly hosts: () => Iterable<StationHost>;
  /** Delivers again what the translation has put aside; false: it cannot now. */
  readonly deliverTranslated: (
    stationId: StationId,
    messages: readonly { readonly action: string; readonly payload: Payload }[],
    version: OcppVersion,
  ) => boolean;
}

export class QueueControl implements Queue {
  readonly #options: QueueControlOptions;

  constructor(options: QueueControlOptions) {
    this.#options = options;
  }

  list(): readonly QueueSummary[] {
    const { spool, dead, hosts } = this.#options;
    const letters = dead.countByPrefix();
    const summaries: QueueSummary[] = [];
    for (const { stationId, version, prefix, host } of queuePlaces(hosts(), letters.keys())) {
      const { count: waiting, bytes } = host === undefined ? NOTHING_WAITS : spool.stateOf(host);
      const deadHere = letters.get(prefix) ?? 0;
      if (waiting === 0 && deadHere === 0) continue;
      const oldest = this.#waiting(prefix, LOOKED_AT);
      const takenAt = oldest[0]?.head?.takenAt;
      summaries.push({
        stationId,
        version,
        waiting,
        bytes,
        ...(takenAt === undefined ? {} : { oldestSec: this.#ageSec(takenAt) }),
        retrying: oldest.filter(({ head }) => (head?.attempts ?? 0) > 0).length,
        dead: deadHere,
      });
    }
    return summaries.sort((a, b) => (a.stationId < b.stationId ? -1 : 1));
  }

  show(stationId: string, options: ShowOptions = {}): readonly QueuedMessage[] {
    const limit = options.limit ?? DEFAULT_LIMIT;
    const found: QueuedMessage[] = [];
    for (const place of this.#placesOf(stationId, options.version)) {
      const { prefix } = place;
      const messages = options.dead ? this.#options.dead.of(prefix) : this.#waiting(prefix, limit);
      for (const message of messages.slice(0, limit - found.length)) found.push(this.#view(message, place, options));
    }
    return found;
  }

  async retry(stationId: string, choice: LetterChoice | "all"): Promise<QueueOutcome> {
    const { context } = this.#options;
    const places = choice === "all" ? this.#placesOf(stationId) : this.#holders(stationId, choice);
    if (choice !== "all" && places.length > 1) return { kind: "ambiguous" };
    this.#needStore();
    let messages = 0;
    for (const place of places) messages += this.#requeue(place, choice === "all" ? undefined : choice.seq);
    if (messages === 0) return { kind: "unknown" };
    context.counters.spoolRequeued += messages;
    context.logger.warn({ stationId, messages }, "an operator sends dead letters again");
    await this.#flushed();
    for (const { host } of places) if (host?.connection !== undefined) context.pump(host.connection);
    return { kind: "done", messages };
  }

  async drop(stationId: string, choice: LetterChoice, reason: string): Promise<QueueOutcome> {
    const { dead, context } = this.#options;
    const [place, other] = this.#holders(stationId, choice);
    if (place === undefined) return { kind: "unknown" };
    if (other !== undefined) return { kind: "ambiguous" };
    this.#needStore();
    const { prefix } = place;
    const head = dead.of(prefix).find(({ seq }) => seq === choice.seq)?.head;
    dead.remove(prefix, choice.seq);
    context.counters.spoolDropped += 1;
    const { action = "?", role = "?" } = head ?? {};
    context.logger.warn(
      { code: "ERR_NOT_TAKEN", stationId, seq: choice.seq, action, role, reason: reason.slice(0, LONGEST_REASON) },
      "an operator dropped a dead letter",
    );
    await this.#flushed();
    return { kind: "done", messages: 1 };
  }

  /** @returns how many messages go again */
  #requeue(place: QueuePlace, seq: number | undefined): number {
    const { dead } = this.#options;
    const letters = goAgain(dead.of(place.prefix), seq);
    const translated = letters.filter(({ head }) => head?.translated === true);
    if (translated.length > 0) this.#deliverTranslated(place, translated);
    const others = letters.filter((letter) => !translated.includes(letter));
    if (place.host !== undefined) this.#append(place.host, others);
    const gone = place.host === undefined ? translated : letters;
    for (const letter of gone) dead.remove(place.prefix, letter.seq);
    return gone.length;
  }

  /** The station speaks 1.6: in a queue of the CSMS's version nobody would look for them. */
  #deliverTranslated({ stationId, version }: QueuePlace, letters: readonly DeadLetter[]): void {
    const messages = letters.map(({ head, text }) => ({ action: head?.action ?? "", payload: callOf(text).payload }));
    if (this.#options.deliverTranslated(stationId, messages, version)) return;
    const text = `No CSMS that speaks ${version} has been connected for this station since the gateway started`;
    throw new GatewayError("ERR_NOT_CONNECTED", text, { stationId });
  }

  #append(host: StationHost, letters: readonly DeadLetter[]): void {
    const { queue, ids } = this.#options.spool.of(host).spool;
    for (const letter of letters) {
      const { dead: _dead, attempts: _attempts, losses: _losses, ...head } = letter.head as SpoolHead;
      if (head.role === "start" && head.transaction !== undefined && host.version === "ocpp1.6")
        ids.change(Number(head.transaction), { startIsDead: undefined });
      queue.append(head, letter.text);
    }
  }

  /** As the store has them. */
  #waiting(
    prefix: string,
    limit: number,
  ): { readonly seq: number; readonly head: SpoolHead | undefined; readonly text: string }[] {
    const found = [];
    for (const { key, value } of this.#options.context.storage.range("records", prefix, `${prefix}~`)) {
      if (found.length >= limit) break;
      const seq = Number.parseInt(key.slice(prefix.length), 16);
      const record = decodeRecord(value);
      found.push(record.ok ? { seq, ...record.value } : { seq, head: undefined, text: value.toString("utf8") });
    }
    return found;
  }

  #view(
    { seq, head, text }: { readonly seq: number; readonly head: SpoolHead | undefined; readonly text: string },
    { version }: QueuePlace,
    { payload, unmask }: ShowOptions,
  ): QueuedMessage {
    const bytes = Buffer.byteLength(text);
    if (head === undefined) {
      const unreadable = { action: "?", role: "?", ageSec: 0, attempts: 0, acknowledged: false, reason: "unreadable" };
      return { seq, version, bytes, ...unreadable, ...(payload && unmask ? { payload: { text } } : {}) };
    }
    const call = payload ? callOf(text).payload : undefined;
    return {
      seq,
      version,
      action: head.action,
      role: head.role,
      ...(head.transaction === undefined ? {} : { transaction: head.transaction }),
      ageSec: this.#ageSec(head.takenAt),
      bytes,
      attempts: head.attempts ?? 0,
      acknowledged: head.owned === true,
      ...(head.clock === undefined ? {} : { clock: head.clock }),
      ...(head.dead === undefined ? {} : { reason: head.dead.reason, deadSince: new Date(head.dead.at).toISOString() }),
      ...(call === undefined ? {} : { payload: unmask ? call : maskTokens(call) }),
    };
  }

  #placesOf(stationId: string, version?: OcppVersion): readonly QueuePlace[] {
    const { hosts, dead } = this.#options;
    return queuePlaces(hosts(), dead.countByPrefix().keys()).filter(
      (place) => place.stationId === stationId && (version === undefined || place.version === version),
    );
  }

  /** Those of the station's protocol versions that have such a letter. */
  #holders(stationId: string, { seq, version }: LetterChoice): readonly QueuePlace[] {
    const { dead } = this.#options;
    return this.#placesOf(stationId, version).filter(({ prefix }) =>
      dead.of(prefix).some((letter) => letter.seq === seq),
    );
  }

  #ageSec(takenAt: number): number {
    return Math.max(0, Math.round((this.#options.context.clock.now() - takenAt) / 1000));
  }

  #needStore(): void {
    if (!this.#options.context.isHealthy()) throw new GatewayError("ERR_STORE", "The spool takes no writes now");
  }

  #flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#options.context.storage.whenFlushed((cause) => {
        if (cause === undefined) resolve();
        else reject(new GatewayError("ERR_STORE", "The spool has not taken the change", {}, { cause }));
      });
    });
  }
}
