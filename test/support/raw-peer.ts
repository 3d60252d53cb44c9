/** A TCP client that speaks as much HTTP and WebSocket as it is told: for peers that do what no library does. */
import { connect, type Socket } from "node:net";
import { until } from "./until.ts";

const PING = 9;
const PONG = 10;
const TEXT = 1;

export class RawPeer {
  readonly socket: Socket;
  /** The HTTP head that came back, once it is complete. */
  head: string | undefined;
  readonly texts: string[] = [];
  /** Code of the close frame that came; it is not answered. */
  closeCode: number | undefined;
  isEnded = false;
  #rest = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isEnded = true;
    });
    socket.on("end", () => socket.end());
  }

  /** @param url only host and port count */
  static async connect(url: string): Promise<RawPeer> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const peer = new RawPeer(socket);
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }

  /** Connects and asks for an upgrade; resolves with the head of the answer. */
  static async upgrade(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(url);
    const lines = Object.entries({ ...UPGRADE, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    peer.write(`GET ${url.replace(/^ws:\/\/[^/]*/, "")} HTTP/1.1\r\nHost: gateway\r\n${lines.join("")}\r\n`);
    await until("the answer to the upgrade", () => peer.head !== undefined || peer.isEnded);
    return peer;
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.head ?? "")?.[1]);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  send(text: string): void {
    this.#frame(TEXT, Buffer.from(text));
  }

  destroy(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** A client's frames are masked; a mask of zeros leaves them readable. */
  #frame(opcode: number, payload: Buffer): void {
    const { length } = payload;
    const header =
      length < 126
        ? Buffer.from([0x80 | opcode, 0x80 | length])
        : Buffer.from([0x80 | opcode, 0xfe, length >> 8, length]);
    this.write(Buffer.concat([header, Buffer.alloc(4), payload]));
  }

  #onData(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (this.head === undefined) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      this.head = this.#rest.subarray(0, end).toString();
      this.#rest = this.#rest.subarray(end + 4);
    }
    while (this.#takeFrame());
  }

  /** False when there is no whole frame any more. */
  #takeFrame(): boolean {
    const [first = 0, second = 0] = this.#rest;
    const header = second === 126 ? 4 : 2;
    if (this.#rest.length < header) return false;
    const length = second === 126 ? this.#rest.readUInt16BE(2) : second;
    if (this.#rest.length < header + length) return false;
    const payload = this.#rest.subarray(header, header + length);
    this.#rest = this.#rest.subarray(header + length);
    const opcode = first & 0x0f;
    if (opcode === TEXT) this.texts.push(payload.toString());
    else if (opcode === PING) this.#frame(PONG, payload);
    else if (opcode === 8) this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    return true;
  }
}

const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};
