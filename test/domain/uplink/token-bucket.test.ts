/** No window of time sees more than the bucket promises, and nobody waits longer than it says. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TokenBucket } from "../../../src/domain/uplink/token-bucket.ts";

const bucketOf = (bytesPerSec: number, burstBytes: number, reserveBytes = 0) =>
  new TokenBucket({ bytesPerSec, burstBytes, reserveBytes }, 0);

test("a burst goes at once, then it goes at the rate", () => {
  const bucket = bucketOf(1_000, 500);
  assert.ok(bucket.take(500, 0));
  assert.not.ok(bucket.take(1, 0));
  assert.is(bucket.waitMs(100, 0), 100);
  assert.not.ok(bucket.take(100, 99));
  assert.ok(bucket.take(100, 100));
});

test("what was not used is kept up to the burst, not longer", () => {
  const bucket = bucketOf(1_000, 500);
  assert.ok(bucket.take(500, 60_000));
  assert.not.ok(bucket.take(1, 60_000));
});

test("a frame larger than the bucket goes when it is full, and is paid for afterwards", () => {
  const bucket = bucketOf(1_000, 500);
  assert.ok(bucket.take(3_000, 0));
  assert.is(bucket.waitMs(1, 0), 2_501);
  assert.is(bucket.waitMs(3_000, 0), 3_000);
  assert.not.ok(bucket.take(3_000, 2_999));
  assert.ok(bucket.take(3_000, 3_000));
});

test("an urgent frame does not wait until the debt of others is paid", () => {
  const bucket = bucketOf(1_000, 500, 400);
  assert.ok(bucket.take(10_000, 0));
  assert.is(bucket.waitMs(300, 0, true), 0);
  assert.ok(bucket.take(300, 0, true));
  assert.is(bucket.waitMs(300, 0, true), 200);
  assert.not.ok(bucket.take(300, 199, true));
  assert.ok(bucket.take(300, 200, true));
});

test("without a reserve urgent frames wait like all others", () => {
  const bucket = bucketOf(1_000, 500);
  assert.ok(bucket.take(1_500, 0));
  assert.not.ok(bucket.take(1, 0, true));
  assert.is(bucket.waitMs(1, 0, true), 1_001);
});

test("what is charged without asking is paid for by what comes next", () => {
  const bucket = bucketOf(1_000, 500);
  bucket.charge(700);
  assert.is(bucket.waitMs(100, 0), 300);
});

test("a clock that stands or goes back gives nothing", () => {
  const bucket = new TokenBucket({ bytesPerSec: 1_000, burstBytes: 500, reserveBytes: 0 }, 1_000);
  assert.ok(bucket.take(500, 1_000));
  assert.not.ok(bucket.take(1, 0));
  assert.not.ok(bucket.take(1, 1_000));
  assert.ok(bucket.take(1, 1_001));
});

const requests = fc.array(
  fc.record({ afterMs: fc.nat(400), bytes: fc.integer({ min: 1, max: 3_000 }), urgent: fc.boolean() }),
  { minLength: 1, maxLength: 80, size: "max" },
);
const sizes = fc.record({
  bytesPerSec: fc.integer({ min: 100, max: 50_000 }),
  burstBytes: fc.integer({ min: 100, max: 4_000 }),
  reserveBytes: fc.constantFrom(0, 300, 2_000),
});

interface Departure {
  readonly at: number;
  readonly bytes: number;
  readonly urgent: boolean;
}

test("no window sees more than burst + reserve + rate · t; a larger frame counts instead of the bucket", () => {
  fc.assert(
    fc.property(sizes, requests, (size, asked) => {
      const bucket = new TokenBucket(size, 0);
      const left: Departure[] = [];
      let at = 0;
      for (const { afterMs, bytes, urgent } of asked) {
        at += afterMs;
        if (bucket.take(bytes, at, urgent)) left.push({ at, bytes, urgent });
      }
      for (let from = 0; from < left.length; from += 1) assertWindows(left.slice(from), size);
    }),
  );
});

/** Every window that begins with the first departure. */
function assertWindows(
  left: readonly Departure[],
  size: { bytesPerSec: number; burstBytes: number; reserveBytes: number },
) {
  let total = 0;
  let largest = size.burstBytes;
  let largestUrgent = size.reserveBytes;
  for (const { at, bytes, urgent } of left) {
    total += bytes;
    largest = Math.max(largest, bytes);
    if (urgent && size.reserveBytes > 0) largestUrgent = Math.max(largestUrgent, bytes);
    const seconds = (at - (left[0]?.at ?? 0)) / 1000;
    assert.ok(total <= largest + largestUrgent + size.bytesPerSec * seconds + 1e-6, `${total} in ${seconds} s`);
  }
}

test("who waits as long as it is told gets what it asked for, and not much earlier", () => {
  fc.assert(
    fc.property(sizes, requests, (size, asked) => {
      const bucket = new TokenBucket(size, 0);
      let at = 0;
      for (const { afterMs, bytes, urgent } of asked) {
        at += afterMs;
        const waitMs = bucket.waitMs(bytes, at, urgent);
        if (waitMs > 1) assert.not.ok(bucket.take(bytes, at + waitMs - 0.5, urgent));
        at += waitMs + 1e-6;
        assert.ok(bucket.take(bytes, at, urgent));
      }
    }),
  );
});

test("over a long time a busy line is used to the full", () => {
  fc.assert(
    fc.property(
      sizes,
      fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 20, maxLength: 80, size: "max" }),
      (size, frames) => {
        const bucket = new TokenBucket(size, 0);
        let at = 0;
        let total = 0;
        for (const bytes of frames) {
          at += bucket.waitMs(bytes, at) + 1e-9;
          assert.ok(bucket.take(bytes, at + 1e-6));
          total += bytes;
        }
        assert.ok(total >= (size.bytesPerSec * at) / 1000 - 1);
      },
    ),
  );
});

test.run();
