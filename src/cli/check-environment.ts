/**
 * What `check-config` looks at beyond the file: certificates' validity, the token, the data directory, free ports, and whether the
 * CSMS and the broker can be reached. A far end that is away is a warning only: the gateway starts without it.
 */
import { access, constants } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { dirname } from "node:path";
import type { ConfigIssue } from "../config/issues.ts";
import { certificatesOf } from "../config/pem.ts";
import type { GatewayConfig } from "../config/types.ts";

const CONNECT_MS = 3_000;
const EXPIRES_SOON_MS = 30 * 24 * 3600 * 1000;
/** Rules can name thousands of CSMS endpoints. */
const MAX_ENDPOINTS = 20;

type Severity = ConfigIssue["severity"];

export async function checkEnvironment(config: GatewayConfig): Promise<ConfigIssue[]> {
  const found = await Promise.all([
    certificateIssues(config, Date.now()),
    dataDirIssues(config.dataDir),
    tokenIssues(config),
    ...placesOf(config).map(portIssues),
    ...endpointsOf(config).map(endpointIssues),
  ]);
  return found.flat();
}

const issue = (severity: Severity, pointer: string, message: string): ConfigIssue => ({
  severity,
  pointer,
  message,
  at: "value",
  code: "ERR_CONFIG_INVALID",
});

async function tokenIssues({ token }: GatewayConfig): Promise<ConfigIssue[]> {
  if (token === undefined) return [];
  const { tokenIssue } = await import("../actors/pki/pkcs11-key-store.actor.ts");
  const found = await tokenIssue(token);
  if (found === undefined) return [];
  const pointer = found.code === "ERR_KEY_PIN" ? "/keys/pin" : "/keys/store";
  return [{ ...issue("error", pointer, found.message), code: found.code as ConfigIssue["code"] }];
}

function certificateIssues(config: GatewayConfig, now: number): ConfigIssue[] {
  const texts: [string, string | undefined][] = [
    ...config.listeners.map(({ tls }, i): [string, string | undefined] => [`/listen/${i}/tls/cert`, tls?.cert]),
    ...uniqueCsms(config).map(({ pointer, csms }): [string, string | undefined] => [
      `${pointer}/tls/cert`,
      csms.tls?.cert,
    ]),
    ["/health/mqtt/tls/cert", config.health?.mqtt?.tls?.cert],
    ["/health/https/tls/cert", config.health?.https?.tls?.cert],
  ];
  return texts.flatMap(([pointer, pem]) => (pem ? validityIssues(pointer, pem, now) : []));
}

function validityIssues(pointer: string, pem: string, now: number): ConfigIssue[] {
  const [leaf] = certificatesOf(pem);
  if (leaf === undefined) return [];
  const [from, to] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (to <= now) return [issue("error", pointer, `the certificate expired on ${day(to)}`)];
  if (from > now)
    return [issue("error", pointer, `the certificate is not valid before ${day(from)}; is the clock right?`)];
  return to - now < EXPIRES_SOON_MS ? [issue("warning", pointer, `the certificate expires on ${day(to)}`)] : [];
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

async function dataDirIssues(dataDir: string): Promise<ConfigIssue[]> {
  for (let directory = dataDir; ; directory = dirname(directory)) {
    try {
      await access(directory, constants.W_OK | constants.X_OK);
      return [];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // What does not exist yet is made at start, if its parent allows it.
      if (code === "ENOENT" && dirname(directory) !== directory) continue;
      return [issue("error", "/dataDir", `${directory} cannot be written (${code})`)];
    }
  }
}

interface Place {
  readonly pointer: string;
  readonly host: string;
  readonly port: number;
}

function placesOf({ listeners, admin }: GatewayConfig): Place[] {
  const places = listeners.map(({ host, port }, i) => ({ host, port, pointer: `/listen/${i}/port` }));
  return admin === undefined ? places : [...places, { ...admin, pointer: "/admin/port" }];
}

function portIssues({ pointer, host, port }: Place): Promise<ConfigIssue[]> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      // A running gateway holds its own ports, and its configuration is still right.
      const severity = code === "EADDRINUSE" ? "warning" : "error";
      resolve([issue(severity, pointer, `cannot listen on ${host}:${port} (${code})`)]);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve([])));
  });
}

function uniqueCsms({ stations }: GatewayConfig) {
  const seen = new Map<
    string,
    { readonly pointer: string; readonly csms: NonNullable<(typeof stations)[number]["csms"]> }
  >();
  for (const [i, { csms }] of stations.entries()) {
    if (csms === undefined) continue;
    const key = `${csms.url} ${csms.tls?.cert ?? ""}`;
    // A rule without a CSMS of its own points to the shared one, and so does the reader.
    if (!seen.has(key)) seen.set(key, { pointer: i === 0 ? "/csms" : `/stations/${i}/csms`, csms });
  }
  return [...seen.values()];
}

interface Endpoint {
  readonly pointer: string;
  readonly url: string;
}

function endpointsOf(config: GatewayConfig): Endpoint[] {
  const endpoints = uniqueCsms(config).map(({ pointer, csms }) => ({ pointer: `${pointer}/url`, url: csms.url }));
  for (const sink of ["mqtt", "https"] as const) {
    const url = config.health?.[sink]?.url;
    if (url !== undefined) endpoints.push({ pointer: `/health/${sink}/url`, url });
  }
  return endpoints.slice(0, MAX_ENDPOINTS);
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "ws:": 80, "wss:": 443, "mqtt:": 1883, "mqtts:": 8883 };

function endpointIssues({ pointer, url }: Endpoint): Promise<ConfigIssue[]> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const target = Number(port) || (DEFAULT_PORTS[protocol] ?? 0);
  return new Promise((resolve) => {
    const socket = connect({ host, port: target });
    const end = (issues: ConfigIssue[]) => {
      socket.destroy();
      resolve(issues);
    };
    const unreachable = (reason: string) =>
      end([issue("warning", pointer, `${host}:${target} cannot be reached now (${reason})`)]);
    socket.setTimeout(CONNECT_MS, () => unreachable("no answer"));
    socket.once("connect", () => end([]));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => unreachable(code ?? "failed"));
  });
}
