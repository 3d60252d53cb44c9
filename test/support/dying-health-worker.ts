/** A health worker that dies at its first hand-over; the one started after it is the real one. */
import { existsSync, writeFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";

const mark = process.env["TWINLANE_TEST_DIED"] ?? "";
if (existsSync(mark)) await import("../../src/actors/health/health-worker.ts");
else {
  parentPort?.once("message", () => {
    writeFileSync(mark, "");
    process.exit(1);
  });
}
