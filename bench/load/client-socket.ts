/** A raw WebSocket client connection: upgrade, frames, pongs. The station's protocol sits on top (`station.ts`). */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { acceptOf, type FrameHandler, FrameReader, maskedFrame, OPCODE, unmask } from "./framing.ts";

export interface ClientSocketOptions {
  /** `ws://host:port/path`, identity included. */
  readonly url: string;
  readonly subprotocol: string;
  /** Masking key of every frame of this connection; four bytes, none of them zero. */
  readonly key: Uint8Array;
  /** A text frame: `data[start..end)`, valid during the call only. */
  readonly onText: (data: Buffer, start: number, end: number) => void;
  /** Once, whoever closed. */
  readonly onClose: () => void;
}

/** One read buffer serves all sockets of the process: it is emptied before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Connects and upgrades.
 *
 * @returns the socket, ready for masked frames
 * @throws Error when the connection fails or the answer is not a 101 for this key and subprotocol
 */
export function openClientSocket(options: ClientSocketOptions): Promise<Socket> {
  const { hostname, port, pathname } = new URL(options.url);
  const wsKey = randomBytes(16).toString("base64");
  return new Promise((resolve, reject) => {
    const upgrade = new Upgrade(options, wsKey);
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length: number) => {
          upgrade.read(socket, readBuffer.subarray(0, length), resolve, reject);
          return true;
        },
      },
    });
    socket.once("connect", () =>
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${wsKey}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${options.subprotocol}\r\n\r\n`,
      ),
    );
    socket.on("error", reject);
    socket.once("close", () => {
      reject(new Error("connection closed before the upgrade"));
      options.onClose();
    });
  });
}

class Upgrade {
  readonly #options: ClientSocketOptions;
  readonly #accept: string;
  #head = "";
  #reader: FrameReader | undefined;

  constructor(options: ClientSocketOptions, wsKey: string) {
    this.#options = options;
    this.#accept = acceptOf(wsKey);
  }

  read(socket: Socket, chunk: Buffer, resolve: (socket: Socket) => void, reject: (error: Error) => void): void {
    try {
      if (this.#reader !== undefined) this.#reader.push(chunk);
      else this.#upgrade(socket, chunk, resolve);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
      socket.destroy();
    }
  }

  #upgrade(socket: Socket, chunk: Buffer, resolve: (socket: Socket) => void): void {
    this.#head += chunk.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#head.slice(0, end);
    const early = Buffer.from(this.#head.slice(end + 4), "latin1");
    this.#head = "";
    checkUpgrade(head, this.#accept, this.#options.subprotocol);
    const onFrame: FrameHandler = (opcode, data, start, stop, maskAt) => {
      if (opcode === OPCODE.text) this.#options.onText(data, start, stop);
      else answerControl(socket, this.#options.key, opcode, data, start, stop, maskAt);
    };
    this.#reader = new FrameReader(onFrame);
    resolve(socket);
    if (early.length > 0) this.#reader.push(early);
  }
}

function checkUpgrade(head: string, accept: string, subprotocol: string): void {
  const status = head.slice(0, head.indexOf("\r\n"));
  if (!status.startsWith("HTTP/1.1 101")) throw new Error(`upgrade refused: ${status}`);
  if (!head.includes(accept)) throw new Error("upgrade answered with a wrong Sec-WebSocket-Accept");
  const chosen = /^sec-websocket-protocol:\s*(\S+)/im.exec(head)?.[1];
  if (chosen !== subprotocol) throw new Error(`subprotocol ${chosen ?? "none"} instead of ${subprotocol}`);
}

function answerControl(
  socket: Socket,
  key: Uint8Array,
  ...[opcode, data, start, end, maskAt]: Parameters<FrameHandler>
): void {
  const payload = Buffer.from(data.subarray(start, end));
  if (maskAt >= 0) unmask(payload, 0, payload.length, data, maskAt);
  if (opcode === OPCODE.ping) socket.write(maskedFrame(OPCODE.pong, payload, key));
  if (opcode === OPCODE.close) socket.end(maskedFrame(OPCODE.close, payload, key));
}
