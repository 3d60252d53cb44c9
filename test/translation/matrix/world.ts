/**
 * A translation whose peers answer by themselves, so that a message can be given to it and everything be heard that comes of it. Every
 * message that leaves is judged (strict-judge.ts).
 */
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { assumedAnswer } from "../../../src/domain/translate/assumed-answers.ts";
import { initialTranslation, translationBlock } from "../../../src/domain/translate/blocks.ts";
import type { Outcome, Peer, Topology, TranslationSettings } from "../../../src/domain/translate/contract.ts";
import type { Durable } from "../../../src/domain/translate/engine-types.ts";
import { judge, judgeError } from "../../support/strict-judge.ts";
import { type Sent, TranslationRig } from "../../support/translation-rig.ts";
import { HEARD, SAID } from "./words.ts";

/** `csms TransactionEvent`: what the CSMS answers to it; `station *`: a station to all that is not named. A function is asked each time; undefined: nothing is answered. */
export type Answers = {
  readonly [peerAndAction: string]: Payload | ((payload: Payload) => Payload | Outcome | undefined);
};

export type Move =
  | readonly [from: Peer, action: string, payload: Payload]
  | readonly [what: "pass", ms: number]
  | readonly [what: "down" | "up" | "away" | "back" | "offline"];

/** What left: calls and answers for either side. */
export interface Left {
  readonly to: Peer;
  readonly what: "call" | "answer" | "error";
  readonly action: string;
  readonly payload: unknown;
}

export interface WorldOptions {
  readonly settings?: Partial<TranslationSettings>;
  readonly answers?: Answers;
  readonly version?: "ocpp2.0.1" | "ocpp2.1";
  readonly topology?: Topology;
  /** Of a kept message. */
  readonly attempts?: number;
}

interface Call {
  readonly to: Peer;
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
}

const BLOCK = translationBlock();
/** Answers that one move may bring about; a translation that never rests is a defect. */
const MOST = 2000;
const UUID = /00000000-0000-4000-8000-\d{12}/g;

export class MatrixWorld {
  readonly left: Left[] = [];
  /** TransactionEvents as they were sent, repetitions too. */
  readonly events: { readonly id: string; readonly payload: Payload }[] = [];
  readonly rig: TranslationRig;
  answers: Answers;
  /** Whether a move of the station is one that the gateway has answered already. */
  #isOffline = false;
  /** Actions by `peer id`, of calls that we passed on or were asked. */
  readonly #actions = new Map<string, string>();
  readonly #waiting: Call[] = [];
  #seen: Readonly<Record<Peer, number>> = { csms: 0, station: 0 };
  #ids = 0;

  readonly #options: WorldOptions;

  constructor(given: WorldOptions = {}) {
    const { answers = {}, ...options } = given;
    this.#options = given;
    this.answers = answers;
    this.rig = new TranslationRig({ block: BLOCK, state: initialTranslation(), ...options });
  }

  get lost(): readonly string[] {
    return this.rig.noted("lost");
  }

  /** Notes that no message of a good peer may bring about. */
  get defects(): readonly string[] {
    return this.rig.notes.filter(([kind]) => ["fault", "invalid"].includes(kind)).map((note) => note.join(" "));
  }

  move(move: Move): this {
    switch (move[0]) {
      case "pass":
        this.#pass(move[1]);
        return this;
      case "down":
        this.rig.down();
        break;
      case "up":
        this.rig.up();
        break;
      case "offline":
        this.#isOffline = !this.#isOffline;
        return this;
      case "away":
      case "back":
        this.rig.isStationOnline = move[0] === "back";
        break;
      default:
        this.#give(move[0], move[1], this.#filled(move[2]) as Payload);
    }
    return this.#settle();
  }

  moves(moves: readonly Move[]): this {
    for (const move of moves) this.move(move);
    return this;
  }

  /** Forgets what was heard. */
  clear(): this {
    this.left.length = 0;
    this.rig.notes.length = 0;
    return this;
  }

  /** Another world that goes on from here, out of what is written. */
  copy(): MatrixWorld {
    const copy = new MatrixWorld(this.#options);
    copy.rig.now = this.rig.now;
    copy.restart(this.rig.durable).clear();
    return copy;
  }

  /** Another process goes on with what was written. */
  restart(durable?: Durable): this {
    this.rig.restart(durable);
    this.#waiting.length = 0;
    this.rig.up();
    return this.#settle();
  }

  #pass(ms: number): void {
    const until = this.rig.now + ms;
    for (let i = 0; i < MOST; i += 1) {
      const next = this.rig.nextAt;
      if (next === undefined || next > until) break;
      this.rig.pass(Math.max(0, next - this.rig.now));
      this.#settle();
    }
    this.rig.pass(until - this.rig.now);
    this.#settle();
  }

  #give(from: Peer, action: string, payload: Payload): void {
    this.#ids += 1;
    const id = `m${this.#ids}`;
    this.#actions.set(`${from} ${id}`, action);
    HEARD.add({ version: this.#versionOf(from), action, kind: "request" }, payload);
    if (from === "station") this.rig.station(id, action, payload, this.#isOffline);
    else this.rig.csms(id, action, payload);
  }

  /** Until nobody has anything to answer any more. */
  #settle(): this {
    for (let i = 0; i < MOST; i += 1) {
      this.#hear("csms", this.rig.toCsms);
      this.#hear("station", this.rig.toStation);
      const call = this.#waiting.shift();
      if (call === undefined) return this;
      this.#answer(call);
    }
    throw new Error("the translation does not come to rest");
  }

  #hear(to: Peer, frames: readonly Sent[]): void {
    const from = this.#seen[to];
    this.#seen = { ...this.#seen, [to]: frames.length };
    for (const [type, id, ...rest] of frames.slice(from)) {
      const version = this.#versionOf(to);
      if (type === 2) {
        const [action, payload] = rest as [string, Payload];
        judge({ version, action, kind: "request", payload });
        SAID.add({ version, action, kind: "request" }, payload);
        if (action === "TransactionEvent") this.events.push({ id, payload });
        this.left.push({ to, what: "call", action, payload: anonymous(payload) });
        this.#waiting.push({ to, id, action, payload });
        continue;
      }
      const action = this.#actions.get(`${to} ${id}`) ?? "?";
      const [payload] = rest;
      if (type === 3) {
        judge({ version, action, kind: "response", payload });
        SAID.add({ version, action, kind: "response" }, payload);
      } else judgeError(action, payload);
      this.left.push({ to, what: type === 3 ? "answer" : "error", action, payload: anonymous(payload) });
    }
  }

  #answer({ to, id, action, payload }: Call): void {
    const own = this.answers[`${to} ${action}`] ?? this.answers[`${to} *`];
    const said = typeof own === "function" ? own(payload) : own;
    if (typeof own === "function" && said === undefined) return;
    const outcome = isOutcome(said)
      ? said
      : ({
          kind: "result",
          payload: (said as Payload | undefined) ?? assumedAnswer(to, action, payload, this.rig.env.now),
        } as const);
    if (outcome.kind === "none") return;
    const answered =
      outcome.kind === "result" ? { ...outcome, payload: this.#filled(outcome.payload) as Payload } : outcome;
    if (answered.kind === "result") {
      HEARD.add({ version: this.#versionOf(to), action, kind: "response" }, answered.payload);
    }
    this.rig.answerTo(to, id, answered);
  }

  #versionOf(peer: Peer) {
    return peer === "station" ? "ocpp1.6" : this.rig.version;
  }

  /** `$tx16` and `$tx`: the ids of the latest transaction; `$first`: that of the first. */
  #filled(value: unknown): unknown {
    const { transactions } = this.rig.state.tx;
    if (value === "$tx16") return transactions.at(-1)?.tx16 ?? 1;
    if (value === "$tx") return transactions.at(-1)?.id ?? "none";
    if (value === "$first") return transactions[0]?.id ?? "none";
    if (Array.isArray(value)) return value.map((item) => this.#filled(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.#filled(inner)]));
  }
}

const isOutcome = (said: unknown): said is Outcome =>
  typeof said === "object" &&
  said !== null &&
  "kind" in said &&
  ["result", "error", "none"].includes(String(said.kind));

/** Names that were drawn say nothing about what they name. */
const anonymous = (payload: unknown): unknown => JSON.parse(JSON.stringify(payload ?? null).replace(UUID, "uuid"));
