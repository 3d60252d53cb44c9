/** Parts of a gateway that are loaded only where some station needs them: without them it starts faster. */
import { join } from "node:path";
import type { GatewayConfig } from "../config/types.ts";
import type { Clock, HealthUplink, KeyStore, Logger } from "../ports.ts";
import type { Certificates, CertificatesOptions } from "./pki/certificates.ts";
import type { RevocationCheck, RevocationOptions } from "./pki/revocation.ts";
import { loadPseudonymKey } from "./pseudonym-key.actor.ts";
import type { SyslogSender, SyslogSenderOptions } from "./security/syslog-sender.ts";
import type { Translators, TranslatorsOptions } from "./translation/translators.ts";

/** Loaded only where some station has certificates that its CSMS signs. */
export async function certificatesOf(
  { stations, dataDir, keyWrappingSecret, token }: GatewayConfig,
  keys: KeyStore | undefined,
  options: Omit<CertificatesOptions, "dataDir" | "keys">,
): Promise<Certificates | undefined> {
  if (!stations.some(({ csms }) => csms?.certificates !== undefined)) return undefined;
  const { openCertificates } = await import("./pki/open-certificates.ts");
  return openCertificates({ ...options, dataDir, keys, keyWrappingSecret, token });
}

/** Loaded only where some station is translated. */
export async function translatorsOf(
  { stations }: GatewayConfig,
  options: Omit<TranslatorsOptions, "block" | "initial">,
): Promise<Translators | undefined> {
  if (!stations.some(({ csms }) => csms?.speaks !== undefined)) return undefined;
  const { openTranslators } = await import("./translation/open-translators.ts");
  return openTranslators(options);
}

/** Loaded only where there is a health lane. */
export async function healthUplinkOf(
  { health, dataDir }: GatewayConfig,
  clock: Clock,
  logger: Logger,
): Promise<HealthUplink | undefined> {
  if (health === undefined) return undefined;
  const pseudonymKey = await loadPseudonymKey(health.pseudonymKey);
  const { createHealthUplink } = await import("./health/health-uplink.actor.ts");
  return createHealthUplink({
    config: { ...health, pseudonymKey },
    clock,
    logger,
    spoolDirectory: join(dataDir, "health"),
  });
}

/** Loaded only where there is a syslog server; it has started. */
export async function syslogOf(
  { syslog, dataDir, backoff }: GatewayConfig,
  options: Omit<SyslogSenderOptions, "syslog" | "dataDir" | "backoff">,
): Promise<SyslogSender | undefined> {
  if (syslog === undefined) return undefined;
  const { SyslogSender } = await import("./security/syslog-sender.ts");
  const sender = new SyslogSender({ ...options, syslog, dataDir, backoff });
  await sender.start();
  return sender;
}

/** Loaded only where somebody's certificate is asked about. */
export async function revocationOf(
  { listeners, stations }: GatewayConfig,
  options: RevocationOptions,
): Promise<RevocationCheck | undefined> {
  const isAsked =
    listeners.some(({ tls }) => tls !== undefined && tls.revocation !== "off") ||
    stations.some(({ csms }) => csms !== undefined && csms.revocation !== "off");
  if (!isAsked) return undefined;
  const { RevocationCheck } = await import("./pki/revocation.ts");
  return new RevocationCheck(options);
}
