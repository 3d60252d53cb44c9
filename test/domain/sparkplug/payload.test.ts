/** Payloads, against bytes that the Eclipse project's own encoder made (sparkplug-payload 1.0.3). */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { asksForRebirth, encodePayload, type SparkplugPayload } from "../../../src/domain/sparkplug/payload.ts";
import { readFields } from "../../../src/domain/sparkplug/wire.ts";
import { decodeSparkplug } from "../../support/sparkplug-host.ts";

const T = 1_767_225_600_000;

const VECTORS: readonly (readonly [what: string, payload: SparkplugPayload, hex: string])[] = [
  [
    "a birth",
    {
      timestamp: T,
      seq: 0,
      metrics: [
        { name: "bdSeq", timestamp: T, type: "Int64", value: 7 },
        { name: "Node Control/Rebirth", timestamp: T, type: "Boolean", value: false },
        { name: "Gap", alias: 300, timestamp: T, type: "String", value: null },
      ],
    },
    "0880d0eab6b73312120a0562645365711880d0eab6b7332004580712210a144e6f646520436f6e74726f6c2f526562697274681880d0eab6b733200b700012130a0347617010ac021880d0eab6b733200c38011800",
  ],
  [
    "data, of which the first is old and suspect",
    {
      timestamp: T,
      seq: 255,
      metrics: [
        {
          alias: 1,
          timestamp: T - 1000,
          type: "Double",
          value: 231.4,
          isHistorical: true,
          properties: { suspect: true },
        },
        { alias: 2, timestamp: T, type: "String", value: "Faulted", properties: { suspect: false } },
      ],
    },
    "0880d0eab6b733122710011898c8eab6b733200a28014a0f0a07737573706563741204080b380169cdccccccccec6c40121410021880d0eab6b733200c7a074661756c74656418ff01",
  ],
  [
    "a death, which has no number",
    { timestamp: T, metrics: [{ name: "bdSeq", timestamp: T, type: "Int64", value: 7 }] },
    "0880d0eab6b73312120a0562645365711880d0eab6b73320045807",
  ],
];

for (const [what, payload, hex] of VECTORS) {
  test(`§6.4: ${what} is the same to the byte`, () => {
    assert.is(Buffer.from(encodePayload(payload)).toString("hex"), hex);
  });
}

test("§6.4.30: a command asks for births only where the flag is true and has the right name", () => {
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
  const yes = "0880d0eab6b73312210a144e6f646520436f6e74726f6c2f526562697274681880d0eab6b733200b7001";
  const no =
    "0880d0eab6b73312210a144e6f646520436f6e74726f6c2f526562697274681880d0eab6b733200b700012200a134e6f646520436f6e74726f6c2f5265626f6f741880d0eab6b733200b7001";
  assert.is(asksForRebirth(bytes(yes)), true);
  assert.is(asksForRebirth(bytes(no)), false);
  for (let length = 0; length < bytes(yes).length; length += 1)
    assert.is(asksForRebirth(bytes(yes).slice(0, length)), false);
});

test("what comes in may be anything", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64, size: "max" }), (bytes) => {
      assert.is(asksForRebirth(bytes), false);
      readFields(bytes);
    }),
    { numRuns: 2_000 },
  );
});

test("what is encoded is read back", () => {
  const metric = fc.record({
    name: fc.string(),
    alias: fc.nat(2 ** 31 - 1),
    timestamp: fc.nat(T),
    value: fc.oneof(fc.double({ noNaN: true }), fc.constant(null)),
  });
  fc.assert(
    fc.property(fc.array(metric, { maxLength: 40, size: "max" }), fc.nat(255), (metrics, seq) => {
      const bytes = encodePayload({ timestamp: T, seq, metrics: metrics.map((each) => ({ ...each, type: "Double" })) });
      const read = decodeSparkplug(bytes);
      assert.equal([read.timestamp, read.seq], [T, seq]);
      assert.equal(
        read.metrics.map(({ name, alias, timestamp, value }) => ({ name, alias, timestamp, value })),
        metrics.map((each) => ({ ...each, value: each.value })),
      );
    }),
  );
});

test.run();
