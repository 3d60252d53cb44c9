/**
 * The connection to a CSMS whose certificate is asked about first: TLS, then whether it was withdrawn, and only then the request that
 * carries the station's password.
 */
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import type { ClientOptions } from "ws";
import type { RevocationMode } from "../config/types.ts";
import type { RevocationCheck } from "./pki/revocation.ts";

type CreateConnection = NonNullable<ClientOptions["createConnection"]>;
type Created = (error: Error | null, socket: Duplex) => void;

/** For the option `createConnection` of an HTTP request. */
export function checkedConnect(check: Pick<RevocationCheck, "check">, mode: RevocationMode): CreateConnection {
  const create = (options: ConnectionOptions, created: Created): undefined => {
    const { host = "", servername = isIP(host) ? "" : host } = options;
    const socket = connect({ ...options, path: undefined, servername, requestOCSP: true } as ConnectionOptions);
    let stapled: Uint8Array | undefined;
    const failed = (error: Error) => created(error, socket);
    const slow = () => socket.destroy(Object.assign(new Error("TLS took too long"), { code: "ETIMEDOUT" }));
    socket.once("error", failed);
    socket.once("timeout", slow);
    // Null where the CSMS has none, whatever the types say.
    socket.once("OCSPResponse", (response: Buffer | null) => {
      stapled = response ?? undefined;
    });
    socket.once("secureConnect", async () => {
      const verdict = await check.check({ mode, side: "csms", chain: presentedChain(socket), stapled });
      if (socket.destroyed) return;
      if (verdict !== "pass") {
        socket.destroy(Object.assign(new Error("The CSMS's certificate was withdrawn"), { code: CODES[verdict] }));
        return;
      }
      socket.removeListener("error", failed);
      socket.removeListener("timeout", slow);
      created(null, socket);
    });
    return undefined;
  };
  // The types know only the form that returns the socket; `node:http` also takes one that calls back when it is ready.
  return create as unknown as CreateConnection;
}

/** As OpenSSL would name them, were it asked. */
const CODES = { revoked: "CERT_REVOKED", unknown: "UNABLE_TO_GET_CRL" } as const;

/** What the other side has presented, each followed by its issuer, as far as it is known; in DER. */
export function presentedChain(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (let depth = 0; depth < LONGEST_CHAIN && certificate?.raw !== undefined; depth += 1) {
    chain.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    if (issuer?.fingerprint256 === certificate.fingerprint256) break;
    certificate = issuer;
  }
  return chain;
}

const LONGEST_CHAIN = 10;
