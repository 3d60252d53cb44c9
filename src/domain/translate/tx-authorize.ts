/**
 * Authorize of a 1.6 station. Stations also send it to stop, which makes no difference here. Not asked for (the CSMS must not see
 * them in an Authorize, so they are good): tokens that mean nobody in particular, and Central ones of a remote start.
 *
 * @see OCPP 1.6 edition 2 §4.1; OCPP 2.0.1 Part 2 C01, C02, C05.FR.01
 */
import type { AnswerRule, CallRule, TranslationState } from "./contract.ts";
import { toIdToken, trimmedTag } from "./tokens.ts";
import { toIdTagInfo } from "./tokens-words.ts";
import { heard } from "./tx-answers.ts";
import type { TxOptions } from "./tx-options.ts";
import { remoteStartWith } from "./tx-remote-starts.ts";
import {
  answer,
  ask,
  type Draft,
  draftOf,
  finished,
  isTooEarly,
  objectOf,
  refuse,
  repaired,
  textOf,
} from "./tx-state.ts";

const ACCEPTED = { idTagInfo: { status: "Accepted" } };

export const authorizeRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const draft = draftOf(state, env, options);
    const raw = textOf(asked.payload["idTag"]) ?? "";
    const idTag = trimmedTag(raw);
    if (isTooEarly(state, asked)) {
      refuse(draft, asked.ref, "SecurityError", "not accepted yet");
      return finished(draft);
    }
    if (idTag !== raw) repaired(draft, "blanks behind an idTag");
    const idToken = toIdToken(draft, idTag);
    if (isNotAsked(draft, idTag, idToken.type)) answer(draft, asked.ref, ACCEPTED);
    else ask(draft, "csms", "Authorize", { idToken }, { kind: "tx.authorize", ref: asked.ref, idTag });
    return finished(draft);
  };

function isNotAsked(draft: Draft, idTag: string, type: string): boolean {
  if (type === "NoAuthorization") return true;
  return type === "Central" || remoteStartWith(draft, idTag)?.type === "Central";
}

/** No answer: refused, and whoever stands before the translator decides by its policy. */
export const authorizeAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const draft = draftOf(state, env, options);
    heard(draft, outcome);
    const info = outcome.kind === "result" ? objectOf(outcome.payload["idTokenInfo"]) : undefined;
    const ref = String(job["ref"]);
    if (info === undefined) refuse(draft, ref, "InternalError", "no answer from the CSMS");
    else answer(draft, ref, { idTagInfo: toIdTagInfo(draft, String(job["idTag"]), info, undefined) });
    return finished(draft);
  };
