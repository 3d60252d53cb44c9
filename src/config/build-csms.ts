/** The far end of the value lane, and TLS towards anything the gateway connects to. */
import { isLoopback } from "./addresses.ts";
import { DEFAULTS } from "./defaults.ts";
import type { CertificatesDocument, CsmsDocument, EstDocument, TlsClientDocument } from "./document.ts";
import type { IssueList } from "./issues.ts";
import { checkCertificates, checkKeyPair } from "./pem.ts";
import type { Sources } from "./secrets.ts";
import type { CertificatesConfig, CsmsConfig, EstConfig, TlsClientConfig } from "./types.ts";

/** A CSMS with a URL of its own. */
export function buildCsms(document: CsmsDocument, pointer: string, sources: Sources, issues: IssueList): CsmsConfig {
  const url = document.url ?? "";
  if (url === "") issues.error(pointer, 'needs "url"');
  const tls = document.tls && buildTlsClient(document.tls, `${pointer}/tls`, sources, issues);
  const password =
    document.password === undefined ? undefined : (sources.secret(document.password, `${pointer}/password`).text ?? "");
  const csms = {
    url,
    profileUrls: document.profileUrls ?? DEFAULTS.csms.profileUrls,
    tls,
    password,
    identity: document.identity,
    deflate: document.deflate ?? DEFAULTS.csms.deflate,
    speaks: document.speaks,
    allowWildcards: document.allowWildcards ?? DEFAULTS.csms.allowWildcards,
    staticRsa: document.staticRsa ?? DEFAULTS.csms.staticRsa,
    securityLog: document.securityLog ?? DEFAULTS.csms.securityLog,
    revocation: document.revocation ?? DEFAULTS.csms.revocation,
    certificates: document.certificates
      ? buildCertificates(document.certificates, { pointer, sources, issues })
      : undefined,
  };
  if (url !== "") checkUplink(csms, pointer, issues);
  return csms;
}

/**
 * The CSMS of one rule. With a `url` it stands on its own: the default's password and client key must not go to another
 * CSMS. Without, its fields replace the default's.
 */
export function ruleCsms(
  document: CsmsDocument,
  base: { readonly document: CsmsDocument | undefined; readonly config: CsmsConfig | undefined },
  { pointer, sources, issues }: Place,
): CsmsConfig {
  if (document.url !== undefined || base.config === undefined) return buildCsms(document, pointer, sources, issues);
  const { password, tls } = document;
  const csms = {
    url: base.config.url,
    profileUrls: document.profileUrls ?? base.config.profileUrls,
    tls: tls === undefined ? base.config.tls : inheritTls(tls, base.config.tls, { pointer, sources, issues }),
    password:
      password === undefined ? base.config.password : (sources.secret(password, `${pointer}/password`).text ?? ""),
    identity: document.identity,
    deflate: document.deflate ?? base.config.deflate,
    speaks: document.speaks ?? base.config.speaks,
    allowWildcards: document.allowWildcards ?? base.config.allowWildcards,
    staticRsa: document.staticRsa ?? base.config.staticRsa,
    securityLog: document.securityLog ?? base.config.securityLog,
    revocation: document.revocation ?? base.config.revocation,
    certificates: inheritCertificates(document.certificates, base.config.certificates, { pointer, sources, issues }),
  };
  if (tls !== undefined || document.certificates !== undefined) checkUplink(csms, pointer, issues);
  return csms;
}

interface Place {
  readonly pointer: string;
  readonly sources: Sources;
  readonly issues: IssueList;
}

function buildCertificates({ est, ...document }: CertificatesDocument, place: Place): CertificatesConfig {
  return {
    ...DEFAULTS.certificates,
    country: undefined,
    serial: undefined,
    ...document,
    est: est && buildEst(est, `${place.pointer}/certificates/est`, place.sources, place.issues),
  };
}

/** A serial number is one station's and is not inherited. */
function inheritCertificates(
  document: CertificatesDocument | false | undefined,
  base: CertificatesConfig | undefined,
  place: Place,
): CertificatesConfig | undefined {
  if (document === false) return undefined;
  return document === undefined ? base : buildCertificates(document, place);
}

/** A rule's own TLS fields before the default's, so that stations can have their own keys under shared roots. */
function inheritTls(document: TlsClientDocument, base: TlsClientConfig | undefined, place: Place): TlsClientConfig {
  const own = buildTlsClient(document, `${place.pointer}/tls`, place.sources, place.issues);
  const pair = own.cert === undefined ? base : own;
  return {
    ca: own.ca ?? base?.ca,
    cert: pair?.cert,
    key: pair?.key,
    servername: own.servername ?? base?.servername,
  };
}

export function buildTlsClient(
  tls: TlsClientDocument,
  pointer: string,
  sources: Sources,
  issues: IssueList,
): TlsClientConfig {
  const ca = tls.ca === undefined ? undefined : (sources.roots(tls.ca, `${pointer}/ca`).text ?? "");
  // The system's store holds a hundred roots and is not ours to complain about.
  if (ca !== undefined && ca !== "" && tls.ca !== "system") checkCertificates(ca, `${pointer}/ca`, issues);
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    issues.error(pointer, '"cert" and "key" go together: a client certificate needs both');
  }
  const cert = tls.cert === undefined ? undefined : sources.text(tls.cert, `${pointer}/cert`).text;
  const key = tls.key === undefined ? undefined : sources.secret(tls.key, `${pointer}/key`).text;
  if (tls.cert !== undefined && tls.key !== undefined) {
    checkKeyPair({ cert, key, certPointer: `${pointer}/cert`, keyPointer: `${pointer}/key` }, issues);
  }
  return {
    ca,
    cert: tls.cert === undefined ? undefined : (cert ?? ""),
    key: tls.key === undefined ? undefined : (key ?? ""),
    servername: tls.servername,
  };
}

/** @see RFC 7030 §3.3: TLS with explicit roots, and something that shows who asks */
function buildEst(document: EstDocument, pointer: string, sources: Sources, issues: IssueList): EstConfig {
  const tls = buildTlsClient(document.tls ?? {}, `${pointer}/tls`, sources, issues);
  if (tls.ca === undefined) issues.error(pointer, 'needs "tls.ca": trusted roots in PEM, or "system"');
  const password =
    document.password === undefined ? undefined : (sources.secret(document.password, `${pointer}/password`).text ?? "");
  if (password === undefined && tls.cert === undefined) {
    issues.error(pointer, 'needs "password" or "tls.cert": the server has to know who asks for the first certificate');
  }
  return { url: document.url, label: document.label, tls, username: document.username, password };
}

/** Security of the way to the CSMS: TLS with known roots is a must where TLS is used, profile 3 is what it should be. */
function checkUplink(
  { url, profileUrls, tls, password, certificates }: CsmsConfig,
  pointer: string,
  issues: IssueList,
): void {
  if (!URL.canParse(url)) {
    issues.error(`${pointer}/url`, "is not a URL");
    return;
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === "wss:") {
    if (tls?.ca === undefined) issues.error(pointer, 'wss:// needs "tls.ca": trusted roots in PEM, or "system"');
    if (tls?.cert === undefined && certificates === undefined) {
      issues.warn(
        pointer,
        "security profile 3 (a client certificate, tls.cert and tls.key) is recommended towards the CSMS",
      );
    }
    return;
  }
  const isRaised = checkProfileUrls(profileUrls, tls, pointer, issues);
  if (tls !== undefined && !isRaised)
    issues.error(`${pointer}/tls`, "the URL is ws://, so TLS is not used; make it wss:// or leave tls out");
  if (certificates !== undefined && !isRaised)
    issues.error(`${pointer}/certificates`, "the URL is ws://, where no certificate is shown");
  if (isLoopback(hostname.replace(/^\[|\]$/g, ""))) return;
  issues.warn(
    `${pointer}/url`,
    `ws:// sends ${password === undefined ? "everything" : "the password and everything else"} in the clear; use wss:// with security profile 3`,
  );
}

/** @returns whether the CSMS may raise the link to a profile with TLS */
function checkProfileUrls(
  urls: CsmsConfig["profileUrls"],
  tls: TlsClientConfig | undefined,
  pointer: string,
  issues: IssueList,
): boolean {
  const secured = Object.values(urls).some((url) => url.startsWith("wss:"));
  if (secured && tls?.ca === undefined)
    issues.warn(
      `${pointer}/profileUrls`,
      'without "tls.ca" a profile with TLS can be had once the CSMS has installed a root (certificates)',
    );
  return secured;
}
