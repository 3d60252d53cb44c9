import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CardTrials } from "../../../src/domain/firewall/card-trials.ts";

test("R26 - a card is known for ten minutes after it was asked about, and no other is", () => {
  const card = fc.string({ minLength: 4, maxLength: 20, size: "max" });
  fc.assert(
    fc.property(card, card, fc.integer({ min: 0, max: 1_200_000 }), (one, other, waitMs) => {
      const cards = new CardTrials();
      cards.asked(one, 0);
      assert.is(cards.knows(one, waitMs), waitMs < 600_000);
      assert.is(cards.knows(other, 0), other === one);
    }),
  );
});

test.run();
