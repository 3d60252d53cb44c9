/** A gateway with plain stations, and a CSMS with TLS that signs their certificates and may insist on them. */
import type { SecureContextOptions, TLSSocket } from "node:tls";
import * as assert from "uvu/assert";
import type { X509 } from "../../src/actors/pki/x509.ts";
import type { CertificatesDocument, ConfigDocument } from "../../src/config/document.ts";
import type { GatewayPorts } from "../../src/index.ts";
import type { KeyStore } from "../../src/ports.ts";
import { BOOT, openWorld, type World } from "./e2e-world.ts";
import { type Authority, derOf, openPkiKit, type PkiKit } from "./pki.ts";
import { friendly, PlainCsms } from "./plain-csms.ts";
import type { Answerer, Json, Peer } from "./ws-peer.ts";

export interface CertificateCsms {
  readonly csms: PlainCsms;
  readonly kit: PkiKit;
  readonly root: Authority;
  /** Common names that were shown with each link; empty: no certificate. */
  readonly shown: string[];
  /** From now on only these come in: by the names of their authorities. */
  insist(onIssuers: readonly string[] | undefined): void;
  /** Signs the newest request of a station, as the CSMS. */
  sign(station: string, options?: SignOptions): Promise<string>;
  /** From now on the CSMS shows a new certificate. */
  show(options?: ShowOptions): Promise<void>;
}

export interface CertificateWorld extends CertificateCsms, AsyncDisposable {
  readonly world: World;
}

export interface ShowOptions {
  readonly authority?: Authority;
  /** Its common name and only DNS name. */
  readonly name?: string;
  readonly notAfter?: number;
  /** What else its TLS is to be like. */
  readonly tls?: SecureContextOptions;
}

export interface SignOptions {
  readonly authority?: Authority;
  readonly subject?: Parameters<X509["issue"]>[1]["subject"];
  readonly notAfter?: number;
  /** Which request; default: the newest. */
  readonly nth?: number;
}

export const CPO = "Test CPO";

export interface CertificateWorldOptions {
  readonly certificates?: Partial<CertificatesDocument> | false;
  readonly config?: Partial<ConfigDocument>;
  readonly speaks?: "ocpp2.0.1";
  readonly dataDir?: string;
  readonly kit?: PkiKit;
  /** Default: the gateway's own. */
  readonly keys?: KeyStore;
  readonly ports?: GatewayPorts;
  /** The link begins with a certificate of the CSMS's root, given by the configuration. */
  readonly begins?: "with-certificate";
  /** Undefined: the usual answer. */
  readonly answer?: Answerer;
  /** The CSMS's TLS refuses certificates that are not of its root. */
  readonly isStrict?: boolean;
}

const TRIGGERS: Readonly<Record<string, readonly [string, object]>> = {
  "ocpp1.6": ["ExtendedTriggerMessage", { requestedMessage: "SignChargePointCertificate" }],
  "ocpp2.0.1": ["TriggerMessage", { requestedMessage: "SignChargingStationCertificate" }],
};

/** A booted station and its first link. */
export async function booted({ world, csms }: CertificateWorld, version: string, answer: Answerer = () => undefined) {
  const station = (await world.dial("CP1", version)).answering(answer);
  await station.ask("BootNotification", BOOT[version] ?? {});
  return { station, link: await csms.link("CP1") };
}

/** The CSMS asks for a request, and has it. */
export async function trigger(link: Peer, version: string, nth = 0): Promise<void> {
  const [action, payload] = TRIGGERS[version] ?? ["", {}];
  assert.equal((await link.ask(action, payload))[2], { status: "Accepted" });
  await link.call("SignCertificate", nth);
}

export const statusIn = (answer: Json): unknown => (answer[2] as { readonly status?: unknown }).status;

/** A CSMS with TLS that knows the certificates of its stations. */
export async function openCertificateCsms(
  given?: PkiKit,
  { answer, isStrict = false }: Pick<CertificateWorldOptions, "answer" | "isStrict"> = {},
): Promise<CertificateCsms> {
  const kit = given ?? (await openPkiKit());
  const root = await kit.authority("CSMS root");
  const shown: string[] = [];
  let issuers: readonly string[] | undefined;
  const csms = await PlainCsms.listen({
    tls: {
      ...(await serverOf(kit, root)),
      requestCert: true,
      rejectUnauthorized: isStrict,
      ...(isStrict && { ca: root.pem }),
    },
    answer: (action, payload, id) =>
      answer?.(action, payload, id) ??
      (action === "SignCertificate" ? { status: "Accepted" } : friendly(action, payload)),
    admits: ({ socket }) => {
      const certificate = (socket as TLSSocket).getPeerX509Certificate();
      const ok = issuers === undefined || issuers.some((name) => certificate?.issuer.includes(`CN=${name}`));
      if (ok) shown.push(certificate === undefined ? "" : (/CN=(.*)/.exec(certificate.subject)?.[1] ?? "?"));
      return ok;
    },
  });
  return {
    csms,
    kit,
    root,
    shown,
    insist: (onIssuers) => {
      issuers = onIssuers;
    },
    async show(more = {}) {
      const { cert, key } = await serverOf(kit, root, more);
      csms.show(cert, key, more.tls);
    },
    async sign(station, { authority = root, subject: name, notAfter, nth = -1 } = {}) {
      const calls = csms.linksOf(station).flatMap((link) => link.calls("SignCertificate"));
      const { csr } = (calls.at(nth)?.[3] ?? { csr: "" }) as { readonly csr: string };
      const request = await kit.x509.readRequest(derOf(csr));
      return authority.issue({
        subject: name ?? { organisation: CPO, commonName: station },
        spki: request?.spki ?? new Uint8Array(),
        ...(notAfter === undefined ? {} : { notAfter: notAfter as never }),
      });
    },
  };
}

export async function openCertificateWorld(options: CertificateWorldOptions = {}): Promise<CertificateWorld> {
  const { speaks, keys, ports, begins, dataDir } = options;
  const north = await openCertificateCsms(options.kit, options);
  const { csms, kit, root } = north;
  const certificates = options.certificates !== false && { organisation: CPO, ...options.certificates };
  const document = {
    url: csms.url,
    tls: { ca: root.pem, ...(begins === undefined ? {} : await ownOf(kit, root)) },
    certificates,
    ...(speaks === undefined ? {} : { speaks }),
  };
  const world = await openWorld({
    csmsUrl: csms.url,
    ports: { ...ports, ...(keys === undefined ? {} : { keys }) },
    config: {
      csms: document,
      stations: [{ match: "*", securityProfile: 0 }],
      ...(dataDir === undefined ? {} : { dataDir }),
      ...options.config,
    },
  });
  return {
    ...north,
    world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await csms.close();
    },
  };
}

/** Certificate and key of a CSMS on this machine. */
async function serverOf(kit: PkiKit, root: Authority, { authority = root, name, notAfter }: ShowOptions = {}) {
  return pairOf(kit, "csms", (spki) =>
    authority.issue({
      subject: { organisation: CPO, commonName: name ?? "localhost" },
      spki,
      role: "server",
      names: name === undefined ? ["localhost", "127.0.0.1"] : [name],
      ...(notAfter === undefined ? {} : { notAfter: notAfter as never }),
    }),
  );
}

/** What an operator puts in for the beginning. */
const ownOf = (kit: PkiKit, root: Authority) =>
  pairOf(kit, "first", (spki) => root.issue({ subject: { organisation: CPO, commonName: "CP1" }, spki }));

async function pairOf(kit: PkiKit, slot: string, issue: (spki: Uint8Array) => Promise<string>) {
  const id = await kit.keys.generate(slot, "ec-p256");
  const tls = await kit.keys.tls(id);
  const spki = (await kit.keys.publicKey(id)) ?? new Uint8Array();
  return { cert: await issue(spki), key: "key" in tls ? String(tls.key) : "" };
}
