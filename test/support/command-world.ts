/**
 * The commands' rules between a scripted station and a scripted CSMS. What an engine does is done here in the plainest way, and
 * everything that is sent is checked: schemas, error codes, one answer for each question, JSON all through.
 */

import * as assert from "uvu/assert";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import { rpcErrorCodes } from "../../src/domain/ocpp/error-codes.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { loadValidators, type Validators } from "../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import { initialCommands } from "../../src/domain/translate/command-state.ts";
import { commandBlocks } from "../../src/domain/translate/commands.ts";
import type {
  Asked,
  Env,
  Job,
  Outcome,
  Peer,
  Step,
  Topology,
  Transaction,
  TranslationSettings,
  TranslationState,
  Want,
} from "../../src/domain/translate/contract.ts";

const VALIDATORS: Readonly<Record<OcppVersion, Validators>> = {
  "ocpp1.6": await loadValidators("ocpp1.6"),
  "ocpp2.0.1": await loadValidators("ocpp2.0.1"),
  "ocpp2.1": await loadValidators("ocpp2.1"),
};

export const START = epochMs(Date.parse("2026-05-04T10:00:00Z"));

/** Connector n is EVSE n; EVSE 3 has two connectors, 3 and 4. */
export const TOPOLOGY: Topology = {
  evses: [
    { evseId: 1, connectors: [{ connectorId: 1, connector16: 1, type: "cType2" }] },
    { evseId: 2, connectors: [{ connectorId: 1, connector16: 2 }] },
    {
      evseId: 3,
      connectors: [
        { connectorId: 1, connector16: 3, type: "cCCS2" },
        { connectorId: 2, connector16: 4, type: "cG105" },
      ],
    },
  ],
};

export const SETTINGS: TranslationSettings = {
  ...DEFAULTS.translate,
  noAuthorizationTokens: [""],
};

export const STATE: TranslationState = {
  v: 1,
  tx: { registration: "Accepted", transactions: [], highestTx16: 100, connectors: {}, eventId: 0, more: {} },
  capabilities: { featureProfiles: [], hasSecurityExtension: false },
  commands: initialCommands(),
  device: {},
  charging: {},
};

export const openTransaction = (connector16: number, more: Partial<Transaction> = {}): Transaction => ({
  tx16: 100 + connector16,
  id: `tx-${connector16}`,
  connector16,
  evseId: connector16,
  seqNo: 3,
  idTag: "TAG",
  meterStart: 0,
  startedAt: START,
  lastRegister: 1_500,
  startKey: `start-${connector16}`,
  ...more,
});

export interface Sent {
  readonly to: Peer;
  readonly action: string;
  readonly payload: Payload;
  readonly sure: boolean;
}

/** What the asker of a question got. */
export type Reply = { readonly payload: Payload } | { readonly code: string };

export const result = (payload: Payload): Outcome => ({ kind: "result", payload });
export const NONE: Outcome = { kind: "none" };
export const refusal = (code: string): Outcome => ({ kind: "error", code, description: "" });

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export class CommandWorld {
  state: TranslationState = STATE;
  now: EpochMs = START;
  isStationOnline = true;
  isCsmsQueueEmpty = true;
  northVersion: Env["northVersion"] = "ocpp2.0.1";
  settings: TranslationSettings = SETTINGS;
  topology: Topology = TOPOLOGY;
  /** How the station answers. */
  station: (action: string, payload: Payload) => Outcome = () => result({ status: "Accepted" });
  csms: (action: string, payload: Payload) => Outcome = () => result({});
  readonly sent: Sent[] = [];
  readonly lost: string[] = [];
  readonly wakes = new Map<string, { readonly job: Job; readonly at: EpochMs }>();
  #refs = 0;
  #replies = new Map<string, Reply>();

  /** Changes the state the way rules of other blocks would. */
  change(change: (state: TranslationState) => TranslationState): this {
    this.state = change(this.state);
    return this;
  }

  fromCsms(action: string, payload: Payload): Reply | undefined {
    return this.#call("csms", action, payload);
  }

  /** Undefined: the action belongs to another block, and its rule has only been heard. */
  fromStation(action: string, payload: Payload): Reply | undefined {
    return this.#call("station", action, payload);
  }

  /** Lets time pass, and wakes who wanted to be woken, earliest first. */
  pass(ms: number): void {
    const until = epochMs(this.now + ms);
    for (let turns = 0; turns < 1_000; turns += 1) {
      const due = [...this.wakes].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      const [key, { job, at }] = due;
      this.wakes.delete(key);
      this.now = epochMs(Math.max(this.now, at));
      const rule = commandBlocks.map(({ wakes }) => wakes?.[job.kind]).find((found) => found !== undefined);
      assert.ok(rule, `nobody wakes for ${job.kind}`);
      this.#take(rule(this.state, json(job), this.#env()));
    }
    this.now = until;
  }

  /** What went to `peer`, as `action` and payload. */
  to(peer: Peer): readonly (readonly [string, Payload])[] {
    return this.sent.filter(({ to }) => to === peer).map(({ action, payload }) => [action, payload]);
  }

  #env(): Env {
    return {
      now: this.now,
      uuid: () => "00000000-0000-4000-8000-000000000000",
      topology: this.topology,
      settings: this.settings,
      northVersion: this.northVersion,
      isStationOnline: this.isStationOnline,
      isCsmsQueueEmpty: this.isCsmsQueueEmpty,
      isGood: (action, kind, payload) => VALIDATORS["ocpp2.0.1"].validate(action, kind, payload) === undefined,
    };
  }

  #call(from: Peer, action: string, payload: Payload): Reply | undefined {
    this.#refs += 1;
    const ref = `${from} ${this.#refs} ${action}`;
    const asked: Asked = { ref, action, payload: json(payload), offline: false, at: this.now };
    const rule = commandBlocks.map((block) => block.from[from]?.[action]).find((found) => found !== undefined);
    if (rule !== undefined) this.#take(rule(this.state, asked, this.#env()));
    if (from === "station") {
      for (const { hears } of commandBlocks) {
        const hear = hears?.[action];
        if (hear !== undefined) this.#take(hear(this.state, asked, this.#env()));
      }
    }
    return this.#replies.get(ref);
  }

  #take({ state, wants }: Step<TranslationState>): void {
    this.state = json(state);
    for (const want of wants) this.#do(want);
  }

  #do(want: Want): void {
    switch (want.do) {
      case "ask":
        this.#ask(want);
        return;
      case "answer":
        this.#valid(this.#versionOf(want.ref), want.ref.split(" ")[2] ?? "", "response", want.payload);
        this.#reply(want.ref, { payload: json(want.payload) });
        return;
      case "refuse":
        assert.ok(rpcErrorCodes(this.#versionOf(want.ref)).includes(want.code), `code ${want.code}`);
        assert.ok(want.description.length <= 255);
        this.#reply(want.ref, { code: want.code });
        return;
      case "wake": {
        const key = `${want.job.kind} ${want.job.key}`;
        if (want.at === undefined) this.wakes.delete(key);
        else this.wakes.set(key, { job: json(want.job), at: want.at });
        return;
      }
      case "lost":
        this.lost.push(want.what);
        return;
      case "repaired":
        return;
    }
  }

  #versionOf(ref: string): OcppVersion {
    return ref.startsWith("station") ? "ocpp1.6" : this.northVersion;
  }

  #reply(ref: string, reply: Reply): void {
    assert.not.ok(this.#replies.has(ref), `answered twice: ${ref}`);
    this.#replies.set(ref, reply);
  }

  #ask(want: Extract<Want, { do: "ask" }>): void {
    const { peer, action, payload, job } = want;
    this.#valid(peer === "station" ? "ocpp1.6" : this.northVersion, action, "request", payload);
    this.sent.push({ to: peer, action, payload: json(payload), sure: want.sure === true });
    if (job === undefined) return;
    const outcome = (peer === "station" ? this.station : this.csms)(action, json(payload));
    const rule = commandBlocks.map(({ answers }) => answers?.[job.kind]).find((found) => found !== undefined);
    assert.ok(rule, `nobody hears the answer to ${job.kind}`);
    this.#take(rule(this.state, json(job), outcome, this.#env()));
  }

  #valid(version: OcppVersion, action: string, kind: "request" | "response", payload: Payload): void {
    const violation = VALIDATORS[version].validate(action, kind, json(payload));
    assert.is(
      violation,
      undefined,
      `${version} ${action} ${kind}: ${JSON.stringify(violation)} ${JSON.stringify(payload)}`,
    );
  }
}
