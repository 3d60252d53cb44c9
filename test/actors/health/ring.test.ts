/** The ring between the lanes: bounded, first in first out, drops its oldest and says so. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ObservationRing, RECORD, readRecord } from "../../../src/actors/health/ring.ts";
import { epochMs } from "../../../src/domain/ids.ts";

const push = (ring: ObservationRing, value: number): void => ring.push(0, 0, 0, 0, epochMs(0), value, 0);

function takeValues(ring: ObservationRing, room: number): readonly number[] {
  const target = new Float64Array(room * RECORD);
  const count = ring.take(target);
  return Array.from({ length: count }, (_, i) => readRecord(target, i).value);
}

test("a record comes out as it went in, with the receive time the owner set", () => {
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.nat(255),
      fc.nat(15),
      fc.nat(2 ** 25 - 1),
      fc.nat(2),
      (asset, evse, connector, no, q) => {
        const ring = new ObservationRing(2);
        const quality = q === 0 ? 0 : q === 1 ? 1 : 2;
        ring.now = epochMs(1_760_000_000_123);
        ring.push(asset, evse, connector, no, epochMs(1_750_000_000_456), -1.25, quality);
        const target = new Float64Array(RECORD);
        assert.is(ring.take(target), 1);
        assert.equal(readRecord(target, 0), {
          asset,
          evseId: evse,
          connectorId: connector,
          channel: no,
          at: 1_750_000_000_456,
          receivedAt: 1_760_000_000_123,
          value: -1.25,
          quality,
        });
      },
    ),
  );
});

test("the ring behaves as a list that forgets its oldest, whatever the order of pushes and takes", () => {
  const steps = fc.array(fc.oneof(fc.record({ push: fc.nat(12) }), fc.record({ take: fc.nat(12) })), {
    maxLength: 60,
    size: "max",
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), steps, (capacity, plan) => {
      const ring = new ObservationRing(capacity);
      const model: number[] = [];
      let pushed = 0;
      let dropped = 0;
      for (const step of plan) {
        if ("push" in step) {
          for (let i = 0; i < step.push; i += 1) {
            pushed += 1;
            push(ring, pushed);
            model.push(pushed);
            if (model.length > capacity) {
              model.shift();
              dropped += 1;
            }
          }
        } else assert.equal(takeValues(ring, step.take), model.splice(0, step.take));
        assert.equal([ring.size, ring.observed, ring.dropped], [model.length, pushed, dropped]);
      }
    }),
  );
});

test("an observation that cannot be taken counts as seen and dropped", () => {
  const ring = new ObservationRing(4);
  ring.refuse();
  assert.equal([ring.size, ring.observed, ring.dropped], [0, 1, 1]);
});

test.run();
