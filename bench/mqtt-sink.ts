/**
 * As much of an MQTT broker as one publisher needs (3.1.1 and 5): CONNACK, PUBACK, SUBACK, PINGRESP. Delivers nothing to
 * anybody. Stands in for mosquitto where that is not installed.
 *
 * @see MQTT 5 §2.1 (fixed header), §3.2, §3.4, §3.9, §3.13
 */
import { createServer, type Socket } from "node:net";
import { argv } from "node:process";
import { CONNECT, firstPacket, type Packet, PUBLISH } from "./mqtt-packet.ts";

const SUBSCRIBE = 8;
const PINGREQ = 12;
const DISCONNECT = 14;

const server = createServer({ noDelay: true }, (socket) => {
  let rest = Buffer.alloc(0);
  let isV5 = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let packet = firstPacket(rest); packet !== undefined; packet = firstPacket(rest)) {
      if (packet.type === CONNECT) isV5 = packet.body[6] === 5;
      answer(socket, packet, isV5);
      rest = rest.subarray(packet.length);
    }
  });
});

server.listen({ host: "127.0.0.1", port: Number(argv[2] ?? 0) });

function answer(socket: Socket, { type, flags, body }: Packet, isV5: boolean): void {
  if (type === CONNECT) socket.write(Uint8Array.from(isV5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]));
  if (type === PINGREQ) socket.write(Uint8Array.of(0xd0, 0));
  if (type === DISCONNECT) socket.end();
  if (type === SUBSCRIBE) {
    const id = [body[0] ?? 0, body[1] ?? 0];
    socket.write(Uint8Array.from(isV5 ? [0x90, 4, ...id, 0, 0] : [0x90, 3, ...id, 0]));
  }
  const qos = (flags >> 1) & 3;
  if (type === PUBLISH && qos === 1) {
    const idAt = 2 + body.readUInt16BE(0);
    socket.write(Uint8Array.of(0x40, 2, body[idAt] ?? 0, body[idAt + 1] ?? 0));
  }
}
