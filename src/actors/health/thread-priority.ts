/**
 * The health lane steps back for the value lane also at the processor: on a gateway with one or two cores a burst of its work
 * would otherwise take whole time slices (3 to 4 ms) from the thread that answers drivers' cards.
 *
 * Linux gives each thread a priority of its own, and names the calling one at /proc/thread-self. Elsewhere nothing happens.
 */
import { constants, setPriority } from "node:os";
import { ownThread } from "./pulse.ts";

/** Lowers the calling thread's priority; false where the system does not offer it. */
export function lowerThreadPriority(): boolean {
  const thread = ownThread();
  if (thread === undefined) return false;
  try {
    setPriority(thread, constants.priority.PRIORITY_LOW);
    return true;
  } catch {
    return false;
  }
}
