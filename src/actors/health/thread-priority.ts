/**
 * The health lane steps back for the value lane also at the processor: on a gateway with one or two cores a burst of its work
 * would otherwise take whole time slices (3 to 4 ms) from the thread that answers drivers' cards.
 *
 * Linux gives each thread a priority of its own, and names the calling one at /proc/thread-self. Elsewhere nothing happens.
 */
import { constants, setPriority } from "node:os";
import { ownThread } from "./pulse.ts";

/**
 * Lowers the calling thread's priority; false where the system does not offer it.
 *
 * @param to `low`: what others leave; `below normal`: a tenth of a processor that everybody wants
 */
export function lowerThreadPriority(to: "low" | "below normal" = "low"): boolean {
  const thread = ownThread();
  if (thread === undefined) return false;
  try {
    const { PRIORITY_LOW, PRIORITY_BELOW_NORMAL } = constants.priority;
    setPriority(thread, to === "low" ? PRIORITY_LOW : PRIORITY_BELOW_NORMAL);
    return true;
  } catch {
    return false;
  }
}
