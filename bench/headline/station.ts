/**
 * A station of the field: one connection, one CALL at a time, cards before transactions before condition reports, and a queue
 * of condition reports that drops its oldest. That is kinder to the single channel than a plain queue, which many stations have.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { LedgerVersion, Payload } from "../../test/support/ledger-books.ts";
import { dialectOf, type Moment } from "../../test/support/ledger-dialects.ts";
import { dialWire, type Outcome, type StationWire } from "../../test/support/ledger-wire.ts";
import { Condition } from "./telemetry.ts";

export interface FieldStationOptions {
  readonly url: string;
  readonly identity: string;
  readonly version: LedgerVersion;
  readonly random: () => number;
  /** Seconds between two condition reports; undefined: none. */
  readonly reportSec: number | undefined;
  /** Seconds a driver needs until the next card, about. */
  readonly cardSec: number;
  /** False: the card is shown, and that is all. */
  readonly charges: boolean;
}

/** What drivers saw while they were counted. */
export interface Drivers {
  /** Milliseconds from the card to the answer. */
  readonly authorizeMs: number[];
  cards: number;
  starts: number;
  /** Cards and starts without an answer in time, and those refused or lost. */
  failedStarts: number;
}

interface Waiting {
  readonly action: string;
  readonly payload: Payload;
  readonly settle: (outcome: Outcome) => void;
}

/** A station's own patience. */
const CALL_TIMEOUT_MS = 30_000;
/** Condition reports that may wait in a station. */
export const KEPT_REPORTS = 20;
const CHARGE_SEC = 8;

export class FieldStation {
  droppedReports = 0;
  sentReports = 0;
  readonly #options: FieldStationOptions;
  readonly #queues: readonly [cards: Waiting[], transactions: Waiting[], reports: Waiting[]] = [[], [], []];
  readonly #condition: Condition;
  #wire: StationWire | undefined;
  #isBusy = false;
  #isOver = false;
  #nextId = 0;

  constructor(options: FieldStationOptions) {
    this.#options = options;
    this.#condition = new Condition(options.random);
  }

  /** Connects and registers; resolves when that is done. */
  async connect(): Promise<void> {
    const { url, identity, version } = this.#options;
    this.#wire = await dialWire({
      url,
      identity,
      version,
      callTimeoutMs: CALL_TIMEOUT_MS,
      // Nobody cuts here; a congested link must not be mistaken for a dead one.
      pingMs: 120_000,
      handshakeMs: CALL_TIMEOUT_MS,
      nextId: () => {
        this.#nextId += 1;
        return `${identity}-${this.#nextId}`;
      },
      onCall: () => undefined,
    });
    const [action, payload] = dialectOf(version).boot("PowerUp");
    await this.#call(1, action, payload);
  }

  /** Lives until stopped; `drivers` is asked at each card who counts it. */
  live(drivers: () => Drivers | undefined): void {
    void this.#serveDrivers(drivers);
    void this.#reportCondition();
  }

  stop(): void {
    this.#isOver = true;
    this.#wire?.cut();
  }

  async #reportCondition(): Promise<void> {
    const { reportSec, version, random } = this.#options;
    if (reportSec === undefined) return;
    await pause(1000 * reportSec * random());
    while (!this.#isOver) {
      const [action, payload] = this.#condition.report(version, new Date().toISOString());
      void this.#call(2, action, payload);
      const [, , reports] = this.#queues;
      if (reports.length > KEPT_REPORTS) {
        reports.shift();
        this.droppedReports += 1;
      }
      await pause(1000 * reportSec);
    }
  }

  async #serveDrivers(drivers: () => Drivers | undefined): Promise<void> {
    const { random, cardSec, version } = this.#options;
    const dialect = dialectOf(version);
    for (let nth = 0; !this.#isOver; nth += 1) {
      await pause(1000 * cardSec * (0.5 + random()));
      const counted = drivers();
      const shownAt = performance.now();
      const token = `TAG-${nth % 10}`;
      const [action, payload] = dialect.authorize(token);
      if (counted !== undefined) counted.cards += 1;
      const outcome = await this.#call(0, action, payload);
      // What the end of the measurement cut short is no verdict.
      if (this.#isOver) return;
      counted?.authorizeMs.push(performance.now() - shownAt);
      const isGood = outcome.kind === "result" && dialect.tokenStatus(outcome.payload) === "Accepted";
      if (isGood && this.#options.charges) await this.#charge(token, nth, counted);
      else if (!isGood && counted !== undefined) counted.failedStarts += 1;
    }
  }

  async #charge(token: string, nth: number, counted: Drivers | undefined): Promise<void> {
    const { version, identity } = this.#options;
    const dialect = dialectOf(version);
    const moment = (seqNo: number): Moment => ({
      connectorId: 1,
      token,
      at: new Date().toISOString(),
      registerWh: 1000 * nth + 10 * seqNo,
      transactionId: `${identity}-${nth}`,
      seqNo,
      offline: false,
    });
    if (counted !== undefined) counted.starts += 1;
    const outcome = await this.#call(0, ...dialect.start(moment(0)));
    if (this.#isOver) return;
    const isStarted = outcome.kind === "result" && dialect.tokenStatus(outcome.payload) === "Accepted";
    if (!isStarted) {
      if (counted !== undefined) counted.failedStarts += 1;
      return;
    }
    const id = version === "ocpp1.6" ? { transactionId: outcome.payload["transactionId"] } : {};
    await pause(500 * CHARGE_SEC);
    const [reading, value] = dialect.reading(moment(1));
    void this.#call(1, reading, { ...id, ...value });
    await pause(500 * CHARGE_SEC);
    const [stop, last] = dialect.stop(moment(2), "Local");
    await this.#call(1, stop, { ...id, ...last });
  }

  #call(rank: 0 | 1 | 2, action: string, payload: Payload): Promise<Outcome> {
    return new Promise((settle) => {
      this.#queues[rank].push({ action, payload, settle });
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#isBusy || this.#wire === undefined) return;
    this.#isBusy = true;
    const [cards, transactions, reports] = this.#queues;
    for (;;) {
      const next = cards.shift() ?? transactions.shift() ?? reports.shift();
      if (next === undefined || this.#isOver) break;
      const outcome = await this.#wire.call(next.action, next.payload);
      if (next.action === "NotifyEvent" || next.action === "MeterValues") this.sentReports += 1;
      next.settle(outcome);
    }
    this.#isBusy = false;
  }
}
