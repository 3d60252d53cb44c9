/**
 * A second connection under the name of a station that is connected.
 *
 * | newcomer's proof     | old one answers a ping | what happens                          |
 * | -------------------- | ---------------------- | ------------------------------------- |
 * | weaker than the old  | (not asked)            | refused, DuplicateIdentity            |
 * | none (profile 0)     | yes                    | refused, DuplicateIdentity            |
 * | none (profile 0)     | no                     | replaces the old one (half-open)      |
 * | equal or stronger    | no                     | replaces the old one (half-open)      |
 * | equal or stronger    | yes                    | replaces the old one, DuplicateIdentity |
 *
 * Stations often leave half-open sockets behind, so refusing every second connection would lock them out; and believing every
 * second connection would let anybody throw a station out.
 */
import type { Admitted } from "./admission.ts";
import type { GatewayBus } from "./gateway-bus.ts";
import type { Sessions } from "./sessions.ts";

export interface NewcomerOptions {
  readonly sessions: Sessions;
  readonly bus: GatewayBus;
  /** Milliseconds the old connection has to answer. */
  readonly probeMs: number;
}

/** True when the newcomer may come in; the connection it replaces is ended by then. */
export async function makeRoom(newcomer: Admitted, { sessions, bus, probeMs }: NewcomerOptions): Promise<boolean> {
  const { stationId, strength } = newcomer;
  const old = sessions.of(stationId);
  if (old === undefined) return true;
  const report = (detail: string) => bus.emit("security", { type: "DuplicateIdentity", stationId, detail });
  if (strength < old.strength) {
    report("refused: weaker authentication than the live connection");
    return false;
  }
  const isAlive = (await old.socket?.probe(probeMs)) ?? false;
  // While we waited the old one may have ended, or another newcomer may have won.
  if (sessions.of(stationId) !== old) return sessions.of(stationId) === undefined;
  if (isAlive && strength === 0) {
    report("refused: the live connection answers, and the newcomer proves nothing");
    return false;
  }
  if (isAlive) report("replaced: the old connection was still alive");
  sessions.replace(old, isAlive);
  return true;
}
