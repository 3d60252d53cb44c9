/** The certificates of stations, with the key store of the configuration. Loaded only where some station has certificates of its own. */
import { join } from "node:path";
import type { TokenConfig } from "../../config/types.ts";
import type { KeyStore } from "../../ports.ts";
import { Certificates, type CertificatesOptions } from "./certificates.ts";
import { openFileKeyStore } from "./file-key-store.actor.ts";
import { openPkcs11KeyStore } from "./pkcs11-key-store.actor.ts";

export function openCertificates({
  keys,
  keyWrappingSecret: wrappingSecret,
  token,
  ...options
}: Omit<CertificatesOptions, "keys"> & {
  readonly keys: KeyStore | undefined;
  readonly keyWrappingSecret: string | undefined;
  readonly token: TokenConfig | undefined;
}): Certificates {
  const open = (): KeyStore => {
    if (token !== undefined) return openPkcs11KeyStore({ ...token, onStale: () => tellStale(options) });
    return openFileKeyStore({ directory: join(options.dataDir, "station-keys"), wrappingSecret });
  };
  return new Certificates({ ...options, keys: keys ?? open() });
}

function tellStale({ logger, bus }: Pick<CertificatesOptions, "bus" | "logger">): void {
  logger.error({ code: "ERR_KEY_TOKEN" }, "the token is back, and only a new process can use it");
  bus.emit("keys.stale", {});
}
