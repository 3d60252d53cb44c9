/**
 * The lane as a Sparkplug edge node: takes the lane's own messages and sends them as births and data. What waits on disk stays in the
 * lane's own form, and is translated when it goes.
 *
 *     state ─▶ (NBIRTH, NDEATH say it)      birth ─▶ remembered: what aliases mean
 *     {asset}/… ─▶ DBIRTH where there is a new metric ─▶ DDATA      gap ─▶ NDATA
 *
 * Sparkplug wants QoS 0 for all but the death, and a session that ends with its connection: what is on its way when a connection breaks
 * is lost without anybody noticing (D-092).
 *
 * @see Eclipse Sparkplug 3.0 §4.1, §5.4, §6.4.15
 */
import { inflateSync } from "node:zlib";
import { EdgeNode } from "../../../domain/sparkplug/edge-node.ts";
import { asksForRebirth } from "../../../domain/sparkplug/payload.ts";
import {
  batchReadings,
  channelNames,
  eventReadings,
  type HealthMessage,
  type Reading,
  wholeReading,
} from "../../../domain/sparkplug/readings.ts";
import type { Outcome } from "../flight-window.ts";
import type { Link, LinkMessage } from "../link.ts";
import { MqttLink, type MqttLinkOptions } from "../mqtt-link.ts";

export type SparkplugLinkOptions = Omit<MqttLinkOptions, "will" | "inbound" | "encoding" | "privacy"> & {
  /** Group and edge node, which are topic levels. */
  readonly tenant: string;
  readonly gateway: string;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
};

/** The levels before the asset's: `oh/v1/{tenant}/{gateway}`. */
const PREFIX_LEVELS = 4;
const ZLIB = 0x78;
const BRACE = 0x7b;
/** Births of earlier boots that are remembered: the spool keeps a week. */
const MAX_BOOTS = 64;
/** Between two births that hosts ask for. */
const REBIRTH_PAUSE_MS = 1_000;
const WHOLE: Readonly<Record<string, string>> = { f: "Session", soh: "Health", scene: "Scene" };

export class SparkplugLink implements Link {
  readonly #options: SparkplugLinkOptions;
  readonly #mqtt: MqttLink;
  readonly #node: EdgeNode;
  readonly #names = new Map<string | undefined, ReadonlyMap<string, string>>();
  #upSince = 0;
  #rebornAt = Number.NEGATIVE_INFINITY;
  #isRebirthDue = false;

  constructor(options: SparkplugLinkOptions) {
    this.#options = options;
    this.#node = new EdgeNode(Math.floor(options.random() * 256));
    const { hooks, wallClock } = options;
    this.#mqtt = new MqttLink({
      ...options,
      encoding: "json",
      privacy: "operator",
      will: () => ({ topic: this.#topic("NDEATH"), payload: this.#node.nextWill(wallClock()), isState: false }),
      inbound: {
        topic: this.#topic("NCMD"),
        onMessage: ({ payload, retain }) => {
          if (!retain && asksForRebirth(payload)) this.#isRebirthDue = true;
        },
      },
      hooks: {
        ...hooks,
        onUp: (protocol) => {
          this.#upSince = wallClock();
          this.#bear();
          hooks.onUp(protocol);
        },
      },
    });
  }

  get isUp(): boolean {
    return this.#mqtt.isUp;
  }

  get isConnecting(): boolean {
    return this.#mqtt.isConnecting;
  }

  get protocol(): string | undefined {
    return this.#mqtt.protocol;
  }

  get inFlight(): number {
    return this.#mqtt.inFlight;
  }

  get hasRoom(): boolean {
    return this.#mqtt.hasRoom;
  }

  get connects(): number {
    return this.#mqtt.connects;
  }

  start(): void {
    this.#mqtt.start();
  }

  tick(): void {
    this.#mqtt.tick();
    const now = this.#options.now();
    if (!this.#isRebirthDue || !this.#mqtt.isUp || now - this.#rebornAt < REBIRTH_PAUSE_MS) return;
    this.#isRebirthDue = false;
    this.#rebornAt = now;
    this.#bear();
  }

  publish(message: LinkMessage, done: (outcome: Outcome) => void): void {
    const [asset, kind] = message.topic.split("/").slice(PREFIX_LEVELS);
    const text = textOf(message.payload);
    const read: HealthMessage | undefined = text === undefined ? undefined : JSON.parse(text);
    if (asset === undefined || text === undefined || read === undefined) done("refused");
    else if (kind === undefined && asset === "birth") this.#remember(read, done);
    else if (kind === undefined && asset === "state") done("acknowledged");
    else this.#send(kind === undefined ? undefined : asset, this.#readings(asset, kind, read, text), read, done);
  }

  /** Says good-bye itself: at an orderly end the broker keeps the will to itself (MQTT 5 §3.14.4). */
  async close(graceMs: number): Promise<void> {
    if (this.#mqtt.isUp) {
      const payload = this.#node.death(this.#options.wallClock());
      this.#publish("NDEATH", undefined, payload, () => undefined, 1);
    }
    await this.#mqtt.close(graceMs);
  }

  #remember(read: HealthMessage, done: (outcome: Outcome) => void): void {
    this.#names.delete(read.b);
    this.#names.set(read.b, channelNames(read));
    for (const boot of this.#names.keys()) {
      if (this.#names.size <= MAX_BOOTS) break;
      this.#names.delete(boot);
    }
    done("acknowledged");
  }

  #readings(
    asset: string,
    kind: string | undefined,
    read: HealthMessage,
    text: string,
  ): readonly Reading[] | undefined {
    if (kind === "m") return batchReadings(read, this.#names.get(read.b) ?? new Map());
    if (kind === "ev") return eventReadings(read);
    const name = kind === undefined ? "Gap" : WHOLE[kind];
    if (name === undefined || (kind === undefined && asset !== "gap")) return undefined;
    return [wholeReading(name, read.t ?? this.#options.wallClock(), text)];
  }

  #send(
    device: string | undefined,
    readings: readonly Reading[] | undefined,
    { t, r = t ?? 0 }: HealthMessage,
    done: (outcome: Outcome) => void,
  ): void {
    const now = this.#options.wallClock();
    // It has waited for this connection.
    const isHistorical = r < this.#upSince;
    const known = readings && this.#node.learn(device, readings);
    if (readings === undefined || known === "full") {
      done("refused");
      return;
    }
    if (known === "born" && device === undefined) this.#bear();
    else if (known === "born") this.#bearDevice(device);
    const payload = this.#node.data(device, readings, now, isHistorical);
    this.#publish(device === undefined ? "NDATA" : "DDATA", device, payload, done);
  }

  #bear(): void {
    this.#publish("NBIRTH", undefined, this.#node.birth(this.#options.wallClock()));
    for (const device of this.#node.devices) this.#bearDevice(device);
  }

  #bearDevice(device: string | undefined): void {
    if (device === undefined) return;
    this.#publish("DBIRTH", device, this.#node.deviceBirth(device, this.#options.wallClock()));
  }

  #publish(
    type: string,
    device: string | undefined,
    payload: Uint8Array,
    done: (outcome: Outcome) => void = () => undefined,
    bareQos: 0 | 1 = 0,
  ): void {
    const topic = device === undefined ? this.#topic(type) : `${this.#topic(type)}/${device}`;
    this.#mqtt.publish({ topic, payload, bytes: payload.length, retain: false, expirySec: undefined, bareQos }, done);
  }

  #topic(type: string): string {
    const { tenant, gateway } = this.#options;
    return `spBv1.0/${tenant}/${type}/${gateway}`;
  }
}

/** JSON; undefined for what waited as CBOR, from before this layout was configured. */
function textOf(payload: LinkMessage["payload"]): string | undefined {
  if (typeof payload === "string") return payload;
  const plain = payload[0] === ZLIB ? inflateSync(payload) : Buffer.from(payload);
  return plain[0] === BRACE ? plain.toString("utf8") : undefined;
}
