/**
 * The dashcam of one connector.
 *
 *     observation ─▶ ring (10 min) ─┐
 *     skeleton ────▶ ring (200) ────┴─ trigger + 60 s ─▶ capture of [trigger − 300 s, trigger + 60 s]
 *
 * A capture is cut out of the rings when its end has come, so that waiting for it needs no memory of its own. What happens
 * while one waits belongs to the same scene: further triggers are noted in it, and start none.
 */
import type { ChannelNo, Quality } from "../telemetry/observation.ts";
import type { CaptureLimit } from "./capture-limit.ts";
import type { Skeleton } from "./skeleton.ts";
import { type Timed, TimedRing } from "./timed-ring.ts";
import { COMMAND, type TriggerCode, triggerOf } from "./trigger.ts";

const KEEP_MS = 600_000;
const BEFORE_MS = 300_000;
const AFTER_MS = 60_000;
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
  /** From when on nothing is missing that a full ring pushed out; `from` where all is there. */
  readonly observationsWholeFrom: number;
  readonly framesWholeFrom: number;
}

export class SceneRecorder {
  readonly #limit: CaptureLimit;
  readonly #observations = new TimedRing<SceneObservation>(MAX_OBSERVATIONS, KEEP_MS);
  readonly #frames = new TimedRing<Skeleton>(MAX_SKELETONS, KEEP_MS);
  #now = 0;
  #waiting: SceneTrigger[] = [];

  /** @param limit of the asset, shared by its connectors */
  constructor(limit: CaptureLimit) {
    this.#limit = limit;
  }

  get observations(): number {
    return this.#observations.size;
  }

  get frames(): number {
    return this.#frames.size;
  }

  /**
   * @param observation with the time of receipt: a station's own clock may be off, and would tear the scene apart
   * @returns the capture whose end had come before this
   */
  observe(observation: SceneObservation): Capture | undefined {
    const due = this.advance(observation.at);
    this.#observations.push({ ...observation, at: this.#now });
    const code = triggerOf(observation.channel, observation.value);
    if (code !== undefined) this.#trigger(code);
    return due;
  }

  frame(skeleton: Skeleton): Capture | undefined {
    const due = this.advance(skeleton.at);
    this.#frames.push({ ...skeleton, at: this.#now });
    return due;
  }

  command(at: number): Capture | undefined {
    const due = this.advance(at);
    this.#trigger(COMMAND);
    return due;
  }

  /** Tells the time; asked about once a second, so that a silent connector's capture ends as well. */
  advance(now: number): Capture | undefined {
    if (Number.isFinite(now) && now > this.#now) this.#now = now;
    this.#observations.forget(this.#now);
    this.#frames.forget(this.#now);
    const first = this.#waiting[0];
    return first === undefined || this.#now <= first.at + AFTER_MS ? undefined : this.#cut(first.at);
  }

  #trigger(code: TriggerCode): void {
    const trigger = { at: this.#now, code };
    if (this.#waiting.length > 0) {
      if (this.#waiting.length < MAX_TRIGGERS) this.#waiting.push(trigger);
      this.#limit.cover(code, this.#now);
    } else if (this.#limit.ask(code, this.#now) === "granted") this.#waiting = [trigger];
  }

  #cut(triggeredAt: number): Capture {
    const from = triggeredAt - BEFORE_MS;
    const to = triggeredAt + AFTER_MS;
    const triggers = this.#waiting;
    this.#waiting = [];
    return {
      from,
      to,
      triggers,
      observations: this.#observations.between(from, to),
      frames: this.#frames.between(from, to),
      observationsWholeFrom: wholeFrom(from, this.#observations.droppedUntil),
      framesWholeFrom: wholeFrom(from, this.#frames.droppedUntil),
    };
  }
}

/** Items of the same millisecond as the last one pushed out may be missing too. */
const wholeFrom = (from: number, droppedUntil: number): number => Math.max(from, droppedUntil + 1);
