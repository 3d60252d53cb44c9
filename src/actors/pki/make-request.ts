/** Makes a key, and the signing request that goes with it. */
import type { CertificatesConfig } from "../../config/types.ts";
import type { CertificateEvent, RequestAnswer } from "../../machines/certificate.machine.ts";
import type { Clock, KeyStore, Logger } from "../../ports.ts";
import { type SubjectName, spkiDigest, type X509 } from "./x509.ts";

/** What became of a request: fields of `request.answered`. */
export interface RequestOutcome {
  readonly status: RequestAnswer;
  readonly waitMs?: number;
  readonly spreadMs?: number;
}

export interface RequestMaker {
  readonly keys: KeyStore;
  readonly x509: X509;
  readonly slot: string;
  readonly settings: CertificatesConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

export async function makeRequest(maker: RequestMaker, subject: SubjectName): Promise<CertificateEvent> {
  const { keys, x509, slot, settings, clock, logger } = maker;
  try {
    const id = await keys.generate(slot, settings.key);
    const csr = await x509.request(keys, id, subject);
    const spki = spkiDigest((await keys.publicKey(id)) ?? new Uint8Array());
    return { type: "request.made", request: { keyId: id, spki, csr }, at: clock.now() };
  } catch (error) {
    logger.error({ stationId: slot, reason: error instanceof Error ? error.message : "?" }, "no signing request");
    return { type: "request.failed", at: clock.now() };
  }
}
