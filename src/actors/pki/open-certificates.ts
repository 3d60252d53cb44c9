/** The certificates of stations, with the key store of the configuration. Loaded only where some station has certificates of its own. */
import { join } from "node:path";
import type { KeyStore } from "../../ports.ts";
import { Certificates, type CertificatesOptions } from "./certificates.ts";
import { openFileKeyStore } from "./file-key-store.actor.ts";

export function openCertificates({
  keys,
  keyWrappingSecret: wrappingSecret,
  ...options
}: Omit<CertificatesOptions, "keys"> & {
  readonly keys: KeyStore | undefined;
  readonly keyWrappingSecret: string | undefined;
}): Certificates {
  const directory = join(options.dataDir, "station-keys");
  return new Certificates({ ...options, keys: keys ?? openFileKeyStore({ directory, wrappingSecret }) });
}
