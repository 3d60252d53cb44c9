/**
 * A station's snapshot as it is when its process has ended: sockets do not survive, so whoever was connected has to come again.
 *
 * It is what the machine makes of `session.closed`, done to the snapshot: of ten thousand stations, starting each one's actor as
 * connected, with its wait for silence, only to send it away again takes longer than the rest of the restore.
 */
import type { EpochMs } from "../domain/ids.ts";
import type { StationContext } from "./station-context.ts";

/** XState's persisted snapshot, as far as this needs to know it. */
interface Persisted {
  readonly value: string;
  readonly context: object;
}

/** @param snapshot of a station machine; it is left as it is */
export function withoutSession(snapshot: Persisted, at: EpochMs): Persisted {
  const context = snapshot.context as StationContext;
  if (context.connection === 0) return snapshot;
  return {
    ...snapshot,
    value: "offline",
    context: { ...context, connection: 0, changedAt: at } satisfies StationContext,
    // The wait for silence is an invoked actor of the state that has been left.
    ...({ children: {} } as object),
  };
}
