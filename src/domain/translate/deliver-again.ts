/** A message that the CSMS did not take and that an operator sends again: it is kept anew, under the id that its content gives it. */

import type { Payload } from "../ocpp/frame.ts";
import type { Block, Step, TranslationState } from "./contract.ts";

/** Job with the message's `action` and `payload`. */
export const DELIVER_AGAIN = "engine.again";

export const deliverAgainBlock: Block = {
  from: {},
  wakes: {
    [DELIVER_AGAIN]: (state, { action, payload }): Step<TranslationState> => ({
      state,
      wants: [{ do: "ask", peer: "csms", action: String(action), payload: payload as Payload, sure: true }],
    }),
  },
};
