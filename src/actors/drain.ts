/**
 * Ends all connections: each as soon as nothing is under way on it, all of them when the time is over. Stations are told 1012
 * (service restart), on which they come back.
 */
import type { Clock } from "../ports.ts";
import { CLOSE } from "./peer-socket.ts";
import type { Sessions } from "./sessions.ts";
import type { StationConnection } from "./station-connection.ts";

const POLL_MS = 20;
/** For the closing handshakes after the last call. */
const CLOSING_MS = 1_000;

/**
 * Resolves when no connection is left.
 *
 * @returns connections that still had a call under way when the time was over
 */
export async function drainSessions(sessions: Sessions, clock: Clock, withinMs: number): Promise<number> {
  const deadline = clock.monotonicMs() + withinMs;
  for (;;) {
    const late = clock.monotonicMs() >= deadline;
    let busy = 0;
    for (const connection of sessions.all) {
      const isBusy = underWay(connection) > 0;
      if (isBusy) busy += 1;
      if (late || !isBusy) sessions.close(connection, CLOSE.restart, "gateway stops");
    }
    if (busy === 0 || late) {
      await allClosed(sessions, clock);
      return busy;
    }
    await pause();
  }
}

/** Calls, and frames that wait for the uplink: an answer is the station's last word on a command. */
function underWay({ toCsms, toStation, uplink }: StationConnection): number {
  return toCsms.load + toStation.load + (uplink?.waiting ?? 0);
}

async function allClosed(sessions: Sessions, clock: Clock): Promise<void> {
  const deadline = clock.monotonicMs() + CLOSING_MS;
  while (sessions.size > 0 && clock.monotonicMs() < deadline) await pause();
  for (const connection of sessions.all) connection.socket?.terminate();
  while (sessions.size > 0 && clock.monotonicMs() < deadline + CLOSING_MS) await pause();
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));
