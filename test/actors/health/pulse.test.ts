/** Silence is what a worker could have broken: not the time in which the system gave it nothing. */
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Pulse, Silence, type ThreadLook } from "../../../src/actors/health/pulse.ts";
import { until } from "../../support/wait.ts";

const TICK = 250;

function silentFor(looks: readonly (ThreadLook | undefined)[]): number {
  const silence = new Silence(0);
  for (const look of looks) silence.tick(TICK, 0, () => look);
  return silence.ms;
}

test("a thread that sleeps is silent, and so is one of which nothing is known", () => {
  assert.is(silentFor(Array.from({ length: 4 }, () => ({ doing: "sleeps", cpuMs: 0 }))), 1_000);
  assert.is(silentFor([undefined, undefined]), 500);
});

test("a thread that runs is silent for the processor time it got, or a tenth of all", () => {
  const looks = [0, 250, 500, 510, 510, 900].map((cpuMs) => ({ doing: "runs", cpuMs }) as const);
  // Nothing is known of the first, and the last cannot have had more than a tick's length.
  assert.is(silentFor(looks), 250 + 250 + 250 + 25 + 25 + 250);
});

test("what it used of a processor counts by itself, from the first look on until it beats", () => {
  const silence = new Silence(0);
  for (const cpuMs of [900, 1_100, 1_350, 1_360]) silence.tick(TICK, 0, () => ({ doing: "runs", cpuMs }));
  assert.is(silence.ranMs, 460);
  silence.tick(TICK, 1, () => undefined);
  assert.is(silence.ranMs, 0);
  silence.tick(TICK, 1, () => ({ doing: "sleeps", cpuMs: 9_000 }));
  assert.is(silence.ranMs, 0);
});

test("a thread that waits for the disk is not silent", () => {
  assert.is(silentFor([...Array(20)].map(() => ({ doing: "waits", cpuMs: 5 }))), 0);
});

test("a beat ends the silence, and nobody looks", () => {
  const silence = new Silence(0);
  silence.tick(TICK, 0, () => undefined);
  silence.tick(TICK, 1, () => {
    throw new Error("looked");
  });
  assert.is(silence.ms, 0);
  silence.tick(TICK, 1, () => ({ doing: "runs", cpuMs: 10_000 }));
  assert.is(silence.ms, TICK, "what it used before is not held against it");
});

test("silence never exceeds the time that has passed", () => {
  const look = fc.option(
    fc.record({ doing: fc.constantFrom<ThreadLook["doing"][]>("runs", "sleeps", "waits"), gainMs: fc.nat(2_000) }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(look, { maxLength: 30, size: "max" }), (looks) => {
      let cpuMs = 0;
      const ms = silentFor(
        looks.map((each) => {
          cpuMs += each?.gainMs ?? 0;
          return each && { doing: each.doing, cpuMs };
        }),
      );
      assert.ok(ms >= 0 && ms <= looks.length * TICK);
    }),
  );
});

test("a pulse tells of another thread: its beats, that it runs, and that it sleeps", async () => {
  const pulse = new Pulse();
  if (pulse.thread !== undefined) throw new Error("nobody has been introduced");
  const url = new URL("../../../src/actors/health/pulse.ts", import.meta.url).href;
  const code = `
    const { workerData } = require("node:worker_threads");
    const { cells, go } = workerData;
    import("tsx/esm/api").then(({ register }) => {
      register();
      return import(${JSON.stringify(url)});
    }).then(({ Pulse }) => {
      new Pulse(cells).introduce();
      while (Atomics.load(go, 0) === 0);
      Atomics.wait(go, 1, 0);
    });`;
  const go = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(code, { eval: true, workerData: { cells: pulse.cells, go } });
  await until("the beat", () => pulse.beats === 1);
  if (process.platform === "linux") {
    await until("it to run", () => pulse.thread?.doing === "runs" && pulse.thread.cpuMs > 0);
    Atomics.store(go, 0, 1);
    await until("it to sleep", () => pulse.thread?.doing === "sleeps");
  }
  await worker.terminate();
});

test.run();
