/**
 * The gateway's time, corrected by what each CSMS says in its answers to BootNotification and Heartbeat, and what is wrong with a
 * station's clock. Stations get this time in every answer that the gateway gives itself.
 */
import { ClockDiscipline } from "../../domain/clock/discipline.ts";
import { offsetOf, stationClockFault } from "../../domain/clock/station-clock.ts";
import { type EpochMs, epochMs } from "../../domain/ids.ts";
import { parseTimestamp } from "../../domain/telemetry/parse-timestamp.ts";
import type { Clock } from "../../ports.ts";
import type { Inspected } from "../../streams/messages.ts";
import type { StationConnection } from "../station-connection.ts";
import { cacheScope } from "./spool-context.ts";

/** CSMSs whose time is followed; more than one is rare. */
const MAX_CSMS = 64;
/** A station that sends what it kept is behind, and rightly so; one that is ahead has a wrong clock. */
const TOLERANCE_MS = 60_000;

export class GatewayTime {
  readonly #clock: Clock;
  readonly #byCsms = new Map<string, ClockDiscipline>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param scope which CSMS's time; one that has said nothing leaves the local clock as it is */
  now(scope: string): EpochMs {
    const local = this.#clock.now();
    return this.#byCsms.get(scope)?.disciplined(local, this.#clock.monotonicMs()) ?? local;
  }

  /** Takes the time out of an answer of the CSMS, where there is one. Never throws. */
  learn({ frame, from, action, answers, connection }: Inspected<StationConnection>): void {
    if (frame.type !== 3 || from !== "north" || answers === undefined) return;
    if (action !== "Heartbeat" && action !== "BootNotification") return;
    const { currentTime } = frame.payload;
    const csmsTime = typeof currentTime === "string" ? parseTimestamp(currentTime) : Number.NaN;
    if (!Number.isFinite(csmsTime)) return;
    const [receivedAt, monotonicMs] = [this.#clock.now(), this.#clock.monotonicMs()];
    const sentAt = epochMs(receivedAt - (monotonicMs - answers.offeredAt));
    this.#of(cacheScope(connection))?.observe({ csmsTime: epochMs(csmsTime), sentAt, receivedAt, monotonicMs });
  }

  /**
   * What is wrong with a timestamp that a station has just written; undefined: nothing that can be known.
   *
   * @param now the gateway's time
   */
  faultAt(timestamp: string, now: EpochMs): string | undefined {
    const fault = stationClockFault(timestamp, now, TOLERANCE_MS);
    return fault === "drift" && (offsetOf(timestamp, now) ?? 0) < 0 ? undefined : fault;
  }

  #of(scope: string): ClockDiscipline | undefined {
    const known = this.#byCsms.get(scope);
    if (known !== undefined || this.#byCsms.size >= MAX_CSMS) return known;
    const fresh = new ClockDiscipline();
    this.#byCsms.set(scope, fresh);
    return fresh;
  }
}
