/**
 * The daemon's life: configuration, log, gateway, administration port; then until a signal, and down again in reverse.
 *
 *     SIGTERM, SIGINT   stop accepting, drain, persist, close; then 143 or 130, when the event loop has run empty
 *     … a second time   at once
 *     SIGHUP            reads the listeners' certificates, keys and client authorities again; connections that are open stay
 */
import { createAdmin } from "../actors/admin/admin-server.ts";
import { createLogger, type DaemonLogger } from "../actors/log.ts";
import { formatIssue, loadConfig } from "../config/load.ts";
import { createGateway, type Gateway, type GatewayConfig } from "../index.ts";
import { controlPath } from "./control-client.ts";
import { createControl } from "./control-server.ts";
import { EXIT } from "./exit-codes.ts";
import { tuneForFewCores } from "./few-cores.ts";
import { guardProcess } from "./guard-process.ts";
import { packageVersion } from "./version.ts";

/** After everything is closed nothing keeps the process; if something does, it is told and ended. */
const LINGER_MS = 5_000;

/** Runs until a signal. @throws GatewayError what makes a start impossible */
export async function runDaemon(configFile: string): Promise<void> {
  tuneForFewCores();
  const { config, warnings } = loadConfig(configFile);
  const logger = createLogger(config.log);
  process.on("exit", () => logger.flush());
  for (const warning of warnings) logger.warn({ pointer: warning.pointer }, formatIssue(warning));

  const daemon = createDaemon(config, logger);
  const stop = daemon.stop;
  process.on("SIGHUP", () => daemon.renew(configFile));
  process.on("SIGTERM", () => void stop(EXIT.terminated, "SIGTERM"));
  process.on("SIGINT", () => void stop(EXIT.interrupted, "SIGINT"));
  daemon.onStaleKeys(() => void stop(EXIT.temporary, "the token of the keys came back"));
  guardProcess({ logger, stop: () => stop(EXIT.software, "internal error") });
  await daemon.start();
}

interface Daemon {
  start(): Promise<void>;
  /** Takes what the file says about TLS of the listeners; a file that is not valid changes nothing. */
  renew(configFile: string): void;
  /** Established links would go on, and nothing would be dialled any more: the spool keeps what a new start takes. */
  onStaleKeys(listener: () => void): void;
  /** Never rejects. A second call ends the process at once. */
  stop(exitCode: number, reason: string): Promise<void>;
}

function createDaemon(config: GatewayConfig, logger: DaemonLogger): Daemon {
  const gateway = createGateway(config, { logger });
  const version = packageVersion();
  const admin = config.admin && createAdmin({ ...config.admin, gateway, version, logger });
  const control = createControl({ path: controlPath(config.dataDir), gateway, logger });
  let stopping = false;

  const close = async () => {
    await control.stop();
    await gateway.stop();
    await admin?.stop();
  };
  return {
    async start() {
      try {
        // First the administration port: while stations are restored it says "live, not ready".
        await admin?.start();
        // Before the store is opened: it tells whether another gateway has it.
        await control.start();
        await gateway.start();
      } catch (error) {
        // A stop in the middle of a start makes the start fail; the stop has the last word.
        if (stopping) return;
        await close();
        throw error;
      }
      if (stopping) return;
      announce(gateway, version, logger);
      admin?.prepare();
    },
    renew(configFile) {
      try {
        const listeners = gateway.renewTls(loadConfig(configFile).config);
        logger.info({ listeners }, "certificates of the listeners read again; other settings need a restart");
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.error({ reason }, "certificates not read again: the configuration is not valid");
      }
    },
    onStaleKeys: (listener) => void gateway.on("keys.stale", listener),
    async stop(exitCode, reason) {
      if (stopping) process.exit(exitCode);
      stopping = true;
      process.exitCode = exitCode;
      logger.info({ reason }, "stopping");
      try {
        await close();
        logger.info({ reason }, "stopped");
      } catch (error) {
        logger.error({ reason: String(error) }, "the stop was not clean");
        process.exitCode = EXIT.io;
      }
      endLingering(logger);
    },
  };
}

function announce(gateway: Gateway, version: string, logger: DaemonLogger): void {
  const startMs = Math.round(process.uptime() * 1000);
  logger.info({ version, node: process.version, urls: gateway.urls.join(" "), startMs }, "ready");
}

/** Lets the event loop run empty; a timer that does not count ends a process that something still holds. */
function endLingering(logger: DaemonLogger): void {
  const timer = setTimeout(() => {
    logger.error({ open: process.getActiveResourcesInfo().join(" ") }, "something is still open after the stop");
    // Not for ever: what is open may be the log itself.
    setTimeout(() => process.exit(), 500);
    void logger.written().then(() => process.exit());
  }, LINGER_MS);
  timer.unref();
}
