/**
 * A CALL that is sent many times: framed and masked once, then only the digits that change are written, in place and
 * under the mask. Costs some 50 ns a message instead of some microseconds.
 */
import { headerLength, maskedFrame, OPCODE } from "./framing.ts";
import { countAt, type LoadMessage, type MessageKind } from "./messages.ts";

/** Digits at the end of a message id that count. */
const ID_DIGITS = 7;
export const MAX_MESSAGE_NO = 10 ** ID_DIGITS - 1;
/** Where the id begins in `[2,"…`. */
export const ID_AT = 4;
export const ID_LENGTH = 36;
const ZERO = 0x30;

export interface CallTemplate {
  readonly kind: MessageKind;
  /** The masked frame, header included. */
  readonly frame: Buffer;
  /** Payload of the right CALLRESULT, byte for byte as the CSMS sends it. */
  readonly expected: Buffer;
  readonly key: Uint8Array;
  /** Where the frame's payload begins. */
  readonly payloadAt: number;
  /** Last digit of what counts the messages (`countAt`); −1 where nothing does. */
  readonly countAt: number;
}

/** The id that every message of a connection shares but for its last digits: as long as a UUID, as most stations send. */
export const messageIdPrefix = (connectionNo: number): string =>
  `${connectionNo.toString(16).padStart(8, "0")}-7e11-4a5e-9d3b-00000`;

export interface TemplateOptions {
  readonly kind: MessageKind;
  readonly idPrefix: string;
  readonly message: LoadMessage;
  readonly expected: string;
  readonly key: Uint8Array;
}

export function callTemplate({ kind, idPrefix, message, expected, key }: TemplateOptions): CallTemplate {
  const id = idPrefix.padEnd(ID_LENGTH, "0");
  const text = JSON.stringify([2, id, message.action, message.payload]);
  const bytes = Buffer.from(text);
  const payloadAt = headerLength(bytes.length) + 4;
  const countFrom = kind === "meter" ? countAt(bytes, message.action) : -1;
  return {
    kind,
    frame: maskedFrame(OPCODE.text, bytes, key),
    expected: Buffer.from(expected),
    key,
    payloadAt,
    countAt: countFrom < 0 ? -1 : countFrom + ID_DIGITS - 1,
  };
}

/** Writes the message number, and the count where there is one, into the frame. */
export function patchTemplate(template: CallTemplate, messageNo: number, count: number): void {
  const { frame, key, payloadAt, countAt: lastAt } = template;
  writeDigits(frame, payloadAt + ID_AT + ID_LENGTH - 1, messageNo, key, payloadAt);
  if (lastAt >= 0) writeDigits(frame, payloadAt + lastAt, count, key, payloadAt);
}

/** Writes seven digits that end at `lastAt`, masked. */
function writeDigits(frame: Buffer, lastAt: number, value: number, key: Uint8Array, payloadAt: number): void {
  let rest = value;
  for (let at = lastAt; at > lastAt - ID_DIGITS; at--) {
    const quotient = Math.floor(rest / 10);
    frame[at] = (ZERO + rest - quotient * 10) ^ (key[(at - payloadAt) & 3] ?? 0);
    rest = quotient;
  }
}

/** The message number of the id at `data[at..]`, or −1 when it is not an id of this prefix. */
export function messageNoAt(data: Buffer, at: number, prefix: Buffer): number {
  for (let i = 0; i < prefix.length; i++) if (data[at + i] !== prefix[i]) return -1;
  let no = 0;
  for (let i = prefix.length; i < ID_LENGTH; i++) {
    const digit = (data[at + i] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    no = no * 10 + digit;
  }
  return no;
}
