/**
 * The certificate of the other side of a connection that the gateway has dialled. Node gives it out once for each socket: the call
 * empties the chain that it is made from, and the next one finds nothing (seen on Node 20.20).
 */
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

const seen = new WeakMap<TLSSocket, X509Certificate>();

export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  const certificate = seen.get(socket) ?? socket.getPeerX509Certificate();
  if (certificate !== undefined) seen.set(socket, certificate);
  return certificate;
}
