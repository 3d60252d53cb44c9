/**
 * The administration port: `/livez`, `/readyz`, `/healthz`, `/metrics`, nothing else. Plain HTTP without authentication, made for
 * loopback; the `Host` header must be a known one, so that a web page cannot reach it by DNS rebinding.
 *
 * | path       | 200                                                   | 503                       |
 * | ---------- | ----------------------------------------------------- | ------------------------- |
 * | `/livez`   | event loop and store answer                           | the process is of no use  |
 * | `/readyz`  | stations are accepted, also while the CSMS is away    | starting or stopping      |
 * | `/healthz` | how the lanes are, as JSON; also while one is impaired | the process is of no use |
 * | `/metrics` | Prometheus text format                                |                           |
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GatewayError } from "../../domain/error.ts";
import type { Logger } from "../../ports.ts";
import type { MetricsSource } from "./metrics.ts";

/** What the port shows of a gateway. */
export interface AdminSource extends MetricsSource {
  status(): { readonly live: boolean; readonly ready: boolean; readonly reason?: string };
  /** `since` in milliseconds since 1970. */
  valueLane(): { readonly state: string; readonly since: number };
}

export interface AdminOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Further `Host` names; `localhost` and `host` itself are always allowed. */
  readonly allowedHosts?: readonly string[];
  readonly gateway: AdminSource;
  readonly version: string;
  readonly logger: Logger;
}

export interface Admin {
  /** @throws GatewayError `ERR_LISTEN` */
  start(): Promise<void>;
  /** Loads what the first scrape needs; to be called when the gateway listens. */
  prepare(): void;
  stop(): Promise<void>;
  /** The port it listens on; 0 before `start()`. */
  readonly port: number;
}

type Metrics = Awaited<ReturnType<typeof import("./metrics.ts").createMetrics>>;

/** Does nothing before `start()`. */
export function createAdmin(options: AdminOptions): Admin {
  const hosts = new Set(["localhost", "127.0.0.1", "[::1]", bracketed(options.host), ...(options.allowedHosts ?? [])]);
  let metrics: Promise<Metrics> | undefined;
  // prom-client takes 30 ms to load: not before the gateway listens, and not inside the first scrape.
  const loadMetrics = () => {
    metrics ??= import("./metrics.ts").then(({ createMetrics }) => createMetrics(options.gateway, options.version));
    return metrics;
  };
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 });
  server.maxConnections = 64;
  server.on("request", (request, response) => {
    answer({ request, response, hosts, gateway: options.gateway, loadMetrics }).catch((error: unknown) => {
      options.logger.error({ reason: String(error) }, "an administration request failed");
      if (!response.headersSent) reply(response, 500, "text/plain", "failed\n");
    });
  });
  let port = 0;
  return {
    async start() {
      port = await listen(server, options);
      options.logger.info({ host: options.host, port }, "administration port open");
    },
    prepare() {
      loadMetrics().catch((error: unknown) => options.logger.error({ reason: String(error) }, "metrics not available"));
    },
    async stop() {
      const loaded = await metrics?.catch(() => undefined);
      loaded?.stop();
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    get port() {
      return port;
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly hosts: ReadonlySet<string>;
  readonly gateway: AdminSource;
  readonly loadMetrics: () => Promise<Metrics>;
}

const PATHS: ReadonlySet<string> = new Set(["/livez", "/readyz", "/healthz", "/metrics"]);

/** Nothing where the gateway has no health lane. */
function healthLane(gateway: AdminSource): object {
  const stats = gateway.healthStats();
  if (stats === undefined) return {};
  const dropped = stats.droppedInRing + stats.droppedInWorker;
  return { health: { state: stats.connected ? "ok" : "degraded", connected: stats.connected, dropped } };
}

async function answer({ request, response, hosts, gateway, loadMetrics }: Exchange): Promise<void> {
  if (!hosts.has(hostName(request.headers.host))) {
    reply(response, 403, "text/plain", "this Host is not allowed; see admin.allowedHosts\n");
    return;
  }
  const path = request.url?.split("?", 1)[0] ?? "";
  if (!PATHS.has(path)) {
    reply(response, 404, "text/plain", "not found\n");
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    reply(response, 405, "text/plain", "only GET and HEAD\n");
    return;
  }
  if (path === "/metrics") {
    const { contentType, text } = await loadMetrics();
    reply(response, 200, contentType, await text());
    return;
  }
  if (path === "/healthz") {
    const { live, ready } = gateway.status();
    const value = gateway.valueLane();
    const lanes = { value: { ...value, since: new Date(value.since).toISOString() }, ...healthLane(gateway) };
    reply(response, live ? 200 : 503, "application/json", `${JSON.stringify({ live, ready, lanes })}\n`);
    return;
  }
  const { live, ready, reason } = gateway.status();
  const good = path === "/livez" ? live : ready;
  const body = { status: good ? "ok" : "unavailable", ...(good || reason === undefined ? {} : { reason }) };
  reply(response, good ? 200 : 503, "application/json", `${JSON.stringify(body)}\n`);
}

function reply(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  // Node itself leaves the body out of an answer to HEAD.
  response.end(body);
}

/** `Host` without its port, in lower case. */
const hostName = (header: string | undefined): string => (header ?? "").toLowerCase().replace(/:\d+$/, "");

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host.toLowerCase());

function listen(server: Server, { host, port }: AdminOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new GatewayError(
          "ERR_LISTEN",
          `administration port ${host}:${port}: ${cause.code}`,
          { setting: "admin.port" },
          { cause },
        ),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      resolve((server.address() as AddressInfo).port);
    });
  });
}
