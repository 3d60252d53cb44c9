/**
 * Entry of the health lane's thread. What happens here cannot hold up the value lane: not the broker, not TLS, not JSON,
 * not garbage collection, not a crash.
 */
import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Publisher } from "./publisher.ts";
import { Pulse } from "./pulse.ts";
import type { FromWorker, ToWorker, WorkerData } from "./thread-messages.ts";
import { lowerThreadPriority } from "./thread-priority.ts";

const TICK_MS = 100;
/** Ticks between two reports that nobody asked for. */
const STATS_EVERY = 10;
const POLL_MS = 20;
/** For the DISCONNECT at the end, whatever deadline was given. */
const MIN_GRACE_MS = 200;

function run(port: MessagePort, { boot, pulse: cells }: WorkerData): void {
  const pulse = new Pulse(cells);
  pulse.introduce();
  lowerThreadPriority();
  const post = (message: FromWorker) => port.postMessage(message);
  const publisher = new Publisher({
    boot,
    wallClock: Date.now,
    now: () => performance.now(),
    onProgress: () => pulse.beat(),
    onSpent: () => post({ type: "spent" }),
    random: () => randomInt(2 ** 32) / 2 ** 32,
    // What is worth a line is worth fresh counters.
    log: (level, fields, message) => {
      post({ type: "log", level, fields, message });
      // Later, for the publisher speaks while it is being made, too.
      setImmediate(() => report());
    },
  });
  const report = () => post({ type: "stats", stats: publisher.stats() });

  let ticks = 0;
  const timer = setInterval(() => {
    pulse.beat();
    publisher.tick();
    ticks += 1;
    if (ticks % STATS_EVERY === 0) report();
  }, TICK_MS);

  port.on("message", (message: ToWorker) => {
    if (message.type === "records") {
      publisher.take(message);
      const { records } = message;
      const reply: FromWorker = { type: "acknowledge", records, stats: publisher.stats() };
      port.postMessage(reply, [records.buffer as ArrayBuffer]);
    } else if (message.type === "throttle") publisher.throttle(message.throttle);
    else
      void stop(publisher, message.deadlineMs).then(() => {
        clearInterval(timer);
        post({ type: "stopped", stats: publisher.stats() });
      });
  });

  publisher.start();
}

/** Sends what is left while the broker takes it, says good-bye, and closes. */
async function stop(publisher: Publisher, deadlineMs: number): Promise<void> {
  const endsAt = performance.now() + deadlineMs;
  const settle = async () => {
    while (publisher.isBusy && performance.now() < endsAt) await wait(POLL_MS);
  };
  publisher.flush();
  await settle();
  publisher.announceEnd();
  await settle();
  await publisher.close(Math.max(MIN_GRACE_MS, endsAt - performance.now()));
}

if (parentPort === null) throw new Error("the health worker runs in a worker thread only");
run(parentPort, workerData as WorkerData);
