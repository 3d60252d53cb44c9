import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageId } from "../../../src/domain/ids.ts";
import { encodeCall, encodeCallError, encodeCallResult, withMessageId } from "../../../src/domain/ocpp/encode-frame.ts";

const id = fc.string({ minLength: 1, maxLength: 36, unit: "binary" }).map(messageId);
const payload = fc.dictionary(fc.string(), fc.jsonValue());

test("another id changes the id and not one other byte", () => {
  const space = fc.constantFrom("", " ", "\t", "\n ");
  fc.assert(
    fc.property(id, id, payload, space, space, fc.constantFrom(2, 3, 4), (from, to, body, a, b, type) => {
      const rest = `${b},"Action",${JSON.stringify(body)} ]`;
      const text = `[${a}${type},${a}${JSON.stringify(from)}${rest}`;
      assert.is(withMessageId(text, to), `[${a}${type},${a}${JSON.stringify(to)}${rest}`);
    }),
  );
});

test("a numeric id can be replaced, and replaced by a number", () => {
  assert.is(withMessageId('[3, -12 ,{"a":1.0}]', messageId("x")), '[3, "x" ,{"a":1.0}]');
  assert.is(withMessageId('[3,"x",{"a":1.0}]', messageId("12"), true), '[3,12,{"a":1.0}]');
});

test("what is encoded is what is parsed", () => {
  fc.assert(
    fc.property(id, payload, (messageId, body) => {
      assert.equal(
        JSON.parse(encodeCall(messageId, "Reset", body)),
        JSON.parse(JSON.stringify([2, messageId, "Reset", body])),
      );
      assert.equal(JSON.parse(encodeCallResult(messageId, body)), JSON.parse(JSON.stringify([3, messageId, body])));
    }),
  );
});

test("a description is cut to 255 characters and the code is spelled as the version spells it", () => {
  const of = (version: "ocpp1.6" | "ocpp2.0.1") =>
    JSON.parse(encodeCallError(messageId("i"), "OccurrenceConstraintViolation", "x".repeat(400), version)) as unknown[];
  assert.is((of("ocpp1.6")[3] as string).length, 255);
  assert.is(of("ocpp1.6")[2], "OccurenceConstraintViolation");
  assert.is(of("ocpp2.0.1")[2], "OccurrenceConstraintViolation");
});

test.run();
