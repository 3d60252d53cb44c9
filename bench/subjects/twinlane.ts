/**
 * Twinlane as an operator runs it: the built command line with a configuration file, and everything on: inspection,
 * schema validation (`enforce`), station actors and snapshots, health lane to a real broker, metrics.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild, untilListening } from "../child.ts";
import { freePort } from "../free-port.ts";
import { httpGet } from "../http-get.ts";
import type { RunningSubject, Subject, SubjectContext } from "./subject.ts";

/** Prefixes of identities whose condition data is diverted, and the ones whose is copied. */
export const DIVERTED = "FLOOD-";
export const COPIED = "COPY-";

export interface TwinlaneOptions extends SubjectContext {
  /** TCP port of the MQTT broker; undefined: no health lane. */
  readonly brokerPort: number | undefined;
  /** Directory of the gateway's state. Default: a fresh one. */
  readonly dataDir?: string;
  /** False: without the durable spool. Default: with it, as the product is. */
  readonly spool?: boolean | undefined;
  /** Where the process leaves a CPU profile when it ends. */
  readonly profileDir?: string | undefined;
  /** True: `collect` works. */
  readonly collects?: boolean;
}

export interface RunningTwinlane extends RunningSubject {
  readonly child: Child;
  readonly port: number;
  readonly adminPort: number;
  readonly dataDir: string;
  /** Milliseconds from process start until stations can connect. */
  readonly listeningMs: number;
  metrics(): Promise<string>;
}

const COLLECTS = ["--expose-gc", "--import", 'data:text/javascript,process.on("SIGUSR2",()=>{globalThis.gc()})'];
const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

export function twinlaneSubject(brokerPort: number | undefined, profileDir?: string): Subject {
  return {
    name: "twinlane",
    missing: missingTwinlane(),
    start: (context) => startTwinlane({ ...context, brokerPort, profileDir }),
  };
}

/** The gateway, and whoever weighs it can have its garbage collected. */
export function collectingSubject(brokerPort: number | undefined): Subject {
  return {
    name: "twinlane",
    missing: missingTwinlane(),
    start: (context) => startTwinlane({ ...context, brokerPort, collects: true }),
  };
}

/** The same build without the durable spool: what the spool is compared with. */
export function unspooledSubject(brokerPort: number | undefined, profileDir?: string): Subject {
  return {
    name: "twinlane-unspooled",
    missing: missingTwinlane(),
    start: (context) => startTwinlane({ ...context, brokerPort, profileDir, spool: false }),
  };
}

const missingTwinlane = (): string | undefined =>
  existsSync(main) ? undefined : "dist/cli/main.js is not built (npm run build)";

export async function startTwinlane(options: TwinlaneOptions): Promise<RunningTwinlane> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const { workDir, dataDir = join(workDir, `data-${port}`) } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const config = join(workDir, `twinlane-${port}.yaml`);
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(twinlaneConfig({ ...options, dataDir, port, adminPort }), undefined, 2));
  const logFile = join(workDir, `twinlane-${port}.log`);
  const { profileDir, collects = false } = options;
  const profiling = profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
  const args = [...profiling, ...(collects ? COLLECTS : []), main, "run", "--config", config];
  const child = await startChild({ command: process.execPath, args, logFile });
  const listeningMs = await untilListening(child, port).catch((error: Error) => {
    throw new Error(`twinlane ${error.message}, see ${logFile}`);
  });
  return {
    name: options.spool === false ? "twinlane-unspooled" : "twinlane",
    url: `ws://127.0.0.1:${port}/ocpp`,
    pids: [child.pid],
    child,
    port,
    adminPort,
    dataDir,
    listeningMs,
    ...(collects && { collect: () => void child.process.kill("SIGUSR2") }),
    metrics: async () => (await httpGet(`http://127.0.0.1:${adminPort}/metrics`)).text,
    stop: () => child.stop(20_000),
  };
}

interface ConfigFacts extends TwinlaneOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly adminPort: number;
}

function twinlaneConfig({ csmsUrl, brokerPort, dataDir, port, adminPort, spool = true }: ConfigFacts): object {
  return {
    dataDir,
    listen: { host: "127.0.0.1", port },
    path: "/ocpp",
    csms: { url: `${csmsUrl}/ocpp` },
    stationDefaults: { securityProfile: 0, validation: "enforce" },
    stations: [{ match: `${DIVERTED}*`, fork: "divert" }, { match: `${COPIED}*`, fork: "copy" }, { match: "*" }],
    ...(brokerPort !== undefined && {
      health: {
        tenant: "bench",
        gateway: "bench",
        batchMs: 1000,
        mqtt: { url: `mqtt://127.0.0.1:${brokerPort}`, qos: 1 },
      },
    }),
    spool: { enabled: spool },
    // All stations of the load come from one address, and in storms.
    limits: { connectionsPerAddress: 0, connectRatePerAddress: 0 },
    // As fast as they can, which no station of the field is; the rules look at every message all the same.
    firewall: { burst: 100_000, stationCallsPer10Sec: 100_000 },
    backoff: { minSec: 0.5, maxSec: 2, jitterSec: 0.5 },
    admin: { host: "127.0.0.1", port: adminPort },
    log: { level: "info" },
  };
}
