import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PrivacyScan } from "../../src/sim/privacy-scan.ts";

const TOKEN = "TWL-0001-A7F3";

function scan(): PrivacyScan {
  const made = new PrivacyScan();
  made.add("token", TOKEN);
  made.add("transaction", 2_000_000_306);
  made.add("transaction", "05066763-aeae-4818-b6f9-aaba6554cc0a");
  return made;
}

test("finds an identifier as it is, in another case, in hex, in base64 and hashed", () => {
  const disguises = [
    TOKEN,
    TOKEN.toLowerCase(),
    Buffer.from(TOKEN).toString("hex"),
    Buffer.from(TOKEN).toString("base64"),
    createHash("sha256").update(TOKEN).digest("hex"),
  ];
  for (const disguise of disguises) {
    assert.equal(
      scan().scan("t", `{"x":"a${disguise}b"}`),
      [{ kind: "token", where: "payload", topic: "t" }],
      disguise,
    );
  }
});

test("finds a numeric transaction id as a JSON number, in a text and in the topic, but not within a longer number", () => {
  assert.is(scan().scan("t", '{"m":[0,2000000306]}').length, 1);
  assert.is(scan().scan("t", '{"m":"tx-2000000306"}').length, 1);
  assert.is(scan().scan("oh/v1/2000000306/m", "{}")[0]?.where, "topic");
  assert.equal(scan().scan("t", '{"t0":12000000306}'), []);
});

test("finds each identifier wherever it stands in any text", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      assert.ok(
        scan()
          .scan("t", `${before}${TOKEN}${after}`)
          .some(({ kind }) => kind === "token"),
      );
    }),
  );
});

test("finds nothing in what a health batch is made of", () => {
  assert.equal(
    scan().scan("oh/v1/demo/gw/abcdefghijklmnop/m", '{"t0":1780300800000,"q":17,"m":{"3":[0,425103,1000,425109]}}'),
    [],
  );
});

test("counts what it scanned and what it seeks", () => {
  const made = scan();
  made.scan("t", "");
  assert.is(made.scanned, 1);
  assert.is(made.size, 3);
});

test.run();
