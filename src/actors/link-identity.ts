/** With which certificate, and under which roots, a link to the CSMS is dialled, where that is not for the configuration to say. */
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { CsmsConfig } from "../config/types.ts";

export interface LinkIdentity {
  /** TLS options of the next dial, which goes to `csms`; undefined: those of the configuration. */
  dial(csms: CsmsConfig): object | undefined;
  /** Whether what the CSMS presents ends in a root that InstallCertificate has brought. */
  isByInstalledRoot(socket: TLSSocket): boolean;
  /** The link is open. */
  up(socket: Duplex | undefined): void;
  /** @param wasUp false: it never came up this time */
  down(reason: string, wasUp: boolean): void;
}
