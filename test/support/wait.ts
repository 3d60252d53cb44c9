/** Waiting in tests that have real sockets: for a condition, never for a time. */
import { setTimeout as pause } from "node:timers/promises";

const POLL_MS = 10;

/** Resolves when `condition` holds, with what it gave; rejects with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  timeoutMs = 20_000,
): Promise<T> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false && value !== null) return value;
    if (performance.now() > endsAt) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await pause(POLL_MS);
  }
}
