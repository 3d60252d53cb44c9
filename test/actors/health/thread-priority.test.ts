import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { isMainThread, Worker } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** Nice value of a thread: field 19 of its stat. */
function nice(thread: string): number {
  const stat = readFileSync(`/proc/${thread}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
}

test("a thread lowers its own priority and nobody else's", async () => {
  assert.ok(isMainThread);
  if (!existsSync("/proc/thread-self")) return;
  const url = new URL("../../../src/actors/health/thread-priority.ts", import.meta.url).href;
  const code = `
    const { parentPort } = require("node:worker_threads");
    const { readlinkSync } = require("node:fs");
    import("tsx/esm/api").then(({ register }) => {
      register();
      return import(${JSON.stringify(url)});
    }).then(({ lowerThreadPriority }) => {
      const lowered = lowerThreadPriority();
      parentPort.postMessage({ lowered, thread: readlinkSync("/proc/thread-self") });
      setTimeout(() => undefined, 60_000);
    });`;
  const worker = new Worker(code, { eval: true });
  const before = nice(readlinkSync("/proc/thread-self"));
  const { lowered, thread } = await new Promise<{ lowered: boolean; thread: string }>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  assert.ok(lowered);
  assert.ok(nice(thread) > before, "the worker's own priority");
  assert.is(nice(readlinkSync("/proc/thread-self")), before, "the main thread's is as it was");
  await worker.terminate();
});

test.run();
