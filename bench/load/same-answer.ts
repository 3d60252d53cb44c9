/** Compares answers as JSON, for relays that write the text anew. The slow path: equal bytes never come here. */
import { isDeepStrictEqual } from "node:util";

/**
 * Whether `frameText` is a CALLRESULT whose payload means what `expectedText` means. `currentTime` may be another valid
 * instant: a gateway may answer a Heartbeat itself.
 */
export function sameAnswer(frameText: string, expectedText: string): boolean {
  try {
    const frame: unknown = JSON.parse(frameText);
    if (!Array.isArray(frame) || frame.length !== 3 || frame[0] !== 3) return false;
    return isDeepStrictEqual(withoutTime(frame[2]), withoutTime(JSON.parse(expectedText)));
  } catch {
    return false;
  }
}

function withoutTime(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null || !("currentTime" in payload)) return payload;
  const { currentTime, ...rest } = payload;
  return { ...rest, hasTime: typeof currentTime === "string" && !Number.isNaN(Date.parse(currentTime)) };
}
