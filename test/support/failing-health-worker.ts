/** The real health worker, which dies, hangs or loops when the file named by `TWINLANE_TEST_FAIL` says so; once for each such file. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import "../../src/actors/health/health-worker.ts";

const file = process.env["TWINLANE_TEST_FAIL"] ?? "";

setInterval(() => {
  if (!existsSync(file)) return;
  const failure = readFileSync(file, "utf8");
  if (failure === "") return;
  rmSync(file);
  if (failure === "die") process.exit(1);
  if (failure === "hang") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  for (;;);
}, 20);
