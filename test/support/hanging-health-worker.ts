/** A health worker that stops for good at its first hand-over, without using the processor. */
import { parentPort } from "node:worker_threads";

parentPort?.once("message", () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
