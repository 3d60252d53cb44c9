/**
 * A translator with the real rules between a spool and a CSMS that are lists, on a store whose commits are made by hand: so a process
 * can end between any two steps, with what it had not committed, or not sent, lost.
 */

import { silentLogger } from "../../src/actors/silent-logger.ts";
import { TranslationStore } from "../../src/actors/translation/translation-store.ts";
import { Translator, type TranslatorPort } from "../../src/actors/translation/translator.ts";
import { buildTranslate } from "../../src/config/build-translate.ts";
import { Counters } from "../../src/domain/counters.ts";
import { epochMs, messageId, stationId } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../src/domain/ocpp/validate.ts";
import { initialTranslation, translationBlock } from "../../src/domain/translate/blocks.ts";
import type { SpoolStorage, SpoolTable } from "../../src/ports.ts";
import { SimulatedClock } from "./simulated-clock.ts";

const validators = { station: await loadValidators("ocpp1.6"), csms: await loadValidators("ocpp2.0.1") };
const BLOCK = translationBlock();
const CP1 = stationId("CP1");

/** Writes wait for `commit`; a process that ends loses them. */
export class HandStorage implements SpoolStorage {
  readonly #committed = new Map<string, Buffer>();
  #pending: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  commit(): void {
    const [writes, waiting] = [this.#pending, this.#waiting];
    [this.#pending, this.#waiting] = [[], []];
    for (const write of writes) write();
    for (const done of waiting) done();
  }

  lose(): void {
    [this.#pending, this.#waiting] = [[], []];
  }

  get(table: SpoolTable, key: string): Buffer | undefined {
    return this.#committed.get(`${table} ${key}`);
  }

  *range(): Iterable<never> {}

  *keys(): Iterable<never> {}

  put(table: SpoolTable, key: string, value: Buffer | string): void {
    const bytes = Buffer.from(value as Buffer);
    this.#pending.push(() => this.#committed.set(`${table} ${key}`, bytes));
  }

  remove(table: SpoolTable, key: string): void {
    this.#pending.push(() => this.#committed.delete(`${table} ${key}`));
  }

  whenCommitted(done: (error: unknown) => void): void {
    this.#waiting.push(() => done(undefined));
  }

  whenFlushed(done: (error: unknown) => void): void {
    this.whenCommitted(done);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A transaction message of the station in the spool, named as it will be for good. */
export interface Spooled {
  readonly id: string;
  readonly action: "StartTransaction" | "MeterValues" | "StopTransaction";
  readonly connectorId: number;
  readonly value: number;
  readonly at: string;
}

export interface SeenEvent {
  readonly id: string;
  readonly payload: Payload;
}

export class CrashRig {
  readonly clock = new SimulatedClock();
  readonly counters = new Counters(0);
  readonly seen: SeenEvent[] = [];
  readonly storage = new HandStorage();
  #queue: Spooled[];
  readonly #messages: readonly Spooled[];
  #inFlight: Spooled | undefined;
  /** Ids by connector, as the start was answered. */
  readonly #ids = new Map<number, number>();
  #inbox: [number, string, string, Payload][] = [];
  #answers: [string, Payload | undefined][] = [];
  #translator!: Translator;
  #port: TranslatorPort | undefined;
  #processes = 0;
  #uuids = 0;

  constructor(messages: readonly Spooled[]) {
    this.#queue = [...messages];
    this.#messages = messages;
    this.#begin();
  }

  get isDone(): boolean {
    return this.#queue.length === 0 && this.#translator.kept === 0 && this.#answers.length + this.#inbox.length === 0;
  }

  /** The spool delivers its oldest message. */
  offer(): void {
    const [message] = this.#queue;
    if (message === undefined || this.#inFlight !== undefined || this.#port === undefined) return;
    this.#inFlight = message;
    const frame = {
      type: 2,
      id: messageId(message.id),
      action: message.action,
      payload: this.#payloadOf(message),
    } as const;
    this.#translator.stationCall({
      frame,
      numericId: false,
      offline: true,
      at: this.clock.now(),
      comesAgain: message.action === "MeterValues",
    });
  }

  /** The CSMS takes a message, and answers or refuses it. */
  receive(isRefused: boolean): void {
    const frame = this.#inbox.shift();
    if (frame === undefined) return;
    const [, id, action, payload] = frame;
    if (!isRefused && action === "TransactionEvent") this.seen.push({ id, payload });
    this.#answers.push([id, isRefused ? undefined : {}]);
  }

  /** The answer arrives. */
  answer(): void {
    const answer = this.#answers.shift();
    if (answer === undefined || this.#port === undefined) return;
    const [id, payload] = answer;
    this.#translator.csmsAnswer(
      payload === undefined
        ? { type: 4, id: messageId(id), code: "InternalError", description: "" }
        : { type: 3, id: messageId(id), payload },
    );
  }

  linkLost(): void {
    const port = this.#port;
    this.#port = undefined;
    this.#answers = [];
    this.#inFlight = undefined;
    if (port !== undefined) this.#translator.down(port);
    this.#up();
  }

  /** @param isReceived what has left the process reaches the CSMS all the same */
  crash(isReceived: boolean): void {
    this.storage.lose();
    this.#translator.stop();
    // Whatever the old process still has in hand goes nowhere.
    this.#port = undefined;
    if (isReceived) while (this.#inbox.length > 0) this.receive(false);
    this.#inbox = [];
    this.#answers = [];
    this.#inFlight = undefined;
    this.#queue = this.#messages.filter(({ id }) => this.storage.get("records", id) === undefined);
    this.#begin();
  }

  #begin(): void {
    this.#processes += 1;
    const initial = initialTranslation();
    this.#translator = new Translator({
      stationId: CP1,
      engine: {
        station: CP1,
        block: BLOCK,
        validators: { station: validators.station, csms: () => validators.csms },
        limits: { csmsTimeoutMs: 30_000, stationTimeoutMs: 28_000, attempts: 1_000_000, attemptIntervalMs: 10 },
      },
      initial: {
        state: { ...initial, tx: { ...initial.tx, registration: "Accepted" } },
        kept: [],
        waiting: [],
        alarms: [],
      },
      store: new TranslationStore(this.storage, CP1, () => undefined),
      clock: this.clock,
      random: { next: () => 0.5, uuid: () => this.#uuid() },
      counters: this.counters,
      logger: silentLogger,
      bury: () => undefined,
    });
    this.#up();
  }

  #up(): void {
    const process = this.#processes;
    const port: TranslatorPort = {
      salt: `process ${process}`,
      version: "ocpp2.0.1",
      settings: buildTranslate([]),
      topology: undefined,
      own: {},
      stationSince: epochMs(0),
      isStationOnline: () => true,
      hasBacklog: () => false,
      send: (to, text) => {
        // An old process has no sockets.
        if (process !== this.#processes) return;
        const frame = JSON.parse(text) as [number, string, string, Payload];
        if (to === "station") this.#toGateway(frame);
        else if (frame[0] === 2) this.#inbox.push(frame);
      },
    };
    this.#port = port;
    this.#translator.up(port);
  }

  #toGateway([type, id, third]: [number, string, unknown, unknown?]): void {
    const message = this.#inFlight;
    if (message?.id !== id || type === 2) return;
    this.#inFlight = undefined;
    // A message that was refused is tried again, as the spool does.
    if (type !== 3) return;
    this.#queue.shift();
    // As the spool does: what the translator has still to write goes first, into the same commit.
    this.#translator.save();
    this.storage.put("records", id, "gone");
    const { transactionId } = third as { transactionId?: number };
    if (transactionId !== undefined) this.#ids.set(message.connectorId, transactionId);
  }

  #payloadOf({ action, connectorId, value, at }: Spooled): Payload {
    const transactionId = this.#ids.get(connectorId) ?? 0;
    switch (action) {
      case "StartTransaction":
        return { connectorId, idTag: "TAG", meterStart: value, timestamp: at };
      case "StopTransaction":
        return { transactionId, meterStop: value, timestamp: at };
      case "MeterValues":
        return {
          connectorId,
          transactionId,
          meterValue: [{ timestamp: at, sampledValue: [{ value: String(value) }] }],
        };
    }
  }

  #uuid(): string {
    this.#uuids += 1;
    return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, "0")}`;
  }
}
