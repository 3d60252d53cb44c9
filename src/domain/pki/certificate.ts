/**
 * What the rules of this folder know about a certificate: JSON values only, read once from its DER by whoever has an ASN.1 parser.
 * Names and keys are compared by their bytes, as RFC 5280 §6.1 wants it, so they appear here as digests of them.
 */
import type { EpochMs } from "../ids.ts";

export type HashAlgorithm = "SHA256" | "SHA384" | "SHA512";

export type Hashes = { readonly [algorithm in HashAlgorithm]: string };

export interface CertificateFacts {
  /** DER in base64. */
  readonly der: string;
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  readonly isVersion3: boolean;
  /** Hex in capitals without leading zeros; `-…` for a negative one. */
  readonly serial: string;
  readonly commonNames: readonly string[];
  readonly organisations: readonly string[];
  /** Of the DER of the subject's Name, hex. */
  readonly subjectHashes: Hashes;
  /** Of the DER of the issuer's Name, hex. */
  readonly issuerHashes: Hashes;
  /** Of the content of the subject's public key BIT STRING, without its unused-bits byte, hex. */
  readonly keyHashes: Hashes;
  /** SHA-256 of SubjectPublicKeyInfo, hex. */
  readonly spki: string;
  readonly key: { readonly type: "rsa" | "ec" | "other"; readonly bits: number };
  readonly signature: {
    readonly type: "ecdsa" | "rsa-pss" | "rsa" | "other";
    readonly hash: string;
  };
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  readonly isCa: boolean;
  /** CAs that may follow beneath it; undefined: any number. */
  readonly pathLength: number | undefined;
  /** Undefined: it has no such extension. */
  readonly keyUsage: readonly ("digitalSignature" | "keyCertSign" | "other")[] | undefined;
  /** Object identifiers; undefined: it has no such extension. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** DNS names and IP addresses among the alternative names. */
  readonly networkNames: readonly string[];
}

/** True when `child` was signed with the key of `issuer`: the one question that needs cryptography. */
export type IsSignedBy = (child: CertificateFacts, issuer: CertificateFacts) => boolean;

export const isSelfIssued = ({ subjectHashes, issuerHashes }: CertificateFacts): boolean =>
  subjectHashes.SHA256 === issuerHashes.SHA256;

/** True when all keys of a chain are of one kind: an RSA leaf under an ECDSA authority is refused by peers that know only RSA. */
export const isHomogeneous = (chain: readonly CertificateFacts[]): boolean =>
  new Set(chain.map(({ key }) => key.type)).size <= 1;
