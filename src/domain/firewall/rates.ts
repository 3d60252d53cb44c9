/**
 * R08: how many CALLs a peer may send, as a token bucket: a burst, then so many in ten seconds. Meter values and transaction events
 * count half, because a busy station sends many. Tokens are counted in halves.
 */
import type { ActionSpec } from "../ocpp/catalogue.ts";
import type { StationMemory } from "./memory.ts";
import type { FirewallPolicy } from "./policy.ts";

const PER_MS = 1 / 10_000;
const HALVES = 2;

/** True when this CALL is one too many; it costs nothing then. */
export function isTooFast(
  memory: StationMemory,
  from: "south" | "north",
  spec: ActionSpec | undefined,
  now: number,
  policy: FirewallPolicy,
): boolean {
  const most = policy.burst * HALVES;
  const price =
    spec !== undefined && spec.from === "station" && spec.observable && spec.messageClass === 1 ? 1 : HALVES;
  const isSouth = from === "south";
  const perMs = (isSouth ? policy.stationCallsPer10Sec : policy.csmsCallsPer10Sec) * HALVES * PER_MS;
  const before = isSouth ? memory.southTokens : memory.northTokens;
  const elapsedMs = Math.max(0, now - (isSouth ? memory.southAtMs : memory.northAtMs));
  const filled = Number.isNaN(before) ? most : Math.min(most, before + elapsedMs * perMs);
  const isOver = filled < price;
  const left = isOver ? filled : filled - price;
  if (isSouth) {
    memory.southTokens = left;
    memory.southAtMs = now;
  } else {
    memory.northTokens = left;
    memory.northAtMs = now;
  }
  return isOver;
}
