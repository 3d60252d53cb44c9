/**
 * One connection to the broker at a time, and a window of PUBLISHes on it.
 *
 *     waiting ──retryAt──▶ connecting ──CONNACK──▶ up
 *        ▲                     │                    │
 *        └──── back-off ◀──────┴── refused, closed, silent, or a PUBLISH not acknowledged in time
 *
 * mqtt.js is a pipe here: every attempt is a fresh client without memory. What was in flight when a connection ends goes
 * back to the caller in order (at least once: readers tell repeats by sequence number). The link owns its watchdogs; it
 * believes no event that a dead client might owe it.
 *
 * It has no timer of its own: the owner calls `tick()` a few times a second.
 *
 * @see MQTT 5 §3.2.2.3.3 Receive Maximum, §4.13; MQTT 3.1.1 §3.2.2.3
 */
import { connect, type IClientOptions, type IConnackPacket, type MqttClient } from "mqtt";
import type { HealthConfig, MqttConfig } from "../../config/types.ts";
import type { PrivacyProfile } from "../../domain/privacy/profiles.ts";
import { backOffMs } from "./back-off.ts";
import { type Flight, FlightWindow, type Outcome } from "./flight-window.ts";
import type { Link, LinkHooks, LinkMessage } from "./link.ts";
import { clientOptions, type ProtocolLevel, protocolName, type Will } from "./mqtt-options.ts";
import type { HealthTuning } from "./thread-messages.ts";

export interface MqttLinkOptions {
  readonly mqtt: MqttConfig;
  /** Of what is deflated. */
  readonly encoding: HealthConfig["encoding"];
  /** Each message of MQTT 5 says it, unless it is the operator's own. */
  readonly privacy: PrivacyProfile;
  readonly clientId: string;
  /** Asked for before each connection. */
  readonly will: () => Will;
  /** What the link listens to, and who hears of it; left out: nothing. Subscribed before anything is sent. */
  readonly inbound?: Inbound | undefined;
  readonly tuning: HealthTuning;
  readonly hooks: LinkHooks;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Replaced in tests. */
  readonly connect?: (url: string, options: IClientOptions) => MqttClient;
}

export interface Inbound {
  readonly topic: string;
  readonly onMessage: (message: InboundMessage) => void;
}

export interface InboundMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  /** MQTT 5 §3.3.2.3.5, §3.3.2.3.6: where an answer is wanted, and what it has to bring along. */
  readonly responseTopic: string | undefined;
  readonly correlation: Uint8Array | undefined;
}

type Phase = "idle" | "waiting" | "connecting" | "up" | "closed";

/** CONNACK codes that mean "not this protocol version": 1 in 3.1.1, 0x84 in 5. */
const WRONG_VERSION: ReadonlySet<unknown> = new Set([1, 0x84]);
const FAILURE = 0x80;
/** First byte of what is deflated (RFC 1950); neither JSON nor CBOR of ours begins with it. */
const ZLIB = 0x78;

export class MqttLink implements Link {
  readonly #options: MqttLinkOptions;
  readonly #window: FlightWindow;
  #phase: Phase = "idle";
  #client: MqttClient | undefined;
  #level: ProtocolLevel;
  /** True once a connection has been made at `#level`: a close before CONNACK then says nothing about versions. */
  #isLevelProven = false;
  #attempts = 0;
  #since = 0;
  #retryAt = 0;
  #qos: 0 | 1;
  #canRetain = true;
  #maxPacket = Number.POSITIVE_INFINITY;
  connects = 0;

  constructor(options: MqttLinkOptions) {
    this.#options = options;
    this.#level = options.mqtt.protocol === "3.1.1" ? 4 : 5;
    this.#qos = options.mqtt.qos;
    this.#window = new FlightWindow(options.tuning.inFlightBytes);
  }

  get isUp(): boolean {
    return this.#phase === "up";
  }

  /** True while an attempt is under way: it may be worth waiting for. */
  get isConnecting(): boolean {
    return this.#phase === "connecting";
  }

  get protocol(): string | undefined {
    return this.connects === 0 ? undefined : protocolName(this.#level);
  }

  get inFlight(): number {
    return this.#window.count;
  }

  get hasRoom(): boolean {
    return this.#phase === "up" && this.#window.hasRoom;
  }

  start(): void {
    if (this.#phase === "idle") this.#open();
  }

  /** Sends `message`; only while {@link hasRoom}. `done` is called exactly once. */
  publish(message: LinkMessage, done: (outcome: Outcome) => void): void {
    const client = this.#client;
    if (client === undefined || this.#phase !== "up") {
      done("lost");
      return;
    }
    // Topic, properties and header come on top of the payload.
    if (message.bytes + message.topic.length + 64 > this.#maxPacket) {
      done("refused");
      return;
    }
    const flight: Flight = { bytes: message.bytes, sentAt: this.#options.now(), done };
    this.#window.add(flight);
    const { payload } = message;
    const body =
      typeof payload === "string" ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    client.publish(message.topic, body, this.#publishOptions(message), (error) => this.#settle(client, flight, error));
  }

  /** Watches: opens when the back-off is over, gives up what is silent. */
  tick(): void {
    const now = this.#options.now();
    const { connectTimeoutMs, ackTimeoutMs, stableMs } = this.#options.tuning;
    switch (this.#phase) {
      case "waiting":
        if (now >= this.#retryAt) this.#open();
        return;
      case "connecting":
        if (now - this.#since > connectTimeoutMs) this.#fail("no CONNACK in time");
        return;
      case "up":
        if (now - this.#since > stableMs) this.#attempts = 0;
        if (now - this.#window.oldestSentAt(now) > ackTimeoutMs)
          this.#fail("broker takes nothing: PUBLISH not acknowledged");
        return;
      default:
        return;
    }
  }

  /** Ends the link: orderly (DISCONNECT, so that the will stays unsaid) where the broker answers within `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const client = this.#client;
    const wasUp = this.#phase === "up";
    this.#phase = "closed";
    this.#client = undefined;
    if (client === undefined) return;
    if (wasUp) await endGently(client, graceMs);
    client.end(true);
    this.#window.loseAll();
  }

  #open(): void {
    const { mqtt, clientId, will, tuning } = this.#options;
    const { keepAliveSec, willDelaySec, connectTimeoutMs } = tuning;
    const input = { mqtt, clientId, will: will(), keepAliveSec, willDelaySec, connectTimeoutMs, level: this.#level };
    this.#phase = "connecting";
    this.#since = this.#options.now();
    this.#attempts += 1;
    try {
      const client = (this.#options.connect ?? connect)(mqtt.url, clientOptions(input));
      this.#client = client;
      this.#listen(client);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : "cannot connect");
    }
  }

  /** A client that is no longer ours still gets its errors swallowed: an unheard `error` event would throw. */
  #listen(client: MqttClient): void {
    const ifOurs = (handle: () => void) => {
      if (this.#client === client) handle();
    };
    let lastError: (Error & { code?: unknown }) | undefined;
    client.on("connect", (connack) => ifOurs(() => this.#onConnack(connack)));
    client.on("disconnect", (packet) => ifOurs(() => this.#fail(`broker disconnected, reason ${packet.reasonCode}`)));
    client.on("error", (error) => {
      lastError = error;
      ifOurs(() => this.#onError(error));
    });
    client.on("message", (topic, payload, { retain, properties = {} }) => {
      const { responseTopic, correlationData: correlation } = properties;
      ifOurs(() => this.#options.inbound?.onMessage({ topic, payload, retain, responseTopic, correlation }));
    });
    client.on("close", () => ifOurs(() => this.#onClose(lastError)));
  }

  #onConnack(connack: IConnackPacket): void {
    const { mqtt, hooks, inbound } = this.#options;
    const properties = connack.properties;
    // A broker that refuses it lets the rest go on; what would have come in does not.
    if (inbound !== undefined) this.#client?.subscribe(inbound.topic, { qos: 1 });
    this.#phase = "up";
    this.#since = this.#options.now();
    this.#isLevelProven = true;
    this.connects += 1;
    // mqtt.js does not read the server's Receive Maximum; a strict broker disconnects who ignores it.
    this.#window.size = Math.max(1, Math.min(properties?.receiveMaximum ?? 65_535, mqtt.inFlight));
    this.#qos = properties?.maximumQoS === 0 ? 0 : mqtt.qos;
    this.#canRetain = properties?.retainAvailable !== false;
    this.#maxPacket = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    hooks.onUp(protocolName(this.#level));
  }

  #onError(error: Error & { code?: unknown }): void {
    const isConnecting = this.#phase === "connecting";
    if (isConnecting && WRONG_VERSION.has(error.code) && this.#fallBack()) return;
    this.#fail(error.message);
  }

  /** Some brokers of 3.1.1 just hang up on MQTT 5: until a version has worked, every other attempt tries the other one. */
  #onClose(cause: Error | undefined): void {
    const isSilentRefusal = this.#phase === "connecting" && cause === undefined && !this.#isLevelProven;
    this.#fail(cause?.message ?? "connection closed");
    if (isSilentRefusal && this.#options.mqtt.protocol === "auto") this.#level = this.#level === 5 ? 4 : 5;
  }

  /** Tries 3.1.1 at once. False where it has been tried or is not wanted. */
  #fallBack(): boolean {
    if (this.#level === 4 || this.#options.mqtt.protocol !== "auto") return false;
    this.#level = 4;
    this.#client?.end(true);
    this.#client = undefined;
    this.#open();
    return true;
  }

  #fail(reason: string): void {
    const client = this.#client;
    this.#client = undefined;
    this.#phase = "waiting";
    const { now, random, tuning } = this.#options;
    this.#retryAt = now() + backOffMs(tuning.reconnectMs, this.#attempts, random());
    client?.end(true);
    this.#window.loseAll();
    this.#options.hooks.onDown(reason);
  }

  #settle(client: MqttClient, flight: Flight, error: unknown): void {
    // mqtt.js may call back late, for a connection that is gone: the flight has been lost by then.
    if (this.#client !== client) return;
    const isAcknowledged = error === undefined || error === null;
    if (!isAcknowledged && !isRefusal(error)) this.#fail("publish failed");
    else if (this.#window.settle(flight, isAcknowledged ? "acknowledged" : "refused")) this.#options.hooks.onRoom();
  }

  /** There is no property for a content's encoding (MQTT 5 §3.3.2.3), so it is one of ours; 3.1.1 has none at all. */
  #publishOptions({ retain, expirySec, payload, bareQos, correlation }: LinkMessage) {
    if (bareQos !== undefined) return { qos: bareQos, retain: retain && this.#canRetain };
    const isText = typeof payload === "string";
    const isDeflated = payload[0] === ZLIB;
    const { privacy } = this.#options;
    const userProperties = { ...(isDeflated && { enc: "deflate" }), ...(privacy !== "operator" && { pv: privacy }) };
    const isCbor = !isText && (!isDeflated || this.#options.encoding === "cbor");
    const properties = {
      payloadFormatIndicator: isText,
      contentType: isCbor ? "application/cbor" : "application/json",
      ...(Object.keys(userProperties).length > 0 && { userProperties }),
      ...(expirySec !== undefined && { messageExpiryInterval: expirySec }),
      ...(correlation !== undefined && { correlationData: Buffer.from(correlation) }),
    };
    return {
      qos: this.#qos,
      retain: retain && this.#canRetain,
      ...(this.#level === 5 && { properties }),
    };
  }
}

/** PUBACK with a failure code (MQTT 5 §3.4.2.1). Everything else that fails a publish is the connection's end. */
function isRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return typeof error.code === "number" && error.code >= FAILURE;
}

function endGently(client: MqttClient, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs);
    client.end(false, {}, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
