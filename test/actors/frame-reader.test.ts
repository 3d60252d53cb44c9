/** Reading past `ws` must not show: the same bytes, with and without, give the same messages, answers and close codes. */
import { Duplex } from "node:stream";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { readTextFrames } from "../../src/actors/frame-reader.ts";

const MAX_PAYLOAD = 70_000;
/** More than a header has bytes, fewer than the texts have. */
const MAX_PIECES = 32;

/** The part of `ws` that its own server and client use once the handshake is over. */
interface Opened extends WebSocket {
  setSocket(socket: Duplex, head: Buffer, options: object): void;
}

interface Peer {
  readonly events: string[];
  readonly ws: Opened;
  readonly raw: Duplex;
}

/** A WebSocket on a Duplex that is written to by nobody but the test. */
function peer(masked: boolean, through: "ws" | "reader"): Peer {
  const events: string[] = [];
  const raw = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      // A client masks its answers at random: only that it answers counts.
      events.push(`wrote ${masked ? bytes.toString("hex") : bytes.length}`);
      done();
    },
  });
  const ws = new (WebSocket as unknown as new (address: null, protocols: undefined, options: object) => Opened)(
    null,
    undefined,
    { autoPong: true, closeTimeout: 1000 },
  );
  Object.assign(ws, { _isServer: masked });
  const message = (data: Buffer, isBinary: boolean) =>
    events.push(`${isBinary ? "binary" : "text"} ${data.toString("hex")}`);
  ws.on("message", (data, isBinary) => message(data as Buffer, isBinary));
  ws.on("ping", (data) => events.push(`ping ${data.toString("hex")}`));
  ws.on("pong", (data) => events.push(`pong ${data.toString("hex")}`));
  ws.on("error", (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`));
  ws.on("close", (code, reason) => events.push(`close ${code} ${reason.toString("hex")}`));
  ws.setSocket(raw, Buffer.alloc(0), { maxPayload: MAX_PAYLOAD, maxFragments: 4, maxBufferedChunks: MAX_PIECES });
  if (through === "reader") {
    readTextFrames(raw, {
      masked,
      maxPayloadBytes: MAX_PAYLOAD,
      maxPieces: MAX_PIECES,
      onText: (bytes) => message(bytes, false),
    });
  }
  return { events, ws, raw };
}

interface Frame {
  readonly first: number;
  readonly payload: Buffer;
  readonly mask: readonly number[] | undefined;
  /** Bytes of the length field. */
  readonly wide: 0 | 2 | 8;
  /** Length that is claimed but not sent. */
  readonly claims?: number;
}

function encode({ first, payload, mask, wide, claims }: Frame): Buffer {
  const body = Buffer.from(payload);
  if (mask !== undefined) for (let i = 0; i < body.length; i += 1) body[i] = (body[i] ?? 0) ^ (mask[i & 3] ?? 0);
  const length = lengthField(claims ?? payload.length, wide, mask === undefined ? 0 : 0x80);
  return Buffer.concat([Buffer.of(first), length, Buffer.from(mask ?? []), body]);
}

function lengthField(length: number, wide: Frame["wide"], maskBit: number): Buffer {
  if (length >= 65_536 || wide === 8) {
    const field = Buffer.alloc(9, maskBit | 127);
    field.writeBigUInt64BE(BigInt(length), 1);
    return field;
  }
  if (length >= 126 || wide === 2) return Buffer.of(maskBit | 126, length >>> 8, length & 0xff);
  return Buffer.of(maskBit | length);
}

const text = fc.string({ unit: "grapheme", maxLength: 60 }).map((value) => Buffer.from(value));
const long = fc.constantFrom(124, 125, 126, 127, 300, 65_535, 65_536).map((length) => Buffer.alloc(length, "ä"));
const bytes = fc.uint8Array({ maxLength: 40, size: "max" }).map((value) => Buffer.from(value));
const byte = fc.nat({ max: 255 });

function frames(masked: boolean): fc.Arbitrary<Frame> {
  const right: fc.Arbitrary<readonly number[] | undefined> = masked
    ? fc.tuple(byte, byte, byte, byte)
    : fc.constant(undefined);
  const wrong: fc.Arbitrary<readonly number[] | undefined> = masked
    ? fc.constant(undefined)
    : fc.tuple(byte, byte, byte, byte);
  const mask = fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: wrong });
  const wide = fc.constantFrom<Frame["wide"]>(0, 0, 0, 2, 8);
  const of = (first: fc.Arbitrary<number>, payload: fc.Arbitrary<Buffer>): fc.Arbitrary<Frame> =>
    fc.record({ first, payload, mask, wide });
  return fc.oneof(
    { weight: 30, arbitrary: of(fc.constant(0x81), text) },
    { weight: 6, arbitrary: of(fc.constant(0x81), long) },
    {
      weight: 6,
      arbitrary: fc.record({
        first: fc.constantFrom(0x89, 0x8a),
        payload: text.map((b) => b.subarray(0, 125)),
        mask: right,
        wide: fc.constant(0 as const),
      }),
    },
    { weight: 2, arbitrary: of(fc.constantFrom(0x01, 0x00, 0x80, 0x82), text) },
    { weight: 1, arbitrary: of(fc.constant(0x81), bytes) },
    {
      weight: 1,
      arbitrary: of(
        fc.constant(0x88),
        fc.constantFrom("", "03e8", "03e8616263", "0001", "03").map((hex) => Buffer.from(hex, "hex")),
      ),
    },
    { weight: 1, arbitrary: of(byte, text) },
    { weight: 1, arbitrary: of(fc.constantFrom(0x89, 0x8a), long) },
    {
      weight: 1,
      arbitrary: fc.record({
        first: fc.constant(0x81),
        payload: text,
        mask,
        wide,
        claims: fc.constantFrom(400, MAX_PAYLOAD + 1, 2 ** 40),
      }),
    },
  );
}

interface Script {
  readonly masked: boolean;
  readonly frames: readonly Frame[];
  /** Places to cut at, as shares of the whole. */
  readonly cuts: readonly number[];
  /** Cuts every byte by itself. */
  readonly fine: boolean;
  /** How many chunks find the socket paused, and whether it closes so. */
  readonly pausedFrom: number;
  readonly ends: "end" | "destroy" | "destroy-paused";
}

const script: fc.Arbitrary<Script> = fc.boolean().chain((masked) =>
  fc.record({
    masked: fc.constant(masked),
    frames: fc.array(frames(masked), { minLength: 1, maxLength: 12, size: "max" }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12, size: "max" }),
    fine: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    pausedFrom: fc.integer({ min: 0, max: 12 }),
    ends: fc.constantFrom<Script["ends"]>("end", "destroy", "destroy-paused"),
  }),
);

function chunksOf({ frames: all, cuts, fine }: Script): Buffer[] {
  const whole = Buffer.concat(all.map(encode));
  const places = fine && whole.length < 400 ? [...whole.keys()] : cuts.map((cut) => Math.floor(cut * whole.length));
  const sorted = [...new Set([0, ...places, whole.length])].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => Buffer.from(whole.subarray(sorted[i], end)));
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function play(plan: Script, through: "ws" | "reader"): Promise<readonly string[]> {
  const { raw, ws, events } = peer(plan.masked, through);
  await turn();
  for (const [i, chunk] of chunksOf(plan).entries()) {
    if (plan.ends === "destroy-paused" && i === plan.pausedFrom) {
      ws.pause();
      raw.pause();
    }
    if (!raw.destroyed && !raw.readableEnded) raw.push(chunk);
    await turn();
    events.push(`after chunk ${i}`);
  }
  if (plan.ends === "end") raw.push(null);
  else raw.destroy();
  await turn();
  await turn();
  ws.terminate();
  await turn();
  return events;
}

test("RFC 6455 - messages, answers and close codes are those of ws alone, however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(script, async (plan) => {
      assert.equal(await play(plan, "reader"), await play(plan, "ws"));
    }),
    { numRuns: 800 },
  );
});

test("a socket that has another reader is left alone", async () => {
  const raw = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  const seen: string[] = [];
  raw.on("data", (chunk: Buffer) => seen.push(chunk.toString("hex")));
  raw.on("data", () => undefined);
  readTextFrames(raw, { masked: false, maxPayloadBytes: 10, onText: () => seen.push("taken") });
  raw.push(Buffer.from([0x81, 0x01, 0x61]));
  await turn();
  assert.equal(seen, ["810161"]);
});

test.run();
