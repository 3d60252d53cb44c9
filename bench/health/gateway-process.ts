/**
 * A built gateway whose health worker can be killed: a thread has no process id, so it looks for a file that says so.
 *
 *     argv: URL of the CSMS, URL of the broker, directory      IPC ◀─ { url }, then the stats that are asked for
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type * as Uplink from "../../src/actors/health/health-uplink.actor.ts";
import type * as Twinlane from "../../src/index.ts";
import type { Clock, Logger } from "../../src/ports.ts";
import { built, builtUrl } from "./built.ts";
import { KILL_FILE } from "./kill-file.ts";

const [, , csmsUrl = "", brokerUrl = "", directory = ""] = process.argv;
const { createGateway, parseConfig } = await built<typeof Twinlane>("index");
const { createHealthUplink } = await built<typeof Uplink>("actors/health/health-uplink.actor");

const config = parseConfig({
  dataDir: join(directory, "data"),
  listen: { host: "127.0.0.1", port: 0 },
  csms: { url: csmsUrl },
  stationDefaults: { securityProfile: 0, validation: "enforce" },
  stations: [{ match: "*" }],
  health: { tenant: "bench", gateway: "bench", batchMs: 1_000, mqtt: { url: brokerUrl } },
  limits: { connectionsPerAddress: 0, connectRatePerAddress: 0 },
  firewall: { burst: 100_000, stationCallsPer10Sec: 100_000 },
});
if (config.health === undefined) throw new Error("no health lane");

const worker = `
import { existsSync, rmSync } from "node:fs";
import ${JSON.stringify(builtUrl("actors/health/health-worker").href)};
const file = ${JSON.stringify(join(directory, KILL_FILE))};
setInterval(() => { if (existsSync(file)) { rmSync(file); process.exit(1); } }, 50);`;
const clock: Clock = {
  now: () => Date.now() as ReturnType<Clock["now"]>,
  monotonicMs: () => performance.now(),
  callAt: () => () => undefined,
};
const quiet = () => undefined;
const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const health = createHealthUplink({
  config: { ...config.health, pseudonymKey: randomBytes(32) },
  clock,
  logger,
  spoolDirectory: join(directory, "health"),
  workerUrl: new URL(`data:text/javascript,${encodeURIComponent(worker)}`),
  // No patience grows between deaths: all of them fall into the measured time.
  tuning: { workerRestartMs: [100, 100] },
});
const gateway = createGateway(config, { health });
await gateway.start();
process.on("message", () => process.send?.(health.stats()));
process.on("disconnect", () => process.exit(0));
process.send?.({ url: gateway.urls[0] });
