/**
 * The dashcam of one EVSE.
 *
 *     observation ─▶ ring of the EVSE (4800) ──────┐
 *     skeleton ────▶ ring of its station (200) ────┴─ trigger + after ─▶ capture of [trigger − before, trigger + after]
 *
 * A capture is cut out of the rings when its end has come, so that waiting for it needs no memory of its own. What happens
 * while one waits belongs to the same scene: further triggers are noted in it, and start none.
 */
import type { ChannelNo, Quality } from "../telemetry/observation.ts";
import type { CaptureLimit } from "./capture-limit.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { type Skeleton, unpackSkeleton } from "./skeleton.ts";
import { type Timed, TimedRing } from "./timed-ring.ts";
import { type TriggerCode, triggerOf } from "./trigger.ts";

/** A capture is cut when the time is told next, which may be a little late. */
const LATE_MS = 10_000;
/** Eight channels at 1 Hz for ten minutes. */
const MAX_OBSERVATIONS = 4800;
const MAX_SKELETONS = 200;
/** Triggers that one scene notes; more add nothing, the observations themselves are there. */
const MAX_TRIGGERS = 16;

export interface SceneObservation extends Timed {
  readonly channel: ChannelNo;
  readonly value: number;
  readonly quality: Quality;
}

export interface SceneTrigger extends Timed {
  readonly code: TriggerCode;
}

export interface Capture {
  readonly from: number;
  readonly to: number;
  /** The first one started the capture. */
  readonly triggers: readonly SceneTrigger[];
  readonly observations: readonly SceneObservation[];
  readonly frames: readonly Skeleton[];
  /** From when on nothing is missing that was lost on the way, or that a full ring pushed out; `from` where all is there. */
  readonly observationsWholeFrom: number;
  readonly framesWholeFrom: number;
}

/** From when on everything that happened has reached the rings; moves on with a restart, and with every loss on the way. */
export interface Since {
  observations: number;
  frames: number;
}

/** How much of a scene lies before its first trigger, and how much after it. */
export interface SceneWindow {
  readonly beforeMs: number;
  readonly afterMs: number;
}

export interface SceneRecorderOptions {
  readonly window: SceneWindow;
  /** Of the asset. */
  readonly limit: CaptureLimit;
  /** Of the station; others push into it. */
  readonly frames: TimedRing;
  readonly budget: MemoryBudget;
  readonly since: Readonly<Since>;
}

export const frameRing = (budget: MemoryBudget, window: SceneWindow): TimedRing =>
  new TimedRing({ capacity: MAX_SKELETONS, keepMs: keepMs(window), budget });

const keepMs = ({ beforeMs, afterMs }: SceneWindow): number => beforeMs + afterMs + LATE_MS;

export class SceneRecorder {
  readonly #options: SceneRecorderOptions;
  readonly #observations: TimedRing;
  #now = 0;
  #waiting: SceneTrigger[] = [];

  constructor(options: SceneRecorderOptions) {
    const { budget, window } = options;
    this.#options = options;
    this.#observations = new TimedRing({ capacity: MAX_OBSERVATIONS, keepMs: keepMs(window), budget });
  }

  get observations(): number {
    return this.#observations.size;
  }

  /** A scene has begun, and its end has not come. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * @param observation with the time of receipt: a station's own clock may be off, and would tear the scene apart
   * @returns the capture whose end had come before this
   */
  observe({ at, channel, value, quality }: SceneObservation): Capture | undefined {
    const due = this.advance(at);
    this.#observations.push(this.#now, channel * QUALITIES + quality, value);
    const code = triggerOf(channel, value);
    if (code !== undefined) this.#trigger(code);
    return due;
  }

  /** Something that is no observation starts a scene. */
  mark(code: TriggerCode, at: number): Capture | undefined {
    const due = this.advance(at);
    this.#trigger(code);
    return due;
  }

  /** Tells the time; asked about once a second, so that a silent EVSE's capture ends as well. */
  advance(now: number): Capture | undefined {
    if (Number.isFinite(now) && now > this.#now) this.#now = now;
    this.#observations.forget(this.#now);
    const first = this.#waiting[0];
    const { afterMs } = this.#options.window;
    return first === undefined || this.#now <= first.at + afterMs ? undefined : this.#cut(first.at, afterMs);
  }

  /** Ends the scene that waits, before its time. */
  finish(): Capture | undefined {
    const capture = this.soFar;
    this.#waiting = [];
    return capture;
  }

  /** The scene that waits, as far as it has come. */
  get soFar(): Capture | undefined {
    const first = this.#waiting[0];
    return first && this.#capture(first.at, Math.min(this.#options.window.afterMs, this.#now - first.at));
  }

  #trigger(code: TriggerCode): void {
    const trigger = { at: this.#now, code };
    const { limit } = this.#options;
    if (this.isWaiting) {
      if (this.#waiting.length < MAX_TRIGGERS) this.#waiting.push(trigger);
      limit.cover(code, this.#now);
    } else if (limit.ask(code, this.#now) === "granted") this.#waiting = [trigger];
  }

  #cut(triggeredAt: number, afterMs: number): Capture {
    const capture = this.#capture(triggeredAt, afterMs);
    this.#waiting = [];
    return capture;
  }

  #capture(triggeredAt: number, afterMs: number): Capture {
    const { frames, since, window } = this.#options;
    const from = triggeredAt - window.beforeMs;
    const to = triggeredAt + afterMs;
    const triggers = this.#waiting;
    return {
      from,
      to,
      triggers,
      observations: this.#observations.between(from, to, readObservation),
      frames: frames.between(from, to, unpackSkeleton),
      observationsWholeFrom: wholeFrom(from, this.#observations.droppedUntil, since.observations),
      framesWholeFrom: wholeFrom(from, frames.droppedUntil, since.frames),
    };
  }
}

const QUALITIES = 4;

const readObservation = (at: number, packed: number, value: number): SceneObservation => ({
  at,
  channel: Math.floor(packed / QUALITIES),
  value,
  quality: (packed % QUALITIES) as Quality,
});

/** Rows of the same millisecond as the last one pushed out may be missing too. */
const wholeFrom = (from: number, droppedUntil: number, since: number): number =>
  Math.max(from, droppedUntil + 1, since);
