/** A gateway with plain stations, and a CSMS with TLS that signs their certificates and may insist on them. */
import type { TLSSocket } from "node:tls";
import type { X509 } from "../../src/actors/pki/x509.ts";
import type { CertificatesDocument, ConfigDocument } from "../../src/config/document.ts";
import type { KeyStore } from "../../src/ports.ts";
import { openWorld, type World } from "./e2e-world.ts";
import { type Authority, derOf, openPkiKit, type PkiKit } from "./pki.ts";
import { friendly, PlainCsms } from "./plain-csms.ts";

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
}

export interface CertificateWorld extends CertificateCsms, AsyncDisposable {
  readonly world: World;
}

export interface SignOptions {
  readonly authority?: Authority;
  readonly subject?: Parameters<X509["issue"]>[1]["subject"];
  readonly notAfter?: number;
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
}

/** A CSMS with TLS that knows the certificates of its stations. */
export async function openCertificateCsms(given?: PkiKit): Promise<CertificateCsms> {
  const kit = given ?? (await openPkiKit());
  const root = await kit.authority("CSMS root");
  const key = await kit.keys.generate("csms", "ec-p256");
  const spki = (await kit.keys.publicKey(key)) ?? new Uint8Array();
  const subject = { organisation: CPO, commonName: "localhost" };
  const cert = await root.issue({ subject, spki, role: "server", names: ["localhost", "127.0.0.1"] });
  const shown: string[] = [];
  let issuers: readonly string[] | undefined;
  const csms = await PlainCsms.listen({
    tls: { cert, ...(await kit.keys.tls(key)), requestCert: true, rejectUnauthorized: false },
    answer: (action, payload) => (action === "SignCertificate" ? { status: "Accepted" } : friendly(action, payload)),
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
    async sign(station, { authority = root, subject: name, notAfter } = {}) {
      const calls = csms.linksOf(station).flatMap((link) => link.calls("SignCertificate"));
      const { csr } = (calls.at(-1)?.[3] ?? { csr: "" }) as { readonly csr: string };
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
  const north = await openCertificateCsms(options.kit);
  const { csms, root } = north;
  const { speaks } = options;
  const certificates = options.certificates !== false && { organisation: CPO, ...options.certificates };
  const document = {
    url: csms.url,
    tls: { ca: root.pem },
    certificates,
    ...(speaks === undefined ? {} : { speaks }),
  };
  const world = await openWorld({
    csmsUrl: csms.url,
    ...(options.keys === undefined ? {} : { ports: { keys: options.keys } }),
    config: {
      csms: document,
      stations: [{ match: "*", securityProfile: 0 }],
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
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
