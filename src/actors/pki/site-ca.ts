/**
 * A certificate authority for one site, in a folder: for security profile 3 between stations and gateway, and for tests.
 *
 *     folder ─┬─ ca.pem               the root that both sides trust
 *             ├─ keys/                its key, and keys of requests; see the key store
 *             ├─ issued.json          what was issued
 *             └─ <name>.pem, .key, .csr
 *
 * RSA and ECDSA are kept apart: an authority issues for keys of its own kind only, for a peer that knows one kind refuses a mixed chain.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { GatewayError } from "../../domain/error.ts";
import { type EpochMs, epochMs, type KeyId, keyId } from "../../domain/ids.ts";
import type { CertificateFacts } from "../../domain/pki/certificate.ts";
import type { KeyKind } from "../../domain/pki/key-kind.ts";
import { readPem, writePem } from "../../domain/pki/pem.ts";
import type { KeyStore } from "../../ports.ts";
import { readIfThere, writeDurably } from "../durable-file.ts";
import { openFileKeyStore } from "./file-key-store.actor.ts";
import { loadX509, type SubjectName, spkiDigest, type X509 } from "./x509.ts";

export interface SiteOptions {
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Seals the keys; undefined: they lie in their files as they are. */
  readonly secret?: string | undefined;
}

export interface IssueOrder {
  readonly name: string;
  readonly role: "client" | "server";
  readonly days: number;
  readonly organisation: string;
  readonly names?: readonly string[] | undefined;
  /** PEM of a request whose key is elsewhere; undefined: a key is made. */
  readonly csr?: string | undefined;
}

export interface Issued {
  readonly name: string;
  /** `ca`, `client`, `server`; `imported`: another authority has signed it. */
  readonly role: string;
  readonly organisation: string;
  readonly names: readonly string[];
  readonly serial: string;
  readonly notAfter: EpochMs;
  /** Undefined: its key is elsewhere. */
  readonly key?: KeyId | undefined;
}

interface Site {
  readonly kind: KeyKind;
  readonly issued: readonly Issued[];
}

const DAY_MS = 86_400_000;
/** Clocks in cabinets may be behind. */
const BACKDATED_MS = 3_600_000;
const SERIAL_BYTES = 16;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const CA = "ca";

export class SiteCa {
  readonly #options: SiteOptions;
  readonly #keys: KeyStore;
  readonly #x509: X509;

  private constructor(options: SiteOptions, x509: X509) {
    this.#options = options;
    this.#x509 = x509;
    this.#keys = openFileKeyStore({ directory: join(options.directory, "keys"), wrappingSecret: options.secret });
  }

  static async open(options: SiteOptions): Promise<SiteCa> {
    return new SiteCa(options, await loadX509());
  }

  /** Makes the authority. Refuses where there is one: what it has issued would be worth nothing. */
  async init(subject: SubjectName, kind: KeyKind, days: number): Promise<Issued> {
    if ((await this.#read()) !== undefined) throw refusal("there is an authority in this folder already");
    const key = await this.#keys.generate(CA, kind);
    const spki = await this.#spki(key);
    const der = await this.#x509.issue(this.#keys, {
      subject,
      spki,
      role: "ca",
      ...this.#validity(days),
      issuerKey: key,
    });
    await this.#put(`${CA}.pem`, writePem("CERTIFICATE", der));
    return this.#enter({ kind, issued: [] }, der, { name: CA, role: "ca", key });
  }

  /** Issues a certificate; with a key of its own the key is written beside it. */
  async issue({ name, role, days, organisation, names = [], csr }: IssueOrder): Promise<Issued> {
    const { site, key: issuerKey, der: issuer } = await this.#authority();
    const key = csr === undefined ? await this.#keys.generate(checkedName(name), site.kind) : undefined;
    const spki = csr === undefined ? await this.#spki(key as KeyId) : await this.#requested(csr, checkedName(name));
    const subject = { organisation, commonName: name };
    const validity = this.#validity(days);
    const der = await this.#x509.issue(this.#keys, { subject, spki, role, names, ...validity, issuerKey, issuer });
    if ((await this.#facts(der)).key.type !== (site.kind.startsWith("rsa") ? "rsa" : "ec"))
      throw refusal(
        "the request's key is of another kind than the authority's; a mixed chain is refused by many peers",
      );
    if (key !== undefined) await this.#export(name, key);
    await this.#put(`${name}.pem`, writePem("CERTIFICATE", der) + writePem("CERTIFICATE", issuer));
    return this.#enter(site, der, { name, role, key });
  }

  /** A new certificate, with a new key, for what was issued before. */
  async renew(name: string, days: number): Promise<Issued> {
    const { site } = await this.#authority();
    const known = site.issued.find((one) => one.name === name);
    if (known === undefined || (known.role !== "client" && known.role !== "server"))
      throw refusal(`nothing was issued here for ${name}`);
    if (known.key === undefined) throw refusal(`${name} has its key elsewhere: issue --csr with a new request`);
    const { role, organisation, names } = known;
    return this.issue({ name, role, days, organisation, names });
  }

  /** A request for another authority; its key stays here. @returns PEM */
  async request(name: string, subject: SubjectName, kind: KeyKind): Promise<string> {
    const key = await this.#keys.generate(checkedName(name), kind);
    const csr = await this.#x509.request(this.#keys, key, subject);
    await this.#put(`${name}.csr`, csr);
    return csr;
  }

  /** Takes the certificate that another authority has made of a request. */
  async import(name: string, pem: string): Promise<Issued> {
    const blocks = readPem(pem);
    const [leaf] = blocks.ok ? blocks.value : [];
    if (leaf === undefined || leaf.label !== "CERTIFICATE") throw refusal("the file holds no certificate in PEM");
    const { spki } = await this.#facts(leaf.der);
    for (const key of await this.#keys.list(checkedName(name))) {
      if (spkiDigest(await this.#spki(key)) !== spki) continue;
      await this.#export(name, key);
      await this.#put(`${name}.pem`, pem);
      return this.#enter((await this.#read()) ?? { kind: "ec-p256", issued: [] }, leaf.der, {
        name,
        role: "imported",
        key,
      });
    }
    throw refusal(`the certificate is for another key than those of ${name}: was the request made here?`);
  }

  async list(): Promise<readonly Issued[]> {
    return (await this.#read())?.issued ?? [];
  }

  /** PEM of the root. */
  async trust(): Promise<string> {
    return writePem("CERTIFICATE", (await this.#authority()).der);
  }

  async #authority() {
    const site = await this.#read();
    const key = site?.issued.find(({ name }) => name === CA)?.key;
    const pem = readPem((await readIfThere(join(this.#options.directory, `${CA}.pem`))) ?? "");
    const [root] = pem.ok ? pem.value : [];
    if (site === undefined || key === undefined || root === undefined)
      throw refusal("there is no authority in this folder; make one with: twinlane pki init");
    return { site, key, der: root.der };
  }

  async #spki(key: KeyId): Promise<Uint8Array> {
    const spki = await this.#keys.publicKey(key);
    if (spki === undefined) throw refusal(`the key ${key} is gone`);
    return spki;
  }

  async #requested(csr: string, name: string): Promise<Uint8Array> {
    const pem = readPem(csr);
    const [block] = pem.ok ? pem.value : [];
    const request = block && (await this.#x509.readRequest(block.der));
    if (request === undefined) throw refusal("the request cannot be read, or is not signed with its own key");
    if (!request.commonNames.includes(name))
      throw refusal(`the request is for ${request.commonNames.join(", ") || "nobody"}, not for ${name}`);
    return request.spki;
  }

  async #facts(der: Uint8Array): Promise<CertificateFacts> {
    const facts = await this.#x509.read(der);
    if (facts === undefined) throw refusal("this is no certificate");
    return facts;
  }

  async #export(name: string, key: KeyId): Promise<void> {
    const tls = await this.#keys.tls(key);
    if ("key" in tls) await this.#put(`${name}.key`, tls.key);
  }

  /** Notes what was issued, in the place of what the same name had. */
  async #enter(site: Site, der: Uint8Array, one: Pick<Issued, "name" | "role" | "key">): Promise<Issued> {
    const { serial, notAfter, organisations, networkNames } = await this.#facts(der);
    const issued = { ...one, serial, notAfter, organisation: organisations[0] ?? "", names: networkNames };
    const others = site.issued.filter(({ name }) => name !== one.name);
    await this.#put("issued.json", `${JSON.stringify({ v: 1, ...site, issued: [...others, issued] }, undefined, 2)}\n`);
    return issued;
  }

  async #read(): Promise<Site | undefined> {
    const text = await readIfThere(join(this.#options.directory, "issued.json"));
    if (text === undefined) return undefined;
    try {
      const { kind, issued } = JSON.parse(text) as Site;
      return { kind, issued: issued.map((one) => ({ ...one, key: one.key && keyId(one.key) })) };
    } catch {
      throw refusal("issued.json is damaged");
    }
  }

  #put(name: string, text: string): Promise<void> {
    return writeDurably(join(this.#options.directory, name), text);
  }

  #validity(days: number) {
    const { now } = this.#options;
    return {
      // A serial number begins with a digit from 1 to 7: it is positive and has no zeros to lose.
      serial: `4${randomBytes(SERIAL_BYTES).toString("hex").slice(1)}`,
      notBefore: epochMs(now - BACKDATED_MS),
      notAfter: epochMs(now + days * DAY_MS),
    };
  }
}

/** It becomes a file name. */
function checkedName(name: string): string {
  if (!NAME.test(name) || name === CA)
    throw refusal(`"${name}" cannot be a name here: letters, digits, dot, dash, underscore`);
  return name;
}

const refusal = (message: string): GatewayError => new GatewayError("ERR_CONFIG_INVALID", message);
