/** A supervisor with a store in memory, a clock that stands still, and stations that are connected without sockets. */

import { silentLogger } from "../../src/actors/silent-logger.ts";
import { StationConnection } from "../../src/actors/station-connection.ts";
import type { StationHost } from "../../src/actors/station-host.ts";
import { Supervisor } from "../../src/actors/supervisor.ts";
import { buildFirewall } from "../../src/config/build-firewall.ts";
import { buildTranslate } from "../../src/config/build-translate.ts";
import type { StationRule } from "../../src/config/types.ts";
import { Counters } from "../../src/domain/counters.ts";
import { stationId } from "../../src/domain/ids.ts";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import type { SnapshotStore } from "../../src/ports.ts";
import { ManualClock } from "./manual-clock.ts";

export class MemoryStore implements SnapshotStore {
  readonly records = new Map<string, string>();
  /** Every read and write fails. */
  fails = false;

  *readAll(_onBad: (key: string, reason: string) => void): Iterable<{ readonly key: string; readonly record: string }> {
    for (const [key, record] of this.records) yield { key, record };
  }

  read(key: string): string | undefined {
    if (this.fails) throw new Error("EIO");
    return this.records.get(key);
  }

  async write(key: string, record: string): Promise<void> {
    if (this.fails) throw new Error("ENOSPC");
    this.records.set(key, record);
  }

  async remove(key: string): Promise<void> {
    this.records.delete(key);
  }

  async close(): Promise<void> {}
}

export interface SupervisedWorld {
  readonly supervisor: Supervisor;
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly counters: Counters;
  /** Stations that were given up, in order. */
  readonly givenUp: readonly string[];
  /** Opens a session of the station; an older one is replaced. */
  connect(host: StationHost): StationConnection;
}

const RULE: StationRule = {
  match: "*",
  securityProfile: 0,
  password: undefined,
  versions: ["ocpp1.6", "ocpp2.0.1"],
  assumeVersion: undefined,
  csms: undefined,
  uplinkPolicy: "hold",
  fork: "copy",
  validation: "observe",
  deflate: false,
  health: false,
  siteLimit: undefined,
  translate: buildTranslate([]),
  ukSmartCharging: undefined,
  firewall: buildFirewall([]),
};

export function supervise({
  store = new MemoryStore(),
  clock = new ManualClock(),
  maxStations = 1000,
} = {}): SupervisedWorld {
  const counters = new Counters(CATALOGUE.length);
  const connections = new Map<number, StationConnection>();
  const givenUp: string[] = [];
  const supervisor = new Supervisor({
    store,
    clock,
    logger: silentLogger,
    counters,
    // Longer than any test: what is written is written by flush().
    snapshotLagMs: 60_000,
    maxStations,
    connectionOf: (no) => connections.get(no),
    onGivenUp: ({ stationId: id }) => givenUp.push(id),
  });
  const connect = (host: StationHost): StationConnection => {
    const connection = new StationConnection({
      no: connections.size + 1,
      host,
      rule: RULE,
      health: undefined,
      callCapacity: 8,
      openedAt: clock.monotonicMs(),
      remoteAddress: "127.0.0.1",
      strength: 0,
      certificate: {},
    });
    connection.lastFrameAt = clock.now();
    connections.set(connection.no, connection);
    host.connection = connection;
    host.send({
      type: "session.opened",
      connection: connection.no,
      securityProfile: 0,
      certificate: {},
      at: clock.now(),
    });
    return connection;
  };
  return { supervisor, store, clock, counters, givenUp, connect };
}

/** A 1.6 station that is connected and was accepted with a heartbeat interval of 60 s. */
export function acceptedStation({ supervisor, clock, connect }: SupervisedWorld, id: string): StationHost {
  const host = supervisor.host(stationId(id), "ocpp1.6");
  connect(host);
  host.send({ type: "boot.answered", status: "Accepted", intervalSec: 60, at: clock.now() });
  return host;
}

export function liveConnection(_world: SupervisedWorld, { connection, stationId: id }: StationHost): StationConnection {
  if (connection === undefined) throw new Error(`${id} is not connected`);
  return connection;
}
