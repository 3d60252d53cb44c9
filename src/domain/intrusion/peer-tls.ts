/**
 * R28: how a CSMS has shown itself over TLS, compared with the last time. A new certificate of the same authority is what renewal
 * looks like, and is only worth a line; another authority, or a weaker protocol or cipher, is worth an alarm.
 */
export interface PeerTls {
  readonly fingerprint: string;
  /** Distinguished name of the issuer. */
  readonly issuer: string;
  /** Fingerprint of the trust anchor that the chain ends in; undefined: a resumed session does not show it. */
  readonly anchor: string | undefined;
  /** Whether InstallCertificate has brought that anchor: its coming was announced. */
  readonly isInstalled?: boolean;
  /** As OpenSSL names it, e.g. `TLSv1.3`. */
  readonly protocol: string;
  /** As OpenSSL names it, e.g. `ECDHE-RSA-AES128-GCM-SHA256`. */
  readonly cipher: string;
}

/** @returns what has changed for the worse; undefined: nothing */
export function tlsChange(before: PeerTls | undefined, now: PeerTls): string | undefined {
  if (before === undefined) return undefined;
  const isAnnounced = now.isInstalled === true;
  if (!isAnnounced && before.issuer !== now.issuer) return "the certificate comes from another authority";
  // An authority of the same name with another key: whoever can have a root installed can choose its name.
  const areAnchorsSeen = before.anchor !== undefined && now.anchor !== undefined;
  if (!isAnnounced && areAnchorsSeen && before.anchor !== now.anchor)
    return "the certificate comes from another trust anchor";
  if (now.protocol < before.protocol) return "an older version of TLS than before";
  return strengthOf(now.cipher) < strengthOf(before.cipher) ? "a weaker cipher than before" : undefined;
}

/** 2: forward secret and authenticated; 1: one of the two; 0: neither. TLS 1.3 has only the former. */
function strengthOf(cipher: string): number {
  if (cipher.startsWith("TLS_")) return 2;
  return Number(/^(?:EC)?DHE-/.test(cipher)) + Number(/GCM|CCM|POLY1305/.test(cipher));
}
