/**
 * Frame text → decoded frame, or exactly what is wrong with it.
 *
 * Lenient where the field needs it and nothing is risked: a `null` payload from a 1.6 peer is `{}`, an id may be a number,
 * an id may be longer than 36 characters (a rule counts it).
 *
 * @see OCPP-J 1.6 §4.2; OCPP 2.0.1 Part 4 §4.2; the malformed-input table in docs/protocol.md
 */
import { type MessageId, messageId } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import type { Frame, Payload } from "./frame.ts";
import { type JsonHazard, scanJson } from "./scan-json.ts";
import type { OcppVersion } from "./version.ts";

export type FrameFaultKind =
  /** Not JSON at all. */
  | "not-json"
  /** JSON, but no array, or an empty one, or its type is no number. */
  | "not-a-frame"
  /** The id is neither a string nor a number, or is empty. */
  | "unreadable-id"
  /** Type and id are readable, the rest does not fit the type. */
  | "wrong-shape"
  /** A message type number this version does not define. */
  | "unknown-type"
  | JsonHazard;

export interface FrameFault {
  readonly kind: FrameFaultKind;
  /** Message type number where it could be read. */
  readonly type: number | undefined;
  /** Message id where it could be read. */
  readonly id: MessageId | undefined;
}

/** True when the peer sent its id as a JSON number: the answer must carry a number too. */
export const hasNumericId = (text: string): boolean => /^\s*\[\s*\d+\s*,\s*-?\d/.test(text);

/**
 * @param text the frame
 * @param bytes the same frame in UTF-8, for the hazard scan
 * @param maxDepth deepest JSON nesting accepted
 */
export function decodeFrame(
  text: string,
  bytes: Uint8Array,
  version: OcppVersion,
  maxDepth: number,
): Result<Frame, FrameFault> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fault("not-json", undefined, undefined);
  }
  if (!Array.isArray(value)) return fault("not-a-frame", undefined, undefined);
  const type: unknown = value[0];
  if (typeof type !== "number") return fault("not-a-frame", undefined, undefined);
  const id = readableId(value[1]);
  if (id === undefined) return fault("unreadable-id", type, undefined);
  const hazard = scanJson(bytes, maxDepth);
  if (hazard !== undefined) return fault(hazard, type, id);
  const frame = shape(value, type, id, version);
  if (frame === "unknown-type" || frame === "wrong-shape") return fault(frame, type, id);
  return ok(frame);
}

function fault(kind: FrameFaultKind, type: number | undefined, id: MessageId | undefined): Result<never, FrameFault> {
  return err({ kind, type, id });
}

function readableId(id: unknown): MessageId | undefined {
  if (typeof id === "string" && id !== "") return messageId(id);
  if (typeof id === "number") return messageId(String(id));
  return undefined;
}

function shape(
  value: readonly unknown[],
  type: number,
  id: MessageId,
  version: OcppVersion,
): Frame | "unknown-type" | "wrong-shape" {
  switch (type) {
    case 2:
      return call(2, value, id, version);
    case 3: {
      const payload = value.length === 3 ? payloadOf(value[2], version) : undefined;
      return payload === undefined ? "wrong-shape" : { type: 3, id, payload };
    }
    case 4:
      return error(4, value, id);
    case 5:
      return version === "ocpp2.1" ? error(5, value, id) : "unknown-type";
    case 6:
      return version === "ocpp2.1" ? call(6, value, id, version) : "unknown-type";
    default:
      return "unknown-type";
  }
}

function call<T extends 2 | 6>(type: T, value: readonly unknown[], id: MessageId, version: OcppVersion) {
  const action = value[2];
  const payload = value.length === 4 ? payloadOf(value[3], version) : undefined;
  if (typeof action !== "string" || action === "" || payload === undefined) return "wrong-shape";
  return { type, id, action, payload };
}

/** Stations leave out description and details now and then; only the code is needed to be a CALLERROR. */
function error<T extends 4 | 5>(type: T, value: readonly unknown[], id: MessageId) {
  const [, , code, description] = value;
  if (typeof code !== "string" || value.length > 5) return "wrong-shape";
  return { type, id, code, description: typeof description === "string" ? description : "" };
}

function payloadOf(payload: unknown, version: OcppVersion): Payload | undefined {
  if (payload === null) return version === "ocpp1.6" ? {} : undefined;
  return typeof payload === "object" && !Array.isArray(payload) ? (payload as Payload) : undefined;
}
