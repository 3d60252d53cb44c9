/**
 * The whole station: its connection, and safety events that no EVSE is named for. Its state of health is its own; the lowest of its
 * EVSEs is taken into account by who publishes it.
 */
import { eventChannel } from "../telemetry/channels.ts";
import { eventNo, eventValue } from "../telemetry/event-lists.ts";
import type { ChannelNo } from "../telemetry/observation.ts";
import { LinkQuality, type LinkState } from "./link-quality.ts";
import type { SafetyEvent } from "./safety.ts";
import { HealthScore, type ScoreState, type StateOfHealth } from "./state-of-health.ts";

const CONNECTION = eventChannel("connection");
const DOWN = eventValue(eventNo("connection"), "down");

export interface StationState {
  readonly link: LinkState;
  readonly score: ScoreState;
}

export class StationAnalysis {
  readonly #link: LinkQuality;
  readonly #score: HealthScore;
  #wasAlarm: boolean;

  constructor(state?: StationState) {
    this.#link = new LinkQuality(state?.link);
    this.#score = new HealthScore(state?.score);
    this.#wasAlarm = this.#link.isAlarm;
  }

  get state(): StationState {
    return { link: this.#link.state, score: this.#score.state };
  }

  /** As last judged. */
  get health(): StateOfHealth {
    return this.#score.health;
  }

  /** Drops of the UTC day so far. */
  get dropsToday(): number {
    return this.#link.dropsToday;
  }

  /**
   * Returns a judgement with the first observation of a day, and with the drop that makes it a bad one: a day costs points once.
   *
   * @param atMs when the gateway heard of it, which is what drops are counted by
   */
  observe(channel: ChannelNo, atMs: number, value: number): StateOfHealth | undefined {
    const isNewDay = this.#link.heard(atMs);
    if (isNewDay) this.#wasAlarm = false;
    if (channel === CONNECTION && value === DOWN) this.#link.drop(atMs);
    const isNews = this.#link.isAlarm && !this.#wasAlarm;
    this.#wasAlarm ||= isNews;
    return isNewDay || isNews ? this.#judge(atMs) : undefined;
  }

  /** Returns what to tell, where it is news. */
  latch(event: SafetyEvent, atMs: number): StateOfHealth | undefined {
    return this.#score.latch(event, atMs) ? this.#score.health : undefined;
  }

  acknowledge(untilMs: number): void {
    this.#score.acknowledge(untilMs);
  }

  #judge(atMs: number): StateOfHealth {
    const { digits, isAlarm, days } = this.#link;
    return this.#score.judge([{ ind: "connection", z: digits, isAlarm, evidence: days }], atMs);
  }
}
