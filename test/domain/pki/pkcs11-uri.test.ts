import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseTokenUri, privateKeyUri, type TokenUri } from "../../../src/domain/pki/pkcs11-uri.ts";

const MODULE = "/usr/lib/softhsm/libsofthsm2.so";

const messageOf = (text: string): string => {
  const parsed = parseTokenUri(text);
  return parsed.ok ? "" : parsed.error.message;
};

test("RFC 7512 - a token is named by its label, maker, model or serial, and its library", () => {
  const parsed = parseTokenUri(`pkcs11:model=SoftHSM%20v2;token=Mein%20Schl%C3%BCssel;serial=a1?module-path=${MODULE}`);
  assert.equal(parsed, {
    ok: true,
    value: { token: { model: "SoftHSM v2", token: "Mein Schlüssel", serial: "a1" }, modulePath: MODULE },
  });
});

test("what names no token, another thing, or a thing twice is refused with what is missing", () => {
  const module = `?module-path=${MODULE}`;
  assert.match(messageOf("token=gw"), /begins with "pkcs11:"/);
  assert.match(messageOf(`pkcs11:${module}`), /names a token/);
  assert.match(messageOf(`pkcs11:object=key${module}`), /before the "\?"/);
  assert.match(messageOf(`pkcs11:token=a;token=b${module}`), /once/);
  assert.match(messageOf(`pkcs11:token=%${module}`), /can be read/);
  assert.match(messageOf(`pkcs11:token=${module}`), /can be read/);
  assert.match(messageOf("pkcs11:token=gw"), /module-path/);
  assert.match(messageOf("pkcs11:token=gw?module-path=softhsm.so"), /whole path/);
  assert.match(messageOf(`pkcs11:token=gw${module}&module-path=/x`), /one module-path/);
  assert.match(messageOf(`pkcs11:token=gw${module}?x`), /one "\?"/);
});

test("§2.4 - a PIN in the text is refused, and not repeated", () => {
  for (const name of ["pin-value", "pin-source"]) {
    const message = messageOf(`pkcs11:token=gw?module-path=${MODULE}&${name}=97531`);
    assert.match(message, /keys\.pin/);
    assert.not.match(message, /97531/);
  }
});

const word = fc.string({ minLength: 1, unit: "grapheme" });
const uri = fc.record(
  {
    token: fc.record(
      { token: word, manufacturer: word, model: word, serial: word },
      { requiredKeys: ["token"], noNullPrototype: true },
    ),
    modulePath: word.map((path) => `/${path}`),
  },
  { noNullPrototype: true },
);

test("whatever a token is called, its attributes come through writing and reading", () => {
  fc.assert(
    fc.property(uri, word, (wanted, object) => {
      const written = privateKeyUri(wanted as TokenUri, object, "/proc/self/fd/20");
      const [path = "", query] = written.split("?");
      assert.is(query, "pin-source=file:/proc/self/fd/20");
      const ofToken = path
        .split(";")
        .filter((part) => !/^(?:object|type)=/.test(part))
        .join(";");
      const parsed = parseTokenUri(`${ofToken}?module-path=${encodeURIComponent(wanted.modulePath)}`);
      assert.equal(parsed, { ok: true, value: wanted });
      assert.ok(path.includes(`;object=${encodeURIComponent(object)};type=private`));
    }),
  );
});

test("no text makes the parser throw", () => {
  fc.assert(fc.property(fc.string(), (text) => void parseTokenUri(`pkcs11:${text}`)));
});

test.run();
