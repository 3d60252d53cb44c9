/** Cards of the last day as digests, and what in a text could be one. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { candidates, createTokenDigest, SeenTokens, TOKEN_TTL_MS } from "../../../src/domain/privacy/seen-tokens.ts";
import { isOurWord } from "../../../src/domain/privacy/vocabulary.ts";
import { describeChannel, eventChannel } from "../../../src/domain/telemetry/channels.ts";
import { EVENT_LISTS } from "../../../src/domain/telemetry/event-lists.ts";

const KEY = new Uint8Array(32).fill(7);

test("digests depend on the key, not on upper and lower case, and fit a number", () => {
  const digest = createTokenDigest(KEY);
  assert.is(digest("04A2B3C4"), digest("04a2b3c4"));
  assert.is.not(digest("04A2B3C4"), digest("04A2B3C5"));
  assert.is.not(digest("04A2B3C4"), createTokenDigest(new Uint8Array(32))("04A2B3C4"));
  fc.assert(fc.property(fc.string(), (token) => Number.isSafeInteger(digest(token)) && digest(token) >= 0));
});

test("a card is known for a day after it was seen last, never longer; a full set forgets the one seen longest ago", () => {
  const step = fc.record({ digest: fc.nat(20), waitMs: fc.nat(TOKEN_TTL_MS / 4) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), fc.integer({ min: 1, max: 12 }), (steps, capacity) => {
      const set = new SeenTokens(capacity);
      let now = 0;
      const model = new Map<number, number>();
      for (const { digest, waitMs } of steps) {
        now += waitMs;
        set.add(digest, now);
        model.delete(digest);
        model.set(digest, now);
        const alive = [...model].filter(([, at]) => now - at < TOKEN_TTL_MS);
        const kept = alive.slice(-capacity).map(([known]) => known);
        for (let d = 0; d <= 20; d += 1) assert.is(set.has(d, now), kept.includes(d), `${d}`);
        assert.ok(set.size <= capacity);
        // What the model forgets for room, the set has forgotten for ever.
        for (const known of model.keys()) if (!kept.includes(known)) model.delete(known);
        assert.equal(
          [...set.list()].filter((_, i) => i % 2 === 0),
          kept,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test("a token is a candidate whole, as a part, and as a word; numbers and words of ours are none", () => {
  const found = candidates(
    '{"x":"note for 04A2B3C4: DE*8AA*1","Charging":230123,"e":{"status":"Charging"},"y":"12345678"}',
    isOurWord,
  );
  for (const token of ["04A2B3C4", "DE*8AA*1", "12345678"]) assert.ok(found.has(token), token);
  for (const none of ["Charging", "status", "230123"]) assert.not.ok(found.has(none), none);
  assert.ok(candidates('"oh/v1/t/g/04A2B3C4/m"', isOurWord).has("04A2B3C4"));
});

test("every word of every event channel is the lane's own", () => {
  for (const { name, values } of EVENT_LISTS) {
    const info = describeChannel(eventChannel(name));
    for (const word of [info?.name ?? "", ...values]) assert.ok(isOurWord(word), word);
  }
  for (const card of ["04A2B3C4", "MUELLER", "DE8AAC12345678", "StatusMueller"]) assert.not.ok(isOurWord(card), card);
});

test.run();
