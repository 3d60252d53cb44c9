/**
 * How a refused CALL is answered: with the answer that its schema has for "no" where there is one, because picky peers take a
 * CALLERROR for a broken connection; else with CALLERROR.
 *
 * @see the response schemas of OCPP 1.6, its security white paper, OCPP 2.0.1 and 2.1
 */
import type { EpochMs } from "../ids.ts";
import { list, object } from "../life/fields.ts";
import type { RpcErrorKind } from "../ocpp/error-codes.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { UNKNOWN_MESSAGE, UNKNOWN_VENDOR } from "./check-data.ts";
import type { RuleId } from "./rules.ts";

export type Refusal =
  | { readonly kind: "result"; readonly payload: object }
  | { readonly kind: "error"; readonly code: RpcErrorKind };

/** Seconds after which a station whose boot is held back may try again. */
const BOOT_AGAIN_SEC = 300;

const STATUS: Readonly<Record<string, string>> = {
  CertificateSigned: "Rejected",
  ChangeAvailability: "Rejected",
  ChangeConfiguration: "Rejected",
  ClearCache: "Rejected",
  DeleteCertificate: "Failed",
  ExtendedTriggerMessage: "Rejected",
  GetLog: "Rejected",
  InstallCertificate: "Rejected",
  PublishFirmware: "Rejected",
  RemoteStartTransaction: "Rejected",
  RemoteStopTransaction: "Rejected",
  RequestStartTransaction: "Rejected",
  RequestStopTransaction: "Rejected",
  ReserveNow: "Rejected",
  Reset: "Rejected",
  SendLocalList: "Failed",
  SetChargingProfile: "Rejected",
  SetNetworkProfile: "Rejected",
  SignedUpdateFirmware: "Rejected",
  TriggerMessage: "Rejected",
  UnlockConnector: "UnlockFailed",
};

export interface Refused {
  readonly version: OcppVersion;
  readonly action: string;
  readonly payload: Payload;
  readonly rule: RuleId;
  readonly reason: string;
  readonly now: EpochMs;
}

export function refusalOf({ version, action, payload, rule, reason, now }: Refused): Refusal {
  if (rule === "R08") return { kind: "error", code: "GenericError" };
  if (rule === "R24") return { kind: "error", code: "NotImplemented" };
  if (rule === "R15" && version === "ocpp1.6") return { kind: "error", code: "NotSupported" };
  if (rule === "R23-direction") return { kind: "error", code: "SecurityError" };
  switch (action) {
    case "BootNotification": {
      const currentTime = new Date(now).toISOString();
      return { kind: "result", payload: { status: "Pending", currentTime, interval: BOOT_AGAIN_SEC } };
    }
    case "DataTransfer":
      return { kind: "result", payload: { status: transferStatus(reason) } };
    case "SetVariables":
      return { kind: "result", payload: { setVariableResult: list(payload["setVariableData"]).map(rejectedVariable) } };
    case "UpdateFirmware":
      // 1.6 has no word for no.
      return version === "ocpp1.6" ? SECURITY : { kind: "result", payload: { status: "Rejected" } };
    default: {
      const status = STATUS[action];
      return status === undefined ? SECURITY : { kind: "result", payload: { status } };
    }
  }
}

const SECURITY: Refusal = Object.freeze({ kind: "error", code: "SecurityError" });

function transferStatus(reason: string): string {
  if (reason === UNKNOWN_VENDOR) return "UnknownVendorId";
  return reason === UNKNOWN_MESSAGE ? "UnknownMessageId" : "Rejected";
}

function rejectedVariable(item: unknown): object {
  const { attributeType, component, variable } = object(item) ?? {};
  return {
    ...(attributeType === undefined ? {} : { attributeType }),
    attributeStatus: "Rejected",
    component,
    variable,
  };
}
