/**
 * How often one asset may be captured: a code once within the window, and no more than `perWindow` captures of any code. A
 * fault that flaps would otherwise fill the link with the same scene.
 */
import type { TriggerCode } from "./trigger.ts";

const WINDOW_MS = 3_600_000;
const PER_WINDOW = 6;

export type LimitVerdict = "granted" | "duplicate" | "limited";

/** Of one asset. */
export class CaptureLimit {
  duplicates = 0;
  limited = 0;
  /** When each code was last captured; codes come from closed lists, so these are some forty at most. */
  readonly #captured = new Map<TriggerCode, number>();
  /** Instants of the captures within the window, at most {@link PER_WINDOW}. */
  #granted: readonly number[] = [];

  /** @param at does not run backwards */
  ask(code: TriggerCode, at: number): LimitVerdict {
    if ((this.#captured.get(code) ?? Number.NEGATIVE_INFINITY) > at - WINDOW_MS) {
      this.duplicates += 1;
      return "duplicate";
    }
    this.#granted = this.#granted.filter((instant) => instant > at - WINDOW_MS);
    if (this.#granted.length >= PER_WINDOW) {
      this.limited += 1;
      return "limited";
    }
    this.#granted = [...this.#granted, at];
    this.#captured.set(code, at);
    return "granted";
  }

  /** This code is in a capture that another one started. */
  cover(code: TriggerCode, at: number): void {
    this.#captured.set(code, at);
  }
}
