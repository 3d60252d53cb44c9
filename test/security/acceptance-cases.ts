/**
 * The acceptance list: cases of OCPP 2.0.1 Part 6 (TC_A, TC_M) with a gateway in the station's place, their equivalents in the 1.6 list, and
 * what only a gateway meets. A case is found in the titles of tests, by its id or by `titled`; so whoever writes the test of a case names it,
 * and nothing else has to be said.
 */
export interface AcceptanceCase {
  readonly id: string;
  readonly what: string;
  /** Part of the titles of its tests; default: the id. */
  readonly titled?: string;
}

const cases = (table: Readonly<Record<string, string>>): readonly AcceptanceCase[] =>
  Object.entries(table).map(([id, what]) => ({ id, what }));

export const ACCEPTANCE_CASES: readonly AcceptanceCase[] = [
  ...cases({
    TC_A_01: "HTTP Basic with valid credentials",
    TC_A_04: "server certificate, valid",
    TC_A_05: "server certificate, invalid",
    TC_A_06: "TLS version too low",
    TC_A_07: "client certificate, valid",
    TC_A_08: "client certificate, invalid",
    TC_A_09: "password changed by the CSMS",
    TC_A_10: "password changed by the CSMS, rejected",
    TC_A_11: "certificate renewed at the CSMS's wish",
    TC_A_14: "renewal, invalid certificate",
    TC_A_15: "renewal, request rejected",
    TC_A_19: "upgrade of the security profile",
    TC_A_20: "upgrade without a root of the CSMS",
    TC_A_21: "upgrade without a certificate of the station",
    TC_A_22: "downgrade of the security profile",
    TC_A_23: "renewal, no certificate comes",
    TC_M_01: "CSMS root installed",
    TC_M_02: "manufacturer root installed",
    TC_M_05: "installation fails",
    TC_M_07: "installation of an invalid certificate",
    TC_M_09: "AdditionalRootCertificateCheck rejects",
    TC_M_12: "CSMS roots listed",
    TC_M_13: "manufacturer roots listed",
    TC_M_17: "several types listed",
    TC_M_18: "all types listed",
    TC_M_19: "nothing to list",
    TC_M_20: "certificate deleted",
    TC_M_21: "deletion fails",
    TC_M_22: "nothing to delete",
    TC_M_23: "the station's own certificate is not deleted",
    TC_M_30: "reconnection with the new root",
    TC_M_31: "fallback to the old root",
    TC_073: "password changed by the CSMS (1.6)",
    TC_074: "certificate renewed (1.6)",
    TC_075: "roots installed (1.6)",
    TC_076: "root deleted (1.6)",
    TC_077: "invalid certificate of the station (1.6)",
    TC_078: "invalid certificate of the CSMS (1.6)",
    TC_079: "security log asked for (1.6)",
    TC_080: "signed firmware (1.6)",
    TC_081: "firmware with an invalid signature (1.6)",
    TC_083: "upgrade of the security profile (1.6)",
    TC_084: "upgrade without what it needs (1.6)",
    TC_085: "HTTP Basic (1.6)",
    TC_086: "server certificate (1.6)",
    TC_087: "client certificate (1.6)",
    TC_088: "negotiation of the version (1.6)",
  }),
  { id: "crash", what: "kill at every persist point of a renewal", titled: "from every moment of a renewal" },
  { id: "clock_leap", what: "the clock leaps", titled: "the clock leaps:" },
  { id: "two_keys", what: "two requests wait at once", titled: "two keys wait at once" },
  { id: "tls13_late_refusal", what: "refused after the handshake", titled: "after the handshake of TLS 1.3" },
  { id: "cross_signed_root", what: "new root signed by the old one", titled: "a new root, signed by the old one" },
  { id: "long_chain", what: "10 000 and 10 001 characters", titled: "a chain of 10 000 characters" },
  { id: "key_store_gone", what: "HSM gone while connected", titled: "the key store is gone while the link is up" },
  { id: "no_secrets", what: "no private key in what is written", titled: "no private key is in" },
  { id: "zip_bomb", what: "compressed bomb", titled: "a compressed bomb" },
  { id: "slowloris", what: "handshake drop by drop", titled: "a handshake that does not come to an end" },
  { id: "forged_length", what: "frame that announces 4 GiB", titled: "announces 100 MB or 4 GiB" },
  { id: "crumbs", what: "fragments of one byte", titled: "a message in crumbs" },
  { id: "half_open", what: "half-open connections", titled: "a half-open connection that nobody replaces" },
  { id: "backpressure", what: "a station that stops reading", titled: "a station that stops reading" },
  { id: "uk_delay", what: "distribution of the random delay of SI 2021/1467", titled: "reg. 11 - " },
];
