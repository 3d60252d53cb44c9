/** Parts of a gateway that are loaded only where some station needs them: without them it starts faster. */
import type { GatewayConfig } from "../config/types.ts";
import type { KeyStore } from "../ports.ts";
import type { Certificates, CertificatesOptions } from "./pki/certificates.ts";
import type { Translators, TranslatorsOptions } from "./translation/translators.ts";

/** Loaded only where some station has certificates that its CSMS signs. */
export async function certificatesOf(
  { stations, dataDir, keyWrappingSecret }: GatewayConfig,
  keys: KeyStore | undefined,
  options: Omit<CertificatesOptions, "dataDir" | "keys">,
): Promise<Certificates | undefined> {
  if (!stations.some(({ csms }) => csms?.certificates !== undefined)) return undefined;
  const { openCertificates } = await import("./pki/open-certificates.ts");
  return openCertificates({ ...options, dataDir, keys, keyWrappingSecret });
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
