/**
 * The link to the CSMS as the relay sees it: `CsmsLink` where both sides speak the same version, `TranslatingLink` where the station
 * is translated.
 */

import type { Payload } from "../domain/ocpp/frame.ts";

/** The part of a socket that the relay uses. */
export interface NorthSocket {
  readonly isOpen: boolean;
  readonly isPaused: boolean;
  /** Bytes accepted by `send` and not yet taken by the kernel. */
  readonly buffered: number;
  send(frame: Uint8Array | string, urgent?: boolean): boolean;
  pause(): void;
  resume(): void;
  /** See `PeerSocket.check`. */
  check(now: number): boolean;
  close(code: number, reason?: string): void;
}

export interface NorthLink {
  readonly isUp: boolean;
  readonly state: "up" | "connecting" | "down";
  readonly socket: NorthSocket | undefined;
  start(): void;
  /** Hangs up; the link dials again, with the credentials it is given then. */
  redial(): void;
  /**
   * A driver who was let in has been refused. True: his transaction, by the id this link knows, goes on without energy; else it is to
   * be stopped.
   */
  suspend?(transactionId: number): boolean;
  /** A command in the CSMS's words that has waited at the gateway, as if it came now; its answer ends here. Rejects where none comes. */
  command?(action: string, payload: Payload): Promise<Payload>;
  /** Ends the link for good. */
  stop(code: number): void;
}
