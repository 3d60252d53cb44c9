/** A load of invalid messages would measure how fast a gateway refuses. */
import { createRequire } from "node:module";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { callTemplate, messageIdPrefix, messageNoAt, patchTemplate } from "../../bench/load/call-template.ts";
import { FrameReader, maskedFrame, OPCODE, plainFrame, unmask } from "../../bench/load/framing.ts";
import {
  answerText,
  bootMessage,
  FIRST_SEQ_NO,
  type LoadMessage,
  type LoadVersion,
  loadMessage,
  type MessageKind,
  startMessage,
  stopMessage,
} from "../../bench/load/messages.ts";

interface Validator {
  readonly subprotocol: string;
  /** Throws when `params` violate the schema `urn:<action>.req` or `.conf`. */
  validate(schemaId: string, params: unknown): void;
}

const validators: readonly Validator[] = createRequire(import.meta.url)("ocpp-rpc/lib/standard-validators");

const KINDS: readonly MessageKind[] = ["authorize", "meter", "status", "heartbeat", "health"];
const VERSIONS: readonly LoadVersion[] = ["ocpp1.6", "ocpp2.0.1"];

const factsOf = (version: LoadVersion) => ({
  idTag: "B1234",
  transactionId: version === "ocpp1.6" ? 17 : "0000002a-c0de-4000-8000-0123456789ab",
  timestamp: "2026-01-01T00:00:00.000Z",
});

function messagesOf(version: LoadVersion): LoadMessage[] {
  const facts = factsOf(version);
  return [
    bootMessage(version),
    startMessage(version, facts),
    stopMessage(version, facts, FIRST_SEQ_NO + 9),
    ...KINDS.map((kind) => loadMessage(version, kind, facts)),
  ];
}

for (const version of VERSIONS) {
  const validator = validators.find(({ subprotocol }) => subprotocol === version);
  assert.ok(validator);

  test(`${version}: every message of the load is valid against the official schema`, () => {
    for (const { action, payload } of messagesOf(version)) validator.validate(`urn:${action}.req`, payload);
  });

  test(`${version}: every answer of the CSMS double is valid against the official schema`, () => {
    for (const { action } of messagesOf(version).filter((message) => message.action !== "StartTransaction")) {
      const text = answerText(version, action);
      assert.ok(text, action);
      validator.validate(`urn:${action}.conf`, JSON.parse(text));
    }
  });

  test(`${version}: a meter message is as long as those of real stations, about 800 bytes`, () => {
    const { action, payload } = loadMessage(version, "meter", factsOf(version));
    const { length } = JSON.stringify([2, "0".repeat(36), action, payload]);
    assert.ok(length > 700 && length < 950, `${length} bytes`);
  });
}

/** The text of a masked client frame. */
function textOf(frame: Buffer): string {
  let text = "";
  const reader = new FrameReader((opcode, data, start, end, maskAt) => {
    assert.is(opcode, OPCODE.text);
    const payload = Buffer.from(data.subarray(start, end));
    unmask(payload, 0, payload.length, data, maskAt);
    text = payload.toString();
  });
  // Byte by byte: frames come in any pieces.
  for (const byte of frame) reader.push(Buffer.of(byte));
  return text;
}

test("numbers written into a masked frame are the only thing that changes", () => {
  const message = loadMessage("ocpp2.0.1", "meter", factsOf("ocpp2.0.1"));
  const key = Uint8Array.of(0x5a, 0xc3, 0x17, 0x81);
  const template = callTemplate({ kind: "meter", idPrefix: messageIdPrefix(42), message, expected: "{}", key });
  for (const [no, seqNo] of [
    [1, FIRST_SEQ_NO + 1],
    [9_999_999, 7_654_321],
    [10, FIRST_SEQ_NO],
  ] as const) {
    patchTemplate(template, no, seqNo);
    const text = textOf(Buffer.from(template.frame));
    const id = `${messageIdPrefix(42)}${String(no).padStart(7, "0")}`;
    assert.equal(JSON.parse(text), [2, id, message.action, { ...message.payload, seqNo }]);
    assert.is(messageNoAt(Buffer.from(id), 0, Buffer.from(messageIdPrefix(42))), no);
    assert.is(messageNoAt(Buffer.from(id), 0, Buffer.from(messageIdPrefix(43))), -1);
  }
});

test("frames around the limits of the length field are read as they were written, masked or not", () => {
  const key = Uint8Array.of(1, 2, 3, 4);
  for (const length of [0, 125, 126, 127, 65_535]) {
    const payload = Buffer.alloc(length, "x");
    const read: string[] = [];
    const reader = new FrameReader((opcode, data, start, end, maskAt) => {
      const copy = Buffer.from(data.subarray(start, end));
      if (maskAt >= 0) unmask(copy, 0, copy.length, data, maskAt);
      read.push(`${opcode} ${copy}`);
    });
    reader.push(Buffer.concat([plainFrame(OPCODE.text, payload), maskedFrame(OPCODE.ping, payload, key)]));
    assert.equal(read, [`${OPCODE.text} ${payload}`, `${OPCODE.ping} ${payload}`]);
  }
});

test("a fragmented message is an error, not a wrong answer", () => {
  const reader = new FrameReader(() => undefined);
  assert.throws(() => reader.push(Buffer.of(0x01, 0x01, 0x78)), /fragmented/);
});

test.run();
