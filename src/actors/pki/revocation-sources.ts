/**
 * Who can say whether a certificate was withdrawn, and what they say: a stapled OCSP answer, lists at hand, OCSP responders, lists by URL. An
 * answer counts when it is about this certificate, is signed by its issuer (or by whom the issuer has made a responder), and is of today.
 *
 * @see RFC 6960 §3.2, §4.2.2.2; RFC 5280 §6.3
 */
import { createHash } from "node:crypto";
import { type Crl, isOnCrl, readCrl } from "../../domain/pki/crl.ts";
import { readDer, sequence } from "../../domain/pki/der.ts";
import { type OcspAnswer, ocspQuestion, readOcspAnswer, singleFor } from "../../domain/pki/ocsp.ts";
import { keptUntil } from "../../domain/pki/revocation-dates.ts";
import { bits, type RevocationFacts, revocationFacts } from "../../domain/pki/revocation-facts.ts";
import type { Signed } from "../../domain/pki/signed.ts";
import type { FetchDer } from "./fetch-der.ts";
import { isSignedWith } from "./signature.ts";

export interface Asked {
  readonly certificate: RevocationFacts;
  readonly issuer: RevocationFacts;
  readonly now: number;
}

/** A word that may be believed until then; or why there is none. */
export type Said =
  | { readonly status: "good" | "revoked"; readonly until: number }
  | { readonly status: "unknown"; readonly reason: string };

const LARGEST_ANSWER = 64 * 1024;
const LARGEST_LIST = 4 * 1024 * 1024;
/** The reason where nobody was there to ask. */
export const NO_SOURCE = "no-source";
/** Lists kept. */
const MOST_LISTS = 8;
/** Of those that a certificate names, each kind. */
const MOST_TRIED = 2;

const unknown = (reason: string): Said => ({ status: "unknown", reason });
const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest();

export async function saidByOcsp(der: Uint8Array, { certificate, issuer, now }: Asked): Promise<Said> {
  const answer = readOcspAnswer(der);
  if (answer === undefined) return unknown("no-answer");
  const single = singleFor(answer, certificate, issuer, digest);
  if (single === undefined) return unknown("other-certificate");
  const until = keptUntil(single, now);
  if (until === undefined) return unknown("not-current");
  if (!(await isByIssuer(answer, issuer, now))) return unknown("bad-signature");
  return single.status === "unknown" ? unknown("responder-does-not-know") : { status: single.status, until };
}

/** Lists by URL are kept for as long as they hold, and checked once. */
export class RevocationSources {
  readonly #fetch: FetchDer;
  /** By URL; the one that was not asked for the longest goes. */
  readonly #lists = new Map<string, { readonly crl: Crl; readonly until: number }>();

  constructor(fetch: FetchDer) {
    this.#fetch = fetch;
  }

  /** @param lists at hand, in DER */
  async ask(asked: Asked, lists: readonly Uint8Array[]): Promise<Said> {
    let last = unknown(NO_SOURCE);
    for await (const said of this.#all(asked, lists)) {
      if (said.status !== "unknown") return said;
      last = said;
    }
    return last;
  }

  async *#all(asked: Asked, lists: readonly Uint8Array[]): AsyncGenerator<Said> {
    const { certificate, issuer, now } = asked;
    for (const der of lists) {
      const crl = readCrl(der);
      if (crl !== undefined && isSame(crl.issuer, certificate.issuer)) yield await saidByList(crl, asked);
    }
    for (const url of certificate.ocspUrls.slice(0, MOST_TRIED)) {
      const question = ocspQuestion(certificate, issuer, digest);
      const der = await this.#fetch({ url, question, maxBytes: LARGEST_ANSWER }).catch(reasonOf);
      yield typeof der === "string" ? unknown(der) : await saidByOcsp(der, asked);
    }
    for (const url of certificate.crlUrls.slice(0, MOST_TRIED)) {
      const kept = this.#lists.get(url);
      if (kept !== undefined && kept.until > now && isSame(kept.crl.issuer, certificate.issuer)) {
        yield statusOn(kept.crl, certificate, kept.until);
        continue;
      }
      const der = await this.#fetch({ url, maxBytes: LARGEST_LIST }).catch(reasonOf);
      yield typeof der === "string" ? unknown(der) : await this.#take(url, der, asked);
    }
  }

  async #take(url: string, der: Uint8Array, asked: Asked): Promise<Said> {
    const crl = readCrl(der);
    if (crl === undefined) return unknown("no-list");
    // A part of the list that belongs elsewhere is signed as well, and does not name this certificate.
    if (crl.partUrls !== undefined && !crl.partUrls.includes(url)) return unknown("other-part");
    const said = await saidByList(crl, asked);
    if (said.status === "unknown") return said;
    this.#lists.delete(url);
    this.#lists.set(url, { crl, until: said.until });
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > MOST_LISTS && oldest !== undefined) this.#lists.delete(oldest);
    return said;
  }
}

async function saidByList(crl: Crl, { certificate, issuer, now }: Asked): Promise<Said> {
  if (!isSame(crl.issuer, certificate.issuer)) return unknown("other-issuer");
  const until = keptUntil(crl, now);
  if (until === undefined) return unknown("not-current");
  return (await isSignedWith(crl, issuer.spki)) ? statusOn(crl, certificate, until) : unknown("bad-signature");
}

const statusOn = (crl: Crl, { serial }: RevocationFacts, until: number): Said => ({
  status: isOnCrl(crl, serial) ? "revoked" : "good",
  until,
});

/** By its own key, or with a certificate that it has given to a responder. */
async function isByIssuer(answer: OcspAnswer, issuer: RevocationFacts, now: number): Promise<boolean> {
  if (await isSignedWith(answer, issuer.spki)) return true;
  for (const der of answer.certificates.slice(0, MOST_TRIED)) {
    const responder = revocationFacts(der);
    const itself = signedCertificate(der);
    if (responder === undefined || itself === undefined || !responder.mayAnswerOcsp) continue;
    const isNow = responder.notBefore <= now && now < responder.notAfter;
    if (!isNow || !isSame(responder.issuer, issuer.subject)) continue;
    if ((await isSignedWith(itself, issuer.spki)) && (await isSignedWith(answer, responder.spki))) return true;
  }
  return false;
}

function signedCertificate(der: Uint8Array): Signed | undefined {
  const [content, algorithm, signature] = sequence(readDer(der)) ?? [];
  const signed = bits(signature);
  if (content === undefined || algorithm === undefined || signed === undefined) return undefined;
  return { content: content.raw, algorithm: algorithm.raw, signature: signed };
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

const reasonOf = (error: unknown): string => {
  const { code, name, message } = error as NodeJS.ErrnoException;
  return name === "TimeoutError" || name === "AbortError" ? "timeout" : (code ?? message);
};
