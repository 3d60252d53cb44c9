/**
 * The health lane steps back for the value lane also at the processor: on a gateway with one or two cores a burst of its work
 * would otherwise take whole time slices (3 to 4 ms) from the thread that answers drivers' cards.
 *
 * Linux gives each thread a priority of its own, and names the calling one at /proc/thread-self. Elsewhere nothing happens.
 */
import { constants, setPriority } from "node:os";
import { ownThread } from "./pulse.ts";

/** Between normal (0) and {@link constants.priority.PRIORITY_LOW} (19): a thirtieth of a processor that everybody wants. */
export const LOADING_PRIORITY = 15;

/** Lowers the calling thread's priority; false where the system does not offer it. */
export function lowerThreadPriority(to: number = constants.priority.PRIORITY_LOW): boolean {
  const thread = ownThread();
  if (thread === undefined) return false;
  try {
    setPriority(thread, to);
    return true;
  } catch {
    return false;
  }
}
