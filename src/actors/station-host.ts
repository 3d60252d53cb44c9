/**
 * What stays of a station between its connections: its actor, and the answers its transaction messages got. One per station
 * and protocol version.
 */
import { StationMemory } from "../domain/firewall/memory.ts";
import type { StationId } from "../domain/ids.ts";
import { BusinessMemory } from "../domain/ocpp/answer-memory.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { StationActor, StationEvent } from "../machines/station.machine.ts";
import type { StationContext } from "../machines/station-context.ts";
import type { StationConnection } from "./station-connection.ts";

export class StationHost {
  readonly key: string;
  readonly stationId: StationId;
  readonly version: OcppVersion;
  /** The live connection, if there is one. */
  connection: StationConnection | undefined;
  /** A connection to the CSMS without the station, while the spool drains for one that is away. */
  ghost: StationConnection | undefined;
  /** Instants of the actor's latest failures, milliseconds since 1970. */
  failures: number[] | undefined;
  actor: StationActor;
  #business: BusinessMemory | undefined;
  #memory: StationMemory | undefined;

  constructor(key: string, stationId: StationId, version: OcppVersion, actor: StationActor) {
    this.key = key;
    this.stationId = stationId;
    this.version = version;
    this.actor = actor;
  }

  get context(): StationContext {
    return this.actor.getSnapshot().context;
  }

  /** Allocated by the first transaction message. */
  get business(): BusinessMemory {
    this.#business ??= new BusinessMemory();
    return this.#business;
  }

  /** What the firewall remembers; outlives connections, not the process. */
  get memory(): StationMemory {
    this.#memory ??= new StationMemory();
    return this.#memory;
  }

  send(event: StationEvent): void {
    this.actor.send(event);
  }
}

/** Key of a station's snapshot. Two versions of one station never share one. */
export const hostKey = (stationId: StationId, version: OcppVersion): string => `${version}\u0000${stationId}`;
