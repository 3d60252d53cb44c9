/**
 * What happens to errors that nobody caught.
 *
 * - A rejected promise that nobody awaited is logged and the process stays up: what rejected has ended by itself, and
 *   stations have nothing to do with it.
 * - A connection error of a socket that lost its owner (`ECONNRESET`, `EPIPE`, …) is logged and the process stays up: the
 *   socket is gone, nothing else was touched.
 * - Any other exception may have left something half done. The gateway stops in order (drain, persist) and exits with 70,
 *   for the service manager to start it again; snapshots and spool are made for that.
 *
 * Station actors never come here: their supervisor catches what they throw.
 */
import type { Logger } from "../index.ts";

const CONNECTION_ERRORS = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED", "EHOSTUNREACH", "ENETUNREACH"]);

export interface GuardOptions {
  readonly logger: Logger;
  /** Starts an orderly stop. */
  readonly stop: () => Promise<void>;
}

export function guardProcess({ logger, stop }: GuardOptions): void {
  process.on("unhandledRejection", (reason) => {
    logger.error(describe(reason), "a rejected promise that nobody awaited");
  });
  process.on("uncaughtException", (error) => {
    logger.error(describe(error), "an exception that nobody caught");
    if (!isConnectionError(error)) void stop();
  });
}

const isConnectionError = (error: unknown): boolean =>
  CONNECTION_ERRORS.has(String((error as { readonly code?: unknown } | null)?.code)) &&
  (error as { readonly syscall?: unknown }).syscall !== undefined;

/** Code and stack; the texts of our own errors name fields and settings, never values. */
function describe(error: unknown): { readonly code: string; readonly stack: string } {
  if (!(error instanceof Error)) return { code: "none", stack: String(error) };
  return { code: String((error as { readonly code?: unknown }).code ?? "none"), stack: error.stack ?? error.message };
}
