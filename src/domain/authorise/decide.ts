/**
 * The gateway's own word on a token while the CSMS is away.
 *
 *     NoAuthorization? ──yes──▶ Accepted (C02.FR.02)
 *       │ no
 *     on the station's local list? ──yes──▶ what the list says
 *       │ no
 *     in the CSMS's cache? ──yes, and not worn off──▶ what it said last
 *       │ no
 *     the policy for unknown tokens
 *
 * - The list comes before the cache (1.6 §3.5.3, 2.0.1 C13.FR.01), also when it refuses and the cache accepts (C13.FR.04).
 * - An acceptance whose expiry has come is `Expired` (1.6 §3.5.1, §3.5.4; 2.0.1 C10.FR.09). A refusal stays what it is:
 *   nothing becomes acceptable by growing old.
 * - `NoCredit` and `NotAtThisTime` of the cache wear off after {@link TEMPORARY_REFUSAL_MS}. Until then they count, so that a
 *   driver who was refused a minute ago is not let in by pulling a plug; afterwards the token counts as unknown, not as
 *   accepted. On the list they stay: what stands there is for the CSMS to change. `ConcurrentTx` and refusals that depend on
 *   the place are never in the cache (facts.ts).
 * - Unknown tokens: 1.6 §3.5.4 AllowOfflineTxForUnknownId, 2.0.1 C15 OfflineTxForUnknownIdEnabled.
 *
 * @see OCPP 1.6 edition 2 §3.5; OCPP 2.0.1 Part 2 C02, C10, C12–C15
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { isAccepted, type TokenInfo, type TokenRef, type TokenStatus } from "./token.ts";

export interface LocalPolicy {
  readonly unknownTokens: "refuse" | "accept";
}

export interface CachedInfo {
  readonly info: TokenInfo;
  /** When the CSMS said it last. */
  readonly learnedAt: EpochMs;
}

export interface KnownToken {
  /** The token's line on the local list of the station it was presented at. */
  readonly list?: TokenInfo | undefined;
  /** The last word of the CSMS on it, at any of its stations. */
  readonly cache?: CachedInfo | undefined;
}

/** How long a refusal that the CSMS itself calls temporary counts. */
export const TEMPORARY_REFUSAL_MS = 3_600_000;
/**
 * How long an unknown token that was accepted stays so in the station's own cache: that cache would otherwise take the gateway's
 * leniency for the CSMS's word and keep it.
 */
export const LENIENCY_MS = 300_000;

const TEMPORARY: readonly TokenStatus[] = ["NoCredit", "NotAtThisTime"];

/** True for the token of a start button, which is accepted whatever is known (C02.FR.02). */
export const needsNoAuthorisation = ({ type }: TokenRef): boolean => type === "NoAuthorization";

/**
 * The policy that holds for this token. `Central` tokens are made by the CSMS and come back from a start that it ordered itself, so
 * one that nobody knows is no stranger's (C05.FR.01: never sent in an Authorize).
 */
export const policyFor = ({ type }: TokenRef, policy: LocalPolicy): LocalPolicy =>
  type === "Central" ? { unknownTokens: "accept" } : policy;

/** Pure. The status for a token of 1.6 may be one that 1.6 does not have; answers.ts spells it. */
export function decideLocally({ list, cache }: KnownToken, policy: LocalPolicy, now: EpochMs): TokenInfo {
  const info = list ?? stillCounting(cache, now);
  if (info === undefined) return ofUnknown(policy, now);
  const isOver = isAccepted(info) && info.expiresAt !== undefined && info.expiresAt <= now;
  return isOver ? { ...info, status: "Expired" } : info;
}

function stillCounting(cached: CachedInfo | undefined, now: EpochMs): TokenInfo | undefined {
  if (cached === undefined) return undefined;
  const hasWornOff = TEMPORARY.includes(cached.info.status) && now - cached.learnedAt >= TEMPORARY_REFUSAL_MS;
  return hasWornOff ? undefined : cached.info;
}

function ofUnknown({ unknownTokens }: LocalPolicy, now: EpochMs): TokenInfo {
  return unknownTokens === "accept"
    ? { status: "Accepted", expiresAt: epochMs(now + LENIENCY_MS) }
    : { status: "Unknown" };
}
