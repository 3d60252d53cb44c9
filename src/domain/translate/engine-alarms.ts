/** Instants at which rules want to be called. One for each kind and key. */
import type { EpochMs } from "../ids.ts";
import type { Alarm } from "./engine-types.ts";

/** Alarms that one turn works on. */
const AT_ONCE = 32;

export class Alarms {
  /** Keeps its identity while nothing changes. */
  #all: readonly Alarm[];

  constructor(all: readonly Alarm[]) {
    this.#all = all;
  }

  get all(): readonly Alarm[] {
    return this.#all;
  }

  get nextAt(): EpochMs | undefined {
    let next: EpochMs | undefined;
    for (const { at } of this.#all) if (next === undefined || at < next) next = at;
    return next;
  }

  /** @param at undefined: it is called off */
  set(job: Alarm["job"], at: EpochMs | undefined): void {
    const others = this.#all.filter((alarm) => alarm.job.kind !== job.kind || alarm.job.key !== job.key);
    if (at !== undefined) this.#all = [...others, { job, at }];
    else if (others.length < this.#all.length) this.#all = others;
  }

  /** Takes out those whose instant has come. */
  due(now: EpochMs): readonly Alarm[] {
    const due = this.#all.filter(({ at }) => at <= now).slice(0, AT_ONCE);
    if (due.length > 0) this.#all = this.#all.filter((alarm) => !due.includes(alarm));
    return due;
  }
}
