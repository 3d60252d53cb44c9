/** A real mosquitto on a free loopback port, and a plain client to watch it with. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type IClientOptions, type IPublishPacket } from "mqtt";
import { healthText } from "../../src/sim/health-payload.ts";
import { until } from "./wait.ts";

const BINARY = "mosquitto";
const PATHS = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;

/** True where mosquitto is installed. */
export function hasMosquitto(): boolean {
  try {
    execFileSync(BINARY, ["-h"], { env: { PATH: PATHS }, stdio: "ignore" });
    return true;
  } catch (error) {
    // `-h` exits with 3 on some versions; only a missing binary is ENOENT.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

export interface MosquittoOptions {
  /** Undefined: any free port. */
  readonly port?: number;
  readonly tls?: {
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
    readonly clientCert?: boolean;
  };
  /** More lines of mosquitto.conf. */
  readonly config?: readonly string[];
}

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** Ends it; `SIGKILL` for a crash, `SIGSTOP` and `SIGCONT` for a broker that hangs. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const port = options.port ?? (await freePort());
  const dir = mkdtempSync(join(tmpdir(), "twinlane-mosquitto-"));
  const file = join(dir, "mosquitto.conf");
  writeFileSync(file, `${configLines(port, options).join("\n")}\n`);
  const child = spawn(BINARY, ["-c", file], { env: { PATH: PATHS }, stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  await until("mosquitto to listen", () => {
    if (child.exitCode !== null) throw new Error(`mosquitto ended: ${output.join("")}`);
    return canConnect(port);
  });
  return {
    port,
    url: `${options.tls === undefined ? "mqtt" : "mqtts"}://localhost:${port}`,
    signal: (name) => void child.kill(name),
    stop: async () => {
      process.removeListener("exit", kill);
      await end(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configLines(port: number, { tls, config = [] }: MosquittoOptions): readonly string[] {
  return [
    // Started as root it would drop to a user that cannot read keys of mode 0600.
    "user root",
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence false",
    "log_dest stderr",
    "set_tcp_nodelay true",
    "max_queued_messages 0",
    ...(tls === undefined
      ? []
      : [`cafile ${tls.caFile}`, `certfile ${tls.certFile}`, `keyfile ${tls.keyFile}`, "tls_version tlsv1.3"]),
    ...(tls?.clientCert === true ? ["require_certificate true"] : []),
    ...config,
  ];
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  await ended;
}

export interface Received {
  readonly topic: string;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: test code reads fields of whatever came
  readonly json: any;
  readonly retain: boolean;
  readonly packet: IPublishPacket;
}

export interface Subscriber {
  /** Everything received so far, oldest first. */
  readonly messages: readonly Received[];
  /** Messages whose topic ends with `suffix`. */
  on(suffix: string): readonly Received[];
  close(): Promise<void>;
}

/** Subscribes to everything with an ordinary client. */
export async function subscribe(url: string, options: IClientOptions = {}): Promise<Subscriber> {
  const client = connect(url, { protocolVersion: 5, reconnectPeriod: 100, ...options });
  const messages: Received[] = [];
  client.on("error", () => undefined);
  client.on("message", (topic, payload, packet) => {
    const text = healthText(payload);
    messages.push({ topic, text, json: JSON.parse(text), retain: packet.retain, packet });
  });
  await client.subscribeAsync("oh/#", { qos: 1 });
  return {
    messages,
    on: (suffix) => messages.filter(({ topic }) => topic.endsWith(suffix)),
    close: () => client.endAsync(true),
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
