/**
 * Preloaded into each test file's process by the runner: tells it through a pipe which tests start, end and are skipped.
 * uvu itself prints dots. Without the runner (`node --import tsx test/x.test.ts`) it is not there and nothing is missing.
 */
import { writeSync } from "node:fs";
import { register } from "node:module";

register("./uvu-reporter-hooks.mjs", import.meta.url);

const fd = Number(process.env.TWINLANE_TEST_EVENTS);
// Processes that a test starts are not test files.
delete process.env.TWINLANE_TEST_EVENTS;

globalThis.twinlaneTestEvent = (event) => {
  try {
    writeSync(fd, `${JSON.stringify(event)}\n`);
  } catch {
    // The runner is gone; so is whoever wanted to know.
  }
};

process.on("SIGUSR2", () => {
  globalThis.twinlaneTestEvent({ type: "open", resources: process.getActiveResourcesInfo() });
});

// Node 20 now and then spins for ever when it takes down an environment whose sockets were reset (Environment::CleanupHandles). Nothing is
// open any more here, and listeners of "exit" are still called.
process.on("beforeExit", () => process.exit());
