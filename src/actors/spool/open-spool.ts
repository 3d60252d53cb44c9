/**
 * Opens the durable value lane and joins it to the rest. A store that cannot be opened does not keep the gateway from starting:
 * it relays without one, says so, and the stations stay responsible for their messages.
 */
import { join } from "node:path";
import type { GatewayConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import type { StationId } from "../../domain/ids.ts";
import { encodeCallError } from "../../domain/ocpp/encode-frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import type { Clock, Logger, Random, SpoolStorage } from "../../ports.ts";
import type { Inspected } from "../../streams/messages.ts";
import { createVault } from "../authorisation/vault.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import { callToCsms, pauseStation, toStation } from "../legs.ts";
import { NorthKeys } from "../north-keys.ts";
import { loadPseudonymKey } from "../pseudonym-key.actor.ts";
import type { RelayOptions } from "../relay.ts";
import { openToStation, pumpToCsms } from "../relay-north.ts";
import { callStation } from "../relay-south.ts";
import type { StationConnection } from "../station-connection.ts";
import type { StationHost } from "../station-host.ts";
import { DrainPacer } from "./drain-pacer.ts";
import { GatewayTime } from "./gateway-time.ts";
import { openAuthority } from "./local-authority.ts";
import { openSpoolStorage } from "./open-storage.ts";
import { ProvisionalIds } from "./provisional-ids.ts";
import { type Queue, QueueControl, type QueueControlOptions } from "./queue-control.ts";
import { type Notes, sealedNotes } from "./sealed-notes.ts";
import { Settlements } from "./settlements.ts";
import type { SpoolContext } from "./spool-context.ts";
import { SpoolHealth } from "./spool-health.ts";
import { ValueSpool } from "./value-spool.ts";

export interface OpenSpoolOptions {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly bus: GatewayBus;
  /** The relay, which gets its spool from here. */
  readonly relay: () => RelayOptions;
  /** Replaces LMDB. */
  readonly storage: SpoolStorage | undefined;
  /** All stations the gateway knows. */
  readonly hosts: () => Iterable<StationHost>;
  /** Delivers again what the translation has put aside; absent: nothing is translated. */
  readonly deliverTranslated?: QueueControlOptions["deliverTranslated"];
}

export interface OpenedSpool {
  readonly spool: ValueSpool;
  readonly storage: SpoolStorage;
  /** Its notes, sealed: for what names cards and is no message. */
  readonly sealed: Notes;
  readonly queue: Queue;
  readonly health: SpoolHealth;
  readonly northKeys: NorthKeys;
  /** Takes what a message teaches about cards and about the time. Never throws. */
  readonly learn: (message: Inspected<StationConnection>) => void;
  readonly stationsFound: readonly { readonly station: StationId; readonly version: OcppVersion }[];
  close(): Promise<void>;
}

/** How often ages and forgotten names are looked after. */
const TIDY_MS = 30_000;
const KEY_BYTES = 32;
const DISK_FAULTS: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO"]);

/**
 * Resolves with undefined when there is no spool: switched off, or not to be opened.
 *
 * @throws GatewayError `ERR_SECRET_UNREADABLE` when the key of what is remembered about cards may not be used
 */
export async function openSpool(options: OpenSpoolOptions): Promise<OpenedSpool | undefined> {
  const { config, clock, random, logger, counters, bus, relay, deliverTranslated = () => false } = options;
  if (!config.spool.enabled) return undefined;
  let spool: ValueSpool | undefined;
  const health = new SpoolHealth({ counters, logger, bus, onRecovered: () => spool?.resync() });
  const storage = await storageOf(options, health);
  if (storage === undefined) return undefined;
  health.watch(storage);
  const key = await keyOf(storage, options);
  if (key === undefined) return undefined;
  const vault = createVault(key);
  const authority = openAuthority({ storage, config, counters, key, now: () => clock.now() });
  const time = new GatewayTime(clock);
  const settlements = new Settlements();
  const pacer = new DrainPacer(config.spool.drainPerSec, () => clock.monotonicMs());
  const context: SpoolContext = {
    storage,
    clock,
    random,
    counters,
    logger,
    bus,
    spool: config.spool,
    offline: config.offline,
    limits: config.limits,
    authority,
    time,
    provisionalIds: new ProvisionalIds(storage, clock.now()),
    pacer,
    settlements,
    isHealthy: () => health.isHealthy,
    pump: (connection) => pumpToCsms(connection, relay()),
    send: (connection, call) => void callToCsms(connection, call, counters),
    waits: (connection, messageClass) => {
      const { toCsms: gate, socket } = connection;
      if (gate.waiting >= config.limits.callQueue && socket !== undefined) pauseStation(socket, counters);
      connection.uplink?.promote(messageClass);
      // It may be the one that others made way for.
      if (gate.isFree) pumpToCsms(connection, relay());
    },
    answered: (connection) => {
      if (!connection.toStation.isOpen) openToStation(connection, counters);
    },
    refuse: (connection, id, reason, numericId) =>
      void toStation(
        connection,
        encodeCallError(id, "GenericError", reason, connection.version, {}, numericId),
        counters,
      ),
    callStation: (connection, action, payload) => callStation(connection, action, payload, relay()),
  };
  spool = new ValueSpool(context);
  const opened = spool;
  const tidy = setInterval(() => opened.tidy(), TIDY_MS);
  return {
    spool: opened,
    storage,
    sealed: sealedNotes(storage, vault),
    northKeys: new NorthKeys({ storage, vault, counters, bus }),
    queue: new QueueControl({ spool: opened, dead: opened.dead, context, hosts: options.hosts, deliverTranslated }),
    health,
    learn: (message) => {
      time.learn(message);
      authority.learn(message);
    },
    stationsFound: opened.stationsFound,
    close: async () => {
      clearInterval(tidy);
      pacer.stop();
      health.stop();
      authority.flush();
      settlements.flush();
      await storage.close();
    },
  };
}

async function storageOf(options: OpenSpoolOptions, health: SpoolHealth): Promise<SpoolStorage | undefined> {
  const { config, clock, logger } = options;
  if (options.storage !== undefined) return options.storage;
  try {
    return await openSpoolStorage({
      dataDir: config.dataDir,
      logger,
      now: () => clock.now(),
      onFailure: (error) => health.failed(error),
    });
  } catch (error) {
    return notOpened(error, options);
  }
}

/**
 * What is remembered about cards and credentials is sealed under it. It is made with the store; on a disk that cannot take it
 * there is no spool either.
 */
async function keyOf(storage: SpoolStorage, options: OpenSpoolOptions): Promise<Uint8Array | undefined> {
  if (storage.secret !== undefined) return storage.secret;
  try {
    const key = await loadPseudonymKey({ file: join(options.config.dataDir, "authorisation.key") });
    return key.subarray(0, KEY_BYTES);
  } catch (error) {
    if (!DISK_FAULTS.has(String(((error as Error).cause as NodeJS.ErrnoException | undefined)?.code))) throw error;
    await storage.close();
    return notOpened(error, options);
  }
}

function notOpened(error: unknown, { counters, logger, bus }: OpenSpoolOptions): undefined {
  counters.spoolImpairedNow = 1;
  const reason = error instanceof Error ? `${error.message}: ${String(error.cause ?? "")}` : String(error);
  logger.error({ code: "ERR_STORE", reason }, "spool cannot be opened; the value lane only relays");
  bus.emit("spool.impaired", { reason });
  return undefined;
}
