/**
 * UpdateFirmware, and what the station says of it.
 *
 * | 2.0.1 `firmware`                   | security extension of 1.6             | plain 1.6                                        |
 * | ---------------------------------- | ------------------------------------- | ------------------------------------------------ |
 * | with signature and certificate     | SignedUpdateFirmware, field by field  | Rejected, UnsupportedParam: never without it     |
 * | with one of the two                | Rejected, MissingParam                | Rejected, UnsupportedParam                       |
 * | with neither                       | UpdateFirmware                        | UpdateFirmware                                   |
 * | `installDateTime` in the future    | copied when signed                    | Rejected, UnsupportedParam (`ignoreInstallDate`) |
 * | while an update runs               | signed after signed: the station's    | Rejected, FwUpdateInProgress                     |
 *
 * The seven statuses of 1.6 and the fourteen of its security extension have the same names in 2.0.1; a status carries the requestId of
 * the latest update unless it is Idle (L02.FR.14). Two that plain 1.6 cannot say are said for it: DownloadScheduled when the update is
 * to be fetched later (L02.FR.07), and Installed when the station comes back with another version and never said so.
 *
 * @see OCPP 2.0.1 L01, L02; OCPP 1.6 edition 2 §4.5, §5.19; security extension edition 3 §4.5, §5.1
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { parseTimestamp } from "../telemetry/parse-timestamp.ts";
import { compact, isUri, numberAt, objectAt, pick, textAt } from "./command-fields.ts";
import {
  also,
  answer,
  askStation,
  type CommandJob,
  commandJob,
  hasProfile,
  jobFor,
  reason,
  relayStatus,
  say,
  statusOf,
  tellCsms,
} from "./command-kit.ts";
import { commandsOf, type FirmwareJob, withCommands } from "./command-state.ts";
import {
  type AnswerRule,
  type Asked,
  type Block,
  type CallRule,
  type Env,
  nothingWanted,
  type Step,
  type TranslationState,
} from "./contract.ts";
import { type Reason, reasonOf } from "./errors.ts";

interface Updating extends CommandJob {
  readonly requestId: number;
  readonly retrieveAt: EpochMs;
}

/** An update that has not ended by then never will; 1.6 stations forget to say so. */
const UPDATE_TAKES_MS = 24 * 3_600_000;
const LONGEST_LOCATION = 512;

const update: CallRule<TranslationState> = (state, asked, env) => {
  const firmware = objectAt(asked.payload, "firmware") ?? {};
  const isSigned = firmware["signature"] !== undefined || firmware["signingCertificate"] !== undefined;
  const refusal = isSigned ? refusalOfSigned(state, firmware, env) : refusalOfPlain(state, firmware, env);
  if (refusal !== undefined) return say(state, asked, "Rejected", refusal);
  return isSigned ? updateSigned(state, asked, env) : updatePlain(state, asked, env);
};

function refusalOfSigned(state: TranslationState, firmware: Payload, env: Env): Reason | undefined {
  if (!state.capabilities.hasSecurityExtension) return reason("UnsupportedParam", "the station checks no signatures");
  const isWhole = firmware["signature"] !== undefined && firmware["signingCertificate"] !== undefined;
  if (!isWhole) return reason("MissingParam");
  if ((textAt(firmware, "location") ?? "").length > LONGEST_LOCATION) return reason("TooLargeElement");
  const { firmwareJob } = commandsOf(state);
  // Another signed one may be replaced: the station has a word for that.
  return isRunning(firmwareJob, env) && !firmwareJob?.isSigned ? reason("FwUpdateInProgress") : undefined;
}

function refusalOfPlain(state: TranslationState, firmware: Payload, env: Env): Reason | undefined {
  if (!hasProfile(state, "FirmwareManagement")) return reason("UnsupportedRequest");
  if (isRunning(commandsOf(state).firmwareJob, env)) return reason("FwUpdateInProgress");
  if (!isUri(textAt(firmware, "location") ?? "")) return reason("InvalidURL");
  const installAt = parseTimestamp(textAt(firmware, "installDateTime") ?? "");
  const isLater = installAt > env.now && !env.settings.ignoreInstallDate;
  return isLater ? reason("UnsupportedParam", "1.6 installs when it has fetched") : undefined;
}

const isRunning = (job: FirmwareJob | undefined, { now }: Env): boolean =>
  job?.isOpen === true && now - job.at < UPDATE_TAKES_MS;

function jobOf(kind: string, asked: Asked): Updating {
  const retrieveAt = parseTimestamp(textAt(objectAt(asked.payload, "firmware") ?? {}, "retrieveDateTime") ?? "");
  return {
    ...jobFor(kind, asked),
    requestId: numberAt(asked.payload, "requestId") ?? 0,
    retrieveAt: Number.isNaN(retrieveAt) ? asked.at : epochMs(retrieveAt),
  };
}

const FIRMWARE_FIELDS = ["location", "retrieveDateTime", "installDateTime", "signingCertificate", "signature"];

function updateSigned(state: TranslationState, asked: Asked, env: Env): Step<TranslationState> {
  const payload = {
    ...pick(asked.payload, ["retries", "retryInterval", "requestId"]),
    firmware: pick(objectAt(asked.payload, "firmware") ?? {}, FIRMWARE_FIELDS),
  };
  const job = jobOf("firmware.signed", asked);
  return askStation(state, { action: "SignedUpdateFirmware", payload, job }, signedAnswered, env);
}

function updatePlain(state: TranslationState, asked: Asked, env: Env): Step<TranslationState> {
  const firmware = objectAt(asked.payload, "firmware") ?? {};
  const payload = compact({
    location: firmware["location"],
    retrieveDate: firmware["retrieveDateTime"],
    retries: asked.payload["retries"],
    retryInterval: asked.payload["retryInterval"],
  });
  const job = jobOf("firmware.plain", asked);
  const step = askStation(state, { action: "UpdateFirmware", payload, job }, plainAnswered, env);
  if (firmware["installDateTime"] === undefined) return step;
  return also(step, { do: "lost", what: "Firmware.installDateTime" });
}

function started(state: TranslationState, job: Updating, env: Env, isSigned: boolean): TranslationState {
  const at = epochMs(Math.max(env.now, job.retrieveAt));
  return withCommands(state, { firmwareJob: { requestId: job.requestId, at, isOpen: true, isSigned } });
}

/** UpdateFirmware.conf is empty: that it came is the yes. */
const plainAnswered: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const updating = job as Updating;
  if (outcome.kind !== "result") return say(state, updating, "Rejected", reasonOf(outcome));
  const step = say(started(state, updating, env, false), updating, "Accepted");
  if (updating.retrieveAt <= env.now) return step;
  return also(step, statusNotification("DownloadScheduled", updating.requestId));
};

const SIGNED_STATUSES = ["Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"];

const signedAnswered: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const status = statusOf(outcome);
  const isAccepted = status === "Accepted" || status === "AcceptedCanceled";
  const next = isAccepted ? started(state, job as Updating, env, true) : state;
  return relayStatus(next, commandJob(job), outcome, { known: SIGNED_STATUSES, otherwise: "Rejected" });
};

// --- what the station says --------------------------------------------------------------------------------------------

const ENDS: readonly string[] = [
  "Installed",
  "DownloadFailed",
  "InstallationFailed",
  "InstallVerificationFailed",
  "InvalidSignature",
];

const statusNotification = (status: string, requestId?: number) =>
  tellCsms("FirmwareStatusNotification", compact({ status, requestId }));

const firmwareStatus: CallRule<TranslationState> = (state, asked, { now }) => {
  const { firmwareJob } = commandsOf(state);
  const status = textAt(asked.payload, "status") ?? "";
  const answered = answer(state, asked, {});
  if (status === "Idle") return also(answered, statusNotification(status));
  const requestId = numberAt(asked.payload, "requestId") ?? firmwareJob?.requestId;
  if (requestId === undefined)
    return also(answered, { do: "lost", what: `FirmwareStatusNotification.status=${status}` });
  const isOurs = firmwareJob?.requestId === requestId;
  const isOpen = firmwareJob?.isOpen === true && !ENDS.includes(status);
  const next = isOurs ? withCommands(state, { firmwareJob: { ...firmwareJob, status, statusAt: now, isOpen } }) : state;
  return also({ state: next, wants: answered.wants }, statusNotification(status, requestId));
};

/** After an update a new version speaks for itself. */
const hearBoot: CallRule<TranslationState> = (state, { payload }) => {
  const firmwareVersion = textAt(payload, "firmwareVersion");
  const { firmwareJob, firmwareVersion: before } = commandsOf(state);
  if (firmwareVersion === undefined || firmwareVersion === before) return nothingWanted(state);
  const known = withCommands(state, { firmwareVersion });
  if (before === undefined || firmwareJob?.isOpen !== true) return nothingWanted(known);
  const ended = withCommands(known, { firmwareJob: { ...firmwareJob, status: "Installed", isOpen: false } });
  return also(nothingWanted(ended), statusNotification("Installed", firmwareJob.requestId));
};

export const firmware: Block = {
  from: {
    csms: { UpdateFirmware: update },
    station: { FirmwareStatusNotification: firmwareStatus, SignedFirmwareStatusNotification: firmwareStatus },
  },
  hears: { BootNotification: hearBoot },
  answers: { "firmware.plain": plainAnswered, "firmware.signed": signedAnswered },
};
