/**
 * GetLog, and what the station says of an upload.
 *
 * | 2.0.1 GetLog             | security extension of 1.6 | plain 1.6                                                   |
 * | ------------------------ | ------------------------- | ----------------------------------------------------------- |
 * | DiagnosticsLog           | GetLog, field by field    | GetDiagnostics; a file name is Accepted, none Rejected (N01.FR.05) |
 * | SecurityLog              | GetLog                    | Rejected                                                    |
 * | DataCollectorLog (2.1)   | Rejected                  | Rejected                                                    |
 * | while an upload runs     | the station's answer      | Rejected: 1.6 cannot call an upload off                     |
 *
 * | 1.6 DiagnosticsStatusNotification | 2.0.1 LogStatusNotification |
 * | --------------------------------- | --------------------------- |
 * | Idle                              | Idle, without requestId     |
 * | Uploading, Uploaded               | the same                    |
 * | UploadFailed                      | UploadFailure               |
 *
 * A status needs the requestId of the upload it is of (N01.FR.13); one of an upload that nobody asked for is dropped.
 *
 * @see OCPP 2.0.1 N01; OCPP 1.6 edition 2 §4.4, §5.8; security extension edition 3 §4.4, §5.6
 */
import { compact, isUri, numberAt, objectAt, pick, rowOf, textAt } from "./command-fields.ts";
import {
  also,
  answer,
  askStation,
  type CommandJob,
  commandJob,
  jobFor,
  reason,
  say,
  statusOf,
  tellCsms,
} from "./command-kit.ts";
import { commandsOf, type LogJob, withCommands } from "./command-state.ts";
import type { AnswerRule, Asked, Block, CallRule, Env, Step, TranslationState, Want } from "./contract.ts";
import { reasonOf } from "./errors.ts";

interface Uploading extends CommandJob {
  readonly requestId: number;
}

/** An upload that has not ended by then never will; 1.6 stations forget to say so. */
const UPLOAD_TAKES_MS = 6 * 3_600_000;
const FORWARDED: readonly string[] = ["DiagnosticsLog", "SecurityLog"];

const getLog: CallRule<TranslationState> = (state, asked, env) => {
  const logType = textAt(asked.payload, "logType") ?? "";
  if (env.settings.logSource === "gateway" || !FORWARDED.includes(logType)) {
    return say(state, asked, "Rejected", reason("UnsupportedRequest"));
  }
  if (state.capabilities.hasSecurityExtension) return getLogOf16(state, asked, env);
  if (logType !== "DiagnosticsLog") return say(state, asked, "Rejected", reason("UnsupportedRequest"));
  return getDiagnostics(state, asked, env);
};

const jobOf = (kind: string, asked: Asked): Uploading => ({
  ...jobFor(kind, asked),
  requestId: numberAt(asked.payload, "requestId") ?? 0,
});

function getLogOf16(state: TranslationState, asked: Asked, env: Env): Step<TranslationState> {
  const log = objectAt(asked.payload, "log") ?? {};
  const location = textAt(log, "remoteLocation") ?? "";
  if (location.length > LONGEST_LOCATION) return say(state, asked, "Rejected", reason("TooLargeElement"));
  const payload = {
    ...pick(asked.payload, ["logType", "requestId", "retries", "retryInterval"]),
    log: pick(log, ["remoteLocation", "oldestTimestamp", "latestTimestamp"]),
  };
  return askStation(state, { action: "GetLog", payload, job: jobOf("logs.asked", asked) }, logAnswered, env);
}

/** The security extension's; 2.1 allows 2 000. */
const LONGEST_LOCATION = 512;

function getDiagnostics(state: TranslationState, asked: Asked, env: Env): Step<TranslationState> {
  if (isRunning(commandsOf(state).logJob, env)) {
    return say(state, asked, "Rejected", reason("Unspecified", "another log is being uploaded"));
  }
  const log = objectAt(asked.payload, "log") ?? {};
  const location = textAt(log, "remoteLocation") ?? "";
  if (!isUri(location)) return say(state, asked, "Rejected", reason("InvalidURL"));
  const payload = compact({
    location,
    startTime: log["oldestTimestamp"],
    stopTime: log["latestTimestamp"],
    retries: asked.payload["retries"],
    retryInterval: asked.payload["retryInterval"],
  });
  const job = jobOf("logs.diagnostics", asked);
  return askStation(state, { action: "GetDiagnostics", payload, job }, diagnosticsAnswered, env);
}

const isRunning = (job: LogJob | undefined, { now }: Env): boolean =>
  job?.isOpen === true && now - job.at < UPLOAD_TAKES_MS;

const started = (state: TranslationState, requestId: number, { now }: Env): TranslationState =>
  withCommands(state, { logJob: { requestId, at: now, isOpen: true } });

const diagnosticsAnswered: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const { requestId } = job as Uploading;
  if (outcome.kind !== "result") return say(state, commandJob(job), "Rejected", reasonOf(outcome));
  const filename = textAt(outcome.payload, "fileName");
  if (!filename) return say(state, commandJob(job), "Rejected", reason("NotFound", "the station has no such log"));
  return answer(started(state, requestId, env), commandJob(job), { status: "Accepted", filename });
};

const logAnswered: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const { requestId } = job as Uploading;
  const status = statusOf(outcome);
  if (status === "Rejected") return say(state, commandJob(job), "Rejected");
  if (outcome.kind !== "result" || (status !== "Accepted" && status !== "AcceptedCanceled")) {
    return say(state, commandJob(job), "Rejected", reasonOf(outcome));
  }
  const payload = compact({ status, filename: textAt(outcome.payload, "filename") });
  const before = commandsOf(state).logJob;
  const step = answer(started(state, requestId, env), commandJob(job), payload);
  return status === "AcceptedCanceled" && before?.isOpen ? also(step, cancelled(before)) : step;
};

/** 1.6 has no such status, so the station cannot say it of the upload that was called off. */
const cancelled = ({ requestId }: LogJob): Want =>
  tellCsms("LogStatusNotification", { status: "AcceptedCanceled", requestId });

// --- what the station says --------------------------------------------------------------------------------------------

const DIAGNOSTICS_STATUSES: { readonly [status16: string]: string } = {
  Idle: "Idle",
  Uploading: "Uploading",
  Uploaded: "Uploaded",
  UploadFailed: "UploadFailure",
};

const diagnosticsStatus: CallRule<TranslationState> = (state, asked) =>
  report(state, asked, rowOf(DIAGNOSTICS_STATUSES, textAt(asked.payload, "status") ?? ""), undefined);

/** The security extension has the words of 2.0.1, and our requestId came down with GetLog. */
const logStatus: CallRule<TranslationState> = (state, asked) =>
  report(state, asked, textAt(asked.payload, "status"), numberAt(asked.payload, "requestId"));

const GOES_ON: readonly string[] = ["Idle", "Uploading"];

function report(
  state: TranslationState,
  asked: Asked,
  status: string | undefined,
  ownRequestId: number | undefined,
): Step<TranslationState> {
  const { logJob } = commandsOf(state);
  const answered = answer(state, asked, {});
  if (status === "Idle") return also(answered, tellCsms("LogStatusNotification", { status }));
  const requestId = ownRequestId ?? (logJob?.isOpen ? logJob.requestId : undefined);
  if (requestId === undefined || status === undefined) {
    return also(answered, { do: "lost", what: `LogStatusNotification.status=${status}` });
  }
  const isEnd = logJob?.requestId === requestId && !GOES_ON.includes(status);
  const next = isEnd ? withCommands(state, { logJob: { ...logJob, isOpen: false } }) : state;
  return also({ state: next, wants: answered.wants }, tellCsms("LogStatusNotification", { status, requestId }));
}

export const logs: Block = {
  from: {
    csms: { GetLog: getLog },
    station: { DiagnosticsStatusNotification: diagnosticsStatus, LogStatusNotification: logStatus },
  },
  answers: { "logs.asked": logAnswered, "logs.diagnostics": diagnosticsAnswered },
};
