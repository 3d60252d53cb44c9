import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { basicCredentials, isAuthentic } from "../../../src/domain/security/basic-auth.ts";

const header = (bytes: Buffer | string) => `Basic ${Buffer.from(bytes).toString("base64")}`;
const check = (sent: Buffer | string, identity: string, key: string | undefined) =>
  isAuthentic(basicCredentials(header(sent)), identity, key);

const HEX_KEY = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF";

test("security white paper §3.4 - the example of the specification is accepted", () => {
  const sent = basicCredentials("Basic QUwxMDAwOgABAgMEBQYH////////////////");
  assert.ok(isAuthentic(sent, "AL1000", HEX_KEY));
});

test("a hex key is accepted as bytes and as digits of either case", () => {
  assert.ok(check(Buffer.concat([Buffer.from("AL1000:"), Buffer.from(HEX_KEY, "hex")]), "AL1000", HEX_KEY));
  assert.ok(check(`AL1000:${HEX_KEY.toLowerCase()}`, "AL1000", HEX_KEY));
  assert.ok(check(`AL1000:${HEX_KEY.toUpperCase()}`, "AL1000", HEX_KEY.toLowerCase()));
});

test("an identity with colons is matched as a prefix, not split", () => {
  assert.ok(check("a:b:secret-key-16chars", "a:b", "secret-key-16chars"));
  assert.not(check("a:b:secret-key-16chars", "a", "secret-key-16chars"));
  assert.ok(check("a:b:secret-key-16chars", "a", "b:secret-key-16chars"));
});

test("anything but identity and key together is refused", () => {
  const part = fc.string({ minLength: 1, unit: "grapheme" });
  fc.assert(
    fc.property(part, part, fc.string({ unit: "grapheme" }), (identity, key, sent) => {
      assert.is(check(sent, identity, key), sent === `${identity}:${key}`);
      assert.ok(check(`${identity}:${key}`, identity, key));
    }),
  );
});

test("no key configured, an empty key, no header or another scheme: nobody is authentic", () => {
  assert.not(check("CP1:", "CP1", undefined));
  assert.not(check("CP1:", "CP1", ""));
  assert.not(isAuthentic(basicCredentials(undefined), "CP1", "key"));
  assert.is(basicCredentials("Bearer abc"), undefined);
  assert.is(basicCredentials("Basic ???"), undefined);
});

test.run();
