/**
 * A question to a token that may be disturbed: while another process writes to it, SoftHSM says that the token, or a key in it, is not
 * there, or fails in general. Asked three times before that is believed. A wrong PIN is never repeated: tokens lock themselves.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { GatewayError } from "../../domain/error.ts";

const WAITS_MS = [100, 300];
const MAY_PASS: ReadonlySet<unknown> = new Set(["ERR_KEY_MISSING", "ERR_KEY_TOKEN", "ERR_KEY_TOKEN_MISSING"]);
/** A token that is disturbed says so at once; one that takes longer has another trouble, and others wait for their turn. */
const AT_ONCE_MS = 5_000;

/** @param work does no harm when it is done twice */
export async function askAgain<T>(work: () => Promise<T>): Promise<T> {
  for (const waitMs of WAITS_MS) {
    const begun = performance.now();
    try {
      return await work();
    } catch (error) {
      if (!MAY_PASS.has((error as GatewayError).code) || performance.now() - begun > AT_ONCE_MS) throw error;
      await pause(waitMs);
    }
  }
  return work();
}
