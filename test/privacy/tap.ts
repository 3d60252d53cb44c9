/**
 * The real tap: frames as bytes into `ingress` and `healthLane`, what is observed out of it. Each case gets a connection of its own,
 * on which a monitor, a stream and a transaction have been made known before.
 */
import { Subject } from "rxjs/internal/Subject";
import { Counters } from "../../src/domain/counters.ts";
import { epochMs, messageId, stationId } from "../../src/domain/ids.ts";
import type { PendingCall } from "../../src/domain/ocpp/call-gate.ts";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import { loadValidators, type MessageKind, type Validators } from "../../src/domain/ocpp/validate.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { extract } from "../../src/domain/telemetry/extract.ts";
import type { HealthTap } from "../../src/ports.ts";
import { healthLane } from "../../src/streams/health-lane.ts";
import { ingress } from "../../src/streams/ingress.ts";
import type { Connection, RawFrame } from "../../src/streams/messages.ts";
import { MONITOR_ID, STREAM_ID } from "./cases.ts";

/** When every message comes in. */
export const RECEIVED = Date.UTC(2026, 3, 1, 12);

/** A message on its way in, already as it stands on the wire. */
export interface WireMessage {
  readonly version: OcppVersion;
  readonly from: "south" | "north";
  readonly kind: MessageKind;
  readonly action: string;
  readonly payload: object;
}

export class Tap {
  readonly #frames$ = new Subject<RawFrame>();
  readonly #counters = new Counters(CATALOGUE.length);
  /** Action of the call that an answer answers. */
  #asked = "";

  private constructor(validators: ReadonlyMap<OcppVersion, Validators>, take: typeof extract | undefined) {
    const inspected$ = ingress(this.#frames$, {
      now: () => epochMs(RECEIVED),
      maxDepth: 100,
      validators: (version) => validators.get(version) as Validators,
      onMalformed: (_raw, text, fault) => {
        throw new Error(`${fault.kind}: ${text.slice(0, 200)}`);
      },
      onRead: () => undefined,
      // As with `validation: observe`: what violates its schema passes.
      onFinding: () => false,
    });
    const monotonicMs = () => 0;
    healthLane(inspected$, {
      counters: this.#counters,
      monotonicMs,
      ...(take !== undefined && { extract: take }),
    }).subscribe();
  }

  /** @param take the extractor; left out: the real one */
  static async open(take?: typeof extract): Promise<Tap> {
    const validators = new Map<OcppVersion, Validators>();
    for (const version of OCPP_VERSIONS) validators.set(version, await loadValidators(version));
    return new Tap(validators, take);
  }

  /** Values left out, and messages that made the lane fail, so far. */
  get tally(): { readonly left: number; readonly failed: number } {
    return { left: this.#counters.observationsLeftOut, failed: this.#counters.laneErrors };
  }

  /** Plays one message, on a connection of its own. */
  play(message: WireMessage, sink: HealthTap): void {
    const connection: Connection = {
      stationId: stationId("CANARYSTATION"),
      no: 1,
      version: message.version,
      pendingFor: () => ({ frame: { action: this.#asked }, offeredAt: 0 }) as PendingCall,
      // What a station is remembered by: none of the cases before this one.
      health: { passed: sink.passed?.bind(sink), observe: (...observation) => sink.observe(...observation) },
      guard: undefined,
    };
    // Only they refer to what earlier messages said.
    if (message.action.includes("PeriodicEventStream")) {
      for (const earlier of PRELUDE) this.#push(connection, { from: "south", ...earlier });
    }
    this.#push(connection, message);
  }

  #push(connection: Connection, { from, kind, action, payload }: Omit<WireMessage, "version">): void {
    this.#asked = action;
    const id = messageId("CANARY-id");
    const frame = kind === "response" ? [3, id, payload] : [kind === "send" ? 6 : 2, id, action, payload];
    this.#frames$.next({ connection, from, bytes: Buffer.from(JSON.stringify(frame)) });
  }
}

const component = { name: "TemperatureSensor" };
const variable = { name: "Temperature" };

const PRELUDE: readonly Omit<WireMessage, "version" | "from">[] = [
  {
    kind: "request",
    action: "NotifyMonitoringReport",
    payload: { monitor: [{ component, variable, variableMonitoring: [{ id: MONITOR_ID }] }] },
  },
  {
    kind: "request",
    action: "OpenPeriodicEventStream",
    payload: { constantStreamData: { id: STREAM_ID, variableMonitoringId: MONITOR_ID, params: {} } },
  },
];
