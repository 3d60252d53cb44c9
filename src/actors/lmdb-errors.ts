/**
 * What lmdb says when a commit fails. The error it rejects with holds a promise for the reason, and there is a second promise
 * inside lmdb for the same commit; both are rejected too, and one that nobody handles ends a process that has no guard.
 */

/** How long the reason may take: it is on its way when the commit is rejected. */
const REASON_MS = 200;

interface Committing {
  /** lmdb's thenable for the commit under way. */
  readonly committed: PromiseLike<unknown>;
}

/** To be called in the turn of the rejection: nothing of this failure is left unhandled. */
export function quieten(db: Committing, error: unknown): void {
  reasonPromise(error)?.catch(() => undefined);
  db.committed.then(undefined, () => undefined);
}

/** Why a commit failed, for a log line. Never rejects. */
export async function commitReason(error: unknown): Promise<string> {
  const promise = reasonPromise(error);
  if (promise === undefined) return text(error);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<unknown>((resolve) => {
    timer = setTimeout(resolve, REASON_MS, error);
  });
  const reason = await Promise.race([promise.then(() => error).catch((inner: unknown) => inner), late]);
  clearTimeout(timer);
  return text(reason);
}

function reasonPromise(error: unknown): Promise<unknown> | undefined {
  const inner = (error as { readonly commitError?: unknown } | null | undefined)?.commitError;
  return inner instanceof Promise ? inner : undefined;
}

/** Without the addresses that lmdb adds. */
const text = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split(": Attempting")[0] ?? "";

/** How long closing may take; lmdb does not come back from it when its last commit has failed. */
const CLOSE_MS = 2_000;

/** Closes a store. @returns whether it is closed; never rejects */
export async function closed(db: { close(): Promise<void> }): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS, false);
  });
  const done = db.close().then(
    () => true,
    () => false,
  );
  const isClosed = await Promise.race([done, late]);
  clearTimeout(timer);
  return isClosed;
}
