/**
 * Entry of the health lane's thread. What happens here cannot hold up the value lane: not the broker, not TLS, not JSON,
 * not garbage collection, not a crash.
 *
 * The thread steps back a little before it loads the rest, so that the start of a worker does not take a processor from drivers' cards
 * and is over soon all the same; then all the way.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Pulse } from "./pulse.ts";
import type { WorkerData } from "./thread-messages.ts";
import { LOADING_PRIORITY, lowerThreadPriority } from "./thread-priority.ts";

if (parentPort === null) throw new Error("the health worker runs in a worker thread only");
const { boot, pulse: cells } = workerData as WorkerData;
lowerThreadPriority(LOADING_PRIORITY);
const { runLane } = await import("./lane-run.ts");
lowerThreadPriority();
const pulse = new Pulse(cells);
pulse.introduce();
runLane(parentPort, boot, pulse);
