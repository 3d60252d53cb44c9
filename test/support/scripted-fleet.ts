/**
 * Stations that live random lives through a gateway, each with a model of what its actor should remember. A station does one
 * thing at a time, so the order of its states is known; stations run side by side.
 */
import { DIALECTS, type Dialect } from "./life-dialects.ts";
import { type Life, LifeModel, type ModelProfile, withoutTransaction, withProfile } from "./life-model.ts";
import { connectStation, type Payload, type RpcEnd, type ScriptedCsms } from "./scripted-rpc.ts";

export type Random = () => number;

/** Mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class LifeStation {
  readonly identity: string;
  readonly dialect: Dialect;
  readonly model = new LifeModel();
  /** How the CSMS answers this station's next call. */
  nextAnswer: object = {};
  /** How the station answers the CSMS's next call. */
  #nextReply: object = {};
  readonly #random: Random;
  #end: RpcEnd | undefined;
  #lastTransaction = 0;
  /** Conversations that came to their end. */
  acts = 0;

  constructor(identity: string, version: "ocpp1.6" | "ocpp2.0.1", random: Random) {
    this.identity = identity;
    this.dialect = DIALECTS[version];
    this.#random = random;
  }

  /** Connects and lives until the connection ends. Resolves then; rejects when the gateway answers something wrong. */
  async live(url: string, csms: ScriptedCsms, thinkMs: number): Promise<void> {
    this.#end = await connectStation(`${url}/${this.identity}`, this.dialect.version, () => this.#nextReply).catch(
      () => undefined,
    );
    if (this.#end === undefined) return;
    try {
      // The gateway lets CSMS calls through once the station has had an answer.
      await this.#call("heartbeat", {}, { currentTime: new Date().toISOString() });
      while (this.#end.isOpen) {
        await this.#act(csms);
        this.acts += 1;
        await new Promise((resolve) => setTimeout(resolve, thinkMs * (0.5 + this.#random())));
      }
    } catch (error) {
      // The two ends of a connection that is cut hear of it one after the other.
      if (!(await this.#end.closesWithin(2000))) throw error;
    }
  }

  leave(): Promise<number> | undefined {
    this.#end?.terminate();
    return this.#end?.closed;
  }

  async #act(csms: ScriptedCsms): Promise<void> {
    const roll = this.#random();
    const isKnown = this.model.life.registration !== "none";
    if (!isKnown || roll < 0.05) return this.#boot();
    if (roll < 0.4) return this.#status();
    if (roll < 0.65) return this.#transaction();
    if (roll < 0.95) return this.#command(csms);
    await this.#call("heartbeat", {}, { currentTime: new Date().toISOString() });
  }

  async #boot(): Promise<void> {
    const status = this.#pick(["Accepted", "Accepted", "Accepted", "Pending"]);
    const interval = 60 + Math.floor(this.#random() * 600);
    const life = { ...this.model.life, registration: status };
    const confirm = this.model.begin(status === "Accepted" ? { ...life, heartbeatIntervalSec: interval } : life);
    await this.#call("boot", {}, { status, interval, currentTime: new Date().toISOString() });
    confirm();
  }

  async #status(): Promise<void> {
    const evseId = 1 + Math.floor(this.#random() * 2);
    const { payload, key, value } = this.dialect.status(evseId, this.#random);
    const { life } = this.model;
    const confirm = this.model.begin({ ...life, connectors: { ...life.connectors, [key]: value } });
    await this.#call("status", payload, {});
    confirm();
  }

  async #transaction(): Promise<void> {
    const { life } = this.model;
    const open = Object.keys(life.transactions);
    if (open.length > 0 && (open.length > 3 || this.#random() < 0.5)) {
      const id = this.#pick(open);
      const confirm = this.model.begin(withoutTransaction(life, id));
      const { payload, answer } = this.dialect.stop(id, this.#random);
      await this.#call("stop", payload, answer);
      return confirm();
    }
    this.#lastTransaction += 1;
    const evseId = 1 + Math.floor(this.#random() * 2);
    const { id, payload, answer } = this.dialect.start(this.#lastTransaction, evseId);
    const confirm = this.model.begin({ ...life, transactions: { ...life.transactions, [id]: evseId } });
    await this.#call("start", payload, answer);
    confirm();
  }

  /** Something that the CSMS wants; it counts when the station accepts it. */
  async #command(csms: ScriptedCsms): Promise<void> {
    const { action, payload, reply, life } = this.#wish();
    const isAccepted = this.#random() < 0.8;
    this.#nextReply = reply(isAccepted ? "Accepted" : "Rejected");
    const link = csms.of(this.identity);
    if (link === undefined) return;
    const confirm = this.model.begin(isAccepted ? life : this.model.life);
    await link.call(action, payload);
    confirm();
  }

  #wish() {
    const { life } = this.model;
    const roll = this.#random();
    if (roll < 0.2) {
      const heartbeatIntervalSec = 30 + Math.floor(this.#random() * 300);
      return { ...this.dialect.setInterval(heartbeatIntervalSec), life: { ...life, heartbeatIntervalSec } };
    }
    if (roll < 0.45 && life.profiles.length > 0) return this.#clearing(life);
    const profile = this.#profile(life);
    return { ...this.dialect.setProfile(profile), life: withProfile(life, profile) };
  }

  #clearing(life: Life) {
    const { id, purpose, stackLevel } = this.#pick(life.profiles);
    if (this.#random() < 0.5) {
      const profiles = life.profiles.filter((profile) => profile.id !== id);
      return { ...this.dialect.clearProfile({ id }), life: { ...life, profiles } };
    }
    const stays = (profile: ModelProfile) => profile.purpose !== purpose || profile.stackLevel !== stackLevel;
    const profiles = life.profiles.filter(stays);
    return { ...this.dialect.clearProfile({ purpose, stackLevel }), life: { ...life, profiles } };
  }

  #profile({ transactions }: Life): ModelProfile {
    const common = { id: 1 + Math.floor(this.#random() * 8), stackLevel: Math.floor(this.#random() * 3) };
    const open = Object.keys(transactions);
    if (open.length > 0 && this.#random() < 0.5) {
      const transactionId = this.#pick(open);
      return { ...common, evseId: transactions[transactionId] ?? 0, purpose: "TxProfile", transactionId };
    }
    return { ...common, evseId: Math.floor(this.#random() * 3), purpose: "TxDefaultProfile" };
  }

  async #call(kind: keyof Dialect["actions"], payload: object, answer: object): Promise<Payload | undefined> {
    this.nextAnswer = answer;
    return this.#end?.call(this.dialect.actions[kind], { ...this.dialect.always[kind], ...payload });
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }
}
