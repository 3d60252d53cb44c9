/**
 * What a station is answered while its CSMS cannot be asked: by action, and honestly. Where the answer would have to be
 * something that only the CSMS knows, the station gets the response's own way to say no, or a CALLERROR.
 *
 * | kind        | actions                                                             | the station gets                    |
 * | ----------- | ------------------------------------------------------------------- | ----------------------------------- |
 * | `boot`      | BootNotification                                                    | status by policy, gateway time      |
 * | `time`      | Heartbeat                                                           | gateway time                        |
 * | `authorise` | Authorize                                                           | idTagInfo / idTokenInfo by policy   |
 * | `state`     | StatusNotification, firmware and log status, …                      | `{}`; the last value is replayed    |
 * | `bulk`      | NotifyEvent, NotifyReport, readings outside of transactions, …      | `{}`; bounded, oldest first out     |
 * | `refuse`    | SignCertificate, GetCertificateStatus, DataTransfer, …              | the response's status for "no"      |
 * | `error`     | everything else                                                     | CALLERROR                           |
 *
 * Transaction messages are not in this table: they are the spool's.
 *
 * @see OCPP 2.0.1 Part 4 §6.3 and its errata of 2025-02; docs/guarantees.md
 */
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

export type LocalAnswer =
  | { readonly kind: "boot" | "time" | "authorise" | "state" | "bulk" | "error" }
  | { readonly kind: "refuse"; readonly payload: Payload };

const of = (kind: "boot" | "time" | "authorise" | "state" | "bulk" | "error"): LocalAnswer => Object.freeze({ kind });
const no = (payload: Payload): LocalAnswer => Object.freeze({ kind: "refuse", payload });
const ERROR = of("error");

const COMMON: readonly (readonly [action: string, answer: LocalAnswer])[] = [
  ["BootNotification", of("boot")],
  ["Heartbeat", of("time")],
  ["Authorize", of("authorise")],
  ["StatusNotification", of("state")],
  ["FirmwareStatusNotification", of("state")],
  ["LogStatusNotification", of("state")],
  ["SignCertificate", no({ status: "Rejected" })],
  ["DataTransfer", no({ status: "Rejected" })],
  ["MeterValues", of("bulk")],
];

const V16: ReadonlyMap<string, LocalAnswer> = new Map([
  ...COMMON,
  ["SignedFirmwareStatusNotification", of("state")],
  ["DiagnosticsStatusNotification", of("state")],
]);

const V2: ReadonlyMap<string, LocalAnswer> = new Map([
  ...COMMON,
  ["PublishFirmwareStatusNotification", of("state")],
  ["ClearedChargingLimit", of("state")],
  ["NotifyChargingLimit", of("state")],
  ["ReservationStatusUpdate", of("state")],
  ["NotifyEvent", of("bulk")],
  ["NotifyReport", of("bulk")],
  ["NotifyMonitoringReport", of("bulk")],
  ["NotifyCustomerInformation", of("bulk")],
  ["NotifyDisplayMessages", of("bulk")],
  // `status` says whether the CSMS could process it; `Failed` lets the station ask again.
  ["GetCertificateStatus", no({ status: "Failed" })],
  ["NotifyEVChargingNeeds", no({ status: "Rejected" })],
  ["NotifyEVChargingSchedule", no({ status: "Rejected" })],
]);

export function localAnswer(version: OcppVersion, action: string): LocalAnswer {
  return (version === "ocpp1.6" ? V16 : V2).get(action) ?? ERROR;
}

/** Which of a station's state messages replaces which: one per connector, EVSE or request. */
export function stateKey(action: string, payload: Payload): string {
  const { connectorId, evseId, requestId, id } = payload as Record<string, unknown>;
  return [action, evseId, connectorId, requestId ?? id]
    .map((part) => (part === undefined ? "" : String(part)))
    .join("/");
}

/** Registration status and interval of a BootNotification answered here. */
export interface LocalBoot {
  readonly status: "Accepted" | "Pending" | "Rejected";
  readonly intervalSec: number;
}

/**
 * A station that some CSMS has accepted goes on; one that none ever accepted gets what the operator configured.
 *
 * @see OCPP 1.6 §4.2; OCPP 2.0.1 B01, B02, B03
 */
export function localBoot(
  wasAccepted: boolean,
  neverAccepted: "accept" | "pending" | "reject",
  intervalSec: number,
): LocalBoot {
  const status = wasAccepted || neverAccepted === "accept" ? "Accepted" : POLICY[neverAccepted];
  // Until somebody has accepted it the interval is the wait before it asks again.
  return { status, intervalSec: status === "Accepted" ? intervalSec : Math.min(intervalSec, RETRY_BOOT_SEC) };
}

const POLICY = { accept: "Accepted", pending: "Pending", reject: "Rejected" } as const;
const RETRY_BOOT_SEC = 30;
