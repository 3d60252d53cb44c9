import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MASK, maskTokens } from "../../../src/domain/privacy/mask-tokens.ts";

test("cards are masked in 1.6 and in 2.x, wherever they hang; numbers and times stay", () => {
  assert.equal(maskTokens({ idTag: "CARD-1", connectorId: 1, meterStart: 5, timestamp: "2026-01-01T00:00:00Z" }), {
    idTag: MASK,
    connectorId: 1,
    meterStart: 5,
    timestamp: "2026-01-01T00:00:00Z",
  });
  const event = {
    eventType: "Started",
    transactionInfo: { transactionId: "T-1" },
    idToken: { idToken: "CARD-2", type: "ISO14443", additionalInfo: [{ additionalIdToken: "CARD-3", type: "x" }] },
    customData: { vendorId: "v", plate: "B-XY 1" },
  };
  assert.equal(maskTokens(event), {
    eventType: "Started",
    transactionInfo: { transactionId: "T-1" },
    idToken: { idToken: MASK, type: MASK, additionalInfo: [{ additionalIdToken: MASK, type: MASK }] },
    customData: { vendorId: MASK, plate: MASK },
  });
});

test("signed values name the card too, and are masked; plain ones are not", () => {
  const sampledValue = [
    { value: "OCMF|{card}", format: "SignedData" },
    { value: "12.5" },
    { value: 3, signedMeterValue: { signedMeterData: "card", encodingMethod: "OCMF" } },
  ];
  assert.equal(maskTokens({ meterValue: [{ sampledValue }] }), {
    meterValue: [
      {
        sampledValue: [
          { value: MASK, format: "SignedData" },
          { value: "12.5" },
          { value: 3, signedMeterValue: { signedMeterData: MASK, encodingMethod: MASK } },
        ],
      },
    ],
  });
});

test("a card's text is in no masked message, however deep it was, and the input stays as it was", () => {
  const card = fc.constant("CANARY-4711");
  const holder = fc.oneof(
    card.map((idTag) => ({ idTag })),
    card.map((idToken) => ({ idToken: { idToken, type: "Central" } })),
    card.map((text) => ({ customData: { vendorId: "v", deep: [{ text }] } })),
    card.map((value) => ({ value, format: "SignedData" })),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      holder,
      fc.dictionary(fc.constantFrom("meterValue", "transactionInfo", "a"), tie("tree") as fc.Arbitrary<object>),
      fc.array(tie("tree") as fc.Arbitrary<object>, { maxLength: 3 }).map((list) => ({ list })),
    ),
  }));
  fc.assert(
    fc.property(tree, (payload) => {
      const before = JSON.stringify(payload);
      const masked = JSON.stringify(maskTokens(payload as Record<string, unknown>));
      assert.not.match(masked, "CANARY");
      assert.is(JSON.stringify(payload), before);
    }),
  );
});

test.run();
