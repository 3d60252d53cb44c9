/**
 * Which of a CSMS's calls are about the certificates of what it takes for the station, and are the gateway's to answer.
 *
 * | call                                        | 1.6                            | 2.x                                   |
 * | ------------------------------------------- | ------------------------------ | ------------------------------------- |
 * | ExtendedTriggerMessage / TriggerMessage     | SignChargePointCertificate     | SignChargingStationCertificate        |
 * | CertificateSigned                           | always                         | ChargingStationCertificate, or no type |
 * | InstallCertificate                          | CentralSystemRootCertificate   | CSMSRootCertificate                   |
 * | GetInstalledCertificateIds                  | CentralSystemRootCertificate   | CSMSRootCertificate, alone or among others |
 * | DeleteCertificate                           | of a certificate that we have  | the same                              |
 *
 * All else is the station's: manufacturer roots, everything of ISO 15118. SignCombinedCertificate is neither's, for the two keys lie in two
 * places (NotImplemented).
 *
 * @see OCPP 2.0.1 Part 2 A02, M03–M05; security extension edition 3 §5
 */
import type { CallFrame, Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { type CertificateHashData, readHashData } from "./hash-data.ts";

export type CertificateCall =
  | { readonly kind: "trigger" }
  | { readonly kind: "combined" }
  | { readonly kind: "signed"; readonly chain: string }
  | { readonly kind: "install"; readonly certificate: string }
  /** Perhaps ours. */
  | { readonly kind: "delete"; readonly hash: CertificateHashData }
  /** `others`: types that the station has to be asked about; undefined: none. */
  | { readonly kind: "list"; readonly others: readonly string[] | undefined };

export const CSMS_ROOT = { "ocpp1.6": "CentralSystemRootCertificate", "2.x": "CSMSRootCertificate" } as const;

const OTHER_TYPES = ["V2GRootCertificate", "MORootCertificate", "V2GCertificateChain", "ManufacturerRootCertificate"];
const isOld = (version: OcppVersion): boolean => version === "ocpp1.6";

/** Undefined: not about these certificates. */
export function certificateCall(version: OcppVersion, { action, payload }: CallFrame): CertificateCall | undefined {
  switch (action) {
    case "ExtendedTriggerMessage":
      return isOld(version) && payload["requestedMessage"] === "SignChargePointCertificate"
        ? { kind: "trigger" }
        : undefined;
    case "TriggerMessage":
      return isOld(version) ? undefined : ofTrigger(payload);
    case "CertificateSigned":
      return ofSigned(payload);
    case "InstallCertificate":
      return ofInstall(version, payload);
    case "DeleteCertificate": {
      const hash = readHashData(payload["certificateHashData"]);
      return hash && { kind: "delete", hash };
    }
    case "GetInstalledCertificateIds":
      return ofList(version, payload["certificateType"]);
    default:
      return undefined;
  }
}

function ofTrigger({ requestedMessage }: Payload): CertificateCall | undefined {
  if (requestedMessage === "SignChargingStationCertificate") return { kind: "trigger" };
  return requestedMessage === "SignCombinedCertificate" ? { kind: "combined" } : undefined;
}

function ofSigned({
  certificateType = "ChargingStationCertificate",
  certificateChain,
}: Payload): CertificateCall | undefined {
  if (certificateType !== "ChargingStationCertificate" || typeof certificateChain !== "string") return undefined;
  return { kind: "signed", chain: certificateChain };
}

function ofInstall(version: OcppVersion, { certificateType, certificate }: Payload): CertificateCall | undefined {
  const isOurs = certificateType === CSMS_ROOT[isOld(version) ? "ocpp1.6" : "2.x"];
  return isOurs && typeof certificate === "string" ? { kind: "install", certificate } : undefined;
}

function ofList(version: OcppVersion, types: unknown): CertificateCall | undefined {
  if (isOld(version)) return types === CSMS_ROOT["ocpp1.6"] ? { kind: "list", others: undefined } : undefined;
  const asked: readonly unknown[] = Array.isArray(types) ? types : [CSMS_ROOT["2.x"], ...OTHER_TYPES];
  if (!asked.includes(CSMS_ROOT["2.x"])) return undefined;
  const others = asked.filter((type): type is string => typeof type === "string" && type !== CSMS_ROOT["2.x"]);
  return { kind: "list", others: others.length > 0 ? others : undefined };
}

/** Answer to GetInstalledCertificateIds. `found`: what the station has told, in its own words. */
export function listAnswer(
  version: OcppVersion,
  own: readonly CertificateHashData[],
  found: readonly unknown[] = [],
): Payload {
  const ids = isOld(version)
    ? own
    : [...own.map((hash) => ({ certificateType: CSMS_ROOT["2.x"], certificateHashData: hash })), ...found];
  if (ids.length === 0) return { status: "NotFound" };
  return { status: "Accepted", [isOld(version) ? "certificateHashData" : "certificateHashDataChain"]: ids };
}

/** SignCertificate of what the CSMS takes for the station. */
export const signCertificate = (version: OcppVersion, csr: string): Payload =>
  isOld(version) ? { csr } : { csr, certificateType: "ChargingStationCertificate" };
