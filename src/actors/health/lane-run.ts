/** The health lane inside its thread: what it is told, and when it looks around. */
import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { Publisher } from "./publisher.ts";
import type { Pulse } from "./pulse.ts";
import type { FromWorker, ToWorker, WorkerBoot } from "./thread-messages.ts";

const TICK_MS = 100;
/** Ticks between two reports that nobody asked for. */
const STATS_EVERY = 10;
const POLL_MS = 20;
/** For the DISCONNECT at the end, whatever deadline was given. */
const MIN_GRACE_MS = 200;

export function runLane(port: MessagePort, boot: WorkerBoot, pulse: Pulse): void {
  const post = (message: FromWorker) => port.postMessage(message);
  const publisher = new Publisher({
    boot,
    wallClock: Date.now,
    now: () => performance.now(),
    onProgress: () => pulse.beat(),
    onSpent: () => post({ type: "spent" }),
    onAsk: (id, asset, ask) => post({ type: "ask", id, asset, ask }),
    onAudit: (entry) => post({ type: "audit", entry }),
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
    else if (message.type === "outcome") publisher.settle(message.id, message.outcome);
    else if (message.type === "capture") publisher.capture(message.assets);
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
