/**
 * R28: how a CSMS has shown itself over TLS, compared with the last time. A new certificate of the same authority is what renewal
 * looks like, and is only worth a line; another authority, or a weaker protocol, is worth an alarm.
 */
export interface PeerTls {
  readonly fingerprint: string;
  /** Distinguished name of the issuer. */
  readonly issuer: string;
  /** As OpenSSL names it, e.g. `TLSv1.3`. */
  readonly protocol: string;
}

/** @returns what has changed for the worse; undefined: nothing */
export function tlsChange(before: PeerTls | undefined, now: PeerTls): string | undefined {
  if (before === undefined) return undefined;
  if (before.issuer !== now.issuer) return "the certificate comes from another authority";
  return now.protocol < before.protocol ? "an older version of TLS than before" : undefined;
}
