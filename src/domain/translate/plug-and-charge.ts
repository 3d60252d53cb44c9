/**
 * ISO 15118 under 1.6: messages of 2.0.1 wrapped in DataTransfer, as the OCA's application note describes. With `plugAndCharge` they
 * are unwrapped, so that the CSMS sees what it would see of a station of 2.0.1; without it they are DataTransfers like any other.
 *
 *     station ── DataTransfer { vendorId, messageId: action, data: JSON } ──▶ action ──▶ CSMS
 *     CSMS ────── action ──▶ DataTransfer { …, data } ──▶ station
 *
 * | from the station                                                      | from the CSMS                                             |
 * | --------------------------------------------------------------------- | --------------------------------------------------------- |
 * | Authorize, Get15118EVCertificate, GetCertificateStatus, SignCertificate | CertificateSigned, DeleteCertificate, GetInstalledCertificateIds, InstallCertificate, TriggerMessage |
 *
 * What is inside is checked by the schema of 2.0.1 in both directions. Of a 2.1 CSMS's answer the station gets the fields that 2.0.1
 * knows.
 *
 * @see Using ISO 15118 Plug & Charge with OCPP 1.6, version 1.0, §3
 */
import type { Payload } from "../ocpp/frame.ts";
import { isObject, objectAt, pick, rowOf, textAt } from "./command-fields.ts";
import { also, answer, commandJob, jobFor, type StationCall, say } from "./command-kit.ts";
import type { AnswerRule, Asked, Block, CallRule, Env, Job, Outcome, Step, TranslationState } from "./contract.ts";
import { rememberToken, sentToken } from "./token-alias.ts";

export const PNC_VENDOR = "org.openchargealliance.iso15118pnc";

/** Longer than any of these messages may be: an EXI request has 5 600 characters, four responses of certificates fewer. */
const LONGEST_DATA = 65_536;

/** What a station may wrap, and the fields of the answer it understands. */
const UPWARDS: { readonly [action: string]: readonly string[] } = {
  Authorize: ["certificateStatus", "idTokenInfo"],
  Get15118EVCertificate: ["status", "statusInfo", "exiResponse"],
  GetCertificateStatus: ["status", "statusInfo", "ocspResult"],
  SignCertificate: ["status", "statusInfo"],
};

export const isTunnelled = ({ payload }: Asked, { settings }: Env): boolean =>
  settings.plugAndCharge === true && payload["vendorId"] === PNC_VENDOR;

/** A wrapped message of the station, as a message of its own. */
export const unwrapped: CallRule<TranslationState> = (state, asked, env) => {
  const action = textAt(asked.payload, "messageId") ?? "";
  if (rowOf(UPWARDS, action) === undefined) return say(state, asked, "UnknownMessageId");
  const payload = parsed(textAt(asked.payload, "data"));
  if (payload === undefined || env.isGood?.(action, "request", payload) === false) {
    return also(say(state, asked, "Rejected"), { do: "lost", what: `DataTransfer.data=${action}` });
  }
  const idToken = action === "Authorize" ? objectAt(payload, "idToken") : undefined;
  // StartTransaction will carry the contract as an idTag, and only now is its type known.
  const next = idToken === undefined ? state : rememberToken(state, sentToken(idToken));
  const job = { ...jobFor("pnc.answered", asked), action };
  return { state: next, wants: [{ do: "ask", peer: "csms", action, payload, job }] };
};

const answered: AnswerRule<TranslationState> = (state, job, outcome) => {
  if (outcome.kind !== "result") return say(state, commandJob(job), "Rejected");
  const fields = rowOf(UPWARDS, job["action"] as string) ?? [];
  const data = JSON.stringify(pick(outcome.payload, fields));
  return answer(state, commandJob(job), { status: "Accepted", data });
};

/** Wraps a call for the station. `whenAnswered` hears what was inside the answer, as if the station had 2.0.1. */
export function throughTunnel(
  state: TranslationState,
  { action, payload, job }: StationCall,
  whenAnswered: AnswerRule<TranslationState>,
  env: Env,
): Step<TranslationState> {
  if (!env.isStationOnline) return whenAnswered(state, job, { kind: "none" }, env);
  const wrapped = { vendorId: PNC_VENDOR, messageId: action, data: JSON.stringify(payload) };
  return {
    state,
    wants: [{ do: "ask", peer: "station", action: "DataTransfer", payload: wrapped, job: { ...job, action } }],
  };
}

/** The answer inside an answer; the rule of `throughTunnel` again. */
export const insideTunnel =
  (whenAnswered: AnswerRule<TranslationState>): AnswerRule<TranslationState> =>
  (state, job, outcome, env) =>
    whenAnswered(state, job, inner(job, outcome, env), env);

function inner(job: Job, outcome: Outcome, env: Env): Outcome {
  if (outcome.kind !== "result") return outcome;
  const status = textAt(outcome.payload, "status");
  if (status === "UnknownVendorId" || status === "UnknownMessageId") {
    return { kind: "error", code: "NotSupported", description: "" };
  }
  const payload = status === "Accepted" ? parsed(textAt(outcome.payload, "data")) : undefined;
  const isMessage = payload !== undefined && env.isGood?.(job["action"] as string, "response", payload) !== false;
  return isMessage ? { kind: "result", payload } : { kind: "result", payload: {} };
}

function parsed(data: string | undefined): Payload | undefined {
  if (data === undefined || data.length > LONGEST_DATA) return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const plugAndCharge: Block = { from: {}, answers: { "pnc.answered": answered } };
