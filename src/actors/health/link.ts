/** What the publisher sees of whatever takes its messages: a broker, or a server. */
import type { Outcome } from "./flight-window.ts";

export interface LinkMessage {
  readonly topic: string;
  /** Text, or text that is deflated. */
  readonly payload: string | Uint8Array;
  readonly bytes: number;
  readonly retain: boolean;
  /** MQTT 5 message expiry. */
  readonly expirySec: number | undefined;
  /** Goes with this QoS, and without properties; left out: as configured, and with those that explain the lane's messages. */
  readonly bareQos?: 0 | 1;
  /** Correlation data of the request that this answers (MQTT 5). */
  readonly correlation?: Uint8Array | undefined;
}

export interface LinkHooks {
  onUp(protocol: string): void;
  /** @param reason for the log: no credentials, no payload */
  onDown(reason: string): void;
  /** A place in the window became free. */
  onRoom(): void;
}

export interface Link {
  readonly isUp: boolean;
  /** True while an attempt is under way: it may be worth waiting for. */
  readonly isConnecting: boolean;
  /** Undefined before the first connection. */
  readonly protocol: string | undefined;
  readonly inFlight: number;
  readonly hasRoom: boolean;
  readonly connects: number;
  start(): void;
  /** Sends `message`; only while {@link hasRoom}. `done` is called exactly once. */
  publish(message: LinkMessage, done: (outcome: Outcome) => void): void;
  /** Called a few times a second. */
  tick(): void;
  /** Ends the link, orderly where that takes no longer than `graceMs`. */
  close(graceMs: number): Promise<void>;
}
