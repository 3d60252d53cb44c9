/**
 * Why a dial to the CSMS came to nothing, told from Node's error code or the HTTP status: what of it is a matter of certificates.
 *
 * | fault       | for instance                                            | security event (2.0.1 name)   |
 * | ----------- | ------------------------------------------------------- | ----------------------------- |
 * | untrusted   | CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID          | InvalidCsmsCertificate        |
 * | tls-version | alert protocol_version                                  | InvalidTLSVersion             |
 * | tls-suite   | no shared cipher, insufficient security                 | InvalidTLSCipherSuite         |
 * | refused     | alerts about our certificate, HTTP 401 and 403, an end right after the handshake | FailedToAuthenticateAtCsms |
 * | other       | DNS, timeouts, 5xx                                      | –                             |
 *
 * Codes differ between versions of Node and OpenSSL, so they are searched and not compared. A bare handshake_failure says either that no
 * suite is shared or that the client certificate was missed; with suites that every CSMS must offer it is the latter.
 *
 * @see OCPP 2.0.1 Part 2 A00.FR.309, FR.313–FR.323, appendix 1
 */
export type LinkFault = "untrusted" | "tls-version" | "tls-suite" | "refused" | "other";

const UNTRUSTED =
  /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)|ERR_TLS_CERT_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH|ERROR_IN_CERT|CRL_)/;
const VERSION = /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_VERSION_NUMBER|VERSION_TOO_LOW/;
const SUITE = /NO_SHARED_CIPHER|INSUFFICIENT_SECURITY|WRONG_CIPHER|UNKNOWN_CIPHER|NO_CIPHERS?_AVAILABLE/;
/** Alerts 40 to 49 and 116 of TLS, as OpenSSL spells them. */
const REFUSED =
  /ALERT_(?:HANDSHAKE_FAILURE|NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|ACCESS_DENIED|ILLEGAL_PARAMETER)| 40[13]$/;
/** A Node CSMS ends the connection of a certificate that it refuses without saying why. */
const ENDED = /^(?:ECONNRESET|EPIPE|1006|socket hang up)$/;
const POLICY_VIOLATION = "1008";

/**
 * @param reason Node's error code, a message that ends with the HTTP status, or a WebSocket close code
 * @param wasHeard the CSMS has answered something over this connection: then whatever ended it was no refusal
 */
export function linkFault(reason: string, wasHeard: boolean): LinkFault {
  if (UNTRUSTED.test(reason)) return "untrusted";
  if (VERSION.test(reason)) return "tls-version";
  if (SUITE.test(reason)) return "tls-suite";
  if (wasHeard) return "other";
  return REFUSED.test(reason) || ENDED.test(reason) || reason === POLICY_VIOLATION ? "refused" : "other";
}

export const EVENT_OF = {
  untrusted: "InvalidCsmsCertificate",
  "tls-version": "InvalidTLSVersion",
  "tls-suite": "InvalidTLSCipherSuite",
  refused: "FailedToAuthenticateAtCsms",
} as const satisfies Readonly<Record<Exclude<LinkFault, "other">, string>>;
