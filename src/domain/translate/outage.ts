/**
 * What the CSMS is told of connectors when its link is back.
 *
 * | it was away for               | told                                        |
 * | ----------------------------- | ------------------------------------------- |
 * | OfflineThreshold, or less     | what has changed, or did not arrive         |
 * | longer, or nobody knows       | every connector                             |
 *
 * What the station said meanwhile comes out of the spool first, and the station may have something to say; what it has not said by
 * then is told from memory, as after a boot.
 *
 * @see OCPP 2.0.1 Part 2 B04, OCPPCommCtrlr.OfflineThreshold
 */
import { tellStatusesLater } from "./boot.ts";
import type { LinkRule, TranslationState } from "./contract.ts";
import { northSettings } from "./device-own.ts";
import { forgetReported } from "./status.ts";
import type { TxOptions } from "./tx-options.ts";
import { changeMore, draftOf, finished, moreOf } from "./tx-state.ts";

export const linkDown =
  (options: TxOptions): LinkRule<TranslationState> =>
  (state, env) => {
    const draft = draftOf(state, env, options);
    if (moreOf(state).linkDownAt === undefined) changeMore(draft, { linkDownAt: env.now });
    return finished(draft);
  };

export const linkUp =
  (options: TxOptions): LinkRule<TranslationState> =>
  (state, env) => {
    const draft = draftOf(state, env, options);
    const { linkDownAt } = moreOf(state);
    const thresholdMs = northSettings(state).offlineThresholdSec * 1000;
    changeMore(draft, { linkDownAt: undefined });
    if (state.tx.registration !== "Accepted") return finished(draft);
    if (linkDownAt === undefined || env.now - linkDownAt > thresholdMs) forgetReported(draft);
    tellStatusesLater(draft);
    return finished(draft);
  };
