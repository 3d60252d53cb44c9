/** What is presented on the way to a CSMS: by it, and by the station. */
import type { TLSSocket } from "node:tls";
import type { CertificateFacts } from "../../domain/pki/certificate.ts";
import type { Credential } from "../../domain/pki/credential.ts";
import { type CertificateHashData, hashDataOf } from "../../domain/pki/hash-data.ts";
import { readPem } from "../../domain/pki/pem.ts";
import type { Roots } from "../../domain/pki/trust.ts";
import { peerCertificate } from "../peer-certificate.ts";
import { isIssuerOf, type X509 } from "./x509.ts";

/** The trusted root at the top of what the CSMS has presented. */
export function topOf(socket: TLSSocket, { configured, installed }: Roots): string | undefined {
  const known = [...configured, ...installed.map(({ certificate }) => certificate)];
  let certificate = peerCertificate(socket);
  for (let depth = 0; certificate !== undefined && depth < 8; depth += 1) {
    const fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
    if (known.some((root) => root.fingerprint === fingerprint)) return fingerprint;
    const presented = certificate;
    const issuer = known.find(({ der }) => isIssuerOf(der, presented));
    if (issuer !== undefined) return issuer.fingerprint;
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}

/** Whether what the CSMS has presented ends in a root that InstallCertificate has brought. */
export function isByInstalledRoot(socket: TLSSocket, roots: Roots): boolean {
  const top = topOf(socket, roots);
  return roots.installed.some(({ certificate }) => certificate.fingerprint === top);
}

/** The names of a certificate, where its issuer came along or is trusted. */
export async function namesOf(
  { chain }: Credential,
  anchors: readonly CertificateFacts[],
  x509: X509,
): Promise<readonly CertificateHashData[]> {
  const pem = readPem(chain);
  const facts = await Promise.all(pem.ok ? pem.value.map(({ der }) => x509.read(der)) : []);
  const [leaf, ...others] = facts.filter((each) => each !== undefined);
  const issuer = [...others, ...anchors].find((other) => other.subjectHashes.SHA256 === leaf?.issuerHashes.SHA256);
  return leaf === undefined || issuer === undefined ? [] : hashDataOf(leaf, issuer);
}
