/** A translation engine between two hands: frames in as arrays, frames out as arrays, time that is told, and restarts. */
import { DEFAULTS } from "../../src/config/defaults.ts";
import { epochMs, messageId } from "../../src/domain/ids.ts";
import type { Frame, Payload } from "../../src/domain/ocpp/frame.ts";
import { loadValidators, type Validators } from "../../src/domain/ocpp/validate.ts";
import type {
  Block,
  Env,
  Outcome,
  Peer,
  Topology,
  TranslationSettings,
  TranslationState,
} from "../../src/domain/translate/contract.ts";
import { TranslationEngine } from "../../src/domain/translate/engine.ts";
import type { Durable, Effect, NoteKind } from "../../src/domain/translate/engine-types.ts";

const validators = {
  "ocpp1.6": await loadValidators("ocpp1.6"),
  "ocpp2.0.1": await loadValidators("ocpp2.0.1"),
  "ocpp2.1": await loadValidators("ocpp2.1"),
} satisfies Record<string, Validators>;

export const NOW = Date.UTC(2026, 0, 1, 10);

export type Sent = readonly [type: number, id: string, ...rest: unknown[]];

export interface RigOptions {
  readonly block: Block;
  readonly state?: TranslationState;
  readonly version?: Env["northVersion"];
  readonly attempts?: number;
  readonly settings?: Partial<TranslationSettings>;
  /** Without: two EVSEs of one connector. */
  readonly topology?: Topology;
}

const TWO_EVSES: Topology = {
  evses: [1, 2].map((n) => ({ evseId: n, connectors: [{ connectorId: 1, connector16: n }] })),
};

export const emptyTranslation = (): TranslationState => ({
  v: 1,
  tx: { registration: "none", transactions: [], highestTx16: 0, connectors: {}, eventId: 0, more: {} },
  capabilities: { featureProfiles: [], hasSecurityExtension: false },
  commands: {},
  device: {},
  charging: {},
});

const nothing = (state: TranslationState): Durable => ({ state, kept: [], waiting: [], alarms: [] });

export class TranslationRig {
  readonly #options: RigOptions;
  #engine: TranslationEngine;
  #uuids = 0;
  now = NOW;
  isStationOnline = true;
  version: Env["northVersion"];
  /** Frames since the last `take`. */
  readonly toCsms: Sent[] = [];
  readonly toStation: Sent[] = [];
  readonly notes: [NoteKind, string][] = [];
  readonly buried: Extract<Effect, { do: "bury" }>[] = [];

  constructor(options: RigOptions) {
    this.#options = options;
    this.version = options.version ?? "ocpp2.0.1";
    this.#engine = this.#open(nothing(options.state ?? emptyTranslation()));
    this.up();
  }

  get durable(): Durable {
    return this.#engine.durable;
  }

  get state(): TranslationState {
    return this.#engine.durable.state;
  }

  get nextAt(): number | undefined {
    return this.#engine.nextAt;
  }

  get env(): Env {
    const engine = () => this.#engine;
    return {
      now: epochMs(this.now),
      uuid: () => {
        this.#uuids += 1;
        return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, "0")}`;
      },
      topology: this.#options.topology ?? TWO_EVSES,
      settings: { ...DEFAULTS.translate, ...this.#options.settings },
      northVersion: this.version,
      isStationOnline: this.isStationOnline,
      get isCsmsQueueEmpty() {
        return !engine().keeps;
      },
    };
  }

  up(salt = "connection 1"): this {
    return this.#take(this.#engine.connected(salt, this.env));
  }

  down(): this {
    return this.#take(this.#engine.disconnected(this.env));
  }

  /** A CALL of the station. */
  station(id: string, action: string, payload: Payload = {}, offline = false): this {
    const frame = { type: 2, id: messageId(id), action, payload } as const;
    const call = { frame, numericId: false, offline, at: epochMs(this.now) };
    return this.#take(this.#engine.stationCall(call, this.env));
  }

  /** A CALL of the station whose id is a number. */
  numbered(id: number, action: string, payload: Payload = {}): this {
    const frame = { type: 2, id: messageId(String(id)), action, payload } as const;
    return this.#take(
      this.#engine.stationCall({ frame, numericId: true, offline: false, at: epochMs(this.now) }, this.env),
    );
  }

  /** The station's answer to the latest call that it was sent. */
  stationAnswers(outcome: Outcome): this {
    const id = this.toStation.filter(([type]) => type === 2).at(-1)?.[1] ?? "";
    return this.#take(this.#engine.stationAnswer(id, outcome, this.env));
  }

  /** The answer of either side to the call with this id. */
  answerTo(peer: Peer, id: string, outcome: Exclude<Outcome, { kind: "none" }>): this {
    if (peer === "station") return this.#take(this.#engine.stationAnswer(id, outcome, this.env));
    return this.csmsFrame(
      outcome.kind === "result"
        ? { type: 3, id: messageId(id), payload: outcome.payload }
        : { type: 4, id: messageId(id), code: outcome.code, description: outcome.description },
    );
  }

  csms(id: string, action: string, payload: Payload = {}): this {
    return this.#take(this.#engine.csmsCall({ type: 2, id: messageId(id), action, payload }, this.env));
  }

  /** The CSMS's answer to the latest call that it was sent. */
  csmsAnswers(payload: Payload = {}): this {
    return this.csmsFrame({ type: 3, id: messageId(this.lastCall("csms")?.[1] ?? ""), payload });
  }

  csmsRefuses(code: string): this {
    return this.csmsFrame({ type: 4, id: messageId(this.lastCall("csms")?.[1] ?? ""), code, description: "no" });
  }

  csmsFrame(frame: Extract<Frame, { type: 3 | 4 }>): this {
    return this.#take(this.#engine.csmsAnswer(frame, this.env));
  }

  lastCall(peer: Peer): Sent | undefined {
    return (peer === "csms" ? this.toCsms : this.toStation).filter(([type]) => type === 2).at(-1);
  }

  /** Lets time pass; what is due happens. */
  pass(ms: number): this {
    const until = this.now + ms;
    for (let i = 0; i < 1000; i += 1) {
      const next = this.#engine.nextAt;
      if (next === undefined || next > until) break;
      this.now = Math.max(this.now, next);
      this.#take(this.#engine.tick(this.env));
    }
    this.now = until;
    return this;
  }

  /** Another process begins with what was written; the link is down until `up`. */
  restart(from: Durable = this.durable): this {
    this.#engine = this.#open(JSON.parse(JSON.stringify(from)) as Durable);
    return this;
  }

  clear(): this {
    for (const list of [this.toCsms, this.toStation, this.notes]) list.length = 0;
    return this;
  }

  noted(kind: NoteKind): string[] {
    return this.notes.filter(([known]) => known === kind).map(([, what]) => what);
  }

  #open(durable: Durable): TranslationEngine {
    const { block, attempts = 3 } = this.#options;
    return new TranslationEngine(
      {
        station: "CP1",
        block,
        validators: { station: validators["ocpp1.6"], csms: (version) => validators[version] },
        limits: { csmsTimeoutMs: 30_000, stationTimeoutMs: 28_000, attempts, attemptIntervalMs: 10_000 },
      },
      durable,
    );
  }

  #take(effects: readonly Effect[]): this {
    for (const effect of effects) {
      if (effect.do === "send")
        (effect.to === "csms" ? this.toCsms : this.toStation).push(JSON.parse(effect.text) as Sent);
      else if (effect.do === "note") this.notes.push([effect.kind, effect.what]);
      else this.buried.push(effect);
    }
    return this;
  }
}
