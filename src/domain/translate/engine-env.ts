/** What the rules are told beside the message, put together from what is known outside of the engine and what it knows itself. */
import type { EpochMs } from "../ids.ts";
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
  /** True while messages of the station wait that the engine has not seen. */
  readonly hasBacklog?: boolean;
  /** Of 2.0.1. */
  readonly validators: Validators;
}

/** Good for one turn. */
export function envOf(engine: TranslationEngine, circumstances: Circumstances): Env {
  const { now, uuid, settings, topology, northVersion, isStationOnline, stationSince, hasBacklog, validators } =
    circumstances;
  return {
    now,
    uuid,
    settings,
    topology: topology ?? defaultTopology(engine.durable.state),
    northVersion,
    isStationOnline,
    ...(stationSince === undefined ? {} : { stationSince }),
    ...(hasBacklog === undefined ? {} : { hasBacklog }),
    hasQueuedEvents: (transactionId) => hasBacklog === true || engine.keepsEvents(transactionId),
    get isCsmsQueueEmpty() {
      return !engine.keeps;
    },
    isGood: (action, kind, payload) => validators.validate(action, kind, payload) === undefined,
  };
}
