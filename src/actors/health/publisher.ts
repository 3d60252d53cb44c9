/**
 * The worker's middle: from records to acknowledged MQTT messages.
 *
 *     records ─▶ batcher ─▶ tripwire, sequence number ─▶ backlog ─▶ link (window) ─▶ broker
 *             ├▶ dashcam ─▶ scenes, on disk and in chunks ─▶ tripwire …
 *             └▶ analysis ─▶ figures, state of health (retained) ─▶ tripwire …
 *                  state, birth (retained, built when needed) ──────▲
 *
 * Every message but `state` and `birth` takes the next number of this boot's sequence (`b`, `q`) when it enters the
 * backlog: a number that never comes is a loss, and a `gap` message says how large. After a reconnect `state` and `birth` go
 * first, then what is new, and what waited as {@link SendOrder} says: messages of earlier boots, which the spool has kept,
 * under their own boot and number.
 */
import type { Outcome as RequestOutcome } from "../../domain/diagnostics/request.ts";
import { Discretion } from "../../domain/privacy/profiles.ts";
import { AliasTable } from "./aliases.ts";
import { type Analysed, Analysis } from "./analysis.ts";
import { Announcements, type RetainedName } from "./announcements.ts";
import type { Backlog } from "./backlog.ts";
import { Batcher, type Draft } from "./batcher.ts";
import { type Dashcam, openDashcam, type SceneChunk } from "./dashcam.ts";
import type { Downlink } from "./downlink.ts";
import type { Outcome } from "./flight-window.ts";
import { gapBody } from "./gap-book.ts";
import type { Link, LinkMessage } from "./link.ts";
import { ttlSec } from "./message-class.ts";
import { openBacklog } from "./open-backlog.ts";
import { openDownlink } from "./open-downlink.ts";
import { openLink } from "./open-link.ts";
import { OutboundGuard } from "./outbound-guard.ts";
import type { Outgoing } from "./outbox.ts";
import { packPayload } from "./pack-payload.ts";
import { PublishThrottle, publishBytes } from "./publish-throttle.ts";
import type { PublisherOptions } from "./publisher-options.ts";
import { SendOrder } from "./send-order.ts";
import { type HandOver, NO_SCENES, type WorkerStats, type WorkerThrottle } from "./thread-messages.ts";
import { createTopics, type Topics } from "./topics.ts";

const TOPIC_OF = { feature: "features", soh: "health", snapshot: "scene" } as const;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #topics: Topics;
  readonly #aliases: AliasTable;
  readonly #batcher: Batcher;
  readonly #analysis: Analysis | undefined;
  readonly #dashcam: Dashcam | undefined;
  readonly #backlog: Backlog;
  readonly #order: SendOrder;
  readonly #link: Link;
  readonly #downlink: Downlink | undefined;
  readonly #throttle: PublishThrottle;
  readonly #announcements: Announcements;
  readonly #guard: OutboundGuard;
  #seq = 0;
  #isPumping = false;
  #lostReported: number;
  #lost: number;
  #published = 0;
  #publishedBytes = 0;
  #bytesOut = 0;
  #tripped = 0;
  #refused = 0;
  #inFlightObservations = 0;

  constructor(options: PublisherOptions) {
    const { config, tuning, bootId, lostBefore, throttle, tokenKey } = options.boot;
    this.#options = options;
    this.#lostReported = lostBefore;
    this.#lost = lostBefore;
    this.#topics = createTopics(config.tenant, config.gateway);
    this.#guard = new OutboundGuard({
      tokenKey,
      wallClock: options.wallClock,
      onHit: (shape, message) => options.log("error", { shape, message }, "tripwire: health message held back"),
    });
    this.#backlog = openBacklog(options);
    const { backlogBytesPerSec: bytesPerSec } = config;
    this.#order = new SendOrder({ backlog: this.#backlog, bytesPerSec, now: options.now });
    const discretion = new Discretion(config.privacy);
    this.#aliases = new AliasTable(config.reduce);
    this.#batcher = new Batcher({
      batchMs: config.batchMs,
      aliases: this.#aliases,
      reduce: config.reduce,
      discretion,
      emit: (draft) => this.#enqueueDraft(draft),
    });
    this.#announcements = new Announcements({
      bootId,
      privacy: config.privacy.profile,
      aliases: this.#aliases,
      assetIds: () => this.#batcher.assetIds,
      birthLagMs: tuning.birthLagMs,
      wallClock: options.wallClock,
      now: options.now,
      isTripped: (payload, name) => this.#guard.holdsBack(this.#topics[name], payload, name),
      mayPublish: () => this.#mayPublish(),
      publish: (name, payload) => this.#publishRetained(name, payload),
      keep: (payload) => this.#keepBirth(payload),
    });
    this.#analysis = config.features
      ? new Analysis({
          emit: (analysed) => this.#enqueueAnalysed(analysed),
          discretion,
          file: config.analysisFile,
          acknowledged: config.acknowledged,
          log: options.log,
          onOutlier: (asset) => this.#dashcam?.outlier(asset),
        })
      : undefined;
    this.#dashcam = openDashcam(options.boot, {
      wallClock: options.wallClock,
      holdsBack: (asset, text) => this.#guard.holdsBack(this.#topics.scene(asset), text, "snapshot"),
      emit: (chunk) => this.#enqueueAnalysed(chunk),
      log: options.log,
    });
    this.#throttle = new PublishThrottle(throttle, options.onSpent);
    this.#downlink = openDownlink(options, {
      prefix: this.#topics.prefix,
      assetNo: (id) => this.#batcher.assetNo(id),
      capture: (asset) => this.#dashcam?.capture([asset]) === true,
      stats: () => this.stats(),
      holdsBack: (topic, payload) => this.#guard.holdsBack(topic, payload, "answer"),
      send: (message) => this.#sendAnswer(message),
    });
    this.#link = openLink({
      config,
      will: { topic: this.#topics.state, payload: JSON.stringify({ b: bootId, state: "offline" }) },
      tuning,
      inbound: this.#downlink,
      hooks: {
        onUp: (protocol) => this.#onUp(protocol),
        onDown: (reason) => options.log("warn", { reason }, "health broker is not connected"),
        onRoom: () => this.#pump(),
      },
      now: options.now,
      wallClock: options.wallClock,
      random: options.random,
      ...(options.connect !== undefined && { connect: options.connect }),
    });
  }

  start(): void {
    this.#link.start();
  }

  /** Takes a hand-over in; when it returns, its buffer may be used again. */
  take(handOver: HandOver): void {
    const { records, count, assets, lost, tokens } = handOver;
    if (tokens !== undefined) this.#guard.learn(tokens);
    if (assets.length > 0) {
      this.#batcher.learn(assets);
      this.#analysis?.learn(assets);
      this.#dashcam?.learn(assets);
      this.#announcements.announceAssets();
    }
    this.#lost = lost;
    this.#batcher.add(records, count, this.#options.now());
    this.#dashcam?.take(handOver);
    this.#analysis?.add(records, count);
    this.#pump();
  }

  /** From now on. What may not go waits in the outbox, which drops its oldest when it is full. */
  throttle(throttle: WorkerThrottle): void {
    this.#throttle.set(throttle);
    this.#pump();
  }

  capture(assets: readonly number[]): void {
    this.#dashcam?.capture(assets);
  }

  /** The gateway's thread has done what a platform wanted, or has not. */
  settle(id: number, outcome: RequestOutcome): void {
    this.#downlink?.settle(id, outcome);
  }

  /** Called a few times a second: batches that are due, a birth that waits, watchdogs. */
  tick(): void {
    const now = this.#options.now();
    this.#batcher.flushDue(now);
    this.#analysis?.tick(now);
    this.#dashcam?.tick();
    this.#downlink?.tick();
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
      ...(this.#dashcam?.stats ?? NO_SCENES),
      published: this.#published,
      publishedBytes: this.#publishedBytes,
      samplesIn: this.#batcher.samplesIn,
      pointsOut: this.#batcher.pointsOut,
      samplesLeft: this.#batcher.leftOut,
      withheld: this.#batcher.withheld,
      bytesOut: this.#bytesOut,
      sessionsAnalysed: this.#analysis?.sessions ?? 0,
      notAnalysed: this.#analysis?.leftOut ?? 0,
      analysisFailures: this.#analysis?.failures ?? 0,
      requests: this.#downlink?.requests ?? 0,
      requestsRefused: this.#downlink?.refused ?? 0,
      tripwireHits: this.#guard.hits,
      refusedByBroker: this.#refused,
      connects: this.#link.connects,
      connected: this.#link.isUp,
      protocol: this.#link.protocol,
    };
  }

  /** True while messages wait that are worth waiting for, and there is a broker to take them. */
  get isBusy(): boolean {
    if (this.#link.isConnecting) return true;
    return this.#link.isUp && (this.#backlog.isUrgent || this.#link.inFlight > 0 || this.#announcements.isDue);
  }

  /** Closes every batch, so that what is left can go. */
  flush(): void {
    this.#batcher.flushAll();
    this.#dashcam?.finish();
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
    await this.#dashcam?.close();
    await this.#downlink?.close();
    await this.#link.close(graceMs);
    this.#backlog.close();
  }

  #onUp(protocol: string): void {
    this.#options.log("info", { protocol }, "health broker is connected");
    this.#announcements.repeat();
    this.#backlog.settle();
    this.#pump();
  }

  #enqueueDraft({ asset, kind, body, observations }: Draft): void {
    const topic = kind === "event" ? this.#topics.event(asset) : this.#topics.metrics(asset);
    if (kind === "metrics" && !this.#link.isUp) this.#announcements.keepBirth();
    this.#enqueue({ topic, kind, body, observations });
  }

  /** Carries no observation of its own: those are counted with the batches and events they also travel in. */
  #enqueueAnalysed({ asset, kind, body }: Analysed | SceneChunk): void {
    const topic = this.#topics[TOPIC_OF[kind]](asset);
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
    if (this.#guard.holdsBack(topic, payload, kind)) {
      this.#tripped += observations;
      return;
    }
    const packed = packPayload(payload, this.#options.boot.config);
    const createdAt = this.#options.wallClock();
    const { bootId } = this.#options.boot;
    this.#backlog.push({ topic, ...packed, boot: bootId, seq: this.#seq, kind, observations, createdAt });
    this.#seq += 1;
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

  /** One that is lost with its connection is not sent again: who asked will ask again. */
  #sendAnswer(message: LinkMessage): boolean {
    if (!this.#link.hasRoom || !this.#mayPublish()) return false;
    this.#throttle.spend(message.topic, message.bytes);
    this.#bytesOut += publishBytes(message.topic, message.bytes);
    this.#link.publish(message, (outcome) => this.#count(outcome, message.bytes));
    return true;
  }

  #mayPublish(): boolean {
    if (this.#throttle.isOpen) return true;
    this.#throttle.wantMore();
    return false;
  }

  #sendQueued(): boolean {
    const turn = this.#order.next();
    if (turn === undefined || !this.#mayPublish()) return false;
    const message = this.#backlog.take(turn);
    if (message === undefined) return this.#order.next() !== undefined;
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
    this.#order.sent(turn, publishBytes(topic, bytes));
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
