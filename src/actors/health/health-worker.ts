/**
 * Entry of the health lane's thread. What happens here cannot hold up the value lane: not the broker, not TLS, not JSON,
 * not garbage collection, not a crash.
 *
 * The thread steps back before it loads the rest: reading and compiling MQTT is a tenth of a second of a processor, each time a worker
 * is started again.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Pulse } from "./pulse.ts";
import type { WorkerData } from "./thread-messages.ts";
import { lowerThreadPriority } from "./thread-priority.ts";

if (parentPort === null) throw new Error("the health worker runs in a worker thread only");
const { boot, pulse: cells } = workerData as WorkerData;
lowerThreadPriority();
const { runLane } = await import("./lane-run.ts");
const pulse = new Pulse(cells);
pulse.introduce();
runLane(parentPort, boot, pulse);
