/** The baselines: no proxy at all, a bare `ws` proxy, a relay of `ocpp-rpc`, nginx. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startChild, untilListening } from "../child.ts";
import { familyOf } from "../cpu.ts";
import { findCommand } from "../find-command.ts";
import { freePort } from "../free-port.ts";
import type { RunningSubject, Subject, SubjectContext } from "./subject.ts";

export const direct: Subject = {
  name: "direct",
  missing: undefined,
  start: async ({ csmsUrl }) => ({ name: "direct", url: `${csmsUrl}/ocpp`, pids: [], stop: async () => undefined }),
};

export const wsPassThrough = nodeBaseline("ws", "ws-pass-through");
export const ocppRpcRelay = nodeBaseline("ocpp-rpc", "ocpp-rpc-relay");

function nodeBaseline(name: "ws" | "ocpp-rpc", file: string): Subject {
  const script = fileURLToPath(new URL(`../baselines/${file}.js`, import.meta.url));
  return {
    name,
    missing: undefined,
    async start({ csmsUrl, workDir }): Promise<RunningSubject> {
      const logFile = join(workDir, `${name}.log`);
      const child = await startChild({ command: process.execPath, args: [script, csmsUrl], logFile, announces: true });
      const { port } = await child.firstLine();
      return { name, url: `ws://127.0.0.1:${port}/ocpp`, pids: [child.pid], stop: () => child.stop() };
    },
  };
}

const nginxCommand = findCommand("nginx");

export const nginx: Subject = {
  name: "nginx",
  missing: nginxCommand === undefined ? "nginx is not installed (apt install nginx-light)" : undefined,
  async start({ csmsUrl, workDir }: SubjectContext): Promise<RunningSubject> {
    const port = await freePort();
    const prefix = join(workDir, `nginx-${port}`);
    mkdirSync(prefix, { recursive: true });
    const config = join(prefix, "nginx.conf");
    writeFileSync(config, nginxConfig(port, new URL(csmsUrl).host));
    const errorLog = join(prefix, "error.log");
    const child = await startChild({
      command: nginxCommand ?? "nginx",
      args: ["-p", prefix, "-c", config, "-e", errorLog],
      logFile: errorLog,
    });
    await untilListening(child, port);
    // The master listens before its worker runs, and the worker is what does the work.
    while (familyOf(child.pid).length < 2) await sleep(10);
    const url = `ws://127.0.0.1:${port}/ocpp`;
    return { name: "nginx", url, pids: familyOf(child.pid), stop: () => child.stop() };
  },
};

const nginxConfig = (port: number, upstream: string): string => `
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
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://${upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_read_timeout 1h;
      proxy_send_timeout 1h;
      tcp_nodelay on;
    }
  }
}
`;
