/** Frames of the spool as text: read again, and with the names that the other side knows. */
import { type MessageId, messageId } from "../../domain/ids.ts";
import { setMember } from "../../domain/ocpp/edit-json.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";

/** A spooled frame is one that `decodeFrame` accepted. */
export function callOf(text: string): { readonly id: MessageId; readonly action: string; readonly payload: Payload } {
  const [, id, action, payload] = JSON.parse(text) as [2, string | number, string, Payload | null];
  return { id: messageId(String(id)), action, payload: payload ?? {} };
}

/**
 * The frame of a text that has the CSMS's name for its transaction. Of meter values alone, which the translation does not read again:
 * what a start or stop means to the station's own state is said by the station's name.
 */
export const asSent = (frame: CallFrame, text: string): CallFrame =>
  frame.action === "MeterValues" ? { ...frame, payload: callOf(text).payload } : frame;

export const replaceTransaction = (text: string, id: number): string =>
  setMember(text, [3], "transactionId", String(id)) ?? text;

export const replaceAnswerId = (text: string, id: number): string =>
  setMember(text, [2], "transactionId", String(id)) ?? text;
