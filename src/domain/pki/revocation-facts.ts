/**
 * What has to be read of a certificate to ask whether it was withdrawn: who issued it, its number, and where to ask.
 *
 * @see RFC 5280 §4.1, §4.2.1.13 (CRL distribution points), §4.2.2.1 (authority information access)
 */
import { context, type Der, readDer, readOid, readTime, sequence, TAG, within } from "./der.ts";

export interface RevocationFacts {
  /** DER of the issuer's Name. */
  readonly issuer: Uint8Array;
  /** DER of the subject's Name. */
  readonly subject: Uint8Array;
  /** The serial number's whole DER. */
  readonly serial: Uint8Array;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  /** Content of its BIT STRING, without the byte of unused bits. */
  readonly key: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Responders and lists that the certificate names, http:// alone: TLS to either would want a check of its own. */
  readonly ocspUrls: readonly string[];
  readonly crlUrls: readonly string[];
  readonly mayAnswerOcsp: boolean;
}

const OID = {
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  ocsp: "1.3.6.1.5.5.7.48.1",
  crlDistributionPoints: "2.5.29.31",
  extendedKeyUsage: "2.5.29.37",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
} as const;

/** Undefined for what is no certificate of version 3 (those of version 1 have nowhere to ask). */
export function revocationFacts(der: Uint8Array): RevocationFacts | undefined {
  const [tbs] = sequence(readDer(der)) ?? [];
  const [version, serial, , issuer, validity, subject, spki, ...rest] = sequence(tbs) ?? [];
  if (version?.tag !== context(0) || serial?.tag !== TAG.integer) return undefined;
  const [notBefore, notAfter] = (sequence(validity) ?? []).map(readTime);
  const key = bits((sequence(spki) ?? [])[1]);
  if (!issuer || !subject || !spki || key === undefined || notBefore === undefined || notAfter === undefined) {
    return undefined;
  }
  const extensions = readExtensions(rest.find(({ tag }) => tag === context(3)));
  return {
    issuer: issuer.raw,
    subject: subject.raw,
    serial: serial.raw,
    spki: spki.raw,
    key,
    notBefore,
    notAfter,
    ocspUrls: ocspUrls(extensions.get(OID.authorityInfoAccess)?.value),
    crlUrls: (sequence(extensions.get(OID.crlDistributionPoints)?.value) ?? []).flatMap((point) =>
      fullNames((within(point) ?? []).find(({ tag }) => tag === context(0))),
    ),
    mayAnswerOcsp: (sequence(extensions.get(OID.extendedKeyUsage)?.value) ?? []).some(
      (usage) => readOid(usage) === OID.ocspSigning,
    ),
  };
}

export interface Extension {
  readonly isCritical: boolean;
  readonly value: Der | undefined;
}

/** Extensions by their identifiers, out of the `[n]` that holds them. */
export function readExtensions(holder: Der | undefined): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  for (const extension of sequence((within(holder) ?? [])[0]) ?? []) {
    const parts = sequence(extension) ?? [];
    const value = parts.at(-1);
    const isCritical = parts[1]?.tag === TAG.boolean && parts[1].body[0] !== 0;
    if (value?.tag === TAG.octetString) found.set(readOid(parts[0]) ?? "", { isCritical, value: readDer(value.body) });
  }
  return found;
}

/** http:// URLs among the full names of a DistributionPointName, which is in a `[0]`. */
export const fullNames = (holder: Der | undefined): readonly string[] =>
  (within(holder) ?? [])
    .filter(({ tag }) => tag === context(0))
    .flatMap((names) => within(names) ?? [])
    .flatMap(urlOf);

/** A BIT STRING of whole bytes. */
export const bits = (element: Der | undefined): Uint8Array | undefined =>
  element?.tag === TAG.bitString && element.body[0] === 0 ? element.body.subarray(1) : undefined;

function ocspUrls(access: Der | undefined): readonly string[] {
  return (sequence(access) ?? []).flatMap((description) => {
    const [method, location] = sequence(description) ?? [];
    return readOid(method) === OID.ocsp && location !== undefined ? urlOf(location) : [];
  });
}

function urlOf({ tag, body }: Der): readonly string[] {
  const text = tag === context(6, false) ? Buffer.from(body).toString("latin1") : "";
  return /^http:\/\/[\x21-\x7e]{1,2000}$/.test(text) ? [text] : [];
}
