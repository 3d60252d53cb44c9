import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeFrame, hasNumericId } from "../../../src/domain/ocpp/decode-frame.ts";
import { answerToMalformed } from "../../../src/domain/ocpp/malformed.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";

const decode = (text: string, version: OcppVersion = "ocpp1.6") => decodeFrame(text, Buffer.from(text), version, 32);

/** The frame as decoded, or its fault and what it is answered. */
function outcome(text: string, version: OcppVersion): string {
  const decoded = decode(text, version);
  if (decoded.ok) return `type ${decoded.value.type} id ${decoded.value.id}`;
  return `${decoded.error.kind}: ${answerToMalformed(decoded.error, version, hasNumericId(text)) ?? "silence"}`;
}

const RPC = (id: string, code: string, text: string) => `[4,"${id}","${code}","${text}",{}]`;

// text, then what becomes of it in 1.6, 2.0.1, 2.1
const TABLE: readonly (readonly [string, string, string, string])[] = [
  [
    "{",
    "not-json: silence",
    `not-json: ${RPC("-1", "RpcFrameworkError", "The message is not JSON")}`,
    `not-json: ${RPC("-1", "RpcFrameworkError", "The message is not JSON")}`,
  ],
  [
    "{}",
    "not-a-frame: silence",
    `not-a-frame: ${RPC("-1", "RpcFrameworkError", "The message is not an OCPP-J array")}`,
    `not-a-frame: ${RPC("-1", "RpcFrameworkError", "The message is not an OCPP-J array")}`,
  ],
  [
    "[]",
    "not-a-frame: silence",
    `not-a-frame: ${RPC("-1", "RpcFrameworkError", "The message is not an OCPP-J array")}`,
    `not-a-frame: ${RPC("-1", "RpcFrameworkError", "The message is not an OCPP-J array")}`,
  ],
  [
    '[2,null,"Heartbeat",{}]',
    "unreadable-id: silence",
    `unreadable-id: ${RPC("-1", "RpcFrameworkError", "The message id cannot be read")}`,
    `unreadable-id: ${RPC("-1", "RpcFrameworkError", "The message id cannot be read")}`,
  ],
  [
    '[2,"","Heartbeat",{}]',
    "unreadable-id: silence",
    `unreadable-id: ${RPC("-1", "RpcFrameworkError", "The message id cannot be read")}`,
    `unreadable-id: ${RPC("-1", "RpcFrameworkError", "The message id cannot be read")}`,
  ],
  [
    '[2,"a","Heartbeat"]',
    `wrong-shape: ${RPC("a", "FormationViolation", "The message does not have the shape of its type")}`,
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
  ],
  [
    '[2,"a",7,{}]',
    `wrong-shape: ${RPC("a", "FormationViolation", "The message does not have the shape of its type")}`,
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
  ],
  [
    '[2,"a","Heartbeat",[]]',
    `wrong-shape: ${RPC("a", "FormationViolation", "The message does not have the shape of its type")}`,
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
  ],
  [
    '[2,17,"Heartbeat",7]',
    'wrong-shape: [4,17,"FormationViolation","The message does not have the shape of its type",{}]',
    'wrong-shape: [4,17,"RpcFrameworkError","The message does not have the shape of its type",{}]',
    'wrong-shape: [4,17,"RpcFrameworkError","The message does not have the shape of its type",{}]',
  ],
  [
    '[2,"a","Heartbeat",null]',
    "type 2 id a",
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
    `wrong-shape: ${RPC("a", "RpcFrameworkError", "The message does not have the shape of its type")}`,
  ],
  ['[3,"a"]', "wrong-shape: silence", "wrong-shape: silence", "wrong-shape: silence"],
  ['[4,"a",5,"",{}]', "wrong-shape: silence", "wrong-shape: silence", "wrong-shape: silence"],
  ['[4,"a","GenericError"]', "type 4 id a", "type 4 id a", "type 4 id a"],
  [
    '[5,"a","GenericError","",{}]',
    "unknown-type: silence",
    `unknown-type: ${RPC("a", "MessageTypeNotSupported", "The message type is not defined in this version")}`,
    "type 5 id a",
  ],
  [
    '[6,"a","NotifyPeriodicEventStream",{}]',
    "unknown-type: silence",
    `unknown-type: ${RPC("a", "MessageTypeNotSupported", "The message type is not defined in this version")}`,
    "type 6 id a",
  ],
  [
    '[9,"a",{}]',
    "unknown-type: silence",
    `unknown-type: ${RPC("a", "MessageTypeNotSupported", "The message type is not defined in this version")}`,
    "unknown-type: silence",
  ],
  [
    '[2,"a","X",{"k":1,"k":2}]',
    `duplicate-key: ${RPC("a", "FormationViolation", "An object of the message names the same key twice")}`,
    `duplicate-key: ${RPC("a", "FormatViolation", "An object of the message names the same key twice")}`,
    `duplicate-key: ${RPC("a", "FormatViolation", "An object of the message names the same key twice")}`,
  ],
];

for (const [text, ...expected] of TABLE) {
  test(`Part 4 §4.2.3, §4.3 - ${text}`, () => {
    assert.equal(
      OCPP_VERSIONS.map((version) => outcome(text, version)),
      expected,
    );
  });
}

test("a frame nested deeper than the limit is refused, one at the limit is not", () => {
  const nested = (depth: number) => `[2,"a","X",{"a":${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}}]`;
  assert.is(outcome(nested(32), "ocpp2.0.1"), "type 2 id a");
  assert.is(
    outcome(nested(33), "ocpp2.0.1"),
    `too-deep: ${RPC("a", "FormatViolation", "The message is nested too deeply")}`,
  );
});

test("whatever a peer sends, decoding answers and never throws", () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(fc.jsonValue()).map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(anything, fc.constantFrom(...OCPP_VERSIONS), (text, version) => {
      assert.type(outcome(text, version), "string");
    }),
  );
});

test("a prototype-poisoning key stays an own key and changes no prototype", () => {
  const decoded = decode('[2,"a","X",{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]');
  assert.ok(decoded.ok);
  assert.is(({} as Record<string, unknown>)["polluted"], undefined);
  assert.ok(decoded.ok && decoded.value.type === 2 && Object.hasOwn(decoded.value.payload, "__proto__"));
});

test("a numeric id is read as text and known to be numeric", () => {
  assert.is(outcome('[2,19223201,"Heartbeat",{}]', "ocpp1.6"), "type 2 id 19223201");
  assert.ok(hasNumericId('[ 2 , 19223201,"Heartbeat",{}]'));
  assert.not(hasNumericId('[2,"19223201","Heartbeat",{}]'));
});

test.run();
