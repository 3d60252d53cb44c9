/**
 * What is checked before a rule sees it, and before a call of ours leaves.
 *
 * | message                     | policy                                                                        |
 * | --------------------------- | ----------------------------------------------------------------------------- |
 * | CALL of the station         | put right where the form is wrong, then strict                                |
 * | CALL of the CSMS            | strict                                                                        |
 * | answer of the station       | put right where the form is wrong, then strict: what is wrong counts as an error |
 * | answer of the CSMS          | strict; what is wrong counts as an error                                      |
 * | CALL of ours                | strict; a lesser message goes in its place, or none                           |
 */
import { actionSpec } from "../ocpp/catalogue.ts";
import { type RpcErrorKind, rpcErrorCode } from "../ocpp/error-codes.ts";
import type { CallFrame, Payload } from "../ocpp/frame.ts";
import type { Validators, Violation } from "../ocpp/validate.ts";
import type { Env, Outcome, Peer } from "./contract.ts";
import { lesserRequests } from "./engine-fallback.ts";
import type { Sink } from "./engine-open.ts";
import { repaired } from "./engine-repair.ts";
import type { EngineOptions } from "./engine-types.ts";
import { lostOfCsms } from "./loss-ledger.ts";

/** Why a call is refused before any rule has seen it. */
export interface Refusal {
  readonly kind: RpcErrorKind;
  readonly text: string;
}

export class Checks {
  readonly #validators: EngineOptions["validators"];
  readonly #sink: Sink;

  constructor(validators: EngineOptions["validators"], sink: Sink) {
    this.#validators = validators;
    this.#sink = sink;
  }

  stationCall({ action, payload }: CallFrame): { readonly payload: Payload; readonly refusal?: Refusal } {
    const { payload: good, repairs, violation } = repaired(action, "request", payload, this.#validators.station);
    for (const what of repairs) this.#sink.note("repaired", `${action}: ${what}`);
    return violation === undefined ? { payload: good } : { payload, refusal: this.#refusal(action, violation) };
  }

  csmsCall({ action, payload }: CallFrame, registration: string, { northVersion }: Env): Refusal | undefined {
    // B03.FR.08: a station that was rejected answers nothing else.
    if (registration === "Rejected") return { kind: "SecurityError", text: "The station was rejected" };
    if (actionSpec(northVersion, action) === undefined)
      return { kind: "NotImplemented", text: `${northVersion} has no such action` };
    const violation = this.#validators.csms(northVersion).validate(action, "request", payload);
    if (violation !== undefined) return this.#refusal(action, violation);
    this.#noteLost(action, "request", payload);
    return undefined;
  }

  answer(peer: Peer, action: string, outcome: Outcome, env: Env): Outcome {
    if (outcome.kind !== "result") return outcome;
    if (peer === "station") {
      const { payload, repairs, violation } = repaired(action, "response", outcome.payload, this.#validators.station);
      for (const what of repairs) this.#sink.note("repaired", `${action} response: ${what}`);
      return violation === undefined ? { kind: "result", payload } : this.#asError(peer, action, violation, env);
    }
    const violation = this.#of(peer, env).validate(action, "response", outcome.payload);
    if (violation !== undefined) return this.#asError(peer, action, violation, env);
    this.#noteLost(action, "response", outcome.payload);
    return outcome;
  }

  #asError(peer: Peer, action: string, violation: Violation, env: Env): Outcome {
    const { kind, text } = this.#refusal(`${action} response`, violation);
    const code = rpcErrorCode(kind, peer === "station" ? "ocpp1.6" : env.northVersion);
    return { kind: "error", code, description: text };
  }

  /** The payload, or the richest lesser one that may leave; undefined: none may. */
  ownCall(peer: Peer, action: string, payload: Payload, env: Env): Payload | undefined {
    const validators = this.#of(peer, env);
    const violation = validators.validate(action, "request", payload);
    if (violation === undefined) return payload;
    this.#sink.note("invalid", `${action}${violation.pointer} ${violation.keyword}`);
    return lesserRequests(action, payload).find((less) => validators.validate(action, "request", less) === undefined);
  }

  #noteLost(action: string, kind: "request" | "response", payload: Payload): void {
    for (const what of lostOfCsms(action, kind, payload)) this.#sink.note("lost", what);
  }

  #of(peer: Peer, { northVersion }: Env): Validators {
    return peer === "station" ? this.#validators.station : this.#validators.csms(northVersion);
  }

  #refusal(what: string, { kind, pointer, keyword }: Violation): Refusal {
    this.#sink.note("violation", `${what}${pointer} ${keyword}`);
    return { kind, text: `${pointer} violates ${keyword}` };
  }
}
