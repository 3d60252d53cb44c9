/**
 * One station's translation in the process: the engine, its state on disk, its alarms, and the order in which things happen.
 *
 *     frame ─▶ engine ─▶ state changed? ─ yes ─▶ written, committed ─┐
 *                              └─ no ────────────────────────────────┴─▶ effects, in order, in a task of their own
 *
 * Meter values are the bulk, and the spool has them on disk until they are answered: what they change is written together with the
 * removal of their records. A process that ends before gets them again, and does the same again.
 *
 * Promises: a frame that depends on a state leaves after that state is on disk; effects of one station keep their order; none of them
 * happens inside the call that caused it; what belongs to a link that is gone is dropped.
 */

import type { OwnLimit } from "../../domain/charging/own-limits.ts";
import type { Counters } from "../../domain/counters.ts";
import type { EpochMs, StationId } from "../../domain/ids.ts";
import type { CallErrorFrame, CallFrame, CallResultFrame } from "../../domain/ocpp/frame.ts";
import { OWN_LIMIT } from "../../domain/translate/charging-limit.ts";
import { isToSuspend, SUSPEND } from "../../domain/translate/charging-suspend.ts";
import type { Env, Outcome, Peer, Topology, TranslationSettings } from "../../domain/translate/contract.ts";
import { DELIVER_AGAIN } from "../../domain/translate/deliver-again.ts";
import type { OwnValues } from "../../domain/translate/device-own.ts";
import { TranslationEngine } from "../../domain/translate/engine.ts";
import { envOf } from "../../domain/translate/engine-env.ts";
import type { Durable, Effect, EngineOptions, Kept, StationCall } from "../../domain/translate/engine-types.ts";
import type { Clock, Logger, Random } from "../../ports.ts";
import { countNote } from "./notes.ts";
import type { TranslationStore } from "./translation-store.ts";

export interface TranslatorOptions {
  readonly stationId: StationId;
  readonly engine: EngineOptions;
  readonly initial: Durable;
  /** Undefined: nothing is kept beyond the process. */
  readonly store: TranslationStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly bury: (message: Kept, reason: "refused" | "unanswered", version: Env["northVersion"]) => void;
}

/** A live link: where frames go. */
export interface TranslatorPort {
  /** Names the station's connection in message ids. */
  readonly salt: string;
  readonly version: Env["northVersion"];
  readonly settings: TranslationSettings;
  readonly topology: Topology | undefined;
  readonly own: OwnValues;
  /** When the station's connection was opened. */
  readonly stationSince: EpochMs;
  isStationOnline(): boolean;
  /** True while messages of the station wait in the spool. */
  hasBacklog(): boolean;
  send(to: Peer, text: string): void;
}

/** A message that goes again. */
export type Again = Pick<Kept, "action" | "payload">;

/** Effects that wait for the state they depend on. */
interface Turn {
  readonly port: TranslatorPort | undefined;
  readonly effects: readonly Effect[];
  isKept: boolean;
}

export class Translator {
  readonly #options: TranslatorOptions;
  readonly #engine: TranslationEngine;
  #port: TranslatorPort | undefined;
  /** The latest there was: settings and version for what happens between two links. */
  #lastPort: TranslatorPort | undefined;
  #turns: Turn[] = [];
  #isFlushing = false;
  #cancelAlarm: (() => void) | undefined;
  #alarmAt: EpochMs | undefined;

  constructor(options: TranslatorOptions) {
    this.#options = options;
    const { store, initial, counters, logger, stationId } = options;
    const durable =
      store?.load(initial, (slice, reason) => {
        counters.translationColdStarts += 1;
        logger.error({ stationId, slice, reason, code: "ERR_STORE" }, "translation state unreadable, begins anew");
      }) ?? initial;
    this.#engine = new TranslationEngine(options.engine, durable);
  }

  /** Messages that the CSMS has not answered yet. */
  get kept(): number {
    return this.#engine.durable.kept.length;
  }

  up(port: TranslatorPort): void {
    // Two connections of one station may overlap: what was under way on the older one is over.
    if (this.#port !== undefined) this.down(this.#port);
    this.#port = port;
    this.#lastPort = port;
    this.#turn((env) => this.#engine.connected(port.salt, env));
  }

  /** The link of this port is gone; a later one may have taken its place. */
  down(port: TranslatorPort): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    this.#turn((env) => this.#engine.disconnected(env));
  }

  stationCall(call: StationCall): void {
    this.#turn((env) => this.#engine.stationCall(call, env));
  }

  stationAnswer(id: string, outcome: Outcome): void {
    this.#turn((env) => this.#engine.stationAnswer(id, outcome, env));
  }

  csmsCall(frame: CallFrame): void {
    this.#turn((env) => this.#engine.csmsCall(frame, env));
  }

  csmsAnswer(frame: CallResultFrame | CallErrorFrame): void {
    this.#turn((env) => this.#engine.csmsAnswer(frame, env));
  }

  /** A driver has been refused after he was let in. True: his transaction goes on without energy. */
  suspend(tx16: number): boolean {
    if (!isToSuspend(this.#engine.durable.state, tx16)) return false;
    this.#turn((env) => this.#engine.wake({ kind: SUSPEND, tx16 }, env));
    return true;
  }

  /** A limit of the gateway's own, until it is released. False: nothing was taken, for the CSMS has not been connected yet. */
  limit(limit: OwnLimit, isGone: boolean): boolean {
    if ((this.#port ?? this.#lastPort) === undefined) return false;
    this.#turn((env) => this.#engine.wake({ kind: OWN_LIMIT, limit, isGone }, env));
    return true;
  }

  /**
   * Delivers messages once more that were put aside. False: nothing was taken, for the CSMS has not been connected yet, or speaks
   * another version now.
   */
  deliverAgain(messages: readonly Again[], version: Env["northVersion"]): boolean {
    if ((this.#port ?? this.#lastPort)?.version !== version) return false;
    for (const { action, payload } of messages)
      this.#turn((env) => this.#engine.wake({ kind: DELIVER_AGAIN, action, payload }, env));
    return true;
  }

  /** Writes what has not been written; to be called before the messages that it came of are forgotten. */
  save(): void {
    this.#options.store?.save(this.#engine.durable);
  }

  /** No more alarms. */
  stop(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
  }

  #turn(run: (env: Env) => readonly Effect[]): void {
    const port = this.#port ?? this.#lastPort;
    // Before the first link there is nothing to do, and nobody to do it with.
    if (port === undefined) return;
    const effects = run(this.#env(port));
    const { store } = this.#options;
    const wait = this.#engine.isReplayable ? "none" : (store?.save(this.#engine.durable) ?? "none");
    const turn: Turn = { port: this.#port, effects, isKept: wait === "none" };
    if (effects.length > 0) this.#turns.push(turn);
    if (wait !== "none")
      store?.when(wait, () => {
        turn.isKept = true;
        this.#flush();
      });
    else if (effects.length > 0) queueMicrotask(() => this.#flush());
    this.#setAlarm();
  }

  #flush(): void {
    // What leaves may bring an answer at once; that comes behind what is leaving.
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    for (let turn = this.#turns[0]; turn?.isKept; turn = this.#turns[0]) {
      this.#turns.shift();
      for (const effect of turn.effects) this.#do(effect, turn.port);
    }
    this.#isFlushing = false;
  }

  #do(effect: Effect, port: TranslatorPort | undefined): void {
    const { counters, logger, stationId, bury } = this.#options;
    switch (effect.do) {
      case "send":
        if (port !== undefined && port === this.#port) port.send(effect.to, effect.text);
        return;
      case "bury":
        counters.translationDead += 1;
        bury(effect.message, effect.reason, this.#lastPort?.version ?? "ocpp2.0.1");
        return;
      case "note":
        if (countNote(effect.kind, counters))
          logger.error({ stationId, note: effect.kind, what: effect.what }, "a defect of the translation");
        else logger.debug({ stationId, note: effect.kind, what: effect.what }, "translation");
    }
  }

  #env(port: TranslatorPort): Env {
    const { clock, random, engine } = this.#options;
    const { settings, topology, version, stationSince, own } = port;
    return envOf(this.#engine, {
      now: clock.now(),
      uuid: () => random.uuid(),
      settings,
      topology,
      northVersion: version,
      isStationOnline: this.#port !== undefined && port.isStationOnline(),
      stationSince,
      own,
      hasBacklog: port.hasBacklog(),
      validators: engine.validators.csms("ocpp2.0.1"),
    });
  }

  #setAlarm(): void {
    const at = this.#engine.nextAt;
    if (at === this.#alarmAt) return;
    this.#cancelAlarm?.();
    this.#alarmAt = at;
    this.#cancelAlarm =
      at === undefined
        ? undefined
        : this.#options.clock.callAt(at, () => {
            this.#alarmAt = undefined;
            this.#turn((env) => this.#engine.tick(env));
          });
  }
}
