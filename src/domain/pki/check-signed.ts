/**
 * Is what the CSMS sent with CertificateSigned the station's new certificate? The checks in their order; the first that fails is the
 * reason.
 *
 *     length ─▶ PEM, certificates only ─▶ a request waits, its key ─▶ algorithms, strength ─▶ time ─▶ names ─▶ usage ─▶ chain
 *
 * Pure but for the parser and the signature check, which come in. The clock comes in as well.
 *
 * @see OCPP 2.0.1 Part 2 A02.FR.06–FR.16; security extension edition 3 A02; RFC 5280 §6
 */
import type { EpochMs } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import { type CertificateFacts, type IsSignedBy, isHomogeneous } from "./certificate.ts";
import { buildChain } from "./chain.ts";
import { readPem } from "./pem.ts";

/** Stable: they stand in logs and in `techInfo`. */
export type SignedFault =
  | "too-long"
  | "not-pem"
  | "private-key"
  | "not-a-certificate"
  | "too-many"
  | "duplicate"
  | "no-request"
  | "wrong-key"
  | "weak-algorithm"
  | "weak-key"
  | "is-ca"
  | "not-version-3"
  | "bad-serial"
  | "not-yet-valid"
  | "expired"
  | "wrong-name"
  | "wrong-organisation"
  | "wrong-usage"
  | "no-chain";

export type SignedWarning = "expires-soon" | "network-name" | "mixed-chain" | "unchecked-chain";

/**
 * `strict`: the chain ends at a root of the CSMS's own certificate · `leafOnly`: not looked at, for CSMSs whose client certificates come
 * from an authority that the station does not know.
 */
export type ClientChain = "strict" | "leafOnly";

export interface SignedCheck {
  readonly text: string;
  /** At most this many characters (MaxCertificateChainSize). */
  readonly maxLength: number;
  /** SHA-256 of the public keys for which a request waits. */
  readonly pending: readonly string[];
  /** The station's identity in certificates: its serial number. */
  readonly commonName: string;
  readonly organisation: string;
  readonly clientChain: ClientChain;
  readonly anchors: readonly CertificateFacts[];
  readonly now: EpochMs;
  /** Undefined: these bytes are no certificate. */
  readonly read: (der: Uint8Array) => CertificateFacts | undefined;
  readonly isSignedBy: IsSignedBy;
}

export interface SignedCertificate {
  readonly leaf: CertificateFacts;
  /** As it is presented: the leaf, then what connects it with its anchor, without the anchor. */
  readonly chain: readonly CertificateFacts[];
  readonly warnings: readonly SignedWarning[];
}

const MOST_CERTIFICATES = 6;
/** The clocks of station and authority need not agree to the second; errata 2025-09 say so. */
const SKEW_MS = 300_000;
const SHORTEST_LIFE_MS = 3_600_000;
const SHORT_LIFE_MS = 7 * 86_400_000;
const LONGEST_SERIAL_HEX = 40;
const CLIENT_AUTH = ["1.3.6.1.5.5.7.3.2", "2.5.29.37.0"];
/** SHA-1 and MD5 are no signatures any more. */
const HASHES = ["SHA-256", "SHA-384", "SHA-512"];

export function checkSigned(check: SignedCheck): Result<SignedCertificate, SignedFault> {
  const read = readCertificates(check);
  if (!read.ok) return read;
  if (check.pending.length === 0) return err("no-request");
  // Some authorities send the chain in another order; the key tells which one is ours.
  const leaf = read.value.find(({ spki }) => check.pending.includes(spki));
  if (leaf === undefined) return err("wrong-key");
  const fault = faultOf(leaf, check);
  if (fault !== undefined) return err(fault);
  const others = read.value.filter((other) => other !== leaf);
  const chain = chainOf(leaf, others, check);
  if (chain === undefined) return err("no-chain");
  return ok({ leaf, chain, warnings: warningsOf(leaf, chain, check) });
}

function readCertificates({ text, maxLength, read }: SignedCheck): Result<readonly CertificateFacts[], SignedFault> {
  if (text.length > maxLength) return err("too-long");
  const pem = readPem(text);
  if (!pem.ok) return pem;
  // An authority that sends private keys around has lost them: nothing of it is used.
  if (pem.value.some(({ label }) => label.includes("PRIVATE"))) return err("private-key");
  if (pem.value.some(({ label }) => label !== "CERTIFICATE")) return err("not-a-certificate");
  if (pem.value.length > MOST_CERTIFICATES) return err("too-many");
  const certificates = pem.value.map(({ der }) => read(der)).filter((facts) => facts !== undefined);
  if (certificates.length < pem.value.length) return err("not-a-certificate");
  const distinct = new Set(certificates.map(({ fingerprint }) => fingerprint));
  return distinct.size < certificates.length ? err("duplicate") : ok(certificates);
}

function faultOf(leaf: CertificateFacts, { commonName, organisation, now }: SignedCheck): SignedFault | undefined {
  return (
    strengthFault(leaf) ??
    timeFault(leaf, now) ??
    (leaf.commonNames.length === 1 && leaf.commonNames[0] === commonName ? undefined : "wrong-name") ??
    (leaf.organisations.includes(organisation) ? undefined : "wrong-organisation") ??
    (mayAuthenticate(leaf) ? undefined : "wrong-usage")
  );
}

/** @see A00.FR.501–506: 112 bits of strength */
export function strengthFault({ signature, key, isCa, isVersion3, serial }: CertificateFacts): SignedFault | undefined {
  if (signature.type === "other" || !HASHES.includes(signature.hash)) return "weak-algorithm";
  if (key.type === "other" || key.bits < (key.type === "rsa" ? 2048 : 224)) return "weak-key";
  if (isCa) return "is-ca";
  if (!isVersion3) return "not-version-3";
  return /^[1-9A-F][0-9A-F]*$/.test(serial) && serial.length <= LONGEST_SERIAL_HEX ? undefined : "bad-serial";
}

function timeFault({ notBefore, notAfter }: CertificateFacts, now: EpochMs): SignedFault | undefined {
  if (notBefore > now + SKEW_MS) return "not-yet-valid";
  return notAfter - now < SHORTEST_LIFE_MS ? "expired" : undefined;
}

/** Usages are optional (A00.FR.512, FR.514); where they are given they must allow what a station does. */
const mayAuthenticate = ({ keyUsage, extendedKeyUsage }: CertificateFacts): boolean =>
  keyUsage?.includes("digitalSignature") !== false &&
  (extendedKeyUsage === undefined || extendedKeyUsage.some((usage) => CLIENT_AUTH.includes(usage)));

function chainOf(
  leaf: CertificateFacts,
  others: readonly CertificateFacts[],
  { clientChain, anchors, now, isSignedBy }: SignedCheck,
): readonly CertificateFacts[] | undefined {
  if (clientChain === "leafOnly") return [leaf, ...others];
  const chain = buildChain(leaf, { others, anchors, now, isSignedBy });
  if (!chain.ok || chain.value.length < 2) return undefined;
  return chain.value.slice(0, -1);
}

function warningsOf(
  leaf: CertificateFacts,
  chain: readonly CertificateFacts[],
  { now, clientChain }: SignedCheck,
): readonly SignedWarning[] {
  const warnings: SignedWarning[] = [];
  if (leaf.notAfter - now < SHORT_LIFE_MS) warnings.push("expires-soon");
  if (leaf.networkNames.length > 0) warnings.push("network-name");
  if (!isHomogeneous(chain)) warnings.push("mixed-chain");
  if (clientChain === "leafOnly") warnings.push("unchecked-chain");
  return warnings;
}
