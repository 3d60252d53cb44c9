/** What the certificate machine remembers: JSON values only, for it is what lies on disk. */
import { type EpochMs, epochMs, type KeyId } from "../domain/ids.ts";
import { type Credential, choose, type PendingRequest } from "../domain/pki/credential.ts";
import type { PkiPolicy } from "../domain/pki/policy.ts";
import { renewAt } from "../domain/pki/renewal.ts";

export interface CertificateContext {
  readonly policy: PkiPolicy;
  /** Null: what the configuration gives, be it a certificate or none. */
  readonly active: Credential | null;
  /** The one before, kept as a way back until `previousUntil`. */
  readonly previous: Credential | null;
  readonly previousUntil: EpochMs;
  /** On trial. */
  readonly candidate: Credential | null;
  /** The latest requests, newest last; more than one where the CSMS may still sign an older one. */
  readonly pending: readonly PendingRequest[];
  /** The newest request brought nothing usable: the next one is made with a key of its own. */
  readonly isSpent: boolean;
  /** Repetitions of the newest request. */
  readonly attempt: number;
  /** Dials that the CSMS refused since one was let in. */
  readonly refusals: number;
  /** When the present wait is over. */
  readonly wakeAt: EpochMs;
}

/** Requests that the CSMS may still sign. */
export const MOST_PENDING = 2;
const DAY_MS = 86_400_000;
/** Timers of weeks are set anew each day. */
const LONGEST_WAIT_MS = DAY_MS;

export function initialCertificateContext(policy: PkiPolicy, at: EpochMs): CertificateContext {
  return {
    policy,
    active: null,
    previous: null,
    previousUntil: epochMs(0),
    candidate: null,
    pending: [],
    isSpent: false,
    attempt: 0,
    refusals: 0,
    wakeAt: policy.enrolment === "est" ? at : epochMs(at + LONGEST_WAIT_MS),
  };
}

/** What the next dial presents; null: what the configuration gives. */
export function credentialOf({ active, previous, candidate, refusals }: CertificateContext): Credential | null {
  return candidate === null ? choose(active, previous ?? undefined, refusals) : choose(candidate, active, refusals);
}

/** Keys that must not be destroyed. */
export function keysOf({ active, previous, candidate, pending }: CertificateContext): ReadonlySet<KeyId> {
  const named = [active, previous, candidate, ...pending];
  return new Set(named.filter((one) => one !== null).map(({ keyId }) => keyId));
}

/** When an idle machine has something to do: a renewal, or a certificate whose time as a way back is over. */
export function idleUntil({ active, previous, previousUntil }: CertificateContext, now: EpochMs): EpochMs {
  const due = active === null ? now + LONGEST_WAIT_MS : renewAt(active, now);
  return epochMs(Math.min(due, previous === null ? due : Math.max(previousUntil, now)));
}
