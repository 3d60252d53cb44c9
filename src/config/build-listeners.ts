/** Where stations connect. */
import { readCrl } from "../domain/pki/crl.ts";
import { readPem } from "../domain/pki/pem.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ConfigDocument, ListenerDocument, TlsServerDocument } from "./document.ts";
import type { IssueList } from "./issues.ts";
import { checkCertificates, checkKeyPair } from "./pem.ts";
import type { Sources } from "./secrets.ts";
import type { ListenerConfig, TlsServerConfig } from "./types.ts";

/** The listeners of a document with the pointer of each. */
export function listenerDocuments({ listen }: ConfigDocument): readonly (readonly [string, ListenerDocument])[] {
  return Array.isArray(listen)
    ? (listen as readonly ListenerDocument[]).map((listener, i) => [`/listen/${i}`, listener] as const)
    : [["/listen", listen as ListenerDocument] as const];
}

export function buildListeners(document: ConfigDocument, sources: Sources, issues: IssueList): ListenerConfig[] {
  return listenerDocuments(document).map(([pointer, { host, port, tls }]) => ({
    host: host ?? DEFAULTS.listenHost,
    port,
    tls: tls && buildTlsServer(tls, `${pointer}/tls`, sources, issues),
  }));
}

function buildTlsServer(tls: TlsServerDocument, pointer: string, sources: Sources, issues: IssueList): TlsServerConfig {
  const pair = {
    cert: sources.text(tls.cert, `${pointer}/cert`).text,
    key: sources.secret(tls.key, `${pointer}/key`).text,
    certPointer: `${pointer}/cert`,
    keyPointer: `${pointer}/key`,
  };
  checkKeyPair(pair, issues);
  const clientCa = tls.clientCa === undefined ? undefined : sources.text(tls.clientCa, `${pointer}/clientCa`).text;
  if (tls.clientCa !== undefined) checkCertificates(clientCa, `${pointer}/clientCa`, issues);
  return {
    cert: pair.cert ?? "",
    key: pair.key ?? "",
    // Unread is not absent: the listener does ask for client certificates.
    clientCa: tls.clientCa === undefined ? undefined : (clientCa ?? ""),
    ciphers: tls.ciphers,
    revocation: tls.revocation ?? DEFAULTS.listenTls.revocation,
    clientCrls:
      tls.clientCrl === undefined
        ? undefined
        : listsOf(sources.text(tls.clientCrl, `${pointer}/clientCrl`).text, pointer, issues),
  };
}

function listsOf(pem: string | undefined, pointer: string, issues: IssueList): readonly Uint8Array[] {
  const blocks = readPem(pem ?? "");
  const lists = blocks.ok ? blocks.value.filter(({ label }) => label === "X509 CRL").map(({ der }) => der) : [];
  const isRead = lists.length > 0 && lists.every((der) => readCrl(der) !== undefined);
  if (pem !== undefined && !isRead) issues.error(`${pointer}/clientCrl`, "holds no PEM CRL that can be read");
  return lists;
}
