/**
 * A station of the model, which keeps the truth: it charges whether or not anybody listens, has one call outstanding, repeats a
 * transaction message until it is answered, and notes every call that its connection left without an answer.
 */
import type { LedgerVersion, Payload } from "../support/ledger-books.ts";
import { dialectOf, type LedgerDialect } from "../support/ledger-dialects.ts";
import type { StationTruth, TruthKind, TruthMessage, TruthTransaction } from "../support/ledger-truth.ts";
import type { Line, Peer } from "./fake-socket.ts";
import type { Callback, VirtualTime } from "./virtual-time.ts";

export interface StationTraits {
  readonly version: LedgerVersion;
  readonly repeatIds: "same" | "fresh";
  /** `counter`: 1, 2, 3 …, and 1 again after a reboot. */
  readonly ids: "counter" | "random";
  readonly bootsOnConnect: boolean;
  readonly callTimeoutMs: number;
  readonly readingMs: number;
  /** How wrong its clock is. */
  readonly clockOffsetMs: number;
}

export interface ModelStationOptions {
  readonly id: string;
  readonly traits: StationTraits;
  readonly time: VirtualTime;
  /** Milliseconds since 1970, the world's own. */
  readonly wall: () => number;
  readonly random: () => number;
  /** Dials the gateway; undefined: nobody there, or refused. */
  readonly dial: (peer: Peer) => Promise<Line | undefined>;
}

interface Entry {
  readonly message: TruthMessage;
  readonly payload: () => Payload;
  readonly onAnswer: (answer: Payload) => void;
  lastId: string | undefined;
}

interface Charging {
  readonly truth: TruthTransaction;
  readonly connectorId: number;
  readonly uuid: string;
  registerWh: number;
  seqNo: number;
  cancel: Callback;
}

/** A call that waits. */
interface Outstanding {
  readonly id: string;
  readonly onAnswer: (frame: readonly unknown[] | undefined) => void;
  readonly cancel: Callback;
}

const RETRY_MS = 4_000;
const MAX_SMALL = 8;

export class ModelStation {
  readonly truth: StationTruth;
  readonly #options: ModelStationOptions;
  readonly #dialect: LedgerDialect;
  readonly #outbox: Entry[] = [];
  readonly #small: (readonly [action: string, payload: Payload])[] = [];
  readonly #charging = new Map<number, Charging>();
  readonly #registers = new Map<number, number>();
  /** Calls of this connection that have no answer yet, and since when. */
  readonly #unanswered = new Map<string, { readonly at: number; readonly action: string; readonly isBulk: boolean }>();
  #line: Line | undefined;
  #outstanding: Outstanding | undefined;
  #isWanted = false;
  #isDialling = false;
  #needsBoot = true;
  #notBefore = 0;
  #lastStamp = 0;
  #lastId = 0;

  constructor(options: ModelStationOptions) {
    this.#options = options;
    const { id, traits } = options;
    this.#dialect = dialectOf(traits.version);
    this.truth = {
      station: id,
      version: traits.version,
      transactions: [],
      others: [],
      unknownStops: [],
      retired: false,
      reboots: 0,
    };
  }

  get isConnected(): boolean {
    return this.#line !== undefined;
  }

  /** Messages that must arrive and have no answer yet. */
  get owed(): number {
    return this.#outbox.length;
  }

  get connectors(): readonly number[] {
    return [...this.#charging.keys()];
  }

  /** Calls that have waited for longer than `ms`, or bulk than `bulkMs`, while the connection was open. */
  overdue(ms: number, bulkMs: number): readonly string[] {
    const { time, id } = this.#options;
    if (this.#line === undefined || this.#line.isSilent) return [];
    return [...this.#unanswered]
      .filter(([, { at, isBulk }]) => time.now - at > (isBulk ? bulkMs : ms))
      .map(([messageId, { at, action }]) => `${id}: ${action} ${messageId} unanswered for ${time.now - at} ms`);
  }

  // What happens to it.

  connect(): void {
    this.#isWanted = true;
    this.#dial();
  }

  disconnect(): void {
    this.#isWanted = false;
    this.#line?.closedByPeer();
    this.#onClosed();
  }

  cut(how: "cut" | "silent"): void {
    if (how === "cut") this.#line?.cut();
    else this.#line?.fallSilent();
  }

  /** Loses its connection and dials again at once, while the gateway still believes in the old one. */
  redial(): void {
    this.#line?.fallSilent();
    this.#onClosed();
  }

  reboot(): void {
    const { traits, random } = this.#options;
    this.truth.reboots += 1;
    this.#needsBoot = true;
    if (traits.ids === "counter") {
      this.#lastId = 0;
      for (const entry of this.#outbox) entry.lastId = undefined;
    }
    for (const connectorId of this.connectors) if (random() < 0.5) this.unplug(connectorId, "PowerLoss");
    this.#line?.cut();
    this.#onClosed();
  }

  plug(connectorId: number, token: string): void {
    if (this.#charging.has(connectorId)) return;
    const at = this.#stamp();
    const registerWh = this.#registers.get(connectorId) ?? 1000 * connectorId;
    const nth = this.truth.transactions.length + 1;
    const uuid = `${this.truth.station}-${nth}`;
    const truth: TruthTransaction = {
      nth,
      connectorId,
      token,
      startedAt: at,
      meterStartWh: registerWh,
      transactionId: this.truth.version === "ocpp1.6" ? undefined : uuid,
      meterStopWh: undefined,
      endedAt: undefined,
      reason: undefined,
      messages: [],
    };
    this.truth.transactions.push(truth);
    const charging = { truth, connectorId, uuid, registerWh, seqNo: 0, cancel: () => undefined };
    this.#charging.set(connectorId, charging);
    this.#say(this.#dialect.authorize(token));
    this.#enqueue(charging, "start", this.#dialect.start(this.#moment(charging, at)), at);
    this.#tellStatus(connectorId);
    this.#readLater(charging);
  }

  unplug(connectorId: number, reason = "EVDisconnected"): void {
    const charging = this.#charging.get(connectorId);
    if (charging === undefined) return;
    charging.cancel();
    this.#charging.delete(connectorId);
    const at = this.#meter(charging);
    const { truth } = charging;
    truth.meterStopWh = charging.registerWh;
    truth.endedAt = at;
    truth.reason = reason;
    this.#enqueue(charging, "stop", this.#dialect.stop(this.#moment(charging, at), reason), at);
    this.#tellStatus(connectorId);
  }

  read(connectorId: number): void {
    const charging = this.#charging.get(connectorId);
    if (charging === undefined) return;
    const at = this.#meter(charging);
    this.#enqueue(charging, "reading", this.#dialect.reading(this.#moment(charging, at)), at);
  }

  reportSecurityEvent(): void {
    const at = this.#stamp();
    const payload = { type: "SettingSystemTime", timestamp: this.#iso(at) };
    const message = note(this.truth.others, "security", ["SecurityEventNotification", payload], at);
    this.#push({ message, payload: () => payload, onAnswer: () => undefined, lastId: undefined });
  }

  heartbeat(): void {
    this.#say(["Heartbeat", {}]);
  }

  /** A reading of no transaction, which may be lost. */
  sendBulk(): void {
    const timestamp = this.#iso(this.#stamp());
    const is16 = this.truth.version === "ocpp1.6";
    const meterValue = [{ timestamp, sampledValue: [{ value: is16 ? "230.1" : 230.1 }] }];
    this.#say(["MeterValues", is16 ? { connectorId: 0, meterValue } : { evseId: 0, meterValue }]);
  }

  /** Sends its last transaction message once more, although nobody asked for it. */
  repeat(): void {
    const line = this.#line;
    const entry = this.#outbox[0];
    if (line === undefined || entry?.lastId === undefined || this.#outstanding?.id !== entry.lastId) return;
    line.fromPeer(JSON.stringify([2, entry.lastId, entry.message.action, entry.payload()]));
  }

  // Charging.

  #readLater(charging: Charging): void {
    const { time, traits } = this.#options;
    charging.cancel = time.after(traits.readingMs, () => {
      this.read(charging.connectorId);
      this.#readLater(charging);
    });
  }

  #meter(charging: Charging): number {
    charging.registerWh += 1 + Math.floor(this.#options.random() * 400);
    charging.seqNo += 1;
    this.#registers.set(charging.connectorId, charging.registerWh);
    return this.#stamp();
  }

  #moment({ connectorId, truth, registerWh, uuid, seqNo }: Charging, at: number) {
    const { token } = truth;
    return {
      connectorId,
      token,
      at: this.#iso(at),
      registerWh,
      transactionId: uuid,
      seqNo,
      offline: !this.isConnected,
    };
  }

  #enqueue(charging: Charging, kind: TruthKind, content: readonly [string, Payload], at: number): void {
    const { truth, connectorId } = charging;
    const message = note(truth.messages, kind, content, at);
    const hasGivenId = this.truth.version === "ocpp1.6" && kind !== "start";
    this.#push({
      message,
      payload: () => (hasGivenId ? { transactionId: truth.transactionId, ...message.payload } : message.payload),
      onAnswer: (answer) => {
        if (this.truth.version === "ocpp1.6" && kind === "start")
          truth.transactionId = answer["transactionId"] as number;
        const status = this.#dialect.tokenStatus(answer);
        const isRunning = this.#charging.get(connectorId) === charging;
        if (status !== undefined && status !== "Accepted" && isRunning) this.unplug(connectorId, "DeAuthorized");
      },
      lastId: undefined,
    });
  }

  // The wire.

  #push(entry: Entry): void {
    this.#outbox.push(entry);
    this.#pump();
  }

  #say(call: readonly [string, Payload]): void {
    if (!this.isConnected || this.#small.length >= MAX_SMALL) return;
    this.#small.push(call);
    this.#pump();
  }

  #tellStatus(connectorId: number): void {
    const isFree = !this.#charging.has(connectorId);
    this.#say(this.#dialect.status(connectorId, isFree, this.#iso(this.#stamp())));
  }

  #dial(): void {
    if (this.#isDialling || this.#line !== undefined || !this.#isWanted) return;
    this.#isDialling = true;
    const { time, traits, random, dial } = this.#options;
    let mine: Line | undefined;
    const peer: Peer = {
      onText: (text) => this.#line === mine && this.#onText(text),
      onClosed: () => this.#line === mine && this.#onClosed(),
    };
    dial(peer).then((line) => {
      this.#isDialling = false;
      if (line === undefined) {
        time.after(2_000 + 3_000 * random(), () => this.#dial());
        return;
      }
      mine = line;
      if (!this.#isWanted) {
        line.closedByPeer();
        return;
      }
      this.#line = line;
      if (traits.bootsOnConnect) this.#needsBoot = true;
      this.#notBefore = time.now;
      this.#pump();
    });
  }

  #onClosed(): void {
    this.#line = undefined;
    this.#small.length = 0;
    this.#unanswered.clear();
    const outstanding = this.#outstanding;
    this.#outstanding = undefined;
    outstanding?.cancel();
    outstanding?.onAnswer(undefined);
    const { time, random } = this.#options;
    time.after(1_000 + 4_000 * random(), () => this.#dial());
  }

  #pump(): void {
    if (this.#line === undefined || this.#outstanding !== undefined) return;
    if (this.#needsBoot) {
      if (this.#options.time.now >= this.#notBefore) this.#sendBoot();
      return;
    }
    const small = this.#small.shift();
    if (small !== undefined) this.#call(small, undefined, () => undefined);
    else if (this.#outbox[0] !== undefined && this.#options.time.now >= this.#notBefore) this.#attempt(this.#outbox[0]);
  }

  #sendBoot(): void {
    this.#call(this.#dialect.boot("PowerUp"), undefined, (answer) => {
      const payload = answer?.[0] === 3 ? (answer[2] as Payload) : undefined;
      if (payload?.["status"] === "Accepted") this.#needsBoot = false;
      else this.#wait(1000 * Math.min(10, Number(payload?.["interval"] ?? 5)));
    });
  }

  #attempt(entry: Entry): void {
    const { message, payload } = entry;
    const id = this.#options.traits.repeatIds === "same" ? entry.lastId : undefined;
    this.#call([message.action, payload()], id, (answer) => {
      if (answer?.[0] === 3) {
        this.#outbox.shift();
        message.ackedAt = Math.floor(this.#options.wall());
        entry.onAnswer(answer[2] as Payload);
      } else this.#wait(RETRY_MS);
    });
    entry.lastId = this.#lastSent;
    message.attempts.push(this.#lastSent);
  }

  #wait(ms: number): void {
    const { time } = this.#options;
    this.#notBefore = time.now + ms;
    time.after(ms, () => this.#pump());
  }

  #lastSent = "";

  #call(
    [action, payload]: readonly [string, Payload],
    id: string | undefined,
    onAnswer: Outstanding["onAnswer"],
  ): void {
    const { time, traits } = this.#options;
    const messageId = id ?? this.#nextId();
    this.#lastSent = messageId;
    const cancel = time.after(traits.callTimeoutMs, () => this.#settle(undefined));
    this.#outstanding = { id: messageId, onAnswer, cancel };
    // Readings outside of a transaction wait for the CSMS as long as there is a link to it.
    const isBulk = action === "MeterValues" && payload["transactionId"] === undefined;
    if (!this.#unanswered.has(messageId)) this.#unanswered.set(messageId, { at: time.now, action, isBulk });
    this.#line?.fromPeer(JSON.stringify([2, messageId, action, payload]));
  }

  #settle(frame: readonly unknown[] | undefined): void {
    const outstanding = this.#outstanding;
    this.#outstanding = undefined;
    outstanding?.cancel();
    outstanding?.onAnswer(frame);
    this.#pump();
  }

  #onText(text: string): void {
    const frame = JSON.parse(text) as readonly unknown[];
    if (frame[0] === 2) {
      this.#onCommand(frame);
      return;
    }
    this.#unanswered.delete(String(frame[1]));
    // A late answer is nobody's: most stations have forgotten the call.
    if (frame[1] === this.#outstanding?.id) this.#settle(frame);
  }

  #onCommand([, id, action, payload]: readonly unknown[]): void {
    if (action === "TriggerMessage") {
      this.#line?.fromPeer(JSON.stringify([3, id, { status: "Accepted" }]));
      this.#needsBoot = true;
      this.#pump();
      return;
    }
    const stops = action === "RemoteStopTransaction" || action === "RequestStopTransaction";
    if (!stops) {
      this.#line?.fromPeer(JSON.stringify([4, id, "NotImplemented", "", {}]));
      return;
    }
    const wanted = (payload as Payload)["transactionId"];
    const charging = [...this.#charging.values()].find(({ truth }) => truth.transactionId === wanted);
    if (charging === undefined) this.truth.unknownStops.push(wanted);
    this.#line?.fromPeer(JSON.stringify([3, id, { status: charging === undefined ? "Rejected" : "Accepted" }]));
    if (charging !== undefined) this.unplug(charging.connectorId, "Remote");
  }

  #nextId(): string {
    this.#lastId += 1;
    const { ids, random } = { ...this.#options.traits, random: this.#options.random };
    return ids === "counter" ? String(this.#lastId) : Math.floor(random() * 2 ** 52).toString(36);
  }

  /** Now, and never the same twice: content tells messages apart. */
  #stamp(): number {
    this.#lastStamp = Math.max(Math.floor(this.#options.wall()), this.#lastStamp + 1);
    return this.#lastStamp;
  }

  #iso(at: number): string {
    return new Date(at + this.#options.traits.clockOffsetMs).toISOString();
  }
}

function note(
  list: TruthMessage[],
  kind: TruthKind,
  [action, payload]: readonly [string, Payload],
  madeAt: number,
): TruthMessage {
  const message: TruthMessage = { kind, action, payload, madeAt, attempts: [], ackedAt: undefined };
  list.push(message);
  return message;
}
