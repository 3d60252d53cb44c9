/** Urgent frames first, in long turns of the event loop; each station's frames in their order, none lost. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FrameOrder } from "../../src/actors/frame-order.ts";
import type { StationConnection } from "../../src/actors/station-connection.ts";

const BULK = "MeterValues";
const URGENT = "Authorize";

interface World {
  readonly order: FrameOrder;
  /** `station:number:action` in the order of the work. */
  readonly worked: string[];
  readonly counters: { framesDeferred: number; deferredFramesFull: number };
  readonly stations: readonly StationConnection[];
  push(station: number, no: number, action: string, from?: "south" | "north"): void;
}

/** @param msPerFrame how far the clock goes while a frame is worked on */
function world({ capacity = 1024, msPerFrame = 0, stations: count = 4 } = {}): World {
  const worked: string[] = [];
  const counters = { framesDeferred: 0, deferredFramesFull: 0 };
  const stations = Array.from(
    { length: count },
    (_, i) => ({ stationId: `${i}`, framesWaiting: 0 }) as unknown as StationConnection,
  );
  let now = 0;
  const order = new FrameOrder({
    counters,
    capacity,
    monotonicMs: () => now,
    work: ({ connection, bytes }) => {
      now += msPerFrame;
      const [, id, action] = JSON.parse(bytes.toString()) as [number, string, string];
      worked.push(`${connection.stationId}:${id}:${action}`);
    },
  });
  const push: World["push"] = (station, no, action, from = "south") => {
    const connection = stations[station] as StationConnection;
    order.push({ connection, from, bytes: Buffer.from(JSON.stringify([2, `${no}`, action, {}])) });
  };
  return { order, worked, counters, stations, push };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a short turn is worked on as it comes", () => {
  const { push, worked } = world();
  push(0, 1, BULK);
  push(1, 2, URGENT);
  push(2, 3, BULK);
  assert.is(worked.length, 3);
});

test("in a long turn bulky frames wait until the urgent ones are through", async () => {
  const { push, worked, counters } = world();
  for (let i = 0; i < 3; i += 1) push(0, i, BULK);
  push(1, 3, BULK);
  push(2, 4, BULK);
  push(3, 5, URGENT);
  assert.equal(worked.slice(3), ["3:5:Authorize"]);
  await turn();
  assert.equal(worked.slice(4), ["1:3:MeterValues", "2:4:MeterValues"]);
  assert.is(counters.framesDeferred, 2);
});

test("what a station sends after a frame that waits, waits behind it, urgent or not; the CSMS's frames do not", async () => {
  const { push, worked } = world();
  for (let i = 0; i < 4; i += 1) push(0, i, BULK);
  push(0, 4, URGENT);
  push(0, 5, "Reset", "north");
  assert.equal(worked.slice(3), ["0:5:Reset"]);
  await turn();
  assert.equal(worked.slice(4), ["0:3:MeterValues", "0:4:Authorize"]);
});

test("what waits is worked off in slices, and urgent frames go in between", async () => {
  const { push, worked } = world({ msPerFrame: 0.1 });
  for (let i = 0; i < 43; i += 1) push(0, i, BULK);
  await turn();
  assert.is(worked.length, 3 + 4, "one slice");
  push(1, 100, URGENT);
  assert.is(worked.at(-1), "1:100:Authorize");
  for (let turns = 0; turns < 10; turns += 1) await turn();
  assert.is(worked.length, 44);
});

test("a connection that ends has its frames worked on first, and those of others stay where they are", async () => {
  const { push, worked, order, stations } = world();
  for (let i = 0; i < 3; i += 1) push(0, i, BULK);
  push(1, 3, BULK);
  push(2, 4, BULK);
  push(1, 5, BULK);
  order.settle(stations[1] as StationConnection);
  assert.equal(worked.slice(3), ["1:3:MeterValues", "1:5:MeterValues"]);
  await turn();
  assert.equal(worked.slice(5), ["2:4:MeterValues"]);
});

interface Step {
  readonly station: number;
  readonly action: string;
  readonly after: "push" | "turn" | "settle";
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    station: fc.nat({ max: 3 }),
    action: fc.constantFrom(BULK, BULK, BULK, URGENT, "DataTransfer", "Vendor"),
    after: fc.constantFrom("push", "push", "push", "push", "turn", "settle"),
  }),
  { maxLength: 80, size: "max" },
);

test("no frame is lost or repeated, each station's keep their order, and the queue stays within its capacity", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom(0, 0.1),
      async (plan, capacity, msPerFrame) => {
        const { push, worked, order, stations } = world({ capacity, msPerFrame });
        const sent: string[][] = [[], [], [], []];
        for (const [i, { station, action, after }] of plan.entries()) {
          push(station, i, action);
          sent[station]?.push(`${station}:${i}:${action}`);
          assert.ok(i + 1 - worked.length <= capacity, "more wait than may");
          if (after === "turn") await turn();
          if (after === "settle") order.settle(stations[station] as StationConnection);
          if (after === "settle") assert.is(stations[station]?.framesWaiting, 0);
        }
        for (let turns = 0; turns < 40; turns += 1) await turn();
        for (const [station, frames] of sent.entries()) {
          assert.equal(
            worked.filter((frame) => frame.startsWith(`${station}:`)),
            frames,
          );
          assert.is(stations[station]?.framesWaiting, 0);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test.run();
