/**
 * How OCPP names a certificate: hashes of its issuer's name and key, and its serial number.
 *
 * - issuerNameHash: of the DER of the issuer's Name **as it stands in the certificate**
 * - issuerKeyHash: of the issuer's public key, the content of its BIT STRING without tag, length and unused-bits byte
 * - serialNumber: hex without leading zeros
 *
 * A self-signed root is its own issuer. A root that was signed by another needs that other one: the three values are computed and kept
 * when it is installed, for the other may be gone when they are asked for.
 *
 * @see OCPP 2.0.1 Part 2 CertificateHashDataType (edition 3); RFC 6960 §4.1.1
 */
import type { CertificateFacts, HashAlgorithm } from "./certificate.ts";

export interface CertificateHashData {
  readonly hashAlgorithm: HashAlgorithm;
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serialNumber: string;
}

const ALGORITHMS: readonly HashAlgorithm[] = ["SHA256", "SHA384", "SHA512"];

/** The three names of a certificate, SHA-256 first: that is the one we tell (M04.FR.07 wants the answer in the algorithm we reported). */
export const hashDataOf = (certificate: CertificateFacts, issuer: CertificateFacts): readonly CertificateHashData[] =>
  ALGORITHMS.map((hashAlgorithm) => ({
    hashAlgorithm,
    issuerNameHash: certificate.issuerHashes[hashAlgorithm],
    issuerKeyHash: issuer.keyHashes[hashAlgorithm],
    serialNumber: certificate.serial,
  }));

/** As peers write them: in either case, with zeros before the number. */
export function isSameHashData(one: CertificateHashData, other: CertificateHashData): boolean {
  return (
    one.hashAlgorithm === other.hashAlgorithm &&
    one.issuerNameHash.toLowerCase() === other.issuerNameHash.toLowerCase() &&
    one.issuerKeyHash.toLowerCase() === other.issuerKeyHash.toLowerCase() &&
    bare(one.serialNumber) === bare(other.serialNumber)
  );
}

const bare = (serial: string): string => serial.toUpperCase().replace(/^0+(?=.)/, "");

/** What a peer has sent; undefined when it names no certificate. */
export function readHashData(value: unknown): CertificateHashData | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } = value as Record<string, unknown>;
  const algorithm = ALGORITHMS.find((known) => known === hashAlgorithm);
  if (algorithm === undefined || typeof issuerNameHash !== "string") return undefined;
  if (typeof issuerKeyHash !== "string" || typeof serialNumber !== "string") return undefined;
  return { hashAlgorithm: algorithm, issuerNameHash, issuerKeyHash, serialNumber };
}
