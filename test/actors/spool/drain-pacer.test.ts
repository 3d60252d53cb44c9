/** The drain goes at its pace, whoever waits, and in turn. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DrainPacer } from "../../../src/actors/spool/drain-pacer.ts";
import { VirtualTime } from "../../model/virtual-time.ts";

const BURST = 16;

/** Runs `body` on simulated time. */
async function simulated(body: (time: VirtualTime) => Promise<void>): Promise<void> {
  const time = new VirtualTime();
  const uninstall = time.install();
  try {
    await body(time);
  } finally {
    uninstall();
  }
}

test("no stretch of time sees more than the burst and the rate, and a pacer that is kept busy reaches the rate", async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(20, 150, 3_000),
    fc.integer({ min: 1, max: 40 }),
    (perSec, stations) =>
      simulated(async (time) => {
        const pacer = new DrainPacer(perSec, () => time.now);
        const sent: number[] = [];
        const pumps = Array.from({ length: stations }, () => {
          const pump = () => {
            while (pacer.take()) sent.push(time.now);
            pacer.wait(pump);
          };
          return pump;
        });
        for (const pump of pumps) pump();
        await time.pass(2_000);
        pacer.stop();
        for (const [i, from] of sent.entries()) {
          const last = sent[i + BURST + perSec / 10];
          if (last !== undefined)
            assert.ok(last - from >= 100 - 5, `${BURST + perSec / 10} messages in ${last - from} ms`);
        }
        assert.ok(sent.length >= 0.95 * 2 * perSec && sent.length <= BURST + 2 * perSec + 1, `${sent.length}`);
      }),
  );
  await fc.assert(property, { numRuns: 15 });
});

test("whoever waits is called in turn, once, and the same callback waits once only", () =>
  simulated(async (time) => {
    const pacer = new DrainPacer(100, () => time.now);
    while (pacer.take());
    const called: string[] = [];
    const [a, b] = [() => void called.push("a"), () => void called.push("b")];
    pacer.wait(a);
    pacer.wait(b);
    pacer.wait(a);
    await time.pass(1_000);
    assert.equal(called, ["a", "b"]);
  }));

test("nobody is called after the stop, and nothing is left running", () =>
  simulated(async (time) => {
    const pacer = new DrainPacer(100, () => time.now);
    while (pacer.take());
    pacer.wait(() => assert.unreachable());
    pacer.stop();
    await time.pass(1_000);
  }));

test("a pause gives a burst, not everything that could have gone meanwhile", () =>
  simulated(async (time) => {
    const pacer = new DrainPacer(1_000, () => time.now);
    await time.pass(60_000);
    let taken = 0;
    while (pacer.take()) taken += 1;
    assert.is(taken, BURST);
  }));

test.run();
