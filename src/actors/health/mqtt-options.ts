/** The options of one mqtt.js client. Each line that is not obvious keeps a trap of mqtt.js 5 shut. */
import { type IClientOptions, UniqueMessageIdProvider } from "mqtt";
import type { MqttConfig } from "../../config/types.ts";

/** 5 is MQTT 5, 4 is MQTT 3.1.1, as CONNECT counts them. */
export type ProtocolLevel = 4 | 5;

export const protocolName = (level: ProtocolLevel): string => (level === 5 ? "5" : "3.1.1");

/** What the broker says when the gateway is gone. */
export interface Will {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** Kept for readers that come later, and said only after a while: a short outage is not worth it. */
  readonly isState: boolean;
}

export interface ClientOptionsInput {
  readonly mqtt: MqttConfig;
  readonly level: ProtocolLevel;
  readonly clientId: string;
  readonly will: Will;
  readonly keepAliveSec: number;
  readonly willDelaySec: number;
  readonly connectTimeoutMs: number;
}

/** How long the broker keeps the session beyond the will's delay: a session that ends fires its will at once. */
const SESSION_MARGIN_SEC = 60;
/** PUBLISHes the broker may have in flight towards us. */
const RECEIVE_MAXIMUM = 16;

export function clientOptions(input: ClientOptionsInput): IClientOptions {
  const { mqtt, level, will, willDelaySec } = input;
  const isV5 = level === 5;
  return {
    protocolVersion: level,
    clientId: input.clientId,
    // 3.1.1 has no session expiry: a kept session would stay on the broker for ever. Without it a will that is delayed is said at once.
    clean: !isV5 || !will.isState,
    keepalive: input.keepAliveSec,
    // The link's own watchdog comes first; reports exist of clients that stay "connecting" for ever.
    connectTimeout: 2 * input.connectTimeoutMs,
    // One client per connection: back-off, queue and replay are ours. mqtt.js repeats at a fixed period, and replays its
    // store one by one before it says it is connected.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // The default provider wraps at 65535 and overwrites what is still in flight.
    messageIdProvider: new UniqueMessageIdProvider(),
    // `auto` may choose timers made for browsers.
    timerVariant: "native",
    ...(mqtt.username !== undefined && { username: mqtt.username }),
    ...(mqtt.password !== undefined && { password: mqtt.password }),
    ...tlsOptions(mqtt),
    will: {
      topic: will.topic,
      payload: Buffer.from(will.payload),
      qos: 1,
      retain: will.isState,
      ...(isV5 && will.isState && { properties: { willDelayInterval: willDelaySec } }),
    },
    ...(isV5 && {
      properties: {
        sessionExpiryInterval: will.isState ? willDelaySec + SESSION_MARGIN_SEC : 0,
        receiveMaximum: RECEIVE_MAXIMUM,
      },
    }),
  };
}

/** Only the configured roots are trusted, and the broker's name is always checked. */
function tlsOptions({ tls }: MqttConfig): IClientOptions {
  return {
    rejectUnauthorized: true,
    ...(tls?.ca !== undefined && { ca: tls.ca }),
    ...(tls?.cert !== undefined && { cert: tls.cert }),
    ...(tls?.key !== undefined && { key: tls.key }),
    ...(tls?.servername !== undefined && { servername: tls.servername }),
  };
}
