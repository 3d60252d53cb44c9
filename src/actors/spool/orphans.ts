/**
 * Stations that stay away while messages of theirs wait: after a while their messages are delivered without them. A station that
 * comes back within that time delivers over its own link, as if nothing had happened.
 */
import type { StationRule } from "../../config/types.ts";
import type { StationId } from "../../domain/ids.ts";
import type { StationHost } from "../station-host.ts";
import type { ValueSpool } from "./value-spool.ts";

export interface OrphansOptions {
  readonly spool: ValueSpool;
  readonly orphanSec: number;
  readonly hosts: () => Iterable<StationHost>;
  readonly ruleFor: (station: StationId) => StationRule | undefined;
  readonly openGhost: (host: StationHost, rule: StationRule) => void;
}

/** Links opened in one round: the dial budget bounds handshakes, this bounds memory and log. */
const PER_ROUND = 64;

export class Orphans {
  readonly #options: OrphansOptions;
  /** Since when a station has been an orphan, monotonic milliseconds. */
  readonly #since = new WeakMap<StationHost, number>();

  constructor(options: OrphansOptions) {
    this.#options = options;
  }

  /** Called every second or so. */
  check(now: number): void {
    const { spool, orphanSec, hosts, ruleFor, openGhost } = this.#options;
    let opened = 0;
    for (const host of hosts()) {
      if (!spool.isOrphaned(host)) {
        this.#since.delete(host);
        continue;
      }
      const since = this.#since.get(host) ?? now;
      this.#since.set(host, since);
      if (now - since < orphanSec * 1000 || opened === PER_ROUND) continue;
      const rule = ruleFor(host.stationId);
      // Without a CSMS they are kept until one is configured.
      if (rule?.csms === undefined) continue;
      opened += 1;
      openGhost(host, rule);
    }
  }
}
