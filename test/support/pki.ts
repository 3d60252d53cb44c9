/** A key store in a temporary folder, and authorities that issue from it with the product's own X.509. */
import { join } from "node:path";
import { openFileKeyStore } from "../../src/actors/pki/file-key-store.actor.ts";
import { type CertificateToIssue, loadX509, type X509 } from "../../src/actors/pki/x509.ts";
import { epochMs, type KeyId } from "../../src/domain/ids.ts";
import type { CertificateFacts } from "../../src/domain/pki/certificate.ts";
import type { KeyKind } from "../../src/domain/pki/key-kind.ts";
import { writePem } from "../../src/domain/pki/pem.ts";
import type { KeyStore } from "../../src/ports.ts";
import { tempDir } from "./temp-dir.ts";

export const DAY_MS = 86_400_000;

export interface Authority {
  readonly key: KeyId;
  readonly der: Uint8Array;
  readonly pem: string;
  readonly facts: CertificateFacts;
  /** PEM of a certificate of this authority. */
  issue(options: Partial<CertificateToIssue> & Pick<CertificateToIssue, "spki">): Promise<string>;
}

export interface PkiKit {
  readonly keys: KeyStore;
  readonly x509: X509;
  authority(commonName: string, options?: AuthorityOptions): Promise<Authority>;
  facts(pem: string): Promise<CertificateFacts>;
}

interface AuthorityOptions {
  readonly kind?: KeyKind;
  readonly issuer?: Authority;
  readonly notAfter?: number;
}

export const SUBJECT = { organisation: "Test CPO", commonName: "SN-1" };

export const derOf = (pem: string): Uint8Array => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");

/** @param now about which certificates are valid */
export async function openPkiKit(now: number = Date.now()): Promise<PkiKit> {
  const keys = openFileKeyStore({ directory: join(tempDir(), "keys") });
  const x509 = await loadX509();
  let serial = 0x1000;
  const times = { notBefore: epochMs(now - DAY_MS), notAfter: epochMs(now + 90 * DAY_MS) };
  const facts = async (pem: string): Promise<CertificateFacts> => {
    const read = await x509.read(derOf(pem));
    if (read === undefined) throw new Error("no certificate");
    return read;
  };
  const next = () => {
    serial += 1;
    return serial.toString(16);
  };
  return {
    keys,
    x509,
    facts,
    async authority(commonName, { kind = "ec-p256", issuer, notAfter } = {}) {
      const key = await keys.generate(commonName, kind);
      const der = await x509.issue(keys, {
        subject: { organisation: "Test CA", commonName },
        spki: (await keys.publicKey(key)) ?? new Uint8Array(),
        role: "ca",
        serial: next(),
        ...times,
        ...(notAfter === undefined ? {} : { notAfter: epochMs(notAfter) }),
        issuerKey: issuer?.key ?? key,
        issuer: issuer?.der,
      });
      const pem = writePem("CERTIFICATE", der);
      return {
        key,
        der,
        pem,
        facts: await facts(pem),
        issue: async (options) =>
          writePem(
            "CERTIFICATE",
            await x509.issue(keys, {
              subject: SUBJECT,
              role: "client",
              serial: next(),
              ...times,
              issuerKey: key,
              issuer: der,
              ...options,
            }),
          ),
      };
    },
  };
}
