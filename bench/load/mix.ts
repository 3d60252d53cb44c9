/** Which messages a load consists of. */
import type { MessageKind } from "./messages.ts";
import type { RandomSource } from "./random.ts";

/** Share of each kind, in percent. */
type Weights = readonly (readonly [kind: MessageKind, percent: number])[];

const MIXES = {
  /** A site that charges: mostly meter values of transactions. */
  charging: [
    ["meter", 70],
    ["heartbeat", 10],
    ["status", 10],
    ["authorize", 10],
  ],
  /** Drivers arrive while others charge; mostly Authorize, so that a few seconds give a p99 of that action. */
  authorize: [
    ["authorize", 70],
    ["meter", 20],
    ["heartbeat", 5],
    ["status", 5],
  ],
  /** Drivers alone. */
  cards: [["authorize", 100]],
  /** Meter values alone: the most bytes and the most work per message. */
  meter: [["meter", 100]],
  /** Condition data alone. */
  health: [["health", 100]],
} as const satisfies Record<string, Weights>;

export type MixName = keyof typeof MIXES;

/** Draws kinds in the shares of the mix. */
export function mixSource(name: MixName, random: RandomSource): () => MessageKind {
  const weights: Weights = MIXES[name];
  const table = weights.flatMap(([kind, percent]) => Array.from({ length: percent }, () => kind));
  return () => table[Math.floor(random() * table.length)] ?? "heartbeat";
}
