/**
 * Where an operator finds messages: with the stations that the gateway knows, and where there are only letters. The translation puts
 * aside messages of its CSMS's version, in which the station itself never speaks.
 */
import type { StationId } from "../../domain/ids.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { parseSpoolKey, seqText, spoolPrefix } from "../../domain/spool/record.ts";
import type { StationHost } from "../station-host.ts";

export interface QueuePlace {
  readonly stationId: StationId;
  readonly version: OcppVersion;
  /** What keys of this place begin with. */
  readonly prefix: string;
  /** Undefined: there are only letters. */
  readonly host: StationHost | undefined;
}

/** @param letters prefixes under which letters are kept */
export function queuePlaces(hosts: Iterable<StationHost>, letters: Iterable<string>): readonly QueuePlace[] {
  const places = new Map<string, QueuePlace>();
  for (const host of hosts) {
    const { stationId, version } = host;
    const prefix = spoolPrefix(stationId, version);
    places.set(prefix, { stationId, version, prefix, host });
  }
  for (const prefix of letters) {
    const key = places.has(prefix) ? undefined : parseSpoolKey(prefix + seqText(0));
    if (key !== undefined)
      places.set(prefix, { stationId: key.station, version: key.version, prefix, host: undefined });
  }
  return [...places.values()];
}
