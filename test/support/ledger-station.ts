/**
 * One simulated station that keeps the truth: it charges whether or not anybody listens, holds what was not answered, repeats
 * it with the same content, loses its connection, reboots in the middle, and writes down everything it did.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { LedgerVersion, Payload } from "./ledger-books.ts";
import { dialectOf, type LedgerDialect, type Moment } from "./ledger-dialects.ts";
import { LedgerOutbox, type RepeatIds } from "./ledger-outbox.ts";
import { dialRpcWire } from "./ledger-rpc-wire.ts";
import type { StationTruth, TruthKind, TruthMessage, TruthTransaction } from "./ledger-truth.ts";
import { dialWire, type StationWire } from "./ledger-wire.ts";

export interface StationTimes {
  /** Between two messages of a transaction. */
  readonly thinkMs: number;
  /** Between two transactions. */
  readonly idleMs: number;
  readonly callTimeoutMs: number;
  readonly retryMs: number;
  readonly reconnectMs: number;
  readonly pingMs: number;
}

export interface LedgerStationOptions {
  readonly url: string;
  readonly identity: string;
  readonly version: LedgerVersion;
  readonly connectors: number;
  /** `ocpp-rpc`: somebody else's client. */
  readonly client: "plain" | "ocpp-rpc";
  readonly repeatIds: RepeatIds;
  /** `counter`: 1, 2, 3 …, and 1 again after a reboot, as many stations count. */
  readonly ids: "counter" | "random";
  readonly bootsOnReconnect: boolean;
  /** Readings of one transaction, at most; undefined: until it is told to finish. */
  readonly readings: number | undefined;
  readonly times: StationTimes;
  readonly random: () => number;
}

interface Charging {
  readonly truth: TruthTransaction;
  readonly connectorId: number;
  stopReason: string | undefined;
  registerWh: number;
  seqNo: number;
  readonly uuid: string;
}

export class LedgerStation {
  readonly truth: StationTruth;
  readonly outbox: LedgerOutbox;
  /** Cards that were shown: when, in `performance.now()`, and after how long the driver knew; undefined: never. */
  readonly authorizations: { readonly at: number; readonly ms: number | undefined }[] = [];
  readonly #options: LedgerStationOptions;
  readonly #dialect: LedgerDialect;
  readonly #charging = new Map<number, Charging>();
  readonly #registers: number[];
  #wire: StationWire | undefined;
  #isOnline = false;
  #needsBoot = true;
  #isFinishing = false;
  #isOver = false;
  #lastStamp = 0;
  #lastId = 0;
  #sessions: Promise<unknown> = Promise.resolve();

  constructor(options: LedgerStationOptions) {
    const { identity: station, version, connectors, random } = options;
    this.#options = options;
    this.#dialect = dialectOf(version);
    this.truth = { station, version, transactions: [], others: [], unknownStops: [], retired: false, reboots: 0 };
    this.outbox = new LedgerOutbox({ repeatIds: options.repeatIds, retryMs: options.times.retryMs });
    this.#registers = Array.from({ length: connectors + 1 }, () => 1000 + Math.floor(random() * 1e6));
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** Connects and lives. Returns at once. */
  start(): void {
    void this.#stayConnected();
    this.#sessions = Promise.all(Array.from({ length: this.#options.connectors }, (_, i) => this.#useConnector(i + 1)));
  }

  /** Ends the transactions; resolves when they are over. What they said may still wait. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    await this.#sessions;
  }

  /** Loses its connection without a word. */
  cut(): void {
    this.#wire?.cut();
  }

  /** Power off and on again: the connection is gone, running transactions are kept, or stopped with PowerLoss. */
  reboot(): void {
    this.truth.reboots += 1;
    this.#needsBoot = true;
    this.#lastId = 0;
    // Numbers mean something else now; random ids were kept with the queue.
    if (this.#options.ids === "counter") this.outbox.forgetIds();
    if (this.#options.random() < 0.5)
      for (const charging of this.#charging.values()) charging.stopReason ??= "PowerLoss";
    this.cut();
  }

  /** Leaves for good. */
  retire(): void {
    this.truth.retired = true;
    this.stop();
  }

  stop(): void {
    this.#isOver = true;
    this.#isFinishing = true;
    this.cut();
  }

  /** An event of the station itself, which must arrive though it belongs to no transaction. */
  reportSecurityEvent(): void {
    const at = this.#stamp();
    const payload = { type: "SettingSystemTime", timestamp: iso(at) };
    this.outbox.push(write(this.truth.others, "security", ["SecurityEventNotification", payload], at), () => payload);
  }

  /** Shows a card. Resolves with whether it is good; undefined: nobody said so. */
  async authorize(token: string, at = performance.now()): Promise<boolean | undefined> {
    const wire = this.#isOnline ? this.#wire : undefined;
    if (wire === undefined) return undefined;
    const [action, payload] = this.#dialect.authorize(token);
    const outcome = await wire.call(action, payload);
    const isAnswered = outcome.kind === "result";
    this.authorizations.push({ at, ms: isAnswered ? performance.now() - at : undefined });
    return isAnswered ? this.#dialect.tokenStatus(outcome.payload) === "Accepted" : undefined;
  }

  async #stayConnected(): Promise<void> {
    const { times, random } = this.#options;
    while (!this.#isOver) {
      const wire = await this.#dial();
      if (wire !== undefined) {
        await Promise.race([this.#comeUp(wire), wire.closed]);
        await wire.closed;
        this.#isOnline = false;
        this.outbox.use(undefined);
      }
      if (!this.#isOver) await pause(times.reconnectMs * (0.5 + random()));
    }
  }

  async #dial(): Promise<StationWire | undefined> {
    const { url, identity, version, client, times } = this.#options;
    const dial = client === "plain" ? dialWire : dialRpcWire;
    try {
      const wire = await dial({
        url,
        identity,
        version,
        callTimeoutMs: times.callTimeoutMs,
        pingMs: times.pingMs,
        nextId: () => this.#nextId(),
        onCall: (action, payload) => this.#command(action, payload),
      });
      this.#wire = wire;
      if (this.#isOver) wire.cut();
      return wire;
    } catch {
      return undefined;
    }
  }

  async #comeUp(wire: StationWire): Promise<void> {
    if (this.#needsBoot || this.#options.bootsOnReconnect) {
      let registered = await this.#boot(wire);
      while (registered === "not yet") {
        await pause(this.#options.times.retryMs);
        registered = await this.#boot(wire);
      }
      if (registered === "closed") return;
    }
    this.#isOnline = true;
    this.outbox.use(wire);
    for (let id = 1; id <= this.#options.connectors; id += 1) this.#tellStatus(id);
  }

  async #boot(wire: StationWire): Promise<"accepted" | "not yet" | "closed"> {
    const [action, payload] = this.#dialect.boot("PowerUp");
    const outcome = await wire.call(action, payload);
    if (outcome.kind === "closed") return "closed";
    if (outcome.kind !== "result" || outcome.payload["status"] !== "Accepted") return "not yet";
    this.#needsBoot = false;
    return "accepted";
  }

  async #useConnector(connectorId: number): Promise<void> {
    const { random, times } = this.#options;
    while (!this.#isFinishing) {
      await pause(times.idleMs * (0.5 + random()));
      const token = `${random() < 0.04 ? "BAD" : "TAG"}-${Math.floor(random() * 20)}`;
      // A card that was refused is one whose driver tries without asking now and then: StartTransaction tells.
      const mayCharge = (await this.authorize(token)) ?? true;
      if (this.#isFinishing || !(mayCharge || random() < 0.5)) continue;
      await this.#charge(connectorId, token);
    }
  }

  async #charge(connectorId: number, token: string): Promise<void> {
    const charging = this.#begin(connectorId, token);
    this.#tellStatus(connectorId);
    const { readings = Number.POSITIVE_INFINITY, times, random } = this.#options;
    const wanted = readings === Number.POSITIVE_INFINITY ? readings : 1 + Math.floor(random() * readings);
    for (let n = 0; n < wanted && charging.stopReason === undefined && !this.#isFinishing; n += 1) {
      await pause(times.thinkMs * (0.5 + random()));
      this.#take(charging, "reading");
    }
    await pause(times.thinkMs * random());
    this.#take(charging, "stop");
    this.#charging.delete(connectorId);
    this.#tellStatus(connectorId);
  }

  #begin(connectorId: number, token: string): Charging {
    const at = this.#stamp();
    const registerWh = this.#registers[connectorId] ?? 0;
    const uuid = `${this.truth.station}-${this.truth.transactions.length + 1}-${at.toString(36)}`;
    const truth: TruthTransaction = {
      nth: this.truth.transactions.length + 1,
      connectorId,
      token,
      startedAt: at,
      meterStartWh: registerWh,
      transactionId: this.#options.version === "ocpp1.6" ? undefined : uuid,
      meterStopWh: undefined,
      endedAt: undefined,
      reason: undefined,
      messages: [],
    };
    this.truth.transactions.push(truth);
    const charging = { truth, connectorId, stopReason: undefined, registerWh, seqNo: 0, uuid };
    this.#charging.set(connectorId, charging);
    this.#enqueue(charging, "start", this.#dialect.start(this.#moment(charging, at)), at);
    return charging;
  }

  #take(charging: Charging, kind: "reading" | "stop"): void {
    const { truth, connectorId } = charging;
    charging.registerWh += 1 + Math.floor(this.#options.random() * 400);
    charging.seqNo += 1;
    this.#registers[connectorId] = charging.registerWh;
    const at = this.#stamp();
    const moment = this.#moment(charging, at);
    const reason = charging.stopReason ?? "EVDisconnected";
    if (kind === "stop") {
      truth.meterStopWh = charging.registerWh;
      truth.endedAt = at;
      truth.reason = reason;
    }
    this.#enqueue(
      charging,
      kind,
      kind === "stop" ? this.#dialect.stop(moment, reason) : this.#dialect.reading(moment),
      at,
    );
  }

  #moment({ truth, connectorId, registerWh, seqNo, uuid }: Charging, at: number): Moment {
    return {
      connectorId,
      token: truth.token,
      at: iso(at),
      registerWh,
      transactionId: uuid,
      seqNo,
      offline: !this.#isOnline,
    };
  }

  #enqueue(charging: Charging, kind: TruthKind, content: readonly [string, Payload], at: number): void {
    const { truth } = charging;
    const message = write(truth.messages, kind, content, at);
    const is16 = this.#options.version === "ocpp1.6";
    const payload = () =>
      is16 && kind !== "start" ? { transactionId: truth.transactionId, ...message.payload } : message.payload;
    this.outbox.push(message, payload, (answer) => {
      if (is16 && kind === "start") truth.transactionId = answer["transactionId"] as number;
      const status = this.#dialect.tokenStatus(answer);
      if (status !== undefined && status !== "Accepted") charging.stopReason ??= "DeAuthorized";
    });
  }

  #command(action: string, payload: Payload): Payload | undefined {
    switch (action) {
      case "RemoteStopTransaction":
      case "RequestStopTransaction":
        return { status: this.#stopRemotely(payload["transactionId"]) ? "Accepted" : "Rejected" };
      case "TriggerMessage":
        return { status: "NotImplemented" };
      default:
        return undefined;
    }
  }

  #stopRemotely(transactionId: unknown): boolean {
    const charging = [...this.#charging.values()].find(({ truth }) => truth.transactionId === transactionId);
    if (charging === undefined) {
      this.truth.unknownStops.push(transactionId);
      return false;
    }
    charging.stopReason ??= "Remote";
    return true;
  }

  #tellStatus(connectorId: number): void {
    if (!this.#isOnline) return;
    const [action, payload] = this.#dialect.status(connectorId, !this.#charging.has(connectorId), iso(Date.now()));
    void this.#wire?.call(action, payload);
  }

  /** Now, and never the same twice: content tells messages apart. */
  #stamp(): number {
    this.#lastStamp = Math.max(Date.now(), this.#lastStamp + 1);
    return this.#lastStamp;
  }

  #nextId(): string {
    this.#lastId += 1;
    if (this.#options.ids === "counter") return String(this.#lastId);
    return Array.from({ length: 4 }, () => Math.floor(this.#options.random() * 2 ** 32).toString(36)).join("-");
  }
}

const iso = (at: number): string => new Date(at).toISOString();

function write(
  list: TruthMessage[],
  kind: TruthKind,
  [action, payload]: readonly [string, Payload],
  madeAt: number,
): TruthMessage {
  const message: TruthMessage = { kind, action, payload, madeAt, attempts: [], ackedAt: undefined };
  list.push(message);
  return message;
}
