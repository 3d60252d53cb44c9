/**
 * A question to a token that may be disturbed: while another process writes to it, SoftHSM says that the token, or a key in it, is not
 * there. Asked three times before that is believed. A wrong PIN is never repeated: tokens lock themselves.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { GatewayError } from "../../domain/error.ts";

const WAITS_MS = [100, 300];
const MAY_PASS: ReadonlySet<unknown> = new Set(["ERR_KEY_MISSING", "ERR_KEY_TOKEN_MISSING"]);

/** @param work changes nothing when it fails */
export async function askAgain<T>(work: () => Promise<T>): Promise<T> {
  for (const waitMs of WAITS_MS) {
    try {
      return await work();
    } catch (error) {
      if (!MAY_PASS.has((error as GatewayError).code)) throw error;
      await pause(waitMs);
    }
  }
  return work();
}
