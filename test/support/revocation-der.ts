/** Certificates, lists and OCSP answers made byte by byte, with faults where a test wants them. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { context, TAG, writeDer } from "../../src/domain/pki/der.ts";

const s = (...parts: readonly Uint8Array[]) => writeDer(TAG.sequence, ...parts);
const text = (tag: number, value: string) => writeDer(tag, Buffer.from(value, "latin1"));
const oid = (...bytes: readonly number[]) => writeDer(TAG.oid, Uint8Array.from(bytes));
const bitString = (bytes: Uint8Array) => writeDer(TAG.bitString, Uint8Array.of(0), bytes);
const UTF8 = 0x0c;
const ECDSA_SHA256 = s(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const SHA1 = s(oid(0x2b, 0x0e, 0x03, 0x02, 0x1a), Uint8Array.of(5, 0));

export const time = (ms: number): Uint8Array =>
  text(TAG.generalizedTime, new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, ""));
export const integer = (value: number): Uint8Array => {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return writeDer(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes);
};
const name = (cn: string) => s(writeDer(0x31, s(oid(0x55, 0x04, 0x03), text(UTF8, cn))));
const extension = (id: Uint8Array, value: Uint8Array, isCritical = false) =>
  s(id, ...(isCritical ? [writeDer(TAG.boolean, Uint8Array.of(0xff))] : []), writeDer(TAG.octetString, value));
const uri = (url: string) => text(context(6, false), url);
/** DistributionPointName in its `[0]`. */
const pointName = (url: string) => writeDer(context(0), writeDer(context(0), uri(url)));

export interface Signer {
  readonly name: string;
  readonly key: KeyObject;
  readonly spki: Uint8Array;
}

export function signer(cn: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { name: cn, key: privateKey, spki: publicKey.export({ type: "spki", format: "der" }) };
}

const signed = (content: Uint8Array, { key }: Signer) =>
  s(content, ECDSA_SHA256, bitString(sign("sha256", content, key)));

export interface CertificateOptions {
  readonly serial?: number;
  readonly subject: Signer;
  readonly issuer: Signer;
  readonly from: number;
  readonly to: number;
  readonly ocsp?: string;
  readonly crl?: string;
  readonly isResponder?: boolean;
}

export function certificate(options: CertificateOptions): Uint8Array {
  const { serial = 1, subject, issuer, from, to, ocsp, crl, isResponder = false } = options;
  const extensions = [
    ...(ocsp === undefined
      ? []
      : [extension(oid(0x2b, 6, 1, 5, 5, 7, 1, 1), s(s(oid(0x2b, 6, 1, 5, 5, 7, 0x30, 1), uri(ocsp))))]),
    ...(crl === undefined ? [] : [extension(oid(0x55, 0x1d, 31), s(s(pointName(crl))))]),
    ...(isResponder ? [extension(oid(0x55, 0x1d, 37), s(oid(0x2b, 6, 1, 5, 5, 7, 3, 9)))] : []),
  ];
  const tbs = s(
    writeDer(context(0), integer(2)),
    integer(serial),
    ECDSA_SHA256,
    name(issuer.name),
    s(time(from), time(to)),
    name(subject.name),
    subject.spki,
    ...(extensions.length === 0 ? [] : [writeDer(context(3), s(...extensions))]),
  );
  return signed(tbs, issuer);
}

export interface CrlOptions {
  readonly issuer: Signer;
  /** Whose key signs it, where it is another's. */
  readonly by?: Signer;
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly revoked: readonly number[];
  /** It is the part of the list at this URL. */
  readonly part?: string;
  /** It is a delta. */
  readonly isDelta?: boolean;
}

export function crl({ issuer, by = issuer, thisUpdate, nextUpdate, revoked, part, isDelta = false }: CrlOptions) {
  const extensions = [
    ...(part === undefined ? [] : [extension(oid(0x55, 0x1d, 28), s(pointName(part)), true)]),
    ...(isDelta ? [extension(oid(0x55, 0x1d, 27), integer(1), true)] : []),
  ];
  const tbs = s(
    integer(1),
    ECDSA_SHA256,
    name(issuer.name),
    time(thisUpdate),
    ...(nextUpdate === undefined ? [] : [time(nextUpdate)]),
    ...(revoked.length === 0 ? [] : [s(...revoked.map((serial) => s(integer(serial), time(thisUpdate))))]),
    ...(extensions.length === 0 ? [] : [writeDer(context(0), s(...extensions))]),
  );
  return signed(tbs, by);
}

export interface AnswerOptions {
  readonly issuer: Signer;
  readonly by?: Signer;
  readonly with?: readonly Uint8Array[];
  readonly serial: number;
  readonly status: "good" | "revoked" | "unknown";
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
}

export function ocspAnswer(options: AnswerOptions): Uint8Array {
  const { issuer, by = issuer, with: along = [], serial, status, thisUpdate, nextUpdate } = options;
  const digest = (bytes: Uint8Array) => writeDer(TAG.octetString, createHash("sha1").update(bytes).digest());
  // The key itself: what stands after the head of SubjectPublicKeyInfo of a P-256 key.
  const key = issuer.spki.subarray(issuer.spki.length - 65);
  const id = s(SHA1, digest(name(issuer.name)), digest(key), integer(serial));
  const said = {
    good: writeDer(context(0, false)),
    revoked: writeDer(context(1), time(thisUpdate)),
    unknown: writeDer(context(2, false)),
  }[status];
  const dates = [time(thisUpdate), ...(nextUpdate === undefined ? [] : [writeDer(context(0), time(nextUpdate))])];
  const data = s(writeDer(context(1), name(by.name)), time(thisUpdate), s(s(id, said, ...dates)));
  const basic = s(
    data,
    ECDSA_SHA256,
    bitString(sign("sha256", data, by.key)),
    ...(along.length === 0 ? [] : [writeDer(context(0), s(...along))]),
  );
  const bytes = s(oid(0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1), writeDer(TAG.octetString, basic));
  return s(writeDer(TAG.enumerated, Uint8Array.of(0)), writeDer(context(0), bytes));
}
