/** Where stations connect. */
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
  };
}
