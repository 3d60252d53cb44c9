import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { identityFromUrl } from "../../../src/domain/security/identity.ts";

// url, prefix, station or fault
const TABLE = [
  ["/ocpp/CP001", "/ocpp", "CP001"],
  ["/ocpp/CP001/", "/ocpp", "CP001"],
  ["/ocpp/CP001?token=x", "/ocpp", "CP001"],
  ["/ocpp/CP%20001", "/ocpp", "CP 001"],
  ["/ocpp/a%7Cb%3Ac", "/ocpp", "a|b:c"],
  ["/ocpp/%2525", "/ocpp", "%25"],
  ["/ocpp/a%2Fb", "/ocpp", "a/b"],
  ["/ocpp/L%C3%A4dle", "/ocpp", "Lädle"],
  ["/ocpp//CP001", "/ocpp", "not-found"],
  ["/ocpp/a/CP001", "/ocpp", "not-found"],
  ["/OCPP/CP001", "/ocpp", "not-found"],
  ["/ocpp/", "/ocpp", "not-found"],
  ["/ocpp", "/ocpp", "not-found"],
  ["/", "", "not-found"],
  ["", "", "not-found"],
  ["/steve/websocket/CentralSystemService/CP001", "", "CP001"],
  ["/ocpp/CP%zz", "/ocpp", "bad-escape"],
  ["/ocpp/%ff", "/ocpp", "bad-escape"],
  ["/ocpp/CP%00", "/ocpp", "bad-identity"],
  ["/ocpp/CP%0d%0aX", "/ocpp", "bad-identity"],
  [`/ocpp/${"x".repeat(256)}`, "/ocpp", "bad-identity"],
] as const;

for (const [url, prefix, expected] of TABLE) {
  test(`Part 4 §3.1.1 - ${url.slice(0, 60)} under "${prefix}"`, () => {
    const identity = identityFromUrl(url, prefix);
    assert.is(identity.ok ? identity.value : identity.error, expected);
  });
}

test("every printable identity comes back as it was encoded, decoded exactly once", () => {
  const printable = fc
    .string({ minLength: 1, maxLength: 48, unit: "grapheme" })
    .filter((id) => !/[\p{Cc}\p{Cs}]/u.test(id));
  fc.assert(
    fc.property(printable, (id) => {
      assert.equal(identityFromUrl(`/ocpp/${encodeURIComponent(id)}`, "/ocpp"), { ok: true, value: id });
    }),
  );
});

test("no request target makes it throw", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (url) => assert.type(identityFromUrl(url, "").ok, "boolean")));
});

test.run();
