/**
 * Questions to OCSP responders and their answers (RFC 6960, in the profile of RFC 5019): one certificate at a time, named by SHA-1 as every
 * responder knows it (a name, not a signature), without a nonce, so that answers made beforehand and stapled ones are of use; how old an
 * answer may be is for its own dates to say.
 */
import { context, type Der, readDer, readOid, readTime, sequence, TAG, within, writeDer } from "./der.ts";
import { bits, type RevocationFacts } from "./revocation-facts.ts";
import type { Signed } from "./signed.ts";

/** Digests by name; the domain has none of its own. */
export type Digest = (algorithm: "sha1" | "sha256", bytes: Uint8Array) => Uint8Array;

export interface OcspAnswer extends Signed {
  /** Certificates that came along, in DER. */
  readonly certificates: readonly Uint8Array[];
  readonly singles: readonly OcspSingle[];
}

export interface OcspSingle {
  readonly hash: "sha1" | "sha256" | "other";
  readonly nameHash: Uint8Array;
  readonly keyHash: Uint8Array;
  /** The serial number's whole DER. */
  readonly serial: Uint8Array;
  readonly status: "good" | "revoked" | "unknown";
  readonly thisUpdate: number;
  /** Undefined: newer information is always available. */
  readonly nextUpdate: number | undefined;
}

const SHA1 = Uint8Array.of(TAG.oid, 5, 0x2b, 0x0e, 0x03, 0x02, 0x1a);
const NULL = Uint8Array.of(5, 0);
const BASIC = "1.3.6.1.5.5.7.48.1.1";
const HASHES: Readonly<Record<string, OcspSingle["hash"]>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
};
const SUCCESSFUL = 0;

export function ocspQuestion(
  { serial, issuer }: RevocationFacts,
  { key }: RevocationFacts,
  digest: Digest,
): Uint8Array {
  const s = TAG.sequence;
  const names = [digest("sha1", issuer), digest("sha1", key)].map((hash) => writeDer(TAG.octetString, hash));
  const id = writeDer(s, writeDer(s, SHA1, NULL), ...names, serial);
  // OCSPRequest, TBSRequest, requestList, Request, CertID.
  return writeDer(s, writeDer(s, writeDer(s, writeDer(s, id))));
}

/** Undefined: no answer, or one that says only that there is none. */
export function readOcspAnswer(der: Uint8Array): OcspAnswer | undefined {
  const [status, holder] = sequence(readDer(der)) ?? [];
  if (status?.tag !== TAG.enumerated || status.body[0] !== SUCCESSFUL || holder?.tag !== context(0)) return undefined;
  const [type, octets] = sequence((within(holder) ?? [])[0]) ?? [];
  if (readOid(type) !== BASIC || octets?.tag !== TAG.octetString) return undefined;
  const [data, algorithm, signature, extra] = sequence(readDer(octets.body)) ?? [];
  const signed = bits(signature);
  if (data === undefined || algorithm === undefined || signed === undefined) return undefined;
  const responses = (sequence(data) ?? []).find(({ tag }) => tag === TAG.sequence);
  return {
    content: data.raw,
    algorithm: algorithm.raw,
    signature: signed,
    certificates: (sequence((within(extra) ?? [])[0]) ?? []).map(({ raw }) => raw),
    singles: (sequence(responses) ?? []).flatMap(readSingle),
  };
}

/** What the answer says of this certificate of this issuer; undefined: nothing. */
export function singleFor(
  { singles }: OcspAnswer,
  { serial, issuer }: RevocationFacts,
  { key }: RevocationFacts,
  digest: Digest,
): OcspSingle | undefined {
  return singles.find(({ hash, ...single }) => {
    if (hash === "other" || Buffer.compare(single.serial, serial) !== 0) return false;
    const isName = Buffer.compare(digest(hash, issuer), single.nameHash) === 0;
    return isName && Buffer.compare(digest(hash, key), single.keyHash) === 0;
  });
}

function readSingle(element: Der): readonly OcspSingle[] {
  const [id, status, thisUpdate, ...rest] = sequence(element) ?? [];
  const [algorithm, nameHash, keyHash, serial] = sequence(id) ?? [];
  const at = readTime(thisUpdate);
  if (status === undefined || at === undefined || !nameHash || !keyHash || !serial) return [];
  return [
    {
      hash: HASHES[readOid((sequence(algorithm) ?? [])[0]) ?? ""] ?? "other",
      nameHash: nameHash.body,
      keyHash: keyHash.body,
      serial: serial.raw,
      status: STATUS[status.tag] ?? "unknown",
      thisUpdate: at,
      nextUpdate: readTime((within(rest.find(({ tag }) => tag === context(0))) ?? [])[0]),
    },
  ];
}

const STATUS: Readonly<Record<number, OcspSingle["status"]>> = {
  [context(0, false)]: "good",
  [context(1)]: "revoked",
};
