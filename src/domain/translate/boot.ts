/**
 * BootNotification and Heartbeat. Boots go to the CSMS, with the reason that 1.6 does not say; heartbeats are answered here, and the
 * gateway sends its own while the station is there.
 *
 * | reason                                              | when                                       |
 * | --------------------------------------------------- | ------------------------------------------ |
 * | RemoteReset, FirmwareUpdate, Triggered              | `bootReason` says so                       |
 * | PowerUp, Watchdog                                   | its last transaction ended by PowerLoss, Reboot |
 * | PowerUp                                             | its first boot, or its connection is new   |
 * | Unknown                                             | else                                       |
 *
 * Never: ApplicationReset, LocalReset, ScheduledReset, which a 1.6 station keeps to itself.
 *
 * @see OCPP 1.6 edition 2 §4.2, §4.6; OCPP 2.0.1 Part 2 B01, B02, B03, G02
 */
import { epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { AnswerRule, CallRule, TranslationState, TxState, WakeRule } from "./contract.ts";
import { nextHeartbeat, rememberHeartbeatInterval } from "./device-own.ts";
import { askThrough } from "./own-calls.ts";
import { forgetReported } from "./status.ts";
import type { TxOptions } from "./tx-options.ts";
import {
  answer,
  ask,
  change,
  changeMore,
  type Draft,
  draftOf,
  finished,
  lost,
  moreOf,
  refuse,
  repaired,
  textOf,
} from "./tx-state.ts";
import { isoText } from "./tx-time.ts";

/** A boot so soon after the connection was made is what the connection was made for. */
const NEW_CONNECTION_MS = 60_000;
/** A stop that comes after its boot, out of the station's queue, explains no later one. */
const HINT_LASTS_MS = 600_000;
/** Stations report their connectors after a boot; what they do not report by then is told from memory (B01.FR.05). */
const STATUSES_AFTER_MS = 30_000;

const LONGEST: Readonly<Record<string, number>> = {
  serialNumber: 25,
  model: 20,
  vendorName: 50,
  firmwareVersion: 50,
  iccid: 20,
  imsi: 20,
};

export const bootRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, { ref, payload }, env) => {
    const draft = draftOf(state, env, options);
    const boot = { chargingStation: chargingStationOf(draft, payload) };
    const reason = reasonOf(draft);
    changeMore(draft, { boot, bootHint: undefined });
    for (const field of ["meterType", "meterSerialNumber"]) {
      if (payload[field] !== undefined) lost(draft, `BootNotification.${field}`);
    }
    ask(draft, "csms", "BootNotification", { ...boot, reason }, { kind: "tx.boot", ref });
    return finished(draft);
  };

function chargingStationOf(draft: Draft, payload: Payload): Payload {
  const field = (name: string, ...from: readonly string[]): Payload => {
    const text = from.map((one) => textOf(payload[one])).find((one) => one !== undefined && one !== "");
    if (text === undefined) return {};
    const longest = LONGEST[name] ?? text.length;
    if (text.length > longest) repaired(draft, `long ${name}`);
    return { [name]: text.slice(0, longest) };
  };
  const modem = { ...field("iccid", "iccid"), ...field("imsi", "imsi") };
  return {
    model: "",
    vendorName: "",
    ...field("model", "chargePointModel"),
    ...field("vendorName", "chargePointVendor"),
    ...field("serialNumber", "chargePointSerialNumber", "chargeBoxSerialNumber"),
    ...field("firmwareVersion", "firmwareVersion"),
    ...(Object.keys(modem).length === 0 ? {} : { modem }),
  };
}

function reasonOf({ state, env, options }: Draft): string {
  const { bootHint } = moreOf(state);
  const isFresh = bootHint !== undefined && env.now - bootHint.at < HINT_LASTS_MS;
  const caused = options.bootReason?.(state, env) ?? (isFresh ? bootHint.reason : undefined);
  if (caused !== undefined) return caused;
  const isNew = env.stationSince !== undefined && env.now - env.stationSince < NEW_CONNECTION_MS;
  return isNew || moreOf(state).boot === undefined ? "PowerUp" : "Unknown";
}

/** Without `ref`: a boot the gateway sent again on its own account. */
export const bootAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const draft = draftOf(state, env, options);
    const ref = textOf(job["ref"]);
    if (outcome.kind !== "result") {
      if (ref !== undefined) refuse(draft, ref, "InternalError", "no answer from the CSMS");
      return finished(draft);
    }
    const { status, currentTime, interval } = outcome.payload;
    if (outcome.payload["statusInfo"] !== undefined) lost(draft, "BootNotificationResponse.statusInfo");
    registered(draft, status as TxState["registration"], Number(interval));
    if (ref !== undefined) answer(draft, ref, { status, currentTime, interval });
    return finished(draft);
  };

function registered(draft: Draft, registration: TxState["registration"], interval: number): void {
  change(draft, { registration });
  if (registration !== "Accepted") return;
  forgetReported(draft);
  draft.state = rememberHeartbeatInterval(draft.state, interval);
  tellStatusesLater(draft);
  draft.wants.push(nextHeartbeat(draft.state, draft.env));
}

/** Tells the CSMS in a while what it has not been told of connectors by then. */
export function tellStatusesLater({ wants, env }: Draft): void {
  const at = epochMs(env.now + STATUSES_AFTER_MS);
  wants.push({ do: "wake", job: { kind: "tx.tellStatuses", key: "" }, at });
}

export const heartbeatRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, { ref, own }, env) => {
    // The gateway asks for the CSMS's answer, as proof that its certificate was let in.
    if (own === true) return askThrough(state, { action: "Heartbeat", payload: {}, ref });
    const draft = draftOf(state, env, options);
    answer(draft, ref, { currentTime: isoText(env.now) });
    return finished(draft);
  };

/** The gateway's own; silent while the station is away, for it speaks for the station. */
export const heartbeatWake =
  (options: TxOptions): WakeRule<TranslationState> =>
  (state, _job, env) => {
    const draft = draftOf(state, env, options);
    if (state.tx.registration !== "Accepted") return finished(draft);
    if (env.isStationOnline) ask(draft, "csms", "Heartbeat", {});
    draft.wants.push(nextHeartbeat(state, env));
    return finished(draft);
  };
