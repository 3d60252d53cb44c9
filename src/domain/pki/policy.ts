/**
 * Where the certificate rules of the 1.6 security extension and of 2.0.1 (errata 2025-09) differ. One machine follows either.
 *
 * | point                          | 1.6, edition 3                     | 2.0.1 with errata                                        |
 * | ------------------------------ | ---------------------------------- | -------------------------------------------------------- |
 * | a certificate of the future    | kept, used when its time has come  | Rejected (A02.FR.06)                                     |
 * | the one before                 | may be kept a month                | discarded with the first success (A02.FR.10)             |
 * | no CertificateSigned comes     | not asked again                    | again, each wait twice the one before (A02.FR.17–19)     |
 * | a new one was given up         | nobody is told                     | DiscardedRenewedClientCertificate (A02.FR.29)            |
 *
 * A certificate of the future is refused in 1.6 as well: it could not be tried, and a trial is the only proof that it works.
 *
 * @see security extension edition 3 A02, A03; OCPP 2.0.1 Part 2 A02, A03
 */
import type { OcppVersion } from "../ocpp/version.ts";

export interface PkiPolicy {
  /** Who is asked for certificates: the CSMS by SignCertificate, or an EST server, which is asked for the first one unbidden. */
  readonly enrolment: "ocpp" | "est";
  /** Days for which the certificate before is kept, after the new one has worked; 0: it goes at once. */
  readonly keepPreviousDays: number;
  /** Times that a request is repeated which brings no certificate. */
  readonly repeatTimes: number;
  /** Seconds before the first repetition. */
  readonly waitMinimumSec: number;
  /** A new certificate that was given up is a security event. */
  readonly tellsDiscarded: boolean;
}

const V16: PkiPolicy = {
  enrolment: "ocpp",
  keepPreviousDays: 30,
  repeatTimes: 0,
  waitMinimumSec: 30,
  tellsDiscarded: false,
};
const V201: PkiPolicy = {
  enrolment: "ocpp",
  keepPreviousDays: 0,
  repeatTimes: 3,
  waitMinimumSec: 30,
  tellsDiscarded: true,
};

/** An EST server that is away is asked for half a day (a minute, two, four …), then daily: nobody else will begin. */
const EST = { enrolment: "est", repeatTimes: 9, waitMinimumSec: 60 } as const;

/** @param version that the CSMS speaks */
export const pkiPolicy = (version: OcppVersion, enrolment: PkiPolicy["enrolment"] = "ocpp"): PkiPolicy => ({
  ...(version === "ocpp1.6" ? V16 : V201),
  ...(enrolment === "est" ? EST : {}),
});
