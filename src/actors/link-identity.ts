/** With which certificate, and under which roots, a link to the CSMS is dialled, where that is not for the configuration to say. */
import type { Duplex } from "node:stream";

export interface LinkIdentity {
  /** TLS options of the next dial; undefined: those of the configuration. */
  dial(): object | undefined;
  /** The link is open. */
  up(socket: Duplex | undefined): void;
  /** @param wasUp false: it never came up this time */
  down(reason: string, wasUp: boolean): void;
}
