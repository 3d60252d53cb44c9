/** What the rules are told beside the message, put together from what is known outside of the engine and what it knows itself. */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Validators } from "../ocpp/validate.ts";
import type { Env, Topology, TranslationSettings } from "./contract.ts";
import { defaultTopology } from "./default-topology.ts";
import type { TranslationEngine } from "./engine.ts";

export interface Circumstances {
  readonly now: EpochMs;
  readonly uuid: () => string;
  readonly settings: TranslationSettings;
  /** Undefined: each connector is an EVSE of its own. */
  readonly topology: Topology | undefined;
  readonly northVersion: Env["northVersion"];
  readonly isStationOnline: boolean;
  readonly stationSince?: EpochMs | undefined;
  readonly own?: Env["own"];
  /** True while messages of the station wait that the engine has not seen. */
  readonly hasBacklog?: boolean;
  /** Of 2.0.1. */
  readonly validators: Validators;
}

/** Good for one turn. */
export const envOf = (engine: TranslationEngine, circumstances: Circumstances): Env =>
  new TurnEnv(engine, circumstances);

/** A class, so that a turn pays only for what its rules ask. */
class TurnEnv implements Env {
  readonly now: EpochMs;
  readonly uuid: () => string;
  readonly settings: TranslationSettings;
  readonly northVersion: Env["northVersion"];
  readonly isStationOnline: boolean;
  readonly hasBacklog: boolean;
  readonly #engine: TranslationEngine;
  readonly #circumstances: Circumstances;

  constructor(engine: TranslationEngine, circumstances: Circumstances) {
    this.now = circumstances.now;
    this.uuid = circumstances.uuid;
    this.settings = circumstances.settings;
    this.northVersion = circumstances.northVersion;
    this.isStationOnline = circumstances.isStationOnline;
    this.hasBacklog = circumstances.hasBacklog === true;
    this.#engine = engine;
    this.#circumstances = circumstances;
  }

  get topology(): Topology {
    return this.#circumstances.topology ?? defaultTopology(this.#engine.state);
  }

  get stationSince(): EpochMs | undefined {
    return this.#circumstances.stationSince;
  }

  get own(): Env["own"] {
    return this.#circumstances.own;
  }

  get isCsmsQueueEmpty(): boolean {
    return !this.#engine.keeps;
  }

  hasQueuedEvents(transactionId?: string): boolean {
    return this.hasBacklog || this.#engine.keepsEvents(transactionId);
  }

  isGood(action: string, kind: "request" | "response", payload: Payload): boolean {
    return this.#circumstances.validators.validate(action, kind, payload) === undefined;
  }
}
