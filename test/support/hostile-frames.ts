/** Frames that no honest peer sends: OCPP-J that is none, and WebSocket frames that are none. */
import fc from "fast-check";
import { frame } from "./raw-websocket.ts";
import { goodMessage } from "./schema-arbitrary.ts";
import { badMessage } from "./schema-faults.ts";
import { messageSchema } from "./schemas.ts";

type Random = () => number;

const ACTIONS = ["BootNotification", "StatusNotification", "MeterValues", "StartTransaction", "DataTransfer"] as const;
const SAMPLES = 150;

/** Makes malformed frame texts, endlessly different ones of every kind. */
export function hostileTexts(random: Random, seed: number): () => Buffer {
  const calls = ACTIONS.flatMap((action) => {
    const schema = messageSchema("ocpp1.6", action);
    const good = fc.sample(goodMessage(schema), { numRuns: SAMPLES, seed }).map((payload) => ({ action, payload }));
    // DataTransfer's only demand is a vendorId, which is enough to violate.
    const bad = fc.sample(badMessage(schema), { numRuns: SAMPLES, seed }).map(({ payload }) => ({ action, payload }));
    return [...good, ...bad];
  });
  const int = (n: number) => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]): T => items[int(items.length)] as T;
  const id = () => `x${int(1e9)}`;
  const call = () => {
    const { action, payload } = pick(calls);
    return JSON.stringify([2, id(), action, payload]);
  };
  const junk = () => pick<unknown>([null, true, -1, 1e308, "", "text", [], {}, [[]], { a: [] }, "\u0000", "\ud800"]);
  const kinds: readonly (() => string | Buffer)[] = [
    () => Buffer.from(Array.from({ length: int(200) }, () => int(256))),
    () => call().slice(0, int(60)),
    () => JSON.stringify(Array.from({ length: int(7) }, junk)),
    () => JSON.stringify([pick([2, 3, 4, 5, 6]), junk(), junk(), junk(), junk()]),
    () => `[2,"${id()}","DataTransfer",${'{"a":['.repeat(5 + int(2000))}`,
    () => `[2,"${id()}","DataTransfer",{"vendorId":"v","data":${"[".repeat(30)}${"]".repeat(30)}}]`,
    () => `[2,"${id()}","Authorize",{"idTag":"A","idTag":"B"}]`,
    () => `[2,"${id()}","Authorize",{"idTag":"A","\\u0069dTag":"B"}]`,
    () => `[${pick(["1e999", "-0", "2.5", "99999999999999999999", "0x2", "02"])},"${id()}","Heartbeat",{}]`,
    () => `[2,${pick(["1e999", "-1", "0.1", "12345678901234567890"])},"StatusNotification",{"connectorId":1e400}]`,
    () => JSON.stringify([pick([0, 1, 5, 6, 7, 99, -2]), id(), "Heartbeat", {}]),
    () => JSON.stringify([3, id(), { status: "Accepted" }]),
    () => JSON.stringify([4, id(), "InternalError", "x".repeat(int(3000)), {}]),
    () => JSON.stringify([2, "i".repeat(int(5000)), "Heartbeat", {}]),
    () => `[2,"${id()}","__proto__",{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}]`,
    () => `[2,"${id()}","Authorize",{"idTag":"\\ud800\u0000\\u0000"}]`,
    () => flipped(call(), int),
    () => flipped(call(), int),
    call,
    call,
    () => `[2,"${id()}","DataTransfer",{${escapedKeys(1 + int(300))}}]`,
  ];
  // Text that is no UTF-8 ends the connection (RFC 6455 §8.1), so it belongs to hostileBytes; here it is made UTF-8.
  return () => Buffer.from(pick(kinds)().toString());
}

const escapedKeys = (count: number): string => Array.from({ length: count }, (_, i) => `"\\u0061${i}":1`).join(",");

/** A few bytes changed somewhere. */
function flipped(text: string, int: (n: number) => number): Buffer {
  const bytes = Buffer.from(text);
  for (let i = 0; i <= int(4); i += 1) bytes[int(bytes.length)] = int(256);
  return bytes;
}

/** Makes bytes that break the WebSocket protocol, or this gateway's rules for it; each ends the connection. */
export function hostileBytes(random: Random): () => Buffer {
  const int = (n: number) => Math.floor(random() * n);
  const text = Buffer.from('[2,"1","Heartbeat",{}]');
  const kinds: readonly (() => Buffer)[] = [
    // RFC 6455 §5.2: reserved bits, reserved opcodes
    () => frame(text, 0xc1 | (int(3) << 4)),
    () => frame(text, 0x80 | (3 + int(5))),
    () => frame(text, 0x80 | (11 + int(5))),
    // §5.1: a client's frame must be masked
    () => frame(text, 0x81, { masked: false }),
    // §5.5: control frames are short and whole
    () => frame(Buffer.alloc(200), 0x89),
    () => frame(Buffer.alloc(3), 0x09),
    () => frame(Buffer.from([0x03]), 0x88),
    () => frame(Buffer.from([0x00, 0x05]), 0x88),
    // §5.4: a continuation of nothing, a new message inside another
    () => frame(text, 0x80),
    () => Buffer.concat([frame(text, 0x01), frame(text, 0x01)]),
    // lengths: beyond the limit, beyond every number
    () => frame(text, 0x81, { claim: 200_000 }),
    () => frame(text, 0x81, { claim: 2 ** 53 }),
    () => frame(Buffer.alloc(140_000, 0x20), 0x81),
    () => Buffer.concat([frame(text, 0x01), ...Array.from({ length: 100 }, () => frame(Buffer.from(" "), 0x00))]),
    () => Buffer.concat([frame(text, 0x01), ...Array.from({ length: 20 }, () => frame(Buffer.alloc(10_000), 0x00))]),
    // §5.6: text is UTF-8; OCPP-J has no binary
    () => frame(Buffer.from([0xc3, 0x28]), 0x81),
    () => frame(text, 0x82),
    () => Buffer.from(Array.from({ length: 1 + int(400) }, () => 0x03 + int(250))),
  ];
  return () => (kinds[int(kinds.length)] as () => Buffer)();
}
