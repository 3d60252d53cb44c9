/**
 * The worker's middle: from records to acknowledged MQTT messages.
 *
 *     records ─▶ batcher ─▶ tripwire, sequence number ─▶ outbox ─▶ link (window) ─▶ broker
 *             └▶ analysis ─▶ figures, state of health (retained) ─▶ tripwire …
 *                  state, birth (retained, built when needed) ──────▲
 *
 * Every message but `state` and `birth` takes the next number of this boot's sequence (`b`, `q`) when it enters the
 * outbox, and they leave in that order: a hole is a loss, and the next `gap` message says how large. After a reconnect
 * `state` and `birth` go first, then what waited, oldest first.
 */
import { deflateSync } from "node:zlib";
import { trip } from "../../domain/privacy/tripwire.ts";
import { AliasTable } from "./aliases.ts";
import { type Analysed, Analysis } from "./analysis.ts";
import { Batcher, type Draft } from "./batcher.ts";
import type { Outcome } from "./flight-window.ts";
import { type LinkOptions, MqttLink } from "./mqtt-link.ts";
import { type Gap, Outbox, type Outgoing, type Payload } from "./outbox.ts";
import { PublishThrottle, publishBytes } from "./publish-throttle.ts";
import type { HandOver, LogLevel, WorkerBoot, WorkerStats, WorkerThrottle } from "./thread-messages.ts";
import { createTopics, type Topics } from "./topics.ts";

export interface PublisherOptions {
  readonly boot: WorkerBoot;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly log: (level: LogLevel, fields: { readonly [field: string]: string | number }, message: string) => void;
  /** The budget is spent, and messages wait. */
  readonly onSpent: () => void;
  readonly now: LinkOptions["now"];
  readonly random: LinkOptions["random"];
  readonly connect?: LinkOptions["connect"];
}

/** Version of the message formats, in the birth message. */
const SCHEMA = 2;
/** Telemetry older than this is of no use to anybody. */
const EXPIRY_SEC = 86_400;
/** Shorter payloads gain too little. */
const DEFLATE_FROM_BYTES = 256;
/** Birth messages are at least this far apart; what needs a new one waits. */
const BIRTH_PAUSE_MS = 100;

type RetainedName = "state" | "birth";

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #topics: Topics;
  readonly #aliases: AliasTable;
  readonly #batcher: Batcher;
  readonly #analysis: Analysis | undefined;
  readonly #outbox: Outbox;
  readonly #link: MqttLink;
  readonly #throttle: PublishThrottle;
  readonly #retained = new Set<RetainedName>();
  #state: "online" | "offline" = "online";
  #seq = 0;
  #bornAliases = 0;
  #bornAt = Number.NEGATIVE_INFINITY;
  #birthDueAt = Number.POSITIVE_INFINITY;
  #isPumping = false;
  #lostReported: number;
  #lost: number;
  #published = 0;
  #publishedBytes = 0;
  #bytesOut = 0;
  #tripwireHits = 0;
  #tripped = 0;
  #refused = 0;
  #inFlightObservations = 0;

  constructor(options: PublisherOptions) {
    const { config, tuning, bootId, lostBefore, throttle } = options.boot;
    this.#options = options;
    this.#lostReported = lostBefore;
    this.#lost = lostBefore;
    this.#topics = createTopics(config.tenant, config.gateway);
    this.#outbox = new Outbox({ messages: config.queueCapacity, bytes: tuning.queueBytes });
    this.#aliases = new AliasTable(config.reduce);
    this.#batcher = new Batcher({
      batchMs: config.batchMs,
      aliases: this.#aliases,
      reduce: config.reduce,
      emit: (draft) => this.#enqueueDraft(draft),
    });
    this.#analysis = config.features
      ? new Analysis({
          emit: (analysed) => this.#enqueueAnalysed(analysed),
          file: config.analysisFile,
          acknowledged: config.acknowledged,
          log: options.log,
        })
      : undefined;
    this.#throttle = new PublishThrottle(throttle, options.onSpent);
    this.#link = new MqttLink({
      mqtt: config.mqtt,
      clientId: `twinlane-${config.tenant}-${config.gateway}`,
      will: { topic: this.#topics.state, payload: JSON.stringify({ b: bootId, state: "offline" }) },
      tuning,
      hooks: {
        onUp: (protocol) => this.#onUp(protocol),
        onDown: (reason) => options.log("warn", { reason }, "health broker is not connected"),
        onRoom: () => this.#pump(),
      },
      now: options.now,
      random: options.random,
      ...(options.connect !== undefined && { connect: options.connect }),
    });
  }

  start(): void {
    this.#link.start();
  }

  /** Takes a hand-over in; when it returns, its buffer may be used again. */
  take({ records, count, assets, lost }: HandOver): void {
    if (assets.length > 0) {
      this.#batcher.learn(assets);
      this.#analysis?.learn(assets);
      this.#birthDueAt = Math.min(this.#birthDueAt, this.#options.now() + this.#options.boot.tuning.birthLagMs);
    }
    this.#lost = lost;
    this.#batcher.add(records, count, this.#options.now());
    this.#analysis?.add(records, count);
    this.#pump();
  }

  /** From now on. What may not go waits in the outbox, which drops its oldest when it is full. */
  throttle(throttle: WorkerThrottle): void {
    this.#throttle.set(throttle);
    this.#pump();
  }

  /** Called a few times a second: batches that are due, a birth that waits, watchdogs. */
  tick(): void {
    const now = this.#options.now();
    this.#batcher.flushDue(now);
    this.#analysis?.tick(now);
    this.#link.tick();
    if (now >= this.#birthDueAt) this.#retained.add("birth");
    if (this.#link.isUp) this.#enqueueGap();
    this.#pump();
  }

  stats(): WorkerStats {
    return {
      dropped: this.#batcher.dropped + this.#outbox.dropped + this.#tripped,
      pending: this.#batcher.pending + this.#outbox.observations + this.#inFlightObservations,
      published: this.#published,
      publishedBytes: this.#publishedBytes,
      samplesIn: this.#batcher.samplesIn,
      pointsOut: this.#batcher.pointsOut,
      samplesLeft: this.#batcher.leftOut,
      bytesOut: this.#bytesOut,
      sessionsAnalysed: this.#analysis?.sessions ?? 0,
      notAnalysed: this.#analysis?.leftOut ?? 0,
      analysisFailures: this.#analysis?.failures ?? 0,
      tripwireHits: this.#tripwireHits,
      refusedByBroker: this.#refused,
      connects: this.#link.connects,
      connected: this.#link.isUp,
      protocol: this.#link.protocol,
    };
  }

  /** True while messages wait and there is a broker to wait for. */
  get isBusy(): boolean {
    if (this.#link.isConnecting) return true;
    return this.#link.isUp && (this.#outbox.size > 0 || this.#link.inFlight > 0 || this.#retained.size > 0);
  }

  /** Closes every batch, so that what is left can go. */
  flush(): void {
    this.#batcher.flushAll();
    this.#enqueueGap();
    this.#pump();
  }

  /** Says good-bye in the retained state; {@link isBusy} until the broker has it. */
  announceEnd(): void {
    this.#state = "offline";
    this.#retained.add("state");
    this.#pump();
  }

  async close(graceMs: number): Promise<void> {
    await this.#analysis?.close();
    await this.#link.close(graceMs);
  }

  #onUp(protocol: string): void {
    this.#options.log("info", { protocol }, "health broker is connected");
    this.#retained.add("state").add("birth");
    this.#pump();
  }

  #enqueueDraft({ asset, kind, body, observations }: Draft): void {
    const topic = kind === "event" ? this.#topics.event(asset) : this.#topics.metrics(asset);
    this.#enqueue({ topic, kind, body, observations });
  }

  /** Carries no observation of its own: those are counted with the batches and events they also travel in. */
  #enqueueAnalysed({ asset, kind, body }: Analysed): void {
    const topic = kind === "features" ? this.#topics.features(asset) : this.#topics.health(asset);
    this.#enqueue({ topic, kind, body, observations: 0 });
  }

  /** Waits for room: telling of a loss must not cause one. */
  #enqueueGap(): void {
    if (this.#outbox.isFull) return;
    const unsent = this.#lost - this.#lostReported;
    const gap = this.#outbox.takeGap();
    if (unsent === 0 && gap === undefined) return;
    this.#lostReported = this.#lost;
    const body = `"t":${this.#options.wallClock()},${gapBody(gap, unsent)}`;
    this.#enqueue({ topic: this.#topics.gap, kind: "gap", body, observations: 0 });
  }

  #enqueue({
    topic,
    kind,
    body,
    observations,
  }: Pick<Outgoing, "topic" | "kind" | "observations"> & { body: string }): void {
    const payload = `{"b":"${this.#options.boot.bootId}","q":${this.#seq},${body}}`;
    if (this.#isTripped(payload, kind)) {
      this.#tripped += observations;
      return;
    }
    const packed = this.#packed(payload);
    const createdAt = this.#options.wallClock();
    this.#outbox.push({ topic, ...packed, seq: this.#seq, kind, observations, createdAt });
    this.#seq += 1;
  }

  /** After the tripwire, which reads text. */
  #packed(text: string): { readonly payload: Payload; readonly bytes: number } {
    const bytes = Buffer.byteLength(text);
    if (!this.#options.boot.config.deflate || bytes < DEFLATE_FROM_BYTES) return { payload: text, bytes };
    const deflated = deflateSync(text);
    return deflated.length < bytes ? { payload: deflated, bytes: deflated.length } : { payload: text, bytes };
  }

  /** A hit is a defect of ours; the alarm names the shape, never the text. */
  #isTripped(payload: string, kind: string): boolean {
    const hit = trip(payload);
    if (hit === undefined) return false;
    this.#tripwireHits += 1;
    this.#options.log("error", { shape: hit.kind, message: kind }, "tripwire: health message held back");
    return true;
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    let isMoving = true;
    while (isMoving && this.#link.hasRoom) isMoving = this.#sendState() || (this.#sendBirth() ?? this.#sendQueued());
    this.#isPumping = false;
  }

  /** Goes whatever the throttle says, and is charged: a few dozen bytes, twice in a connection's life. */
  #sendState(): boolean {
    if (!this.#retained.delete("state")) return false;
    const { bootId } = this.#options.boot;
    const state = { b: bootId, state: this.#state, t: this.#options.wallClock() };
    this.#publishRetained(this.#topics.state, JSON.stringify(state));
    return true;
  }

  /** True: sent. False: wait. Undefined: nothing to send. */
  #sendBirth(): boolean | undefined {
    const isNeeded = this.#retained.has("birth") || this.#aliases.size !== this.#bornAliases;
    if (!isNeeded) return undefined;
    if (this.#options.now() - this.#bornAt < BIRTH_PAUSE_MS || !this.#mayPublish()) return false;
    this.#publishBirth();
    return true;
  }

  #publishBirth(): void {
    this.#retained.delete("birth");
    this.#birthDueAt = Number.POSITIVE_INFINITY;
    this.#bornAt = this.#options.now();
    this.#bornAliases = this.#aliases.size;
    const { bootId } = this.#options.boot;
    const assets = JSON.stringify(this.#batcher.assetIds);
    const head = `"b":"${bootId}","sch":${SCHEMA},"t":${this.#options.wallClock()}`;
    const payload = `{${head},"assets":${assets},"channels":{${this.#aliases.entries}}}`;
    if (!this.#isTripped(payload, "birth")) this.#publishRetained(this.#topics.birth, payload);
  }

  /** One that is lost is sent again after the reconnect, like all retained ones. */
  #publishRetained(topic: string, payload: string): void {
    const bytes = Buffer.byteLength(payload);
    this.#throttle.spend(topic, bytes);
    this.#bytesOut += publishBytes(topic, bytes);
    this.#link.publish({ topic, payload, bytes, retain: true, expirySec: undefined }, (outcome) =>
      this.#count(outcome, bytes),
    );
  }

  #mayPublish(): boolean {
    if (this.#throttle.isOpen) return true;
    this.#throttle.wantMore();
    return false;
  }

  #sendQueued(): boolean {
    if (this.#outbox.size === 0 || !this.#mayPublish()) return false;
    const message = this.#outbox.shift();
    if (message === undefined) return false;
    const expirySec = EXPIRY_SEC - Math.floor((this.#options.wallClock() - message.createdAt) / 1000);
    if (expirySec <= 0) {
      this.#outbox.writeOff(message);
      return true;
    }
    const { topic, payload, bytes, observations, kind } = message;
    // What a reader finds when it comes later must not expire with the day.
    const retain = kind === "health";
    this.#inFlightObservations += observations;
    this.#throttle.spend(topic, bytes);
    this.#bytesOut += publishBytes(topic, bytes);
    this.#link.publish({ topic, payload, bytes, retain, expirySec: retain ? undefined : expirySec }, (outcome) =>
      this.#settle(message, outcome),
    );
    return true;
  }

  #settle(message: Outgoing, outcome: Outcome): void {
    this.#inFlightObservations -= message.observations;
    if (outcome === "lost") this.#outbox.putBack(message);
    else if (outcome === "refused") this.#outbox.writeOff(message);
    this.#count(outcome, message.bytes);
  }

  #count(outcome: Outcome, bytes: number): void {
    if (outcome === "refused") this.#refused += 1;
    if (outcome !== "acknowledged") return;
    this.#published += 1;
    this.#publishedBytes += bytes;
  }
}

/**
 * `from` … `to` are the lowest and highest sequence number among the lost messages; others between may have arrived, and so
 * may some of the lost that were in flight when a connection ended.
 */
function gapBody(gap: Gap | undefined, unsent: number): string {
  const observations = unsent + (gap?.observations ?? 0);
  const range = gap === undefined ? "" : `,"messages":${gap.messages},"from":${gap.from},"to":${gap.to}`;
  return `"observations":${observations}${range}`;
}
