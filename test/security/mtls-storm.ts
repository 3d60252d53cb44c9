/**
 * A thousand stations that connect at once, with TLS and client certificates on both sides of the gateway, each booted through it; and
 * the same through nginx as a TLS proxy, in the same run. Stations and CSMS share this process, which is as busy with either.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild, untilListening } from "../../bench/child.ts";
import { findCommand } from "../../bench/find-command.ts";
import { freePort } from "../../bench/free-port.ts";
import { startDaemon } from "../support/daemon.ts";
import { BOOT } from "../support/e2e-world.ts";
import { openPkiKit } from "../support/pki.ts";
import { PlainCsms } from "../support/plain-csms.ts";
import { tempDir } from "../support/temp-dir.ts";
import { dial, type Peer } from "../support/ws-peer.ts";

export interface StormResult {
  readonly ok: boolean;
  readonly stations: number;
  readonly failed: number;
  /** Stations a second that were connected and booted through both handshakes. */
  readonly mtls_connect_per_s: number;
  /** Undefined: nginx is not installed. */
  readonly nginx_connect_per_s: number | undefined;
  readonly mtls_connect_vs_nginx: number | undefined;
}

const STATIONS = 1_000;
const AT_ONCE = 50;
const NAMES = ["localhost", "127.0.0.1"];

interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Everybody's certificates, in files as well. */
interface Papers {
  readonly dir: string;
  readonly ca: string;
  readonly csms: Identity;
  readonly gateway: Identity;
  readonly uplink: Identity;
  station(no: number): Promise<Identity>;
}

export async function measureStorm(): Promise<StormResult> {
  const papers = await makePapers();
  const stations = await Promise.all(Array.from({ length: STATIONS }, (_, no) => papers.station(no)));
  const tls = { ...papers.csms, ca: papers.ca, requestCert: true, rejectUnauthorized: true };
  await using csms = await PlainCsms.listen({ tls });
  const ours = await throughGateway(csms, papers, stations);
  const theirs = await throughNginx(csms, papers, stations);
  const failed = ours.failed + (theirs?.failed ?? 0);
  return {
    ok: failed === 0 && (theirs !== undefined || process.env["CI"] !== "true"),
    stations: STATIONS,
    failed,
    mtls_connect_per_s: ours.perSec,
    nginx_connect_per_s: theirs?.perSec,
    mtls_connect_vs_nginx: theirs === undefined ? undefined : Math.round((ours.perSec / theirs.perSec) * 100) / 100,
  };
}

interface Storm {
  readonly perSec: number;
  readonly failed: number;
}

async function throughGateway(csms: PlainCsms, { dir, ca }: Papers, stations: readonly Identity[]): Promise<Storm> {
  const file = join(dir, "twinlane.json");
  const pem = (name: string) => ({ file: join(dir, name) });
  const config = {
    dataDir: join(dir, "data"),
    listen: {
      host: "127.0.0.1",
      port: 0,
      tls: { cert: pem("gateway.pem"), key: pem("gateway.key"), clientCa: pem("ca.pem") },
    },
    csms: { url: csms.url, tls: { ca: pem("ca.pem"), cert: pem("uplink.pem"), key: pem("uplink.key") } },
    stations: [{ match: "*", securityProfile: 3 }],
    admin: false,
    shutdownSec: 1,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const daemon = startDaemon(["run", "-c", file]);
  try {
    const { urls } = await daemon.logged("ready");
    return await storm(String(urls).split(" ")[0] as string, ca, stations);
  } finally {
    daemon.kill("SIGTERM");
    await daemon.exit;
  }
}

async function throughNginx(
  csms: PlainCsms,
  papers: Papers,
  stations: readonly Identity[],
): Promise<Storm | undefined> {
  const command = findCommand("nginx");
  if (command === undefined) return undefined;
  const port = await freePort();
  const prefix = mkdtempSync(join(papers.dir, "nginx-"));
  writeFileSync(join(prefix, "nginx.conf"), nginxConfig(port, csms.port, papers.dir));
  const errorLog = join(prefix, "error.log");
  const args = ["-p", prefix, "-c", join(prefix, "nginx.conf"), "-e", errorLog];
  const child = await startChild({ command, args, logFile: errorLog });
  try {
    await untilListening(child, port);
    return await storm(`wss://127.0.0.1:${port}`, papers.ca, stations);
  } finally {
    await child.stop();
  }
}

/** Sessions are not resumed on either side, as the gateway does not. */
const nginxConfig = (port: number, upstream: number, dir: string): string => `
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid nginx.pid;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_certificate ${dir}/gateway.pem;
    ssl_certificate_key ${dir}/gateway.key;
    ssl_client_certificate ${dir}/ca.pem;
    ssl_verify_client on;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;
    location / {
      proxy_pass https://127.0.0.1:${upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_ssl_certificate ${dir}/uplink.pem;
      proxy_ssl_certificate_key ${dir}/uplink.key;
      proxy_ssl_trusted_certificate ${dir}/ca.pem;
      proxy_ssl_verify on;
      proxy_ssl_name localhost;
      proxy_ssl_session_reuse off;
      proxy_read_timeout 1h;
      proxy_send_timeout 1h;
    }
  }
}
`;

/** Everybody connects and boots, so many at a time. */
async function storm(url: string, ca: string, stations: readonly Identity[]): Promise<Storm> {
  const peers: Peer[] = [];
  let next = 0;
  let failed = 0;
  const start = performance.now();
  const come = async () => {
    while (next < stations.length) {
      const no = next;
      next += 1;
      try {
        const peer = await dial(`${url}/${nameOf(no)}`, ["ocpp1.6"], { ...stations[no], ca });
        peers.push(peer);
        const [type, , answer] = await peer.ask("BootNotification", BOOT["ocpp1.6"] ?? {});
        if (type !== 3 || (answer as { status?: unknown }).status !== "Accepted") failed += 1;
      } catch {
        failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, come));
  const seconds = (performance.now() - start) / 1000;
  const lost = peers.filter((peer) => !peer.isOpen).length;
  for (const peer of peers) peer.ws.terminate();
  await sleep(0);
  return { perSec: Math.round((stations.length - failed) / seconds), failed: failed + lost };
}

const nameOf = (no: number): string => `STORM-${no}`;

async function makePapers(): Promise<Papers> {
  const dir = mkdtempSync(join(tempDir(), "storm-"));
  const kit = await openPkiKit();
  const authority = await kit.authority("Storm CA");
  const identity = async (commonName: string, role: "client" | "server"): Promise<Identity> => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = publicKey.export({ type: "spki", format: "der" });
    const subject = { organisation: "Test CPO", commonName };
    const names = role === "server" ? { names: NAMES } : {};
    const cert = await authority.issue({ spki, subject, role, ...names });
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  };
  const keep = async (name: string, role: "client" | "server"): Promise<Identity> => {
    const made = await identity(name, role);
    writeFileSync(join(dir, `${name}.pem`), made.cert);
    writeFileSync(join(dir, `${name}.key`), made.key, { mode: 0o600 });
    return made;
  };
  writeFileSync(join(dir, "ca.pem"), authority.pem);
  return {
    dir,
    ca: authority.pem,
    csms: await keep("csms", "server"),
    gateway: await keep("gateway", "server"),
    uplink: await keep("uplink", "client"),
    station: (no) => identity(nameOf(no), "client"),
  };
}
