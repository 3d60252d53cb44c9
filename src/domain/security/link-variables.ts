/**
 * The settings of what a CSMS takes for the station that are the gateway's own, because its link to the CSMS ends here: how they are called,
 * whether they may be set, and what they say now. Everything else is the station's.
 *
 * | 1.6 key                        | 2.x `SecurityCtrlr.`             | may be set | there with          |
 * | ------------------------------ | -------------------------------- | ---------- | ------------------- |
 * | SecurityProfile                | SecurityProfile                  | 1.6 only   | always              |
 * | AuthorizationKey               | BasicAuthPassword                | never told | always              |
 * | CpoName                        | OrganizationName                 | yes        | `csms.certificates` |
 * | CertificateSignedMaxChainSize  | MaxCertificateChainSize          | no         | `csms.certificates` |
 * | CertificateStoreMaxLength      | CertificateEntries               | no         | `csms.certificates` |
 * | AdditionalRootCertificateCheck | AdditionalRootCertificateCheck   | no         | `csms.certificates` |
 * | –                              | CertSigningWaitMinimum, CertSigningRepeatTimes | no | `csms.certificates` |
 * | –                              | `OCPPCommCtrlr.` NetworkConfigurationPriority, NetworkProfileConnectionAttempts | the first | always |
 *
 * @see security extension edition 3 §5 (keys); OCPP 2.0.1 Part 2 §2.2 (SecurityCtrlr, OCPPCommCtrlr); names compare without regard to case
 */
import type { OcppVersion } from "../ocpp/version.ts";
import type { LinkProfile } from "./link-profile.ts";

export interface LinkVariable {
  /** 1.6; undefined: that version has none. */
  readonly key: string | undefined;
  readonly component: "SecurityCtrlr" | "OCPPCommCtrlr";
  readonly variable: string;
  readonly access: "ReadOnly" | "ReadWrite" | "WriteOnly";
  readonly dataType: "integer" | "boolean" | "string" | "SequenceList";
  /** Undefined: it is never told. */
  readonly value: string | undefined;
  readonly maxLimit?: number;
}

/** What the gateway knows of one station's link. */
export interface LinkFacts {
  readonly profile: LinkProfile;
  readonly priority: readonly number[];
  /** Undefined: the CSMS has nothing to do with the certificates of this station. */
  readonly certificates:
    | {
        readonly organisation: string;
        readonly maxChainLength: number;
        readonly additionalRootCheck: boolean;
        readonly entries: number;
        readonly maxEntries: number;
        readonly waitMinimumSec: number;
        readonly repeatTimes: number;
      }
    | undefined;
}

/** Dials under a new profile before the one before is used again (NetworkProfileConnectionAttempts). */
export const TRIAL_DIALS = 3;

/** X.520 ub-organization-name. */
export const LONGEST_ORGANISATION = 64;
/** Of HTTP Basic (A01). */
const LONGEST_PASSWORD = 40;

export function linkVariables(version: OcppVersion, { profile, priority, certificates }: LinkFacts) {
  const isOld = version === "ocpp1.6";
  const rows: LinkVariable[] = [
    security("SecurityProfile", "SecurityProfile", String(profile), {
      access: isOld ? "ReadWrite" : "ReadOnly",
      dataType: "integer",
    }),
    security("AuthorizationKey", "BasicAuthPassword", undefined, { access: "WriteOnly", maxLimit: LONGEST_PASSWORD }),
  ];
  if (!isOld) rows.push(comm("NetworkConfigurationPriority", priority.join(","), "SequenceList", "ReadWrite"));
  if (!isOld) rows.push(comm("NetworkProfileConnectionAttempts", String(TRIAL_DIALS), "integer"));
  if (certificates === undefined) return rows;
  const { organisation, maxChainLength, additionalRootCheck, entries, maxEntries } = certificates;
  const { waitMinimumSec, repeatTimes } = certificates;
  rows.push(
    security("CpoName", "OrganizationName", organisation, { access: "ReadWrite", maxLimit: LONGEST_ORGANISATION }),
    security("CertificateSignedMaxChainSize", "MaxCertificateChainSize", String(maxChainLength), {
      dataType: "integer",
    }),
    security("AdditionalRootCertificateCheck", "AdditionalRootCertificateCheck", String(additionalRootCheck), {
      dataType: "boolean",
    }),
    // 1.6 tells how many there may be, 2.x how many there are.
    security("CertificateStoreMaxLength", "CertificateEntries", String(isOld ? maxEntries : entries), {
      dataType: "integer",
      maxLimit: maxEntries,
    }),
  );
  if (!isOld)
    rows.push(
      security(undefined, "CertSigningWaitMinimum", String(waitMinimumSec), { dataType: "integer" }),
      security(undefined, "CertSigningRepeatTimes", String(repeatTimes), { dataType: "integer" }),
    );
  return rows;
}

const security = (
  key: string | undefined,
  variable: string,
  value: string | undefined,
  more: Partial<LinkVariable>,
): LinkVariable => ({
  key,
  component: "SecurityCtrlr",
  variable,
  access: "ReadOnly",
  dataType: "string",
  value,
  ...more,
});

const comm = (
  variable: string,
  value: string,
  dataType: LinkVariable["dataType"],
  access: LinkVariable["access"] = "ReadOnly",
): LinkVariable => ({ key: undefined, component: "OCPPCommCtrlr", variable, access, dataType, value });
