/** The parts of a gateway that runs, and how they end. */
import type { GatewayConfig } from "../config/types.ts";
import type { Clock, HealthUplink, Logger, SnapshotStore } from "../ports.ts";
import { drainSessions } from "./drain.ts";
import type { Lanes } from "./lanes.ts";
import type { Listener } from "./listener.actor.ts";
import type { Certificates } from "./pki/certificates.ts";
import type { Delays } from "./regulatory/open-delays.ts";
import type { Surroundings } from "./security/surroundings.ts";
import type { Sessions } from "./sessions.ts";
import type { OpenedSpool } from "./spool/open-spool.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Translators } from "./translation/translators.ts";
import type { Uplink } from "./uplink.ts";

/** The health lane's share of the shutdown. */
const HEALTH_STOP_MS = 2_000;

export interface Parts {
  readonly store: SnapshotStore;
  readonly health: HealthUplink | undefined;
  readonly uplink: Uplink;
  readonly supervisor: Supervisor;
  readonly lanes: Lanes;
  readonly sessions: Sessions;
  readonly spool: OpenedSpool | undefined;
  readonly translators: Translators | undefined;
  readonly certificates: Certificates | undefined;
  readonly delays: Delays | undefined;
  readonly sweep: NodeJS.Timeout;
  readonly surroundings: Surroundings;
  readonly listeners: Listener[];
}

/** Down in the order in which each part stops needing the next. */
export async function stopParts(
  parts: Parts,
  { shutdownSec }: GatewayConfig,
  clock: Clock,
  logger: Logger,
): Promise<void> {
  const { listeners, sessions, health, uplink, supervisor, lanes, store, spool, translators, certificates } = parts;
  const { sweep, surroundings, delays } = parts;
  // What is held back is on disk, and the next process goes on with it.
  delays?.stop();
  const ports = listeners.map((listener) => listener.close());
  const cut = await drainSessions(sessions, clock, shutdownSec * 1000);
  if (cut > 0) logger.warn({ connections: cut }, "connections were closed with calls under way");
  for (const listener of listeners) listener.cut();
  await Promise.all(ports);
  clearInterval(sweep);
  surroundings.stop();
  lanes.close();
  translators?.stop();
  await certificates?.stop();
  await health?.stop(HEALTH_STOP_MS);
  // After the health lane, whose last messages it still lets through.
  uplink.close();
  await supervisor.stop();
  await spool?.close();
  await store.close();
}
