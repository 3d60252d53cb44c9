/**
 * What TLS is offered and accepted, towards stations and towards CSMSs. Nothing but TLS 1.2 and 1.3, with AES-GCM and forward secrecy;
 * the two suites without forward secrecy that OCPP names are accepted from stations, which may know no others, and offered to a CSMS only
 * where the configuration says so.
 *
 * @see OCPP 2.0.1 Part 2 A00.FR.313–FR.321, FR.416–FR.424; RFC 7525
 */
import { constants } from "node:crypto";
import { checkServerIdentity as checkByNode, type PeerCertificate, type SecureContextOptions } from "node:tls";

const FORWARD_SECRET = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES128-GCM-SHA256",
];
const STATIC_RSA = ["AES256-GCM-SHA384", "AES128-GCM-SHA256"];

/** No SHA-1. */
const SIGNATURES = [
  "ECDSA+SHA256",
  "ECDSA+SHA384",
  "RSA-PSS+SHA256",
  "RSA-PSS+SHA384",
  "RSA+SHA256",
  "RSA+SHA384",
  "RSA+SHA512",
].join(":");

const COMMON = { minVersion: "TLSv1.2", ecdhCurve: "X25519:P-256:P-384", sigalgs: SIGNATURES } as const;

const NO_RENEGOTIATION = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION;

/** @param ciphers instead of ours */
export const serverTls = (ciphers: string | undefined): SecureContextOptions => ({
  ...COMMON,
  ciphers: ciphers ?? [...FORWARD_SECRET, ...STATIC_RSA].join(":"),
  honorCipherOrder: true,
  // A ticket would let a station in whose certificate has been withdrawn since.
  secureOptions: NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
});

export const clientTls = (staticRsa: boolean): SecureContextOptions => ({
  ...COMMON,
  ciphers: [...FORWARD_SECRET, ...(staticRsa ? STATIC_RSA : [])].join(":"),
  secureOptions: NO_RENEGOTIATION,
});

/**
 * The name in a CSMS's certificate: as Node checks it, and then without wildcards, which OCPP does not allow unless
 * `AllowCSMSTLSWildcards` does (A00.FR.309, errata 2025-09). Alternative names count before the common name.
 */
export function checkServerIdentity(allowWildcards: boolean) {
  return (host: string, certificate: PeerCertificate): Error | undefined => {
    const fault = checkByNode(host, certificate);
    if (fault !== undefined || allowWildcards || !namesOf(certificate).some((name) => name.includes("*"))) return fault;
    const isNamed = namesOf(certificate).some((name) => name.toLowerCase() === host.toLowerCase());
    if (isNamed || (certificate.subjectaltname ?? "").split(", ").includes(`IP Address:${host}`)) return undefined;
    return Object.assign(new Error("The CSMS's certificate fits by a wildcard only"), {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  };
}

function namesOf({ subject, subjectaltname }: PeerCertificate): readonly string[] {
  const names = (subjectaltname ?? "").split(", ").filter((name) => name.startsWith("DNS:"));
  if (names.length > 0) return names.map((name) => name.slice("DNS:".length));
  const { CN } = subject as { readonly CN?: string | readonly string[] };
  return [CN ?? []].flat();
}
