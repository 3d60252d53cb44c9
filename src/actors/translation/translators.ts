/**
 * The translations of all stations: one for each station that has had a link to a CSMS of another version, for as long as the process
 * lives. Nothing is read or allocated for the others.
 */
import type { CsmsConfig, LimitsConfig, SpoolConfig } from "../../config/types.ts";
import type { OwnLimit } from "../../domain/charging/own-limits.ts";
import type { RateUnit } from "../../domain/charging/profile.ts";
import type { Counters } from "../../domain/counters.ts";
import { type MessageId, messageId, type StationId } from "../../domain/ids.ts";
import type { Validators } from "../../domain/ocpp/validate.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { RECORD_VERSION, type SpoolHead, spoolPrefix } from "../../domain/spool/record.ts";
import { spoolable } from "../../domain/spool/spoolable.ts";
import type { Block, TranslationState } from "../../domain/translate/contract.ts";
import type { OwnValues, Retry } from "../../domain/translate/device-own.ts";
import type { EngineOptions, Kept } from "../../domain/translate/engine-types.ts";
import type { Clock, Logger, Random } from "../../ports.ts";
import type { DeadReason } from "../spool/dead-letters.ts";
import type { Notes } from "../spool/sealed-notes.ts";
import type { ValueSpool } from "../spool/value-spool.ts";
import type { StationHost } from "../station-host.ts";
import { ownValuesOf } from "./own-values.ts";
import { TranslationStore } from "./translation-store.ts";
import { type Again, Translator } from "./translator.ts";

export interface TranslatorsOptions {
  readonly block: Block;
  readonly initial: () => TranslationState;
  readonly validators: (version: OcppVersion) => Validators;
  readonly limits: LimitsConfig;
  readonly retry: SpoolConfig;
  /** Undefined: the spool could not be opened; then a restart forgets, as it does for relayed stations. */
  readonly spool: ValueSpool | undefined;
  readonly storage: Notes | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** What the gateway needs beyond a station's own time to tell it that the station gave no answer. */
const GRACE_MS = 3_000;

/** What a site allows a translated station, beside what the CSMS says; the lower one holds. */
export interface StationLimit {
  /** 0: the whole station. Default. */
  readonly evseId?: number;
  /** Tells limits of the same EVSE apart, from 1 on. Default: 1. */
  readonly number?: number;
  /** Whose limit it is, as the CSMS is told. Default: `EMS`. */
  readonly source?: OwnLimit["source"];
  /** Amperes per phase, or watts. */
  readonly unit: RateUnit;
  /** Undefined: the limit is released. */
  readonly limit: number | undefined;
}

export class Translators {
  /** Names this process in message ids. */
  readonly processId: string;
  readonly #options: TranslatorsOptions;
  readonly #byStation = new Map<StationId, Translator>();
  #lastDead = 0;

  constructor(options: TranslatorsOptions) {
    this.#options = options;
    this.processId = options.random.uuid();
  }

  of(host: StationHost): Translator {
    const { stationId } = host;
    let translator = this.#byStation.get(stationId);
    if (translator === undefined) {
      const opened = this.#open(stationId);
      const { queue } = this.#options.spool?.of(host).spool ?? {};
      if (queue !== undefined) queue.beforeForgetting = () => opened.save();
      this.#byStation.set(stationId, opened);
      translator = opened;
    }
    return translator;
  }

  /** What the device model says of a link to this CSMS. */
  ownValuesOf(csms: CsmsConfig): OwnValues {
    return ownValuesOf(csms, this.#retry, this.#options.limits.pingIntervalSec);
  }

  get #retry(): Retry {
    const { attempts, attemptIntervalSec } = this.#options.retry;
    return { attempts, attemptIntervalMs: attemptIntervalSec * 1000 };
  }

  /** Messages of a station that the CSMS has not answered yet. */
  keptOf(stationId: StationId): number {
    return this.#byStation.get(stationId)?.kept ?? 0;
  }

  /** See `Translator.deliverAgain`. */
  deliverAgain(stationId: StationId, messages: readonly Again[], version: OcppVersion): boolean {
    if (version === "ocpp1.6") return false;
    return this.#byStation.get(stationId)?.deliverAgain(messages, version) === true;
  }

  /** See `Gateway.limitStation`. */
  limit(stationId: StationId, { number = 1, evseId = 0, source = "EMS", unit, limit }: StationLimit): boolean {
    const startSchedule = this.#options.clock.now();
    const periods = limit === undefined ? [] : [{ startPeriod: 0, limit }];
    const own = { number, evseId, source, schedule: { unit, startSchedule, periods } };
    return this.#byStation.get(stationId)?.limit(own, limit === undefined) === true;
  }

  stop(): void {
    for (const translator of this.#byStation.values()) translator.stop();
  }

  #open(stationId: StationId): Translator {
    const { storage, clock, random, counters, logger, initial } = this.#options;
    const notKept = (error: unknown) => {
      counters.translationNotKept += 1;
      logger.error({ stationId, code: "ERR_STORE", reason: String(error) }, "translation state not written");
    };
    return new Translator({
      stationId,
      engine: this.#engineOptions(stationId),
      initial: { state: initial(), kept: [], waiting: [], alarms: [] },
      store: storage && new TranslationStore(storage, stationId, notKept),
      clock,
      random,
      counters,
      logger,
      bury: (message, reason, version) => this.#bury(stationId, message, reason, version),
    });
  }

  #engineOptions(stationId: StationId): EngineOptions {
    const { block, validators, limits } = this.#options;
    return {
      station: stationId,
      block,
      validators: { station: validators("ocpp1.6"), csms: validators },
      limits: {
        csmsTimeoutMs: limits.callTimeoutSec * 1000,
        stationTimeoutMs: limits.stationCallTimeoutSec * 1000 + GRACE_MS,
        ...this.#retry,
      },
    };
  }

  /** Among the dead letters, as a message of a station that speaks the CSMS's version. */
  #bury(stationId: StationId, message: Kept, reason: DeadReason, version: OcppVersion): void {
    const { spool, clock, logger } = this.#options;
    const say = () =>
      logger.error(
        { stationId, code: "ERR_NOT_TAKEN", action: message.action, reason },
        "translated message put aside",
      );
    if (spool === undefined) {
      say();
      return;
    }
    const now = clock.now();
    // Numbers only have to differ: this station has no spool of that version.
    this.#lastDead = Math.max(this.#lastDead + 1, now);
    const text = JSON.stringify([2, message.id, message.action, message.payload]);
    const head = { ...headOf(messageId(message.id), message, version), takenAt: now };
    spool.dead.put(spoolPrefix(stationId, version), this.#lastDead, { head, text }, { reason, at: now }, say);
  }
}

function headOf(id: MessageId, { action, payload, attempts }: Kept, version: OcppVersion): Omit<SpoolHead, "takenAt"> {
  const kind = spoolable(version, { type: 2, id, action, payload }, 1);
  return {
    v: RECORD_VERSION,
    id,
    action,
    messageClass: 1,
    role: kind?.role ?? "event",
    key: id,
    attempts,
    translated: true,
    ...(kind?.transaction === undefined ? {} : { transaction: kind.transaction }),
  };
}
