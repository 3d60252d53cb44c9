/** The control socket's part about the quarantine; see control-server.ts. */
import type { Gateway } from "../index.ts";

export interface QuarantineAnswer {
  readonly status: number;
  readonly body: object;
}

const LONGEST_MIN = 30 * 24 * 60;

/** @param body of a POST, as parsed */
export function answerQuarantine(
  verb: string | undefined,
  body: { readonly [field: string]: unknown },
  { quarantine }: Pick<Gateway, "quarantine">,
): QuarantineAnswer {
  const { name, stationId, address, reason, minutes } = body;
  switch (verb) {
    case undefined:
      return { status: 200, body: { confined: quarantine.list(), nowMs: Date.now() } };
    case "release":
      return typeof name === "string"
        ? { status: 200, body: { released: quarantine.release(name) } }
        : { status: 400, body: { message: "name is missing" } };
    case "add": {
      const subject = {
        ...(typeof stationId === "string" ? { stationId } : {}),
        ...(typeof address === "string" ? { address } : {}),
      };
      const isLong = typeof minutes === "number" && minutes > 0 && minutes <= LONGEST_MIN;
      if (!isLong || typeof reason !== "string" || Object.keys(subject).length === 0) {
        return { status: 400, body: { message: "stationId or address, minutes and reason are needed" } };
      }
      return { status: 200, body: quarantine.confine(subject, reason, minutes) };
    }
    default:
      return { status: 404, body: { message: "there is nothing of this name" } };
  }
}
