/** Checks of certificates and keys that can be made without a connection. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { IssueList } from "./issues.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Every certificate of a PEM text, in order. @throws when one cannot be read */
export const certificatesOf = (pem: string): X509Certificate[] =>
  (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));

/** Reports a text that holds no readable certificate. */
export function checkCertificates(pem: string | undefined, pointer: string, issues: IssueList): X509Certificate[] {
  if (pem === undefined) return [];
  try {
    const certificates = certificatesOf(pem);
    if (certificates.length === 0) issues.error(pointer, "holds no PEM certificate");
    return certificates;
  } catch {
    issues.error(pointer, "holds a certificate that cannot be read");
    return [];
  }
}

export interface KeyPairToCheck {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly certPointer: string;
  readonly keyPointer: string;
}

/** Reports a certificate, a key, or the two together when they are of no use. Unread ones are passed over. */
export function checkKeyPair({ cert, key, certPointer, keyPointer }: KeyPairToCheck, issues: IssueList): void {
  const [leaf] = checkCertificates(cert, certPointer, issues);
  if (key === undefined) return;
  if (key.startsWith("pkcs11:")) {
    issues.error(
      keyPointer,
      'a key in a token is not taken here; "keys.store" has the station\'s keys made in one, with "csms.certificates"',
    );
    return;
  }
  try {
    const privateKey = createPrivateKey(key);
    if (leaf !== undefined && !leaf.checkPrivateKey(privateKey)) {
      issues.error(keyPointer, "is not the private key of the certificate beside it");
    }
  } catch {
    issues.error(keyPointer, "is not a PEM private key, or it is encrypted (keys with a passphrase are not supported)");
  }
}
