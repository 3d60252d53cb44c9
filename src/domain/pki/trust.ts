/**
 * The roots under which a station's link believes a CSMS: those of the configuration, and those the CSMS has installed.
 *
 * | `AdditionalRootCertificateCheck` | trusted                                       | a new root                                   |
 * | -------------------------------- | --------------------------------------------- | -------------------------------------------- |
 * | false                            | configured and installed ones                 | one more                                     |
 * | true                             | the installed one; until there is one, the configured ones | signed by the present one, which stays as a way back until the new one has worked |
 *
 * Configured roots are the operator's: they are listed, and the CSMS cannot delete them.
 *
 * @see OCPP 2.0.1 Part 2 M03–M05; security extension edition 3 M03–M05
 */
import type { EpochMs } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import { type CertificateFacts, type IsSignedBy, isSelfIssued } from "./certificate.ts";
import { isIssuedBy } from "./chain.ts";
import { type CertificateHashData, hashDataOf, isSameHashData } from "./hash-data.ts";

export interface InstalledRoot {
  readonly certificate: CertificateFacts;
  /** Kept from when it was installed: its issuer may be gone since. SHA-256 first. */
  readonly hashes: readonly CertificateHashData[];
  /** Replaced by another, and trusted only until that one has worked. */
  readonly isFallback: boolean;
  /**
   * Fingerprints of the configured roots that were its way back until it worked. A configured root that is not among them is newer: the
   * operator's way out of a CSMS whose root is lost.
   */
  readonly outlives?: readonly string[];
}

export interface Roots {
  readonly configured: readonly CertificateFacts[];
  readonly installed: readonly InstalledRoot[];
}

export interface InstallOptions {
  readonly additionalCheck: boolean;
  /** Roots that can be installed (CertificateEntries). */
  readonly capacity: number;
  readonly now: EpochMs;
  readonly isSignedBy: IsSignedBy;
}

export type InstallFault = "not-a-ca" | "expired" | "weak" | "not-signed-by-present-root" | "issuer-unknown" | "full";

/** What is installed afterwards. A root that is there already is replaced (M05.FR.17). */
export function installRoot(
  roots: Roots,
  certificate: CertificateFacts,
  options: InstallOptions,
): Result<readonly InstalledRoot[], InstallFault> {
  const fault = faultOf(certificate, options);
  if (fault !== undefined) return err(fault);
  const present = presentRoots(roots, options.additionalCheck);
  const issuer = issuerOf(certificate, roots, options.isSignedBy);
  if (issuer === undefined) return err("issuer-unknown");
  const others = roots.installed.filter((root) => root.certificate.fingerprint !== certificate.fingerprint);
  const isKnown = others.length < roots.installed.length;
  const added = { certificate, hashes: hashDataOf(certificate, issuer), isFallback: false };
  if (!options.additionalCheck) return others.length >= options.capacity ? err("full") : ok([...others, added]);
  const isNext = present.some((root) => isIssuedBy(certificate, root) && options.isSignedBy(certificate, root));
  if (!isNext && !isKnown) return err("not-signed-by-present-root");
  // One root and one way back, not more.
  const before = others.filter(({ isFallback }) => !isFallback).map((root) => ({ ...root, isFallback: true }));
  return ok([...before, added]);
}

/**
 * The roots for a dial.
 *
 * @param wayBack the new root did not fit the CSMS's certificate: the ones before
 */
export function anchorsOf(roots: Roots, additionalCheck: boolean, wayBack: boolean): readonly CertificateFacts[] {
  if (!additionalCheck) return [...roots.configured, ...roots.installed.map(({ certificate }) => certificate)];
  if (!wayBack) return presentRoots(roots, true);
  return wayBackOf(roots);
}

/** True while a new root has yet to prove itself: then dials alternate between it and the way back. */
export const isRollingOver = (roots: Roots, additionalCheck: boolean): boolean =>
  additionalCheck && roots.installed.length > 0 && wayBackOf(roots).length > 0;

/** What is installed when the new root has worked: nothing before it is believed any more (M05.FR.12). */
export function afterRollover({ configured, installed }: Roots): readonly InstalledRoot[] {
  const outlives = configured.map(({ fingerprint }) => fingerprint);
  return installed.filter(({ isFallback }) => !isFallback).map((root) => ({ ...root, outlives }));
}

function wayBackOf({ configured, installed }: Roots): readonly CertificateFacts[] {
  const before = installed.filter(({ isFallback }) => isFallback).map(({ certificate }) => certificate);
  if (before.length > 0) return before;
  return configured.filter(({ fingerprint }) => !installed.some(({ outlives }) => outlives?.includes(fingerprint)));
}

export type DeleteOutcome =
  | { readonly status: "Accepted"; readonly installed: readonly InstalledRoot[] }
  | { readonly status: "Failed" }
  /** Not one of ours. */
  | { readonly status: "NotFound" };

/**
 * @param own names of the station's own certificate, which is never deleted (M04.FR.06)
 * @param inUse fingerprint of the root that the present connection hangs on
 */
export function deleteRoot(
  roots: Roots,
  hash: CertificateHashData,
  own: readonly CertificateHashData[],
  inUse: string | undefined,
): DeleteOutcome {
  const isNamed = (known: readonly CertificateHashData[]) => known.some((each) => isSameHashData(each, hash));
  if (isNamed(own) || roots.configured.some((root) => isNamed(namesOf(root, roots)))) return { status: "Failed" };
  const found = roots.installed.find(({ hashes }) => isNamed(hashes));
  if (found === undefined) return { status: "NotFound" };
  if (found.certificate.fingerprint === inUse) return { status: "Failed" };
  return { status: "Accepted", installed: roots.installed.filter((root) => root !== found) };
}

/** The name of each root, in SHA-256. */
export const rootNames = (roots: Roots): readonly CertificateHashData[] => [
  ...roots.configured.flatMap((root) => namesOf(root, roots).slice(0, 1)),
  ...roots.installed.flatMap(({ hashes }) => hashes.slice(0, 1)),
];

/** A configured root whose issuer nobody has cannot be named, and so not be deleted. */
function namesOf(certificate: CertificateFacts, roots: Roots): readonly CertificateHashData[] {
  const issuer = issuerOf(certificate, roots, () => true);
  return issuer === undefined ? [] : hashDataOf(certificate, issuer);
}

function issuerOf(certificate: CertificateFacts, roots: Roots, isSignedBy: IsSignedBy): CertificateFacts | undefined {
  if (isSelfIssued(certificate)) return isSignedBy(certificate, certificate) ? certificate : undefined;
  const all = [...roots.configured, ...roots.installed.map((root) => root.certificate)];
  return all.find((root) => isIssuedBy(certificate, root) && isSignedBy(certificate, root));
}

function presentRoots({ configured, installed }: Roots, additionalCheck: boolean): readonly CertificateFacts[] {
  const present = installed.filter(({ isFallback }) => !isFallback).map(({ certificate }) => certificate);
  if (!additionalCheck) return [...configured, ...present];
  return present.length > 0 ? present : configured;
}

function faultOf({ isCa, key, notAfter }: CertificateFacts, { now }: InstallOptions): InstallFault | undefined {
  if (!isCa) return "not-a-ca";
  if (notAfter <= now) return "expired";
  return key.type === "other" || key.bits < (key.type === "rsa" ? 2048 : 224) ? "weak" : undefined;
}
