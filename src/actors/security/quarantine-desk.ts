/** What an operator may do about the quarantine. */
import type { Confinement, Subject } from "../../domain/intrusion/quarantine.ts";
import type { Clock } from "../../ports.ts";
import { CLOSE } from "../peer-socket.ts";
import type { Sessions } from "../sessions.ts";
import type { Sentinel } from "./sentinel.ts";

export interface QuarantineDesk {
  /** Who is kept out now, the one that ends first in front. */
  list(): readonly Confinement[];
  /**
   * Keeps a station, an address, or a station at an address out for a while, and ends its connections. Repeated, it takes longer.
   *
   * @throws TypeError when neither is named
   */
  confine(subject: Subject, reason: string, minutes: number): Confinement;
  /** Lets a station or an address in again. @returns how many entries that ended */
  release(name: string): number;
}

export function quarantineDesk(sentinel: Sentinel, clock: Clock, sessions: () => Sessions | undefined): QuarantineDesk {
  return {
    list: () => sentinel.quarantine.list(clock.now()),
    confine(subject, reason, minutes) {
      const { stationId, address } = subject;
      if (stationId === undefined && address === undefined) throw new TypeError("name a station or an address");
      const confinement = sentinel.confine(subject, reason, minutes);
      const open = sessions();
      for (const connection of [...(open?.all ?? [])]) {
        const isMeant =
          (stationId === undefined || connection.stationId === stationId) &&
          (address === undefined || connection.remoteAddress === address);
        if (isMeant && connection.socket !== undefined) open?.close(connection, CLOSE.policy, "quarantine");
      }
      return confinement;
    },
    release: (name) => sentinel.release(name),
  };
}
