/**
 * OCPP-J frames as decoded values. `decodeFrame` (decode-frame.ts) makes them, `encodeCall` and its sisters
 * (encode-frame.ts) turn the gateway's own back into text. A relayed frame is never encoded again: its bytes travel.
 *
 * | type | no. | shape                                        | versions |
 * | ---- | --- | -------------------------------------------- | -------- |
 * | CALL | 2 | [2, id, action, payload]                       | all |
 * | CALLRESULT | 3 | [3, id, payload]                         | all |
 * | CALLERROR | 4 | [4, id, code, description, details]       | all |
 * | CALLRESULTERROR | 5 | [5, id, code, description, details] | 2.1 |
 * | SEND | 6 | [6, id, action, payload]                       | 2.1 |
 *
 * @see OCPP-J 1.6 §4.2; OCPP 2.0.1 Part 4 §4.2; OCPP 2.1 Part 4 §4.2
 */
import type { MessageId } from "../ids.ts";

/** A JSON object as it came from a peer. Never merged into objects of ours. */
export type Payload = { readonly [field: string]: unknown };

export interface CallFrame {
  readonly type: 2;
  readonly id: MessageId;
  readonly action: string;
  readonly payload: Payload;
}

export interface CallResultFrame {
  readonly type: 3;
  readonly id: MessageId;
  readonly payload: Payload;
}

export interface CallErrorFrame {
  readonly type: 4;
  readonly id: MessageId;
  readonly code: string;
  readonly description: string;
}

export interface CallResultErrorFrame {
  readonly type: 5;
  readonly id: MessageId;
  readonly code: string;
  readonly description: string;
}

export interface SendFrame {
  readonly type: 6;
  readonly id: MessageId;
  readonly action: string;
  readonly payload: Payload;
}

export type Frame = CallFrame | CallResultFrame | CallErrorFrame | CallResultErrorFrame | SendFrame;
