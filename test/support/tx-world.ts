/**
 * The rules of transactions at work for one station: tells them messages, keeps their state as JSON the way a store would, and checks
 * everything they want with the compiled validators of the version it is for.
 */

import * as assert from "uvu/assert";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../src/domain/ocpp/validate.ts";
import type {
  Block,
  Env,
  Job,
  Outcome,
  Step,
  Topology,
  TranslationState,
  Want,
} from "../../src/domain/translate/contract.ts";
import { txBlock } from "../../src/domain/translate/tx-block.ts";
import type { TxOptions } from "../../src/domain/translate/tx-options.ts";
import { initialTx } from "../../src/domain/translate/tx-state.ts";

const v16 = await loadValidators("ocpp1.6");
const v2 = { "ocpp2.0.1": await loadValidators("ocpp2.0.1"), "ocpp2.1": await loadValidators("ocpp2.1") };

export const T0 = epochMs(Date.parse("2026-03-01T12:00:00Z"));

export const stateWith = (tx: Partial<TranslationState["tx"]> = {}): TranslationState => ({
  v: 1,
  tx: { ...initialTx(), registration: "Accepted", ...tx },
  capabilities: { featureProfiles: [], hasSecurityExtension: false },
  commands: {},
  device: {},
  charging: {},
});

/** `count` EVSEs with one connector each. */
export const plainTopology = (count: number): Topology => ({
  evses: Array.from({ length: count }, (_, i) => ({
    evseId: i + 1,
    connectors: [{ connectorId: 1, connector16: i + 1 }],
  })),
});

export interface WorldOptions extends TxOptions {
  readonly topology?: Topology;
  readonly northVersion?: Env["northVersion"];
  readonly settings?: Partial<Env["settings"]>;
  readonly tx?: Partial<TranslationState["tx"]>;
}

type Ask = Extract<Want, { do: "ask" }>;

export class TxWorld {
  state: TranslationState;
  now: EpochMs = T0;
  isStationOnline = true;
  stationSince: EpochMs | undefined;
  queued: readonly string[] = [];
  /** Messages wait in the spool. */
  hasBacklog = false;
  /** Wants of the latest step. */
  wants: readonly Want[] = [];
  /** TransactionEvents since the beginning, in order. */
  readonly events: Payload[] = [];
  readonly #block: Block<TranslationState>;
  readonly #options: WorldOptions;
  readonly #asked = new Map<string, { from: "station" | "csms"; action: string }>();
  #uuids = 0;
  #refs = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.#block = txBlock(options);
    this.state = stateWith(options.tx);
  }

  get env(): Env {
    return {
      now: this.now,
      uuid: () => {
        this.#uuids += 1;
        return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, "0")}`;
      },
      ...(this.stationSince === undefined ? {} : { stationSince: this.stationSince }),
      hasBacklog: this.hasBacklog,
      hasQueuedEvents: (id) => (id === undefined ? this.queued.length > 0 : this.queued.includes(id)),
      topology: this.#options.topology ?? plainTopology(2),
      settings: {
        ...DEFAULTS.translate,
        noAuthorizationTokens: ["", "FREE"],
        masterGroups: ["MASTERS"],
        ...this.#options.settings,
      },
      northVersion: this.#options.northVersion ?? "ocpp2.0.1",
      isStationOnline: this.isStationOnline,
    };
  }

  station(
    action: string,
    payload: Payload,
    { offline = false, at = this.now, ref = this.#newRef() } = {},
  ): readonly Want[] {
    const rule = this.#block.from.station?.[action];
    if (rule === undefined) throw new Error(`no rule for ${action}`);
    this.#asked.set(ref, { from: "station", action });
    return this.#take(rule(this.state, { ref, action, payload, offline, at }, this.env));
  }

  csms(action: string, payload: Payload, ref = this.#newRef()): readonly Want[] {
    const rule = this.#block.from.csms?.[action];
    if (rule === undefined) throw new Error(`no rule for ${action}`);
    this.#asked.set(ref, { from: "csms", action });
    return this.#take(rule(this.state, { ref, action, payload, offline: false, at: this.now }, this.env));
  }

  answered(job: Job | undefined, outcome: Outcome): readonly Want[] {
    if (job === undefined) throw new Error("nobody waits for this answer");
    const rule = this.#block.answers?.[job.kind];
    if (rule === undefined) throw new Error(`no rule for the answer ${job.kind}`);
    return this.#take(rule(this.state, job, outcome, this.env));
  }

  /** The other side answers the only call of this action that the latest step wanted. */
  reply(action: string, payload: Payload): readonly Want[] {
    return this.answered(this.ask(action).job, { kind: "result", payload });
  }

  wake(job: Job): readonly Want[] {
    const rule = this.#block.wakes?.[job.kind];
    if (rule === undefined) throw new Error(`no rule for the wake ${job.kind}`);
    return this.#take(rule(this.state, job, this.env));
  }

  take(step: Step<TranslationState>): readonly Want[] {
    return this.#take(step);
  }

  // --- looking at what is wanted ---

  asks(action?: string): readonly Ask[] {
    return this.wants.filter(
      (want): want is Ask => want.do === "ask" && (action === undefined || want.action === action),
    );
  }

  ask(action: string): Ask {
    const [only, ...others] = this.asks(action);
    if (only === undefined || others.length > 0) throw new Error(`${others.length + (only ? 1 : 0)} × ${action}`);
    return only;
  }

  /** Payload of the only answer. */
  answer(): Payload {
    const answers = this.wants.flatMap((want) => (want.do === "answer" ? [want.payload] : []));
    assert.is(answers.length, 1, JSON.stringify(this.wants));
    return answers[0] as Payload;
  }

  refusal(): string | undefined {
    return this.wants.flatMap((want) => (want.do === "refuse" ? [want.code] : []))[0];
  }

  lost(): readonly string[] {
    return this.wants.flatMap((want) => (want.do === "lost" ? [want.what] : []));
  }

  repaired(): readonly string[] {
    return this.wants.flatMap((want) => (want.do === "repaired" ? [want.what] : []));
  }

  #newRef(): string {
    this.#refs += 1;
    return `r${this.#refs}`;
  }

  #take({ state, wants }: Step<TranslationState>): readonly Want[] {
    this.state = JSON.parse(JSON.stringify(state)) as TranslationState;
    this.wants = JSON.parse(JSON.stringify(wants)) as Want[];
    for (const want of this.wants) this.#check(want);
    return this.wants;
  }

  #check(want: Want): void {
    const north = v2[this.#options.northVersion ?? "ocpp2.0.1"];
    if (want.do === "ask") {
      const validators = want.peer === "csms" ? north : v16;
      const { action, payload } = want;
      assert.equal(validators.validate(action, "request", payload), undefined, `${action} ${JSON.stringify(payload)}`);
      if (action === "TransactionEvent") this.events.push(payload);
    }
    if (want.do === "answer") {
      const asked = this.#asked.get(want.ref);
      if (asked === undefined) throw new Error(`answer to ${want.ref}, which nobody asked`);
      const validators = asked.from === "station" ? v16 : north;
      assert.equal(
        validators.validate(asked.action, "response", want.payload),
        undefined,
        JSON.stringify(want.payload),
      );
    }
  }
}

export const accepted = { idTokenInfo: { status: "Accepted" } };

export const at = (seconds: number): string => new Date(T0 + seconds * 1000).toISOString();

export const startRequest = (change: Payload = {}): Payload => ({
  connectorId: 1,
  idTag: "04A1B2C3",
  meterStart: 1000,
  timestamp: at(0),
  ...change,
});

/** A world with an open transaction on connector 1. */
export function charging(options: WorldOptions = {}): { world: TxWorld; tx16: number; id: string } {
  const world = new TxWorld(options);
  world.station("StartTransaction", startRequest());
  world.reply("TransactionEvent", accepted);
  const [transaction] = world.state.tx.transactions;
  if (transaction === undefined) throw new Error("no transaction");
  return { world, tx16: transaction.tx16, id: transaction.id };
}
