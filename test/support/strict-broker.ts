/**
 * A broker of MQTT 5 that keeps to the letter and is hard to please: it counts who exceeds its Receive Maximum, acknowledges late, and hangs
 * up with 0x93 whenever it likes, with or without having acknowledged what it has taken.
 *
 * @see MQTT 5 §3.2.2.3.3 Receive Maximum, §3.14.2.1 Disconnect Reason Code
 */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { CONNECT, firstPacket, type Packet, PUBLISH } from "../../bench/mqtt-packet.ts";
import { healthText } from "../../src/sim/health-payload.ts";

const PINGREQ = 12;
const RECEIVE_MAXIMUM_EXCEEDED = 0x93;

export interface StrictBrokerOptions {
  readonly receiveMaximum: number;
  readonly ackDelayMs: number;
  /** Hangs up at every so many-th PUBLISH, without acknowledging it or those before it that wait for that. */
  readonly hangUpEvery: number;
}

export interface StrictBroker {
  readonly url: string;
  /** How often each message of a sequence has come, by its number. */
  readonly received: ReadonlyMap<number, number>;
  /** Levels at the end of the topics, in the order of arrival. */
  readonly levels: readonly string[];
  readonly hangUps: number;
  /** PUBLISHes beyond the Receive Maximum. */
  readonly violations: number;
  close(): Promise<void>;
}

export async function startStrictBroker(options: StrictBrokerOptions): Promise<StrictBroker> {
  const received = new Map<number, number>();
  const levels: string[] = [];
  const counts = { hangUps: 0, violations: 0, publishes: 0 };
  const sockets = new Set<Socket>();

  const serve = (socket: Socket) => {
    sockets.add(socket);
    let open = 0;
    const hangUp = () => {
      counts.hangUps += 1;
      socket.end(Uint8Array.of(0xe0, 2, RECEIVE_MAXIMUM_EXCEEDED, 0));
      socket.removeAllListeners("data");
    };
    const take = (packet: Packet) => {
      const { topic, id, payload } = publishOf(packet.body);
      levels.push(topic.split("/").at(-1) ?? "");
      const { q } = JSON.parse(healthText(payload));
      if (typeof q === "number") received.set(q, (received.get(q) ?? 0) + 1);
      open += 1;
      counts.publishes += 1;
      if (open > options.receiveMaximum) counts.violations += 1;
      if (counts.publishes % options.hangUpEvery === 0) return hangUp();
      setTimeout(() => {
        open -= 1;
        if (socket.writable) socket.write(Uint8Array.of(0x40, 2, id >> 8, id & 0xff));
      }, options.ackDelayMs);
    };
    const handle = (packet: Packet) => {
      // CONNACK with one property, 0x21: Receive Maximum.
      if (packet.type === CONNECT) socket.write(Uint8Array.of(0x20, 6, 0, 0, 3, 0x21, 0, options.receiveMaximum));
      if (packet.type === PINGREQ) socket.write(Uint8Array.of(0xd0, 0));
      if (packet.type === PUBLISH && socket.listenerCount("data") > 0) take(packet);
    };
    let rest = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let packet = firstPacket(rest); packet !== undefined; packet = firstPacket(rest)) {
        rest = rest.subarray(packet.length);
        handle(packet);
      }
    });
  };
  const server = createServer({ noDelay: true }, serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `mqtt://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    received,
    levels,
    get hangUps() {
      return counts.hangUps;
    },
    get violations() {
      return counts.violations;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Of a QoS 1 PUBLISH with properties shorter than 128 bytes: topic, packet id, properties, payload. */
function publishOf(body: Buffer) {
  const idAt = 2 + body.readUInt16BE(0);
  const propertiesAt = idAt + 2;
  return {
    topic: body.toString("utf8", 2, idAt),
    id: body.readUInt16BE(idAt),
    payload: body.subarray(propertiesAt + 1 + (body[propertiesAt] ?? 0)),
  };
}
