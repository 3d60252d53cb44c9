// deadline: 120s
/** Field lesson 40: payloads made to hurt. Each is sent next to a station that must not notice. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld, type World } from "../support/e2e-world.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { until } from "../support/until.ts";
import { dial, type Peer } from "../support/ws-peer.ts";

const MAX_PAYLOAD = 131_072;

async function bystander(world: World): Promise<Peer> {
  return (await world.booted("BYSTANDER")).station;
}

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

// Whoever walks a payload recursively runs out of stack on 60 000 brackets, which fit into a small frame.
for (const [version, code] of [
  ["ocpp1.6", "FormationViolation"],
  ["ocpp2.0.1", "FormatViolation"],
] as const) {
  test(`40 - a payload nested too deeply is refused and not relayed (${version})`, async () => {
    await using world = await openWorld();
    const other = await bystander(world);
    const { station, csms } = await world.booted("CP1", version);
    const before = csms.frames.length;
    for (const [id, depth] of [
      ["shallow", 15],
      ["deep", 60_000],
    ] as const) {
      station.send(`[2,"${id}","DataTransfer",{"vendorId":"V","data":${nested(depth)}}]`);
      assert.equal((await station.answerTo(id)).slice(0, 3), [4, id, code]);
    }
    // The limit is 16 levels, the frame's own array and object included.
    assert.is((await station.ask("DataTransfer", { vendorId: "V", data: JSON.parse(nested(14)) }))[0], 3);
    assert.is(csms.frames.length, before + 1);
    assert.is((await other.ask("Heartbeat"))[0], 3);
  });
}

// Two parsers, two opinions: the gateway inspects one transactionId, the CSMS bills another.
for (const payload of [
  '{"transactionId":1,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z","transactionId":2}',
  '{"transactionId":1,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z","transaction\\u0049d":2}',
]) {
  test(`40 - a payload that names a key twice is refused: ${payload.slice(-22)}`, async () => {
    await using world = await openWorld();
    const { station, csms } = await world.booted("CP1");
    station.send(`[2,"d","StopTransaction",${payload}]`);
    assert.equal((await station.answerTo("d")).slice(0, 3), [4, "d", "FormationViolation"]);
    assert.is(csms.calls("StopTransaction").length, 0);
  });
}

test("40 - keys that poison prototypes are relayed as they are and poison nothing", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1", "ocpp2.0.1");
  const frame =
    '[2,"p","DataTransfer",{"vendorId":"V","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]';
  station.send(frame);
  await station.answerTo("p");
  assert.is(csms.frames.at(-1), frame);
  const event = (eventType: string, transactionId: string, seqNo: number) => ({
    eventType,
    timestamp: "2026-01-01T00:00:00Z",
    triggerReason: "Authorized",
    seqNo,
    transactionInfo: { transactionId },
  });
  const names = ["__proto__", "constructor", "toString"];
  for (const name of names) await station.ask("TransactionEvent", event("Started", name, 0));
  assert.is(csms.calls("TransactionEvent").length, 3);
  assert.is(world.view("CP1", "ocpp2.0.1").openTransactions, 3);
  for (const name of names) await station.ask("TransactionEvent", event("Ended", name, 1));
  assert.is(world.view("CP1", "ocpp2.0.1").openTransactions, 0);
  assert.is(({} as { polluted?: number }).polluted, undefined);
  assert.is(world.gateway.counters.actorRestarts, 0);
});

// "\ud800" is legal JSON and no legal Unicode: a gateway that parses and writes again turns it into U+FFFD.
test("40 - lone surrogates and other odd escapes pass unchanged", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  const frame =
    '[2,"s","DataTransfer",{"vendorId":"\\ud800","messageId":"\\u0000\\/","data":"\\uDFFF x \\ud83d\\ude00"}]';
  station.send(frame);
  await station.answerTo("s");
  assert.is(csms.frames.at(-1), frame);
});

test("40 - bytes that are no UTF-8 close the connection with 1007", async () => {
  await using world = await openWorld();
  const other = await bystander(world);
  const { station } = await world.booted("CP1");
  station.ws.send(Buffer.from([0x5b, 0xff, 0xfe, 0x5d]), { binary: false });
  assert.is(await station.closeCode(), 1007);
  assert.is((await other.ask("Heartbeat"))[0], 3);
});

test("40 - a binary frame closes the connection with 1003", async () => {
  await using world = await openWorld();
  const { station } = await world.booted("CP1");
  station.ws.send(Buffer.from('[2,"b","Heartbeat",{}]'), { binary: true });
  assert.is(await station.closeCode(), 1003);
});

test("40 - a frame over the limit closes the connection with 1009, one at the limit passes", async () => {
  await using world = await openWorld();
  const other = await bystander(world);
  const { station, csms } = await world.booted("CP1");
  const frame = (size: number) => {
    const head = '[2,"big","DataTransfer",{"vendorId":"V","data":"';
    return `${head}${"x".repeat(size - head.length - 3)}"}]`;
  };
  station.send(frame(MAX_PAYLOAD));
  assert.is((await station.answerTo("big"))[0], 3);
  assert.is(csms.frames.at(-1)?.length, MAX_PAYLOAD);
  station.send(frame(MAX_PAYLOAD + 1));
  assert.is(await station.closeCode(), 1009);
  assert.is((await other.ask("Heartbeat"))[0], 3);
});

test("40 - a frame that announces 100 MB or 4 GiB is refused by its header", async () => {
  await using world = await openWorld();
  for (const length of [100_000_000n, 4n << 30n]) {
    using peer = await RawPeer.upgrade(world.url("CP1"), { "Sec-WebSocket-Protocol": "ocpp1.6" });
    const header = Buffer.from([0x81, 0xff, ...Array<number>(12).fill(0)]);
    header.writeBigUInt64BE(length, 2);
    peer.write(header);
    await until("the close frame", () => peer.closeCode === 1009);
  }
});

/** Frames of one byte each, masked with zeros; only the last one ends the message. */
const crumbs = (text: string, isWhole: boolean) =>
  Buffer.concat(
    [...Buffer.from(text)].map((byte, i) => {
      const isLast = isWhole && i === text.length - 1;
      return Buffer.from([(isLast ? 0x80 : 0) | (i === 0 ? 1 : 0), 0x81, 0, 0, 0, 0, byte]);
    }),
  );

// Each fragment costs the receiver an object; a frame in 100 000 crumbs is a cheap way to spend somebody else's memory.
test("40 - a message in crumbs is put together, too many crumbs close the connection with 1008", async () => {
  await using world = await openWorld();
  using peer = await RawPeer.upgrade(world.url("CP1"), { "Sec-WebSocket-Protocol": "ocpp1.6" });
  const frame = '[2,"c","Heartbeat",{}]';
  peer.write(crumbs(frame, true));
  await until("the answer", () => peer.texts.length === 1);
  assert.is((await world.csms.link("CP1")).frames[0], frame);
  peer.write(crumbs("x".repeat(1_000), false));
  await until("the close frame", () => peer.closeCode === 1008);
});

test("40 - a frame that is not masked closes the connection with 1002", async () => {
  await using world = await openWorld();
  using peer = await RawPeer.upgrade(world.url("CP1"), { "Sec-WebSocket-Protocol": "ocpp1.6" });
  peer.write(Buffer.from([0x81, 0x02, 0x5b, 0x5d]));
  await until("the close frame", () => peer.closeCode === 1002);
});

test("40 - compression is not negotiated unless the station's rule says so", async () => {
  await using world = await openWorld();
  const station = await world.dial("CP1", "ocpp1.6", { perMessageDeflate: true });
  assert.is(station.ws.extensions, "");
});

// 100 kB on the wire, 100 MB in memory, on gateway hardware with 256 MB.
test("40 - a compressed bomb closes the connection with 1009 and takes no memory", async () => {
  await using world = await openWorld({
    config: { stations: [{ match: "*", securityProfile: 0, deflate: true }] },
  });
  const other = await dial(world.url("BYSTANDER"), ["ocpp1.6"], { perMessageDeflate: { threshold: 0 } });
  assert.match(other.ws.extensions, "permessage-deflate");
  const bombs = await Promise.all(
    [1, 2, 3].map((i) => dial(world.url(`CP${i}`), ["ocpp1.6"], { perMessageDeflate: { threshold: 0 } })),
  );
  const bomb = Buffer.alloc(64 * 1024 * 1024, 0x20);
  const before = process.memoryUsage();
  for (const peer of bombs) peer.ws.send(bomb, { binary: false });
  for (const peer of bombs) assert.is(await peer.closeCode(20_000), 1009);
  const { heapUsed, external } = process.memoryUsage();
  const grownMiB = (heapUsed + external - before.heapUsed - before.external) / 1024 / 1024;
  assert.ok(grownMiB < 16, `${grownMiB} MiB more for ${bombs.length} bombs of 64 MiB`);
  assert.is((await other.ask("Heartbeat"))[0], 3);
});

test("40 - the CSMS cannot send bombs either: its link is closed, the station stays", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  csms.send(`[2,"big","DataTransfer",{"vendorId":"V","data":"${"x".repeat(MAX_PAYLOAD)}"}]`);
  assert.is(await csms.closeCode(), 1009);
  const again = await world.csms.link("CP1", 1);
  assert.is((await station.ask("Heartbeat"))[0], 3);
  again.send(`[2,"deep","DataTransfer",{"vendorId":"V","data":${nested(40)}}]`);
  assert.equal((await again.answerTo("deep")).slice(0, 3), [4, "deep", "FormationViolation"]);
  assert.is(station.calls().length, 0);
});

test("40 - ten malformed frames in a row close the connection; a good one in between starts the count again", async () => {
  await using world = await openWorld();
  const { station } = await world.booted("CP1");
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 9; i += 1) station.send("[2,");
    assert.is((await station.ask("Heartbeat"))[0], 3);
  }
  assert.equal(world.security, []);
  for (let i = 0; i < 10; i += 1) station.send("[2,");
  assert.is(await station.closeCode(), 1002);
  assert.is(world.security[0]?.type, "InvalidMessages");
});

test("40 - malformed frames of the CSMS are counted for themselves", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  for (let i = 0; i < 9; i += 1) csms.send("[2,");
  csms.send('[2,"good","ClearCache",{}]');
  for (let i = 0; i < 9; i += 1) csms.send("[2,");
  await csms.barrier();
  assert.ok(csms.isOpen, "a good call was in between");
  // What the station says well is none of the CSMS's merits.
  station.send('[3,"good",{"status":"Accepted"}]');
  await csms.answerTo("good");
  csms.send("[2,");
  assert.is(await csms.closeCode(), 1002);
  assert.ok(station.isOpen);
});

test.run();
