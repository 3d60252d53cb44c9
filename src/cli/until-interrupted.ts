/** Waiting for the time to be over, or for the person to have seen enough. */
import { EXIT } from "./exit-codes.ts";
import { say } from "./output.ts";

/** Under `npm start` a Ctrl-C comes twice, from the terminal and from npm; a person is slower than that. */
const SAME_PRESS_MS = 500;
const KEEP_ALIVE_MS = 60_000;

/**
 * Resolves after `ms`, or at the first SIGINT or SIGTERM. From then on a second one ends the process at once: whoever
 * presses Ctrl-C twice does not want a report.
 */
export function untilInterrupted(ms: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    // Where no time is set, a timer keeps the process alive until a signal comes.
    const timer = ms === undefined ? setInterval(() => undefined, KEEP_ALIVE_MS) : setTimeout(resolve, ms);
    let interruptedAt: number | undefined;
    const interrupt = (code: number): void => {
      if (interruptedAt !== undefined && performance.now() - interruptedAt > SAME_PRESS_MS) process.exit(code);
      if (interruptedAt !== undefined) return;
      interruptedAt = performance.now();
      say("ending; once more ends at once");
      clearTimeout(timer);
      resolve();
    };
    process.on("SIGINT", () => interrupt(EXIT.interrupted));
    process.on("SIGTERM", () => interrupt(EXIT.terminated));
  });
}
