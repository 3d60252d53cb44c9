/**
 * The default off-peak hours (regulation 10) as a profile of the gateway's own: a weekly TxDefaultProfile of the lowest level, which any
 * profile of the CSMS overrides. It is installed once; whoever clears it has decided so, and it stays away.
 *
 *     station connected ─▶ never installed, or hours of another offset still there? ─▶ SetChargingProfile ─▶ noted as installed
 *
 * The hours are local. When clocks are changed the profile is made anew, at the latest six hours after.
 */
import { type EpochMs, epochMs, type StationId } from "../../domain/ids.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { mondayOf, OFF_PEAK_ID, offPeakRequest } from "../../domain/regulatory/uk-smart-charging.ts";
import { spoolPrefix } from "../../domain/spool/record.ts";
import type { StationConnection } from "../station-connection.ts";
import type { StationHost } from "../station-host.ts";
import type { DelayDeskOptions } from "./delay-desk.ts";

export type OffPeakOptions = Pick<DelayDeskOptions, "storage" | "clock" | "logger" | "hosts" | "send">;

const LOOK_MS = 6 * 60 * 60_000;
/** A station that does not take it when it connects may still be booting. */
const RETRY_MS = 60_000;
const TRIES = 5;
/** The lowest there is. */
const STACK_LEVEL = 0;
const OFFSET = /[+-]\d\d:\d\d$/;

export class OffPeakHours {
  readonly #options: OffPeakOptions;
  readonly #cancels = new Set<() => void>();
  readonly #busy = new Set<StationHost>();
  /** What this process has installed: the store shows it only when it is on disk, and the station may be back sooner. */
  readonly #noted = new Map<string, string>();

  constructor(options: OffPeakOptions) {
    this.#options = options;
    this.#lookLater();
  }

  /** A station is there, or the CSMS of one that is translated. */
  arrived(stationId: StationId): void {
    for (const host of this.#options.hosts()) if (host.stationId === stationId) void this.#see(host, TRIES);
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #lookLater(): void {
    this.#at(LOOK_MS, () => {
      for (const host of this.#options.hosts()) void this.#see(host, 1);
      this.#lookLater();
    });
  }

  async #see(host: StationHost, tries: number): Promise<void> {
    const { connection } = host;
    const settings = connection?.rule.ukSmartCharging?.offPeak;
    if (connection === undefined || connection.isClosed || settings === undefined || this.#busy.has(host)) return;
    // By way of a translation only while its CSMS is there.
    if (wordsOf(connection) !== connection.version && connection.link?.isUp !== true) return;
    const monday = mondayOf(settings.timeZone, this.#options.clock.now());
    if (!this.#isDue(host, monday)) return;
    this.#busy.add(host);
    const isTaken = await this.#install(connection, monday, settings.limitA);
    this.#busy.delete(host);
    if (isTaken) this.#note(placeOf(host), offsetOf(monday));
    else if (tries > 1 && !connection.isClosed) this.#at(RETRY_MS, () => void this.#see(host, tries - 1));
  }

  /** Never installed; or installed for another offset, and still there. */
  #isDue(host: StationHost, monday: string): boolean {
    const place = placeOf(host);
    const installed = this.#noted.get(place) ?? this.#options.storage.get("notes", place)?.toString("utf8");
    if (installed === undefined) return true;
    const speaks = host.connection?.rule.csms?.speaks;
    // What a translated station has is known to the translation, which gives its profiles other ids.
    const isThere = speaks !== undefined || host.context.profiles.some(({ id }) => id === OFF_PEAK_ID);
    return isThere && installed !== offsetOf(monday);
  }

  #note(place: string, offset: string): void {
    this.#noted.set(place, offset);
    this.#options.storage.put("notes", place, offset);
  }

  async #install(connection: StationConnection, monday: string, limitA: number): Promise<boolean> {
    const { logger, send } = this.#options;
    const { stationId } = connection;
    const words = wordsOf(connection);
    const payload = offPeakRequest(words, { stackLevel: STACK_LEVEL, limitA, monday });
    try {
      const { status } = await send(connection, { version: words, action: "SetChargingProfile", payload });
      logger.info({ stationId, status: String(status).slice(0, 32) }, "default off-peak hours (SI 2021/1467 reg. 10)");
      return status === "Accepted";
    } catch (error) {
      const reason = error instanceof Error ? error.message : "no answer";
      logger.warn({ stationId, reason }, "default off-peak hours not installed");
      return false;
    }
  }

  #at(ms: number, what: () => void): void {
    const at: EpochMs = epochMs(this.#options.clock.now() + ms);
    const cancel = this.#options.clock.callAt(at, () => {
      this.#cancels.delete(cancel);
      what();
    });
    this.#cancels.add(cancel);
  }
}

/** The version in which a command is given: a translated station's is the CSMS's. */
const wordsOf = ({ version, rule }: StationConnection): OcppVersion =>
  version === "ocpp1.6" ? (rule.csms?.speaks ?? version) : version;

const offsetOf = (monday: string): string => OFFSET.exec(monday)?.[0] ?? "";
const placeOf = ({ stationId, version }: StationHost): string => `off-peak/${spoolPrefix(stationId, version)}`;
