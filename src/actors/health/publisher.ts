/**
 * The worker's middle: from records to acknowledged MQTT messages.
 *
 *     records ─▶ batcher ─▶ tripwire, sequence number ─▶ backlog ─▶ link (window) ─▶ broker
 *             └▶ analysis ─▶ figures, state of health (retained) ─▶ tripwire …
 *                  state, birth (retained, built when needed) ──────▲
 *
 * Every message but `state` and `birth` takes the next number of this boot's sequence (`b`, `q`) when it enters the
 * backlog, and they leave in that order: a hole is a loss, and a `gap` message says how large. After a reconnect
 * `state` and `birth` go first, then what waited, oldest first: messages of earlier boots, which the spool has kept, under
 * their own boot and number.
 */
import { deflateSync } from "node:zlib";
import { trip } from "../../domain/privacy/tripwire.ts";
import { AliasTable } from "./aliases.ts";
import { type Analysed, Analysis } from "./analysis.ts";
import { Announcements, type RetainedName } from "./announcements.ts";
import { Backlog } from "./backlog.ts";
import { Batcher, type Draft } from "./batcher.ts";
import type { Outcome } from "./flight-window.ts";
import { gapBody } from "./gap-book.ts";
import { ttlSec } from "./message-class.ts";
import { type LinkOptions, MqttLink } from "./mqtt-link.ts";
import type { Outgoing, Payload } from "./outbox.ts";
import { PublishThrottle, publishBytes } from "./publish-throttle.ts";
import type { SpoolState } from "./spool/health-spool.ts";
import type { HandOver, LogLevel, WorkerBoot, WorkerStats, WorkerThrottle } from "./thread-messages.ts";
import { createTopics, type Topics } from "./topics.ts";

export interface PublisherOptions {
  readonly boot: WorkerBoot;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly log: (level: LogLevel, fields: { readonly [field: string]: string | number }, message: string) => void;
  /** The budget is spent, and messages wait. */
  readonly onSpent: () => void;
  /** Called with each record that is read and each message that is made: thousands may be due at once. */
  readonly onProgress?: () => void;
  readonly now: LinkOptions["now"];
  readonly random: LinkOptions["random"];
  readonly connect?: LinkOptions["connect"];
}

/** Shorter payloads gain too little. */
const DEFLATE_FROM_BYTES = 256;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #topics: Topics;
  readonly #aliases: AliasTable;
  readonly #batcher: Batcher;
  readonly #analysis: Analysis | undefined;
  readonly #backlog: Backlog;
  readonly #link: MqttLink;
  readonly #throttle: PublishThrottle;
  readonly #announcements: Announcements;
  #seq = 0;
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
    const { config, tuning, bootId, lostBefore, throttle, spoolDirectory } = options.boot;
    this.#options = options;
    this.#lostReported = lostBefore;
    this.#lost = lostBefore;
    this.#topics = createTopics(config.tenant, config.gateway);
    this.#backlog = new Backlog({
      memory: { messages: config.queueCapacity, bytes: tuning.queueBytes },
      boot: bootId,
      spool: spoolDirectory === undefined || !config.spool.enabled ? undefined : this.#spoolOptions(spoolDirectory),
    });
    this.#aliases = new AliasTable(config.reduce);
    this.#batcher = new Batcher({
      batchMs: config.batchMs,
      aliases: this.#aliases,
      reduce: config.reduce,
      emit: (draft) => this.#enqueueDraft(draft),
    });
    this.#announcements = new Announcements({
      bootId,
      aliases: this.#aliases,
      assetIds: () => this.#batcher.assetIds,
      birthLagMs: tuning.birthLagMs,
      wallClock: options.wallClock,
      now: options.now,
      isTripped: (payload, kind) => this.#isTripped(payload, kind),
      mayPublish: () => this.#mayPublish(),
      publish: (name, payload) => this.#publishRetained(name, payload),
      keep: (payload) => this.#keepBirth(payload),
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

  #spoolOptions(directory: string) {
    const { boot, log, wallClock, onProgress } = this.#options;
    return {
      directory,
      maxBytes: boot.config.spool.maxBytes,
      wallClock,
      ...(onProgress !== undefined && { onProgress }),
      onState: (state: SpoolState, reason: string) =>
        log(state === "ok" ? "warn" : "error", { state, reason }, "health spool"),
    };
  }

  start(): void {
    this.#link.start();
  }

  /** Takes a hand-over in; when it returns, its buffer may be used again. */
  take({ records, count, assets, lost }: HandOver): void {
    if (assets.length > 0) {
      this.#batcher.learn(assets);
      this.#analysis?.learn(assets);
      this.#announcements.announceAssets();
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
    this.#announcements.tick(now);
    if (this.#link.isUp) this.#enqueueGap();
    this.#pump();
    this.#backlog.tick(now);
  }

  stats(): WorkerStats {
    return {
      dropped: this.#batcher.dropped + this.#backlog.dropped + this.#tripped,
      pending: this.#batcher.pending + this.#backlog.observationsInMemory + this.#inFlightObservations,
      ...this.#backlog.spoolStats,
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
    return this.#link.isUp && (this.#backlog.size > 0 || this.#link.inFlight > 0 || this.#announcements.isDue);
  }

  /** Closes every batch, so that what is left can go. */
  flush(): void {
    this.#batcher.flushAll();
    this.#enqueueGap();
    this.#pump();
  }

  /** Says good-bye in the retained state; {@link isBusy} until the broker has it. */
  announceEnd(): void {
    this.#announcements.announceEnd();
    this.#pump();
  }

  async close(graceMs: number): Promise<void> {
    await this.#analysis?.close();
    await this.#link.close(graceMs);
    this.#backlog.close();
  }

  #onUp(protocol: string): void {
    this.#options.log("info", { protocol }, "health broker is connected");
    this.#announcements.repeat();
    this.#pump();
  }

  #enqueueDraft({ asset, kind, body, observations }: Draft): void {
    const topic = kind === "event" ? this.#topics.event(asset) : this.#topics.metrics(asset);
    if (kind === "metrics" && !this.#link.isUp) this.#announcements.keepBirth();
    this.#enqueue({ topic, kind, body, observations });
  }

  /** Carries no observation of its own: those are counted with the batches and events they also travel in. */
  #enqueueAnalysed({ asset, kind, body }: Analysed): void {
    const topic = kind === "feature" ? this.#topics.features(asset) : this.#topics.health(asset);
    this.#enqueue({ topic, kind, body, observations: 0 });
  }

  /** Waits for room: telling of a loss must not cause one. */
  #enqueueGap(): void {
    if (this.#backlog.isFull) return;
    const unsent = this.#lost - this.#lostReported;
    const gap = this.#backlog.takeGap();
    if (unsent === 0 && gap === undefined) return;
    this.#lostReported = this.#lost;
    const body = `"t":${this.#options.wallClock()},${gapBody(gap, unsent, this.#options.boot.bootId)}`;
    this.#enqueue({ topic: this.#topics.gap, kind: "gap", body, observations: 0 });
  }

  #enqueue({
    topic,
    kind,
    body,
    observations,
  }: Pick<Outgoing, "topic" | "kind" | "observations"> & { body: string }): void {
    this.#options.onProgress?.();
    const payload = `{"b":"${this.#options.boot.bootId}","q":${this.#seq},${body}}`;
    if (this.#isTripped(payload, kind)) {
      this.#tripped += observations;
      return;
    }
    const packed = this.#packed(payload);
    const createdAt = this.#options.wallClock();
    const { bootId } = this.#options.boot;
    this.#backlog.push({ topic, ...packed, boot: bootId, seq: this.#seq, kind, observations, createdAt });
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
    const announcements = this.#announcements;
    while (isMoving && this.#link.hasRoom) {
      isMoving = announcements.sendState() || (announcements.sendBirth() ?? this.#sendQueued());
    }
    this.#isPumping = false;
  }

  /** On disk or nowhere: ours goes out retained while we live. */
  #keepBirth(payload: string): boolean {
    const { bootId: boot } = this.#options.boot;
    const bytes = Buffer.byteLength(payload);
    const createdAt = this.#options.wallClock();
    const topic = this.#topics.birth;
    return this.#backlog.keep({
      topic,
      payload,
      bytes,
      boot,
      seq: this.#seq,
      kind: "birth",
      observations: 0,
      createdAt,
    });
  }

  /** One that is lost is sent again after the reconnect, like all retained ones. */
  #publishRetained(name: RetainedName, payload: string): void {
    const topic = this.#topics[name];
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
    if (this.#backlog.size === 0 || !this.#mayPublish()) return false;
    const message = this.#backlog.shift();
    if (message === undefined) return false;
    // Ours has gone out retained, with all aliases, when the connection was made.
    if (message.kind === "birth" && message.boot === this.#options.boot.bootId) {
      this.#backlog.finish(message);
      return true;
    }
    const expirySec = ttlSec(message.kind) - Math.floor((this.#options.wallClock() - message.createdAt) / 1000);
    if (expirySec <= 0) {
      this.#backlog.writeOff(message);
      return true;
    }
    const { topic, payload, bytes, observations, kind } = message;
    // What a reader finds when it comes later must not expire with the day.
    const retain = kind === "soh";
    if (message.kept === undefined) this.#inFlightObservations += observations;
    this.#throttle.spend(topic, bytes);
    this.#bytesOut += publishBytes(topic, bytes);
    this.#link.publish({ topic, payload, bytes, retain, expirySec: retain ? undefined : expirySec }, (outcome) =>
      this.#settle(message, outcome),
    );
    return true;
  }

  #settle(message: Outgoing, outcome: Outcome): void {
    if (message.kept === undefined) this.#inFlightObservations -= message.observations;
    if (outcome === "lost") this.#backlog.putBack(message);
    else if (outcome === "refused") this.#backlog.writeOff(message);
    else this.#backlog.finish(message);
    this.#count(outcome, message.bytes);
  }

  #count(outcome: Outcome, bytes: number): void {
    if (outcome === "refused") this.#refused += 1;
    if (outcome !== "acknowledged") return;
    this.#published += 1;
    this.#publishedBytes += bytes;
  }
}
