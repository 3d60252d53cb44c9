/**
 * Whether certificates that others present were withdrawn. Asked while a connection is being made, never for a message.
 *
 *     chain ─▶ short-lived? ─▶ known already? ─▶ stapled · lists at hand · OCSP · lists by URL ─▶ kept until the answer ends ─▶ verdict
 *                 good             kept
 *
 * | mode | withdrawn | nobody can say |
 * | ---- | --------- | -------------- |
 * | soft | refused   | let in, counted and logged |
 * | hard | refused   | refused        |
 *
 * Promises: never rejects; one question for each certificate at a time; bounded in what is kept, in questions at once and in time.
 */
import { createHash } from "node:crypto";
import type { RevocationMode } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import { isShortLived } from "../../domain/pki/revocation-dates.ts";
import { type RevocationFacts, revocationFacts } from "../../domain/pki/revocation-facts.ts";
import type { Clock, Logger } from "../../ports.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import { type FetchDer, fetchDer } from "./fetch-der.ts";
import { NO_SOURCE, RevocationSources, type Said, saidByOcsp } from "./revocation-sources.ts";

export interface RevocationOptions {
  readonly clock: Clock;
  readonly counters: Pick<Counters, "revocationGood" | "revocationRevoked" | "revocationUnknown" | "revocationBusy">;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  /** Replaces the network. */
  readonly fetch?: FetchDer;
}

export interface RevocationQuestion {
  readonly mode: RevocationMode;
  /** `csms`: a refusal is InvalidCsmsCertificate. `station`: who refuses tells. */
  readonly side: "csms" | "station";
  /** DER, the peer's own first, each followed by its issuer. */
  readonly chain: readonly Uint8Array[];
  /** An OCSP answer that came with the handshake. */
  readonly stapled?: Uint8Array | undefined;
  /** CRLs at hand, in DER. */
  readonly lists?: readonly Uint8Array[] | undefined;
}

export type RevocationVerdict = "pass" | "revoked" | "unknown";

interface Known {
  readonly status: Said["status"];
  readonly until: number;
}

const MOST_KNOWN = 4096;
/** Questions on their way at once, of all certificates. */
const MOST_ASKED = 32;
/** How soon is asked again where nobody could say. */
const UNKNOWN_MS = 30_000;

export class RevocationCheck {
  readonly #options: RevocationOptions;
  readonly #sources: RevocationSources;
  /** By issuer's key and number; the oldest goes, and is asked for again. */
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<Known>>();
  readonly #names = new WeakMap<readonly Uint8Array[], number>();
  #lastName = 0;

  constructor(options: RevocationOptions) {
    this.#options = options;
    this.#sources = new RevocationSources(options.fetch ?? fetchDer);
  }

  async check(question: RevocationQuestion): Promise<RevocationVerdict> {
    const { mode, chain } = question;
    if (mode === "off") return "pass";
    let isKnown = chain.length > 1;
    for (const [depth, der] of chain.entries()) {
      const next = chain[depth + 1];
      // The last one is believed for itself.
      if (next === undefined) break;
      const [certificate, issuer] = [revocationFacts(der), revocationFacts(next)];
      const status =
        certificate === undefined || issuer === undefined
          ? "unknown"
          : await this.#statusOf(certificate, issuer, question, depth === 0);
      if (status === "revoked") return "revoked";
      if (status === "unknown") isKnown = false;
    }
    return isKnown || mode === "soft" ? "pass" : "unknown";
  }

  async #statusOf(
    certificate: RevocationFacts,
    issuer: RevocationFacts,
    question: RevocationQuestion,
    isLeaf: boolean,
  ): Promise<Said["status"]> {
    if (isShortLived(certificate)) return "good";
    const number = createHash("sha256").update(issuer.spki).update(certificate.serial).digest("base64");
    const key = `${number}/${this.#nameOf(question.lists)}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#options.clock.now()) return known.status;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      if (this.#asked.size >= MOST_ASKED) {
        this.#options.counters.revocationBusy += 1;
        return "unknown";
      }
      asked = this.#ask(key, { certificate, issuer }, question, isLeaf).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return (await asked).status;
  }

  /** Lists that were exchanged make what was known by those before old. */
  #nameOf(lists: readonly Uint8Array[] | undefined): number {
    if (lists === undefined) return 0;
    let name = this.#names.get(lists);
    if (name === undefined) {
      this.#lastName += 1;
      name = this.#lastName;
      this.#names.set(lists, name);
    }
    return name;
  }

  async #ask(
    key: string,
    of: { readonly certificate: RevocationFacts; readonly issuer: RevocationFacts },
    { side, stapled, lists = [] }: RevocationQuestion,
    isLeaf: boolean,
  ): Promise<Known> {
    const { clock } = this.#options;
    const asked = { ...of, now: clock.now() };
    const atOnce = stapled === undefined || !isLeaf ? undefined : await saidByOcsp(stapled, asked);
    let said = atOnce !== undefined && atOnce.status !== "unknown" ? atOnce : await this.#sources.ask(asked, lists);
    // Authorities beneath a root are withdrawn by their own lists, which a site's authority seldom has.
    if (said.status === "unknown" && said.reason === NO_SOURCE && !isLeaf) said = { status: "good", until: asked.now };
    const before = this.#known.get(key)?.status;
    const known = {
      status: said.status,
      until: said.status === "unknown" ? clock.now() + UNKNOWN_MS : said.until,
    };
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#tell(said, side, said.status === before);
    return known;
  }

  #tell(said: Said, side: RevocationQuestion["side"], isOld: boolean): void {
    const { counters, logger, bus } = this.#options;
    if (said.status === "good") {
      counters.revocationGood += 1;
      return;
    }
    if (said.status === "revoked") counters.revocationRevoked += 1;
    else counters.revocationUnknown += 1;
    if (isOld) return;
    const [code, reason] =
      said.status === "unknown" ? ["ERR_REVOCATION_UNKNOWN", said.reason] : ["ERR_CERT_REVOKED", "revoked"];
    logger.warn({ code, side, reason }, "a certificate that was presented");
    if (side === "csms" && said.status === "revoked")
      bus.emit("security", { type: "InvalidCsmsCertificate", stationId: undefined, detail: "north:revoked" });
  }
}
