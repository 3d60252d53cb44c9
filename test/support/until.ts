/** Waiting for conditions in end-to-end tests, so that none of them sleeps for a guessed time. */

const POLL_MS = 5;
const DEFAULT_MS = 8_000;

/**
 * Resolves with the first value of `probe` that is neither undefined, null nor false.
 *
 * @param what the end of "waited for …", for the error
 * @throws Error when `withinMs` has passed
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | null | false,
  withinMs = DEFAULT_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = probe();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** `promise`, or an error that says what did not come. */
export async function within<T>(what: string, promise: Promise<T>, withinMs = DEFAULT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${withinMs} ms for ${what}`)), withinMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
