/** A WebSocket client that sends whatever bytes it is told to, valid frames or not. */
import { connect, type Socket } from "node:net";

/** One WebSocket frame, masked with a key of zeros, so that the payload stands as it is. */
export function frame(payload: Uint8Array, firstByte = 0x81, { masked = true, claim = payload.length } = {}): Buffer {
  const mask = masked ? 0x80 : 0;
  const header =
    claim < 126
      ? Buffer.from([firstByte, mask | claim])
      : claim < 65_536
        ? Buffer.from([firstByte, mask | 126, claim >> 8, claim & 0xff])
        : longHeader(firstByte, mask, claim);
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), payload]);
}

function longHeader(firstByte: number, mask: number, length: number): Buffer {
  const header = Buffer.alloc(10);
  header[0] = firstByte;
  header[1] = mask | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

export class RawWebSocket {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #onText: (text: string) => void = () => undefined;
  readonly closed: Promise<void>;
  isOpen = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.isOpen = false;
        resolve();
      });
    });
  }

  /** Resolves with an open connection, or undefined when the handshake was refused. */
  static open(url: string, protocol = "ocpp1.6"): Promise<RawWebSocket | undefined> {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const raw = new RawWebSocket(socket);
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    return new Promise((resolve) => {
      void raw.closed.then(() => resolve(undefined));
      socket.on("data", function onData(chunk: Buffer) {
        raw.#received = Buffer.concat([raw.#received, chunk]);
        const end = raw.#received.indexOf("\r\n\r\n");
        if (end < 0) return;
        socket.off("data", onData);
        const status = raw.#received.subarray(9, 12).toString();
        raw.#received = raw.#received.subarray(end + 4);
        socket.on("data", (more: Buffer) => raw.#take(more));
        if (status !== "101") socket.destroy();
        resolve(status === "101" ? raw : undefined);
      });
    });
  }

  set onText(callback: (text: string) => void) {
    this.#onText = callback;
  }

  /** Bytes waiting for the kernel to take them. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (this.isOpen) this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let size = sizeOfFirst(this.#received); size !== undefined; size = sizeOfFirst(this.#received)) {
      const payload = this.#received.subarray(size.header, size.header + size.payload);
      const opcode = (this.#received[0] as number) & 0x0f;
      this.#received = this.#received.subarray(size.header + size.payload);
      if (opcode === 1) this.#onText(payload.toString("utf8"));
      else if (opcode === 9) this.write(frame(payload, 0x8a));
    }
  }
}

/** Lengths of the first frame of a server; undefined while it is not all there. */
function sizeOfFirst(bytes: Buffer): { readonly header: number; readonly payload: number } | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const header = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < header) return undefined;
  let payload = short;
  if (short === 126) payload = bytes.readUInt16BE(2);
  if (short === 127) payload = Number(bytes.readBigUInt64BE(2));
  return bytes.length < header + payload ? undefined : { header, payload };
}
