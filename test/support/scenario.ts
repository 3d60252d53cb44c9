/** A test body that puts away what it has set up, in reverse order, whether it passes or not. */
export type Defer = (putAway: () => unknown) => void;

export function scenario(body: (defer: Defer) => Promise<void>): () => Promise<void> {
  return async () => {
    const waiting: (() => unknown)[] = [];
    try {
      await body((putAway) => void waiting.unshift(putAway));
    } finally {
      for (const putAway of waiting) await putAway();
    }
  };
}
