/**
 * Builds the way from a certificate to an anchor, and checks it.
 *
 *     leaf ─▶ issuer among what came with it, or among the anchors ─▶ … ─▶ anchor
 *
 * An anchor ends the way whether it is self-signed or not (partial chain): a new root that the old root has signed is trusted for what it
 * is, also when the old root is gone. Each issuer must be a CA that may sign certificates, within its time and its path length.
 *
 * @see RFC 5280 §6.1; OCPP 2.0.1 Part 2 A00.FR.307, M05.FR.09
 */
import type { EpochMs } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import { type CertificateFacts, type IsSignedBy, isSelfIssued } from "./certificate.ts";

/** Certificates of a way, both ends counted. */
export const LONGEST_CHAIN = 5;

export interface ChainOptions {
  /** What came along, in any order. */
  readonly others: readonly CertificateFacts[];
  readonly anchors: readonly CertificateFacts[];
  readonly now: EpochMs;
  readonly isSignedBy: IsSignedBy;
}

export type ChainFault = "no-issuer" | "issuer-unfit" | "too-deep";

/** @returns leaf first, the anchor last */
export function buildChain(
  leaf: CertificateFacts,
  options: ChainOptions,
): Result<readonly CertificateFacts[], ChainFault> {
  const search: Search = { ...options, worst: "no-issuer" };
  const chain = extend([leaf], leaf, search);
  return chain === undefined ? err(search.worst) : ok(chain);
}

interface Search extends ChainOptions {
  /** Why the way that came furthest ended. */
  worst: ChainFault;
}

/** @param top the last of the chain */
function extend(
  chain: readonly CertificateFacts[],
  top: CertificateFacts,
  search: Search,
): readonly CertificateFacts[] | undefined {
  if (search.anchors.some(isSame(top))) return chain;
  if (chain.length >= LONGEST_CHAIN) {
    search.worst = "too-deep";
    return undefined;
  }
  const candidates = [...search.anchors, ...search.others].filter((other) => isIssuedBy(top, other));
  for (const issuer of candidates.filter((other) => !chain.some(isSame(other)))) {
    if (mayIssue(issuer, chain, search.now) && search.isSignedBy(top, issuer)) {
      const found = extend([...chain, issuer], issuer, search);
      if (found !== undefined) return found;
    } else search.worst = "issuer-unfit";
  }
  return undefined;
}

/** By name; whether the signature fits is another question. */
export const isIssuedBy = (child: CertificateFacts, issuer: CertificateFacts): boolean =>
  child.issuerHashes.SHA256 === issuer.subjectHashes.SHA256;

/** @param below what stands below it, the leaf first; certificates that are issued to themselves do not count (RFC 5280 §6.1.4 l) */
function mayIssue(issuer: CertificateFacts, below: readonly CertificateFacts[], now: EpochMs): boolean {
  const between = below.slice(1).filter((certificate) => !isSelfIssued(certificate)).length;
  return (
    issuer.isCa &&
    issuer.keyUsage?.includes("keyCertSign") !== false &&
    issuer.notBefore <= now &&
    now < issuer.notAfter &&
    between <= (issuer.pathLength ?? LONGEST_CHAIN)
  );
}

const isSame = (one: CertificateFacts) => (other: CertificateFacts) => one.fingerprint === other.fingerprint;
