/** The control socket's part about commands that are held back; see control-server.ts. */
import type { Gateway } from "../index.ts";

const LONGEST_MIN = 24 * 60;

/** @param body of a POST, as parsed */
export function answerDelays(
  verb: string | undefined,
  { stationId, minutes }: { readonly [field: string]: unknown },
  { delays }: Pick<Gateway, "delays">,
): { readonly status: number; readonly body: object } {
  if (delays === undefined) return { status: 404, body: { message: "no station has ukSmartCharging" } };
  if (verb === undefined) return { status: 200, body: { held: delays.list(), nowMs: Date.now() } };
  if (verb !== "override") return { status: 404, body: { message: "there is nothing of this name" } };
  const isLong = typeof minutes === "number" && minutes >= 0 && minutes <= LONGEST_MIN;
  if (typeof stationId !== "string" || !isLong) {
    return { status: 400, body: { message: "stationId and minutes are needed" } };
  }
  return { status: 200, body: { commands: delays.override(stationId, minutes) } };
}
