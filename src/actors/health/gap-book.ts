/** What was lost and has not been told: one gap for each boot whose messages are concerned. */
import type { Outgoing } from "./outbox.ts";

export interface Gap {
  /** Whose sequence the numbers belong to. */
  readonly boot: string;
  readonly messages: number;
  readonly observations: number;
  /** Lowest and highest sequence number among the lost. */
  readonly from: number;
  readonly to: number;
}

/** What a gap has to know of a message. */
export type Lost = Pick<Outgoing, "boot" | "seq" | "kind" | "observations">;

export class GapBook {
  readonly #gaps = new Map<string, Gap>();
  /** Observations lost since the start. */
  dropped = 0;
  /** Changes whenever the book does. */
  version = 0;

  get all(): readonly Gap[] {
    return [...this.#gaps.values()];
  }

  /** What an earlier life has not told; it has been counted then. */
  restore(gaps: readonly Gap[]): void {
    for (const gap of gaps) this.#gaps.set(gap.boot, gap);
  }

  /**
   * Notes a message that will probably not arrive: one that was in flight when its connection ended may have. A lost gap
   * message makes no new gap (nor does a birth, which has no number), or a broker that refuses the topic would be told for ever.
   */
  writeOff({ boot, seq, kind, observations }: Lost): void {
    if (kind === "gap" || kind === "birth") return;
    this.dropped += observations;
    this.version += 1;
    const gap = this.#gaps.get(boot) ?? { boot, messages: 0, observations: 0, from: seq, to: seq };
    this.#gaps.set(boot, {
      boot,
      messages: gap.messages + 1,
      observations: gap.observations + observations,
      from: Math.min(gap.from, seq),
      to: Math.max(gap.to, seq),
    });
  }

  /** The gap that is open longest, which is closed by that. */
  take(): Gap | undefined {
    const [gap] = this.#gaps.values();
    if (gap === undefined) return undefined;
    this.#gaps.delete(gap.boot);
    this.version += 1;
    return gap;
  }
}

/**
 * `from` … `to` are the lowest and highest sequence number among the lost messages; others between may have arrived, and so
 * may some of the lost that were in flight when a connection ended. `of` names their boot where it is an earlier one.
 */
export function gapBody(gap: Gap | undefined, unsent: number, boot: string): string {
  const observations = unsent + (gap?.observations ?? 0);
  const of = gap === undefined || gap.boot === boot ? "" : `,"of":"${gap.boot}"`;
  const range = gap === undefined ? "" : `,"messages":${gap.messages},"from":${gap.from},"to":${gap.to}${of}`;
  return `"observations":${observations}${range}`;
}
