/**
 * Gets a certificate from an EST server, and hands it to the same checks and the same trial as one of the CSMS.
 *
 *     request on disk ─▶ POST simpleenroll │ simplereenroll ─▶ certs-only PKCS #7 ─▶ acceptSigned ─▶ trial
 *
 * The first certificate is asked for with what the configuration gives; a later one with the certificate that it replaces, as long as that
 * is valid (RFC 7030 §4.2.2).
 */
import type { CertificatesConfig, EstConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import { estAnswer } from "../../domain/pki/est-answer.ts";
import { readPem, writePem } from "../../domain/pki/pem.ts";
import type { Clock, KeyStore, Logger, Random } from "../../ports.ts";
import type { CertificateEventType } from "../gateway-bus.ts";
import { acceptSigned, type SignedTarget } from "./accept-signed.ts";
import { type EstRequest, postToEst } from "./est-client.ts";
import type { RequestOutcome } from "./make-request.ts";
import type { X509 } from "./x509.ts";

export interface EstOptions {
  readonly slot: string;
  readonly identity: string;
  readonly settings: CertificatesConfig;
  readonly keys: KeyStore;
  readonly x509: X509;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly report: (type: CertificateEventType, techInfo: string) => void;
}

const NOBODY_ASKS: RequestOutcome = { status: "none" };

/** After a power cut all stations of a region would ask in the same second. */
const SPREAD_MS = 30_000;

/** @param signal aborted when the machine has gone on: what comes then must not touch its trial */
export async function enrolOverEst(
  est: EstConfig,
  csr: string,
  target: SignedTarget,
  options: EstOptions,
  signal: AbortSignal,
): Promise<RequestOutcome> {
  const { slot, clock, random, counters, logger, report, x509 } = options;
  const spreadMs = Math.floor(random.next() * SPREAD_MS);
  const refuse = (reason: string): RequestOutcome => {
    counters.estFailed += 1;
    logger.warn({ stationId: slot, reason }, "the EST server gives no certificate");
    return { status: "Rejected" };
  };
  try {
    const request = await requestOf(est, csr, target, options);
    const answer = estAnswer(await postToEst({ ...request, signal }), clock.now());
    if (signal.aborted) return NOBODY_ASKS;
    if (answer.kind === "refused") return refuse(answer.reason);
    if (answer.kind === "later") {
      counters.estFailed += 1;
      logger.info({ stationId: slot, reason: answer.reason }, "the EST server is asked again");
      return { status: "none", waitMs: answer.waitMs, spreadMs };
    }
    const certificates = x509.readCertsOnly(answer.pkcs7);
    if (certificates === undefined) return refuse("not-pkcs7");
    const chain = certificates.map((der) => writePem("CERTIFICATE", der)).join("");
    const isTaken = await acceptSigned(target, chain, {
      stationId: slot,
      clock,
      logger,
      report,
      x509: async () => x509,
    });
    if (!isTaken) return refuse("certificate");
    counters.estIssued += 1;
    // Where the machine has gone into its trial nobody hears this any more.
    return { status: "Rejected" };
  } catch (error) {
    if (signal.aborted) return NOBODY_ASKS;
    counters.estFailed += 1;
    const { code, message } = error as NodeJS.ErrnoException;
    logger.warn({ stationId: slot, reason: code ?? message }, "no answer of the EST server");
    return { status: "none", spreadMs };
  }
}

async function requestOf(
  est: EstConfig,
  csr: string,
  { context }: SignedTarget,
  { clock, keys, identity }: EstOptions,
): Promise<Omit<EstRequest, "signal">> {
  const pem = readPem(csr);
  const [block] = pem.ok ? pem.value : [];
  const body = Buffer.from(block?.der ?? [])
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
  const active = context?.active ?? null;
  if (active !== null && active.notAfter > clock.now()) {
    const own = { ...(await keys.tls(active.keyId)), cert: active.chain };
    return { est, operation: "simplereenroll", body, own, basic: undefined };
  }
  const { cert, key } = est.tls;
  return {
    est,
    operation: "simpleenroll",
    body,
    own: cert === undefined || key === undefined ? {} : { cert, key },
    basic: est.password === undefined ? undefined : `${est.username ?? identity}:${est.password}`,
  };
}
