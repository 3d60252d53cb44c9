/** Certificates without certificates: what the rules know about one, made up. Whoever has the issuer's key name has its signature. */
import { createHash } from "node:crypto";
import { epochMs } from "../../src/domain/ids.ts";
import type { CertificateFacts, Hashes, IsSignedBy } from "../../src/domain/pki/certificate.ts";
import { writePem } from "../../src/domain/pki/pem.ts";

export const NOW = epochMs(Date.UTC(2026, 5, 1));
const DAY_MS = 86_400_000;

const hashesOf = (text: string): Hashes => {
  const of = (algorithm: string) => createHash(algorithm).update(text).digest("hex");
  return { SHA256: of("sha256"), SHA384: of("sha384"), SHA512: of("sha512") };
};

export interface Made extends Partial<CertificateFacts> {
  readonly name: string;
  /** Default: itself. */
  readonly issuer?: string;
}

let serial = 0x1000;

export function certificate({ name, issuer = name, ...rest }: Made): CertificateFacts {
  serial += 1;
  const der = Buffer.from(`${name} by ${issuer} ${serial}`);
  return {
    der: der.toString("base64"),
    fingerprint: createHash("sha256").update(der).digest("hex"),
    isVersion3: true,
    serial: serial.toString(16).toUpperCase(),
    commonNames: [name],
    organisations: ["CPO"],
    subjectHashes: hashesOf(name),
    issuerHashes: hashesOf(issuer),
    keyHashes: hashesOf(`key of ${name}`),
    spki: `key of ${name}`,
    key: { type: "ec", bits: 256 },
    signature: { type: "ecdsa", hash: "SHA-256" },
    notBefore: epochMs(NOW - DAY_MS),
    notAfter: epochMs(NOW + 90 * DAY_MS),
    isCa: false,
    pathLength: undefined,
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: undefined,
    networkNames: [],
    ...rest,
  };
}

export const authority = (name: string, issuer = name, rest: Partial<CertificateFacts> = {}): CertificateFacts =>
  certificate({ name, issuer, isCa: true, keyUsage: ["keyCertSign"], ...rest });

/** Signatures are good where names fit, but for those of `forged`. */
export const signedBy =
  (...forged: readonly CertificateFacts[]): IsSignedBy =>
  (child, issuer) =>
    child.issuerHashes.SHA256 === issuer.subjectHashes.SHA256 && !forged.includes(child);

export const pemOf = (...certificates: readonly CertificateFacts[]): string =>
  certificates.map(({ der }) => writePem("CERTIFICATE", der)).join("");

/** Finds what was made by its bytes. */
export const readerOf =
  (...certificates: readonly CertificateFacts[]) =>
  (der: Uint8Array): CertificateFacts | undefined =>
    certificates.find((each) => each.der === Buffer.from(der).toString("base64"));
