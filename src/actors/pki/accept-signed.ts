/** Takes a signed certificate for a station, however it came: by CertificateSigned or from an EST server. The checks are the same. */

import type { CertificatesConfig } from "../../config/types.ts";
import type { CertificateFacts } from "../../domain/pki/certificate.ts";
import { checkSigned, type SignedCertificate } from "../../domain/pki/check-signed.ts";
import type { Credential } from "../../domain/pki/credential.ts";
import { chainPem, readPem } from "../../domain/pki/pem.ts";
import { anchorsOf, type Roots } from "../../domain/pki/trust.ts";
import type { CertificateContext } from "../../machines/certificate-context.ts";
import type { Clock, Logger } from "../../ports.ts";
import type { CertificateEventType } from "../gateway-bus.ts";
import type { SubjectName, X509 } from "./x509.ts";
import { isSignedBy } from "./x509.ts";

/** Whose certificate it would be. */
export interface SignedTarget {
  readonly context: CertificateContext | undefined;
  readonly settings: CertificatesConfig;
  readonly subject: SubjectName;
  readonly roots: Roots;
  send(
    event:
      | { readonly type: "certificate.signed"; readonly credential: Credential }
      | { readonly type: "certificate.refused" },
  ): void;
  saved(): Promise<boolean>;
}

export interface AcceptOptions {
  readonly stationId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly x509: () => Promise<X509>;
  readonly report: (type: CertificateEventType, techInfo: string) => void;
}

/** @returns true when it is taken and the step that follows is on disk */
export async function acceptSigned(target: SignedTarget, text: string, options: AcceptOptions): Promise<boolean> {
  const { clock, logger, stationId } = options;
  const { context, settings, subject, roots } = target;
  if (context === undefined) return false;
  const facts = await read(text, settings.maxChainLength, await options.x509());
  const known = [context.active, context.candidate];
  // The same certificate again: its answer was lost, nothing else.
  if (known.some((one) => one !== null && facts.has(one.fingerprint))) return true;
  const pending = context.pending.map(({ spki }) => spki);
  const checked = checkSigned({
    text,
    maxLength: settings.maxChainLength,
    pending,
    commonName: subject.commonName,
    organisation: subject.organisation,
    clientChain: settings.clientChain,
    anchors: anchorsOf(roots, settings.additionalRootCheck, false),
    now: clock.now(),
    read: (der) => facts.get(Buffer.from(der).toString("base64")),
    isSignedBy,
  });
  if (!checked.ok) return refused(target, checked.error, options);
  const { leaf, warnings } = checked.value;
  const keyId = context.pending.find(({ spki }) => spki === leaf.spki)?.keyId;
  if (keyId === undefined) return refused(target, "wrong-key", options);
  logger.info({ warnings: warnings.join(), stationId }, "certificate signed");
  target.send({ type: "certificate.signed", credential: { keyId, ...credentialOf(checked.value) } });
  return target.saved();
}

function refused(target: SignedTarget, fault: string, { logger, report, stationId }: AcceptOptions): false {
  logger.warn({ stationId, fault }, "signed certificate refused");
  report("InvalidChargingStationCertificate", `north:${fault}`);
  // What nobody asked for does not end what was asked for.
  if (fault !== "no-request" && fault !== "wrong-key") target.send({ type: "certificate.refused" });
  return false;
}

/** By DER in base64, and by fingerprint. */
async function read(text: string, maxLength: number, x509: X509): Promise<ReadonlyMap<string, CertificateFacts>> {
  const pem = text.length > maxLength ? undefined : readPem(text);
  const found = new Map<string, CertificateFacts>();
  for (const { der } of pem?.ok ? pem.value.slice(0, 8) : []) {
    const facts = await x509.read(der);
    if (facts !== undefined) found.set(facts.der, facts).set(facts.fingerprint, facts);
  }
  return found;
}

const credentialOf = ({ leaf, chain }: SignedCertificate) => ({
  chain: chainPem(chain),
  fingerprint: leaf.fingerprint,
  notBefore: leaf.notBefore,
  notAfter: leaf.notAfter,
});
