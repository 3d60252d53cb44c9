/**
 * The CSMS at the far end: answers every CALL at once with the CALLRESULT of its action. On raw sockets, because it
 * shares the machine, and usually the generator's thread, with what is measured.
 *
 * Only the first bytes of a masked frame are unmasked, enough for id and action; every 64th frame is unmasked and
 * parsed whole, and counted as malformed when it is not the CALL it should be.
 */
import { createServer, type Server, type Socket } from "node:net";
import { acceptOf, FrameReader, headerLength, OPCODE, plainFrame, unmask, writeHeader } from "./framing.ts";
import { answerText, type LoadVersion } from "./messages.ts";
import { OrderWatch, type WatchCounts } from "./order-watch.ts";

/** `[2,"` + id of at most 36 + `","` + action of at most 50 + `",` */
const ENVELOPE_BYTES = 96;
const CHECK_EVERY = 64;
const QUOTE = 0x22;

export interface CsmsCounts {
  readonly connections: number;
  readonly calls: number;
  /** Frames that are not a CALL of a known action. */
  readonly malformed: number;
}

interface Tallies {
  calls: number;
  malformed: number;
  watch: OrderWatch | undefined;
}

export interface CsmsDouble {
  readonly port: number;
  counts(): CsmsCounts;
  /** Connections that are open now. */
  readonly open: number;
  /** Closes the port and every connection, as a CSMS that is gone. */
  down(): Promise<void>;
  /** Listens on the same port again. */
  up(): Promise<void>;
  /** From now on every frame is unmasked and its place in the order is looked at; with false, no longer. */
  watch(on: boolean): void;
  /** What was seen since; undefined while nothing is watched. */
  watched(): WatchCounts | undefined;
  close(): Promise<void>;
}

/** Starts a double on a free port of the loopback interface. */
export async function startCsmsDouble(): Promise<CsmsDouble> {
  const counts: Tallies & { connections: number } = { connections: 0, calls: 0, malformed: 0, watch: undefined };
  const sockets = new Set<Socket>();
  let transactionId = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    counts.connections += 1;
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    acceptUpgrade(socket, (version, identity) => {
      transactionId += 1;
      const link = new StationLink(socket, { version, identity, transactionId }, counts);
      return (chunk) => link.push(chunk);
    });
  });
  const port = await listen(server, 0);
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    port,
    counts: () => ({ connections: counts.connections, calls: counts.calls, malformed: counts.malformed }),
    get open() {
      return sockets.size;
    },
    down: close,
    up: async () => void (await listen(server, port)),
    watch: (on) => {
      counts.watch = on ? new OrderWatch() : undefined;
    },
    watched: () => counts.watch?.counts(),
    close,
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port, backlog: 4096 }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

/** Answers the HTTP upgrade, then hands every further byte to what `open` returns. */
function acceptUpgrade(
  socket: Socket,
  open: (version: LoadVersion, identity: string) => (chunk: Buffer) => void,
): void {
  let head = "";
  let sink: ((chunk: Buffer) => void) | undefined;
  socket.on("data", (chunk: Buffer) => {
    if (sink !== undefined) {
      sink(chunk);
      return;
    }
    head += chunk.toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const key = /^sec-websocket-key:\s*(\S+)/im.exec(head)?.[1] ?? "";
    const protocol = /^sec-websocket-protocol:\s*([\w.]+)/im.exec(head)?.[1];
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n${protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`,
    );
    const identity = /^GET \S*\/(\S+)/.exec(head)?.[1] ?? "";
    sink = open(protocol === "ocpp2.0.1" ? "ocpp2.0.1" : "ocpp1.6", identity);
    const early = Buffer.from(head.slice(end + 4), "latin1");
    if (early.length > 0) sink(early);
  });
}

interface LinkOptions {
  readonly version: LoadVersion;
  readonly identity: string;
  readonly transactionId: number;
}

class StationLink {
  readonly #socket: Socket;
  readonly #version: LoadVersion;
  readonly #identity: string;
  readonly #transactionId: number;
  readonly #counts: Tallies;
  readonly #reader = new FrameReader((opcode, data, start, end, maskAt) =>
    this.#frame(opcode, data, start, end, maskAt),
  );
  readonly #head = Buffer.alloc(ENVELOPE_BYTES);

  constructor(socket: Socket, { version, identity, transactionId }: LinkOptions, counts: Tallies) {
    this.#socket = socket;
    this.#version = version;
    this.#identity = identity;
    this.#transactionId = transactionId;
    this.#counts = counts;
  }

  push(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch {
      this.#counts.malformed += 1;
      this.#socket.destroy();
    }
  }

  #frame(opcode: number, data: Buffer, start: number, end: number, maskAt: number): void {
    if (opcode === OPCODE.text) {
      this.#text(data, start, end, maskAt);
      return;
    }
    const payload = Buffer.from(data.subarray(start, end));
    if (maskAt >= 0) unmask(payload, 0, payload.length, data, maskAt);
    if (opcode === OPCODE.ping) this.#socket.write(plainFrame(OPCODE.pong, payload));
    if (opcode === OPCODE.close) this.#socket.end(plainFrame(OPCODE.close, payload));
  }

  #text(data: Buffer, start: number, end: number, maskAt: number): void {
    this.#counts.calls += 1;
    if (this.#counts.calls % CHECK_EVERY === 0) this.#check(data, start, end, maskAt);
    const head = this.#head;
    const length = Math.min(ENVELOPE_BYTES, end - start);
    data.copy(head, 0, start, start + length);
    if (maskAt >= 0) unmask(head, 0, length, data, maskAt);
    const idEnd = head.indexOf(QUOTE, 4);
    const actionEnd = head.indexOf(QUOTE, idEnd + 3);
    if (head[1] !== 0x32 || idEnd < 0 || actionEnd < 0 || actionEnd >= length) {
      this.#counts.malformed += 1;
      return;
    }
    const action = head.toString("latin1", idEnd + 3, actionEnd);
    this.#counts.watch?.see(this.#identity, action, unmasked(data, start, end, maskAt), performance.now());
    const answer = answerText(this.#version, action) ?? this.#ownAnswer(action);
    if (answer === undefined) this.#counts.malformed += 1;
    this.#answer(head, idEnd, answer);
  }

  #ownAnswer(action: string): string | undefined {
    if (action !== "StartTransaction") return undefined;
    return JSON.stringify({ transactionId: this.#transactionId, idTagInfo: { status: "Accepted" } });
  }

  /** `[3,"id",answer]`, or a CALLERROR where there is no answer. `head` still holds the CALL's `[2,"id"`. */
  #answer(head: Buffer, idEnd: number, answer: string | undefined): void {
    const tail = answer === undefined ? `,"NotImplemented","",{}]` : `,${answer}]`;
    const length = idEnd + 1 + tail.length;
    const frame = Buffer.allocUnsafe(headerLength(length) + length);
    const at = writeHeader(frame, OPCODE.text, length);
    head.copy(frame, at, 0, idEnd + 1);
    frame[at + 1] = answer === undefined ? 0x34 : 0x33;
    frame.write(tail, at + idEnd + 1, "latin1");
    this.#socket.write(frame);
  }

  #check(data: Buffer, start: number, end: number, maskAt: number): void {
    if (!isCall(unmasked(data, start, end, maskAt).toString("utf8"))) this.#counts.malformed += 1;
  }
}

function unmasked(data: Buffer, start: number, end: number, maskAt: number): Buffer {
  const text = Buffer.from(data.subarray(start, end));
  if (maskAt >= 0) unmask(text, 0, text.length, data, maskAt);
  return text;
}

function isCall(text: string): boolean {
  try {
    const frame: unknown = JSON.parse(text);
    return Array.isArray(frame) && frame.length === 4 && frame[0] === 2 && typeof frame[3] === "object";
  } catch {
    return false;
  }
}
