/** (contract; the table follows) */
import type { ActionSpec, MessageClass } from "../ocpp/catalogue.ts";
import type { CallFrame, SendFrame } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

export interface Classification {
  readonly messageClass: MessageClass;
  readonly healthOnly: boolean;
}

const BULK: Classification = Object.freeze({ messageClass: 4, healthOnly: false });

export function classify(
  _version: OcppVersion,
  _frame: CallFrame | SendFrame,
  _spec: ActionSpec | undefined,
): Classification {
  return BULK;
}
