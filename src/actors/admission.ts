/**
 * Who may come in: the decisions on an upgrade request, in order, each with its HTTP status. Nothing is sent from here.
 *
 *     browser? ─▶ path ─▶ known station? ─▶ transport and credentials ─▶ subprotocol
 *        403      400/404      404             403 / 401 / 503
 *
 * @see OCPP 2.0.1 Part 4 §3.1, §3.2 (404 for an unknown station), Part 2 A00.FR.202 (401); security white paper §3
 */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { SecurityProfile, StationRule } from "../config/types.ts";
import { epochMs, type StationId } from "../domain/ids.ts";
import { isOcppVersion, type OcppVersion } from "../domain/ocpp/version.ts";
import { basicCredentials } from "../domain/security/basic-auth.ts";
import { identityFromUrl } from "../domain/security/identity.ts";
import type { CertificateState } from "../machines/station-context.ts";
import type { RevocationVerdict } from "./pki/revocation.ts";
import type { PasswordCheck, PasswordVerdict } from "./security/password-check.ts";

export interface Admitted {
  readonly ok: true;
  readonly stationId: StationId;
  readonly rule: StationRule;
  /** Profile by which the station proved itself; not weaker than its rule wants. */
  readonly strength: SecurityProfile;
  readonly certificate: CertificateState;
  /** The version, or `none-offered-fits`: complete the handshake without a subprotocol and close. */
  readonly version: OcppVersion | "none-offered-fits";
  /** True when the station offered no subprotocol and its rule names the version to assume. */
  readonly assumed: boolean;
}

export interface Refused {
  readonly ok: false;
  readonly status: 400 | 401 | 403 | 404 | 503;
  /** For the log and the security event; names no credential. */
  readonly reason: string;
  readonly stationId: StationId | undefined;
}

export interface AdmissionOptions {
  readonly path: string;
  readonly ruleFor: (station: StationId) => StationRule | undefined;
  readonly passwords: Pick<PasswordCheck, "check">;
  /** Whether this station's certificate was withdrawn; undefined: nobody asks. */
  readonly revocation?: ((socket: TLSSocket) => Promise<RevocationVerdict>) | undefined;
}

/** Which station asks, by its request's head alone. */
export function recognise(
  { origin, url }: { readonly origin: string | undefined; readonly url: string | undefined },
  { path, ruleFor }: Pick<AdmissionOptions, "path" | "ruleFor">,
): { readonly ok: true; readonly stationId: StationId; readonly rule: StationRule } | Refused {
  // No station sends one; a browser always does (cross-site WebSocket, DNS rebinding).
  if (origin !== undefined) return refuse(403, "Origin header present");
  const identity = identityFromUrl(url ?? "", path);
  if (!identity.ok) return refuse(identity.error === "not-found" ? 404 : 400, `identity: ${identity.error}`);
  const rule = ruleFor(identity.value);
  if (rule === undefined) return refuse(404, "unknown station", identity.value);
  return { ok: true, stationId: identity.value, rule };
}

export async function admit(request: IncomingMessage, options: AdmissionOptions): Promise<Admitted | Refused> {
  const named = recognise({ origin: request.headers.origin, url: request.url }, options);
  if (!named.ok) return named;
  const { stationId, rule } = named;
  const proof = await prove(request, stationId, rule, options);
  if (proof.refusal !== undefined) return { ...proof.refusal, stationId };
  const offered = offeredProtocols(request);
  const fits = offered.find((name): name is OcppVersion => isOcppVersion(name) && rule.versions.includes(name));
  const assumed = offered.length === 0 ? rule.assumeVersion : undefined;
  return {
    ok: true,
    stationId,
    rule,
    strength: proof.strength,
    certificate: proof.certificate,
    version: fits ?? assumed ?? "none-offered-fits",
    assumed: assumed !== undefined,
  };
}

interface Proof {
  readonly strength: SecurityProfile;
  readonly certificate: CertificateState;
  readonly refusal?: Refused;
}

async function prove(
  { socket, headers }: IncomingMessage,
  station: StationId,
  rule: StationRule,
  { passwords, revocation }: AdmissionOptions,
): Promise<Proof> {
  const secure = socket instanceof TLSSocket;
  const certificate = secure ? presentedCertificate(socket, station) : undefined;
  const none = { strength: 0, certificate: {} } as const;
  if (rule.securityProfile >= 2 && !secure) return { ...none, refusal: refuse(403, "TLS required") };
  if (rule.securityProfile === 3) {
    if (certificate === undefined || !(socket instanceof TLSSocket)) {
      return { ...none, refusal: refuse(401, "no valid client certificate of this station") };
    }
    const verdict = (await revocation?.(socket)) ?? "pass";
    return verdict === "pass" ? { strength: 3, certificate } : { ...none, refusal: NOT_BELIEVED[verdict] };
  }
  if (rule.securityProfile === 0) return none;
  const verdict = await passwords.check({
    credentials: basicCredentials(headers.authorization),
    identity: station,
    password: rule.password,
    address: socket.remoteAddress ?? "",
  });
  if (verdict !== "right") return { ...none, refusal: NOT_RIGHT[verdict] };
  return { strength: secure ? 2 : 1, certificate: {} };
}

/** Where nobody can say, the station has done nothing wrong: it is not locked out for it. */
const NOT_BELIEVED: Readonly<Record<Exclude<RevocationVerdict, "pass">, Refused>> = {
  revoked: refuse(401, "the client certificate is revoked"),
  unknown: refuse(503, "the client certificate's revocation is unknown"),
};

const NOT_RIGHT: Readonly<Record<Exclude<PasswordVerdict, "right">, Refused>> = {
  wrong: refuse(401, "wrong credentials"),
  busy: refuse(503, "too many passwords to check"),
};

/** The client certificate, when it is valid and issued to this very station (CN or DNS name). */
function presentedCertificate(socket: TLSSocket, station: StationId): CertificateState | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const commonName = /(?:^|\n)CN=([^\n]*)/.exec(certificate.subject)?.[1];
  const names = (certificate.subjectAltName ?? "").split(", ");
  if (commonName !== station && !names.includes(`DNS:${station}`)) return undefined;
  return { fingerprint: certificate.fingerprint256, validTo: epochMs(Date.parse(certificate.validTo)) };
}

function offeredProtocols(request: IncomingMessage): readonly string[] {
  const header = request.headers["sec-websocket-protocol"];
  return header === undefined ? [] : header.split(",").map((name) => name.trim());
}

function refuse(status: Refused["status"], reason: string, stationId?: StationId): Refused {
  return { ok: false, status, reason, stationId };
}
