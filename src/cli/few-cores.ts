/**
 * Garbage collection on a machine with one or two cores: V8 lets helper threads share in a scavenge and waits for them, and
 * where they have to queue for a processor that something else keeps busy, the wait (a scheduler's time slice, 3 ms) is longer
 * than the work. The main thread does it alone there.
 *
 * Only the number of helpers of a scavenge may be changed while V8 runs; its other switches of this kind may not.
 */
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

const FEW = 2;

/** To be called first thing in a daemon; a library leaves its host's V8 alone. */
export function tuneForFewCores(cores = availableParallelism()): boolean {
  if (cores > FEW) return false;
  setFlagsFromString("--no-parallel-scavenge");
  return true;
}
