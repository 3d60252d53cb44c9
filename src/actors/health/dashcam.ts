/**
 * The worker's dashcam: the last minutes of each EVSE in memory, and a sealed scene of what was before and after a fault.
 *
 *     records ─▶ ring of the EVSE ─┐
 *     frames ──▶ ring of the station ┴─ trigger ─▶ capture ─▶ tripwire ─▶ gzip, seal ─┬▶ file
 *                                                                                 └▶ chunks over MQTT
 *
 * Memory is bounded by one budget for all rings; scenes by hour, for the asset and for the whole gateway: a network that fails takes every
 * station's connection down, and those scenes say all the same.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { CaptureLimit } from "../../domain/dashcam/capture-limit.ts";
import {
  type CaptureOrigin,
  captureBody,
  captureText,
  fittingText,
  reboundText,
} from "../../domain/dashcam/capture-text.ts";
import { MemoryBudget } from "../../domain/dashcam/memory-budget.ts";
import { chunkMembers, sceneText } from "../../domain/dashcam/scene-file.ts";
import {
  type Capture,
  frameRing,
  SceneRecorder,
  type SceneWindow,
  type Since,
} from "../../domain/dashcam/scene-recorder.ts";
import { seal } from "../../domain/dashcam/seal.ts";
import type { TimedRing } from "../../domain/dashcam/timed-ring.ts";
import { COMMAND, OUTLIER, type TriggerCode } from "../../domain/dashcam/trigger.ts";
import { Discretion } from "../../domain/privacy/profiles.ts";
import { DashcamDrafts } from "./dashcam-drafts.ts";
import { DashcamStore, type DashcamStoreOptions } from "./dashcam-store.ts";
import { RECORD, readRecord } from "./ring.ts";
import type { Asset, HandOver, WorkerBoot } from "./thread-messages.ts";

export interface SceneChunk {
  /** Pseudonym of the asset. */
  readonly asset: string;
  readonly kind: "snapshot";
  readonly body: string;
}

export interface DashcamHooks {
  readonly wallClock: () => number;
  /** True: a person could be in this text, and it must not be sealed. */
  readonly holdsBack: (asset: string, text: string) => boolean;
  readonly emit: (chunk: SceneChunk) => void;
  readonly log: DashcamStoreOptions["log"];
}

export interface DashcamOptions extends DashcamHooks {
  readonly store: Omit<DashcamStoreOptions, "log">;
  readonly memoryBytes: number;
  readonly window: SceneWindow;
  readonly scenesPerHour: number;
  readonly bootId: string;
  readonly configHash: string;
  /** Observations lost before this worker began. */
  readonly lostBefore: number;
}

/** Undefined: the configuration wants none. */
export function openDashcam({ config, bootId, lostBefore }: WorkerBoot, hooks: DashcamHooks): Dashcam | undefined {
  const { enabled, memoryBytes, scenesPerHour, beforeSec, afterSec, ...store } = config.dashcam;
  if (!enabled) return undefined;
  const window = { beforeMs: beforeSec * 1000, afterMs: afterSec * 1000 };
  const limits = { store, memoryBytes, scenesPerHour, window };
  // A scene is exact in time and has every channel: where less is promised it stays where it was sealed.
  const emit = new Discretion(config.privacy).tellsAll ? hooks.emit : () => undefined;
  return new Dashcam({ ...hooks, ...limits, emit, bootId, configHash: configHash(config), lostBefore });
}

/** Under which settings a scene was seen; those of the broker or server and their secrets are not among them. */
function configHash({ mqtt: _broker, https: _server, ...settings }: WorkerBoot["config"]): string {
  return createHash("sha256").update(JSON.stringify(settings)).digest("hex");
}

interface Recorded {
  readonly recorder: SceneRecorder;
  readonly limit: CaptureLimit;
  readonly evse: number;
}

/** EVSEs recorded; later ones are not, counted. */
const MAX_RECORDED = 8192;
const HOUR_MS = 3_600_000;
/** Between two looks at the silent EVSEs. */
const LOOK_MS = 1_000;
/** Between two drafts of a scene whose end has not come. */
const DRAFT_MS = 15_000;
/** In the log, of a scene that an earlier life began. */
const RECOVERED = "recovered";

export class Dashcam {
  readonly #options: DashcamOptions;
  readonly #budget: MemoryBudget;
  readonly #store: DashcamStore;
  readonly #drafts: DashcamDrafts;
  readonly #since: Since;
  readonly #assets: (Asset | undefined)[] = [];
  readonly #recorded = new Map<number, Recorded>();
  /** By the station's number. */
  readonly #frames = new Map<number, TimedRing>();
  readonly #sealedAt: number[] = [];
  #previous: string | null;
  #lost: number;
  #framesLost = 0;
  #lookAt = 0;
  #hasRecovered = false;
  /** Assets whose scene has begun with the records being taken. */
  readonly #begun = new Set<number>();
  #no = 0;
  /** Scenes sealed. */
  scenes = 0;
  /** Scenes not sealed because the gateway had its share for the hour, or because they did not fit. */
  leftOut = 0;
  /** Observations of EVSEs beyond the limit. */
  notRecorded = 0;

  constructor(options: DashcamOptions) {
    const { store, memoryBytes, lostBefore, wallClock, log } = options;
    this.#options = options;
    this.#budget = new MemoryBudget(memoryBytes);
    this.#store = new DashcamStore({ ...store, log });
    this.#drafts = new DashcamDrafts(store.directory, (error) => this.#store.failed(error));
    this.#previous = this.#store.lastHead();
    this.#lost = lostBefore;
    const now = wallClock();
    this.#since = { observations: now, frames: now };
  }

  get stats() {
    return {
      scenes: this.scenes,
      scenesLeftOut: this.leftOut + this.#limited,
      scenesStored: this.#store.scenes,
      sceneBytes: this.#store.bytes,
      scenesDropped: this.#store.dropped,
      sceneFailures: this.#store.failures,
      notRecorded: this.notRecorded,
      dashcamForgotten: this.#budget.forgotten,
      dashcamMemory: this.#budget.used,
    };
  }

  /** Triggers that the limits of their EVSEs have turned away. */
  get #limited(): number {
    let sum = 0;
    for (const { limit } of this.#recorded.values()) sum += limit.duplicates + limit.limited;
    return sum;
  }

  learn(assets: readonly Asset[]): void {
    for (const asset of assets) this.#assets[asset.no] = asset;
  }

  take({ records, count, lost, frames, framesLost = 0 }: HandOver): void {
    const now = this.#options.wallClock();
    if (lost > this.#lost) this.#since.observations = now;
    if (framesLost > this.#framesLost) this.#since.frames = now;
    this.#lost = lost;
    this.#framesLost = framesLost;
    // Frames first: they are there when a capture's end has come.
    if (frames !== undefined) this.#addFrames(frames);
    for (let i = 0; i < count; i += 1) this.#addRecord(records, i);
    if (this.#begun.size > 0) this.#writeDown(this.#begun, now);
    this.#begun.clear();
  }

  /** A session's figures were far from what is usual. */
  outlier(asset: number): void {
    this.#mark(asset, OUTLIER);
  }

  /** Somebody wants scenes, of those assets that something is known of. @returns whether there are any */
  capture(assets: readonly number[]): boolean {
    for (const asset of assets) this.#mark(asset, COMMAND);
    return assets.some((asset) => this.#recorded.has(asset));
  }

  #mark(asset: number, code: TriggerCode): void {
    const recorded = this.#recorded.get(asset);
    if (recorded !== undefined) this.#sealIfDue(asset, recorded.recorder.mark(code, this.#options.wallClock()));
  }

  tick(): void {
    const now = this.#options.wallClock();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    if (!this.#hasRecovered) this.#recover();
    for (const ring of this.#frames.values()) ring.forget(now);
    for (const [no, { recorder }] of this.#recorded) this.#sealIfDue(no, recorder.advance(now));
    this.#writeDown(this.#recorded.keys(), now);
  }

  /** Seals what waits, as far as it has come. */
  finish(): void {
    for (const [no, { recorder }] of this.#recorded) this.#sealIfDue(no, recorder.finish());
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#drafts.close();
  }

  /** What waits for its end, as far as it has come: at once, and again now and then. */
  #writeDown(assets: Iterable<number>, now: number): void {
    for (const no of assets) {
      const recorded = this.#recorded.get(no);
      const asset = this.#assets[no]?.id;
      if (asset === undefined || recorded?.recorder.isWaiting !== true) continue;
      if (!this.#drafts.isDue(asset, now, DRAFT_MS)) continue;
      const capture = recorded.recorder.soFar;
      const text = capture && fittingText(capture, this.#originOf(asset, recorded.evse), gzipSync);
      if (text !== undefined && !this.#options.holdsBack(asset, text)) this.#drafts.keep({ asset, text }, now);
    }
  }

  /** Seals what an earlier life has left without an end. */
  #recover(): void {
    this.#hasRecovered = true;
    for (const { asset, text } of this.#drafts.find()) {
      const rebound = reboundText(text, this.#previous);
      const isSealed =
        rebound !== undefined &&
        this.#mayHaveOne() &&
        !this.#options.holdsBack(asset, rebound) &&
        this.#sealBody(asset, gzipSync(rebound), RECOVERED);
      if (!isSealed) this.leftOut += 1;
      this.#drafts.forget(asset, this.#store.close());
    }
  }

  #addFrames(frames: Float64Array): void {
    for (let i = 0; i < frames.length; i += RECORD) {
      // As `StationSink.passed` has put them.
      const [source = 0, , afterMs = -1, at = 0, , skeleton = 0] = frames.subarray(i, i + RECORD);
      this.#framesOf(source).push(at, skeleton, afterMs);
    }
  }

  #addRecord(records: Float64Array, index: number): void {
    const { asset, evseId, channel, receivedAt: at, value, quality } = readRecord(records, index);
    const recorded = this.#recorded.get(asset) ?? this.#record(asset, evseId);
    if (recorded === undefined) {
      this.notRecorded += 1;
      return;
    }
    const { recorder } = recorded;
    const wasWaiting = recorder.isWaiting;
    this.#sealIfDue(asset, recorder.observe({ at, channel, value, quality }));
    if (recorder.isWaiting && !wasWaiting) this.#begun.add(asset);
  }

  #record(no: number, evse: number): Recorded | undefined {
    const asset = this.#assets[no];
    if (asset === undefined || this.#recorded.size >= MAX_RECORDED) return undefined;
    const limit = new CaptureLimit();
    const frames = this.#framesOf(asset.source);
    const recorder = new SceneRecorder({
      limit,
      frames,
      budget: this.#budget,
      since: this.#since,
      window: this.#options.window,
    });
    const recorded = { recorder, limit, evse };
    this.#recorded.set(no, recorded);
    return recorded;
  }

  #framesOf(source: number): TimedRing {
    const known = this.#frames.get(source);
    if (known !== undefined) return known;
    const ring = frameRing(this.#budget, this.#options.window);
    this.#frames.set(source, ring);
    return ring;
  }

  #sealIfDue(no: number, capture: Capture | undefined): void {
    if (capture === undefined) return;
    const asset = this.#assets[no]?.id;
    if (asset === undefined || !this.#mayHaveOne() || !this.#seal(asset, no, capture)) this.leftOut += 1;
    if (asset !== undefined) this.#drafts.done(asset, this.#store.close());
  }

  #mayHaveOne(): boolean {
    const now = this.#options.wallClock();
    const first = this.#sealedAt.findIndex((at) => at > now - HOUR_MS);
    this.#sealedAt.splice(0, first < 0 ? this.#sealedAt.length : first);
    if (this.#sealedAt.length >= this.#options.scenesPerHour) return false;
    this.#sealedAt.push(now);
    return true;
  }

  #originOf(asset: string, evse: number): CaptureOrigin {
    return { asset, evse, configHash: this.#options.configHash, previous: this.#previous };
  }

  #seal(asset: string, no: number, capture: Capture): boolean {
    const origin = this.#originOf(asset, this.#recorded.get(no)?.evse ?? 0);
    if (this.#options.holdsBack(asset, captureText(capture, origin))) return false;
    return this.#sealBody(asset, captureBody(capture, origin, gzipSync), capture.triggers[0]?.code ?? "");
  }

  #sealBody(asset: string, body: Uint8Array | undefined, trigger: string): boolean {
    const { bootId, emit, log, wallClock } = this.#options;
    const id = `${bootId}-${this.#no + 1}`;
    const chunks = body && seal(id, body);
    if (chunks === undefined) return false;
    this.#no += 1;
    this.scenes += 1;
    this.#previous = chunks.at(-1)?.link ?? null;
    void this.#store.keep(id, sceneText(chunks));
    const t = wallClock();
    for (const chunk of chunks) {
      emit({ asset, kind: "snapshot", body: JSON.stringify({ t, ...chunkMembers(chunk) }).slice(1, -1) });
    }
    log("info", { scene: id, asset, trigger, bytes: body?.length ?? 0 }, "dashcam scene sealed");
    return true;
  }
}
