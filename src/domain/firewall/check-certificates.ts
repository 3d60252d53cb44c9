/**
 * R06, R12: certificates. The gateway sees whether somebody has asked for one; whether it fits its key is for the certificate's
 * owner to judge.
 *
 * @see OCPP 2.0.1 A02, A03 (CertificateSigned answers SignCertificate), M05 (installing), M04 (deleting)
 */
import type { CheckSpec } from "./facts.ts";
import { textOf } from "./read.ts";

const HOUR_MS = 3_600_000;
/** A CSMS may take days over a request, which a person has to approve. */
const PATIENCE_MS = 7 * 24 * HOUR_MS;

export const CERTIFICATE_CHECKS: readonly CheckSpec[] = [
  {
    rule: "R06",
    from: "north",
    actions: ["CertificateSigned"],
    check: (_payload, { memory, seen }) => {
      const askedAt = memory.certificateAskedAtMs;
      const isExpected = askedAt !== undefined && seen.receivedAt - askedAt < PATIENCE_MS;
      return isExpected ? undefined : "nobody has asked for a certificate";
    },
  },
  {
    rule: "R12",
    from: "north",
    actions: ["InstallCertificate", "DeleteCertificate"],
    check: ({ certificate }, { memory, policy, seen }) => {
      if (!policy.certificateMaintenance) return "certificates are not changed on this station";
      const pem = textOf(certificate) ?? "";
      if (pem.split("-----BEGIN").length > 2) return "more than one certificate at once";
      return memory.isOver("R12", policy.certificatesPerHour, HOUR_MS, seen.receivedAt)
        ? "too many changes of certificates in an hour"
        : undefined;
    },
  },
];
