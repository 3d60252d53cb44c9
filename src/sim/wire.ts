/**
 * The simulator's own reading and writing of OCPP-J frames. Deliberately not the gateway's decoder: a mistake in one must
 * not be made good by the same mistake in the other.
 *
 * @see OCPP-J 1.6 §4.2; OCPP 2.0.1 Part 4 §4.2; OCPP 2.1 Part 4 §4.2
 */
import { messageId } from "../domain/ids.ts";
import type { Frame, Payload } from "../domain/ocpp/frame.ts";

export type { Payload } from "../domain/ocpp/frame.ts";

/** The text of a CALL (2) or SEND (6). */
export function callText(id: string, action: string, payload: Payload, type: 2 | 6 = 2): string {
  return JSON.stringify([type, id, action, payload]);
}

export function resultText(id: string, payload: Payload): string {
  return JSON.stringify([3, id, payload]);
}

export function errorText(id: string, code: string, description: string): string {
  return JSON.stringify([4, id, code, description, {}]);
}

/** The frame in `text`, or undefined when it is not a well-formed OCPP-J message. */
export function readFrame(text: string): Frame | undefined {
  const parts = parseArray(text);
  if (parts === undefined || typeof parts[1] !== "string") return undefined;
  const [type, rawId, third, fourth] = parts;
  const id = messageId(rawId as string);
  if ((type === 2 || type === 6) && typeof third === "string" && isPayload(fourth)) {
    return { type, id, action: third, payload: fourth };
  }
  if (type === 3 && isPayload(third)) return { type, id, payload: third };
  if ((type === 4 || type === 5) && typeof third === "string") {
    return { type, id, code: third, description: typeof fourth === "string" ? fourth : "" };
  }
  return undefined;
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    // Not JSON at all: the same answer as JSON of the wrong shape.
    return undefined;
  }
}

export function isPayload(value: unknown): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at `field`, or an empty one: peers leave out what they like. */
export function objectAt(payload: Payload, field: string): Payload {
  const value = payload[field];
  return isPayload(value) ? value : {};
}

/** The text at `field`, or undefined. */
export function textAt(payload: Payload, field: string): string | undefined {
  const value = payload[field];
  return typeof value === "string" ? value : undefined;
}

/** The number at `field`, or undefined. */
export function numberAt(payload: Payload, field: string): number | undefined {
  const value = payload[field];
  return typeof value === "number" ? value : undefined;
}

/** The objects of the array at `field`; none where there is no array. */
export function listAt(payload: Payload, field: string): readonly Payload[] {
  const value = payload[field];
  return Array.isArray(value) ? value.filter(isPayload) : [];
}
