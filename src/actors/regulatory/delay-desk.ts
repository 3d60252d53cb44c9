/**
 * Holds commands back where Great Britain's rule says so (domain/regulatory), and sends them when they are due.
 *
 *     CSMS ── command ─▶ of the rule? ─▶ on disk, with an absolute instant ─▶ Accepted to the CSMS
 *                                                     └─ due ─▶ station connected? ─▶ sent, one after the other ─▶ gone from the disk
 *
 * Promises: the CSMS gets its answer after the command is on disk, so that it will be executed whatever becomes of this process; commands
 * of one station keep their order; what is sent and was not yet noted as sent is sent again; an override holds over a restart; what is on
 * disk is sealed. Nothing here throws.
 */
import type { StationRule } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import { epochMs, type StationId } from "../../domain/ids.ts";
import { number } from "../../domain/life/fields.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import {
  type HeldCommand,
  hold,
  isDelayedElsewhere,
  isOfTheRule,
  isStillGood,
  readHeld,
  type StationNow,
} from "../../domain/regulatory/held-commands.ts";
import { delaySec } from "../../domain/regulatory/uk-smart-charging.ts";
import { spoolPrefix } from "../../domain/spool/record.ts";
import type { Clock, Logger, Random } from "../../ports.ts";
import type { Notes } from "../spool/sealed-notes.ts";
import type { StationConnection } from "../station-connection.ts";
import { hostKey, type StationHost } from "../station-host.ts";

export interface DelayDeskOptions {
  /** Whose notes are sealed: a remote start names a card. */
  readonly storage: Notes;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Pick<Counters, "commandsHeld" | "heldCommandsExecuted" | "heldCommandsFailed">;
  readonly logger: Logger;
  readonly hosts: () => Iterable<StationHost>;
  /** Sends a command to the station, by way of the translation where it is in the CSMS's words. Rejects where it gets no answer. */
  readonly send: (
    connection: StationConnection,
    command: Pick<HeldCommand, "version" | "action" | "payload">,
  ) => Promise<Payload>;
}

/** How a command is answered. */
interface Reply {
  answer(payload: Payload): void;
  /** CALLERROR GenericError. */
  refuse(reason: string): void;
}

/** What is held back for a station, as operators see it. */
export interface HeldView {
  readonly stationId: string;
  readonly action: string;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
}

/** For operators and for the person on site. */
export interface DelayControl {
  list(): readonly HeldView[];
  /**
   * By the owner's hand: what is held for a station goes now, and nothing is held for so long.
   *
   * @returns how many commands were held
   */
  override(stationId: string, minutes: number): number;
}

interface Place {
  readonly stationId: StationId;
  /** Of the station. */
  readonly version: OcppVersion;
  held: readonly HeldCommand[];
  overriddenUntil: number;
  isRunning: boolean;
  cancel: (() => void) | undefined;
}

const PREFIX = "delay/";
/** "~" comes after every character of a place's name. */
const BEYOND = "delay/~";
/** How soon a station that could not be reached is tried again. */
const RETRY_MS = 10_000;
const ACCEPTED: Payload = { status: "Accepted" };

export class DelayDesk implements DelayControl {
  readonly #options: DelayDeskOptions;
  readonly #places = new Map<string, Place>();
  #isStopped = false;

  /** What an earlier process has held back is due when it was. */
  constructor(options: DelayDeskOptions) {
    this.#options = options;
    for (const { key, value } of [...options.storage.range("notes", PREFIX, BEYOND)]) this.#restore(key, value);
  }

  /**
   * True when the command is held back: it has been answered, or will be when it is on disk.
   *
   * @param version of the command's words
   */
  takes(connection: StationConnection, version: OcppVersion, frame: CallFrame, reply: Reply): boolean {
    const { rule, host } = connection;
    const settings = rule.ukSmartCharging;
    if (settings === undefined) return false;
    const place = this.#placeOf(host);
    const { id, action, payload } = frame;
    if (place.held.some((held) => held.id === id && held.action === action)) {
      reply.answer(ACCEPTED);
      return true;
    }
    const now = this.#options.clock.now();
    if (!isOfTheRule(action, payload, stationNow(host, place.held))) return false;
    const delayMs = 1000 * this.#draw(settings, action, payload, place.overriddenUntil > now);
    // Behind what waits, whatever its own delay: the order stays.
    if (delayMs === 0 && place.held.length === 0) return false;
    const held = hold(place.held, { id, version, action, payload }, { now, freshDueAt: now + delayMs });
    if (held === undefined) {
      reply.refuse("Too many commands wait for their delay");
      return true;
    }
    this.#take(place, held, reply);
    return true;
  }

  override(stationId: string, minutes: number): number {
    const { clock, hosts, logger } = this.#options;
    for (const host of hosts()) if (host.stationId === stationId) this.#placeOf(host);
    let count = 0;
    for (const place of this.#places.values()) {
      if (place.stationId !== stationId) continue;
      const now = clock.now();
      place.overriddenUntil = now + minutes * 60_000;
      count += place.held.length;
      place.held = place.held.map((command) => ({ ...command, dueAt: Math.min(command.dueAt, now) }));
      this.#save(place);
      this.#schedule(place);
    }
    logger.info({ stationId, minutes, commands: count }, "the random delay was overridden");
    return count;
  }

  list(): readonly HeldView[] {
    return [...this.#places.values()].flatMap(({ stationId, held }) =>
      held.map(({ action, dueAt }) => ({ stationId, action, dueAt })),
    );
  }

  /** Nothing is sent any more; the next process goes on. */
  stop(): void {
    this.#isStopped = true;
    for (const place of this.#places.values()) place.cancel?.();
  }

  #draw(
    settings: NonNullable<StationRule["ukSmartCharging"]>,
    action: string,
    payload: Payload,
    isOverridden: boolean,
  ) {
    const exempt = { isOverridden, isDelayedElsewhere: isDelayedElsewhere(payload), isDemandResponse: false };
    return delaySec(action, this.#options.random.next(), { enabled: true, maxSec: settings.maxDelaySec }, exempt);
  }

  #take(place: Place, held: readonly HeldCommand[], reply: Reply): void {
    const { counters, logger, storage } = this.#options;
    const before = place.held;
    place.held = held;
    this.#save(place);
    storage.whenFlushed((error) => {
      if (error !== undefined) {
        if (place.held === held) place.held = before;
        reply.refuse("The command cannot be kept");
        return;
      }
      counters.commandsHeld += 1;
      const { action, dueAt } = held.at(-1) ?? { action: "", dueAt: 0 };
      const delay = Math.max(0, Math.round((dueAt - this.#options.clock.now()) / 1000));
      logger.info(
        { stationId: place.stationId, action, delaySec: delay },
        "a command is held back (SI 2021/1467 reg. 11)",
      );
      reply.answer(ACCEPTED);
      this.#schedule(place);
    });
  }

  #schedule(place: Place): void {
    place.cancel?.();
    place.cancel = undefined;
    const [first] = place.held;
    if (first === undefined || place.isRunning || this.#isStopped) return;
    place.cancel = this.#options.clock.callAt(epochMs(first.dueAt), () => void this.#run(place));
  }

  async #run(place: Place): Promise<void> {
    const { clock } = this.#options;
    place.cancel = undefined;
    place.isRunning = true;
    let isReached = true;
    for (let first = place.held[0]; first !== undefined && isReached && !this.#isStopped; first = place.held[0]) {
      if (first.dueAt > clock.now()) break;
      const isOver = !isStillGood(first, clock.now());
      if (isOver) this.#failed(place, first, "the station was away for too long");
      else isReached = await this.#sendTo(place, first);
      if (isReached) this.#drop(place, first);
    }
    place.isRunning = false;
    if (isReached) this.#schedule(place);
    else if (!this.#isStopped)
      place.cancel = clock.callAt(epochMs(clock.now() + RETRY_MS), () => void this.#run(place));
  }

  /** False: the station could not be reached, the command stays. */
  async #sendTo(place: Place, command: HeldCommand): Promise<boolean> {
    const { counters, send } = this.#options;
    const connection = this.#hostOf(place)?.connection;
    if (connection?.socket === undefined || connection.isClosed) return false;
    try {
      const { status } = await send(connection, command);
      if (status === "Accepted") counters.heldCommandsExecuted += 1;
      else this.#failed(place, command, `the station answered ${String(status).slice(0, 32)}`);
      return true;
    } catch (error) {
      if (connection.isClosed) return false;
      this.#failed(place, command, error instanceof Error ? error.message : "no answer");
      return true;
    }
  }

  #failed({ stationId }: Place, { action }: HeldCommand, reason: string): void {
    const { counters, logger } = this.#options;
    counters.heldCommandsFailed += 1;
    logger.warn({ stationId, action, reason }, "a command that was held back has not been executed");
  }

  #drop(place: Place, command: HeldCommand): void {
    place.held = place.held.filter(({ id, action }) => id !== command.id || action !== command.action);
    this.#save(place);
  }

  #placeOf({ stationId, version }: Pick<StationHost, "stationId" | "version">): Place {
    const key = hostKey(stationId, version);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = { stationId, version, held: [], overriddenUntil: 0, isRunning: false, cancel: undefined };
      this.#places.set(key, place);
    }
    return place;
  }

  #hostOf({ stationId, version }: Place): StationHost | undefined {
    for (const host of this.#options.hosts()) if (host.stationId === stationId && host.version === version) return host;
    return undefined;
  }

  #save({ stationId, version, held, overriddenUntil }: Place): void {
    const { clock, storage } = this.#options;
    const key = `${PREFIX}${spoolPrefix(stationId, version)}`;
    if (held.length === 0 && overriddenUntil <= clock.now()) storage.remove("notes", key);
    else storage.put("notes", key, JSON.stringify({ stationId, version, held, overriddenUntil }));
  }

  #restore(key: string, value: Buffer): void {
    const { logger, storage } = this.#options;
    try {
      const { stationId, version, held, overriddenUntil } = JSON.parse(value.toString("utf8"));
      const place = this.#placeOf({ stationId, version });
      place.held = readHeld(held);
      place.overriddenUntil = number(overriddenUntil) ?? 0;
      if (place.held.length === 0) this.#save(place);
      this.#schedule(place);
    } catch {
      // Sealed with another key, or damaged: no later start could read it either.
      storage.remove("notes", key);
      logger.error({ code: "ERR_STORE" }, "commands that were held back cannot be read");
    }
  }
}

function stationNow({ context }: StationHost, held: readonly HeldCommand[]): StationNow {
  const charging = new Set(Object.values(context.transactions).map(({ evseId }) => evseId));
  const outOfOrder = new Set<number>();
  for (const [place, { status }] of Object.entries(context.connectors))
    if (status === "Faulted" || status === "Unavailable") outOfOrder.add(Number(place.split("/")[0]));
  return { charging, outOfOrder, hasProfiles: context.profiles.length > 0 || held.length > 0 };
}
