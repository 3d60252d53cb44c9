/**
 * A TCP relay that writes down the WebSocket text messages that pass through it, byte for byte and in both directions. It reads
 * the wire itself (RFC 6455 §5.2), so that what it has seen does not depend on any library of the peers.
 *
 * `freeze` stops the bytes and keeps the connections: the half-open socket of a station that lost its power.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface TappedConnection {
  /** Messages of the side that dialled. */
  readonly up: string[];
  /** Messages of the side that was dialled. */
  readonly down: string[];
}

export class WireTap {
  readonly connections: TappedConnection[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param targetPort port on the loopback that connections are relayed to */
  static async open(targetPort: number): Promise<WireTap> {
    const server = createServer();
    const tap = new WireTap(server);
    server.on("connection", (client) => tap.#relay(client, connect(targetPort, "127.0.0.1")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return tap;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on no byte passes, and nobody is told. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause().removeAllListeners("data");
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #relay(client: Socket, target: Socket): void {
    const seen: TappedConnection = { up: [], down: [] };
    this.connections.push(seen);
    this.#pipe(client, target, messages(seen.up));
    this.#pipe(target, client, messages(seen.down));
  }

  #pipe(from: Socket, to: Socket, read: (chunk: Buffer) => void): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (chunk) => {
      read(chunk);
      to.write(chunk);
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

const TEXT = 1;
const CONTROL = 8;

/** Reads one direction: the HTTP head first, then frames. */
function messages(into: string[]): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let headIsOver = false;
  let fragments: Buffer[] = [];
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!headIsOver) {
      const end = rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      headIsOver = true;
      rest = rest.subarray(end + 4);
    }
    for (let frame = readFrame(rest); frame !== undefined; frame = readFrame(rest)) {
      rest = rest.subarray(frame.size);
      if (frame.opcode < CONTROL) fragments = take(frame, fragments, into);
    }
  };
}

/** Adds a data frame to the fragments before it; a message that is complete goes into `into`. */
function take(frame: WireFrame, before: readonly Buffer[], into: string[]): Buffer[] {
  const fragments = frame.opcode === TEXT ? [frame.payload] : [...before, frame.payload];
  if (!frame.isLast) return fragments;
  into.push(Buffer.concat(fragments).toString("utf8"));
  return [];
}

interface WireFrame {
  readonly opcode: number;
  readonly isLast: boolean;
  /** Bytes of the frame with its header. */
  readonly size: number;
  readonly payload: Buffer;
}

/** The first frame of `bytes`, undefined while it is not complete. */
function readFrame(bytes: Buffer): WireFrame | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const extra = short === 127 ? 8 : short === 126 ? 2 : 0;
  const mask = second & 0x80 ? 4 : 0;
  const start = 2 + extra + mask;
  if (bytes.length < start) return undefined;
  const length = extra === 8 ? Number(bytes.readBigUInt64BE(2)) : extra === 2 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + length) return undefined;
  const key = bytes.subarray(2 + extra, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  if (mask > 0) for (let i = 0; i < length; i += 1) payload[i] = (payload[i] ?? 0) ^ (key[i & 3] ?? 0);
  return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, size: start + length, payload };
}
