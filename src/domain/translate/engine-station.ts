/**
 * When a station may be asked, and what never: its tolerances, as far as it is the engine that has to keep them.
 *
 * | tolerance      | kept by                                                                        |
 * | -------------- | ------------------------------------------------------------------------------ |
 * | `neverSend`    | the call does not leave; whoever wanted it is told that the station refused it |
 * | `callGapMs`    | the next call waits that long behind the one before                            |
 * | `waitsForBoot` | on a new connection calls wait until its boot was answered, or {@link BOOT_WAIT_MS} |
 *
 * @see field-lessons.md cases 13, 43, 44
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { TranslationState } from "./contract.ts";
import { tolerancesOf } from "./device-state.ts";
import type { Tolerances } from "./quirks.ts";

/** A station that comes back without a boot is asked after this. */
export const BOOT_WAIT_MS = 30_000;

export const isNeverSent = (state: TranslationState, action: string): boolean =>
  tolerancesOf(state).neverSend?.includes(action) === true;

export class StationPace {
  #connection = "";
  #connectedAt: EpochMs | undefined;
  /** The boot of this connection, while it is not answered. */
  #boot: string | undefined;
  #hasBooted = false;
  #lastCallAt: EpochMs | undefined;

  /** `connection` names the station's; it is the same one when only the CSMS was away. */
  connected(connection: string, now: EpochMs): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#connectedAt = now;
    this.#boot = undefined;
    this.#hasBooted = false;
    this.#lastCallAt = undefined;
  }

  bootCame(ref: string): void {
    this.#boot = ref;
  }

  /** `isOpen`: the station has no answer to this call yet. */
  answersLeft(isOpen: (ref: string) => boolean): void {
    if (this.#boot === undefined || isOpen(this.#boot)) return;
    this.#boot = undefined;
    this.#hasBooted = true;
  }

  called(now: EpochMs): void {
    this.#lastCallAt = now;
  }

  /** The first instant at which it may be called; undefined: at any. */
  notBefore({ callGapMs = 0, waitsForBoot }: Tolerances): EpochMs | undefined {
    const waits = waitsForBoot === true && !this.#hasBooted && this.#connectedAt !== undefined;
    const boot = waits ? Number(this.#connectedAt) + BOOT_WAIT_MS : 0;
    const gap = this.#lastCallAt === undefined || callGapMs === 0 ? 0 : this.#lastCallAt + callGapMs;
    const latest = Math.max(boot, gap);
    return latest === 0 ? undefined : epochMs(latest);
  }
}
