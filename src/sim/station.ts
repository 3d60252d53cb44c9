/**
 * A simulated station: one identity, one connection at a time, some connectors, and books of what it did.
 * Charging goes on while the connection is lost; its messages wait in the outbox.
 */
import { epochMs } from "../domain/ids.ts";
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { Clock } from "../ports.ts";
import { Alarm, createScaledClock, sleep, within } from "./clock.ts";
import { Connector, type ConnectorHost, type ConnectorScript } from "./connector.ts";
import { type Condition, SOUND } from "./degradation.ts";
import type {
  ConnectorControl,
  Dialect,
  LiveTransaction,
  LocalList,
  Outgoing,
  StationControl,
  TransactionMessage,
} from "./dialect.ts";
import { withNamedFaults } from "./faults/catalogue.ts";
import { LedgerBook } from "./ledger.ts";
import { Outbox, type RetryPolicy } from "./outbox.ts";
import { ProfileStore } from "./profiles.ts";
import { createRandom, type SeededRandom } from "./random.ts";
import type { CallOutcome, Reply, RpcPeer } from "./rpc-peer.ts";
import { Settings } from "./settings.ts";
import { dialect16 } from "./station-16.ts";
import { dialect201 } from "./station-201.ts";
import { StationLink } from "./station-link.ts";
import type { StationEvent, StationOptions, StationState } from "./station-options.ts";
import { dialWebSocket } from "./transport.ts";

const DEFAULT_CALL_TIMEOUT_MS = 30_000;
/** A reset waits this long for its transaction messages; they survive it in the queue. */
const RESET_GRACE_MS = 2_000;
const CLOSE_GRACE_MS = 1_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DEFAULT_TOKENS = ["TWL-0001-A7F3", "TWL-0002-9C41", "TWL-0003-5E08"];

export class SimulatedStation implements StationControl, ConnectorHost {
  readonly id: string;
  readonly connectors: readonly Connector[];
  readonly settings: Settings;
  readonly profiles = new ProfileStore();
  readonly localList: LocalList;
  readonly clock: Clock;
  readonly dialect: Dialect;
  /** The station's books; they grow while it runs. */
  readonly ledger: LedgerBook;
  readonly script: ConnectorScript;
  readonly #options: StationOptions;
  readonly #network: Clock;
  readonly #random: SeededRandom;
  readonly #outbox: Outbox;
  readonly #link: StationLink;
  readonly #dropAlarm: Alarm;
  readonly #madeAt: number;
  #stopping = false;
  #running: Promise<unknown> = Promise.resolve();
  #sessions: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(given: StationOptions) {
    const options = withNamedFaults(given);
    this.#options = options;
    this.id = options.id;
    this.clock = options.clock ?? createScaledClock();
    this.#madeAt = this.clock.now();
    this.#network = options.network ?? createScaledClock();
    this.dialect = options.version === "ocpp1.6" ? dialect16 : dialect201(options.version);
    this.ledger = new LedgerBook(options.id, options.version);
    this.#random = createRandom(options.seed ?? options.id);
    this.script = scriptOf(options);
    const { connectors = 1, meterIntervalSec = 1 } = options;
    this.settings = new Settings({ connectors, meterIntervalSec });
    this.localList = { version: 0, tokens: new Set(options.localTokens ?? this.script.tokens) };
    this.#dropAlarm = new Alarm(this.clock);
    this.#outbox = new Outbox({
      clock: this.#network,
      order: options.queueOrder ?? "oldest-first",
      retry: () => this.#retryPolicy(),
      onOutcome: (action, outcome) => this.#count(action, outcome),
    });
    this.#link = this.#createLink();
    this.connectors = Array.from({ length: connectors }, (_, i) => this.#createConnector(i + 1));
  }

  /** Connects and begins its life. Returns at once. */
  start(): void {
    this.#sessions = Promise.all(this.connectors.map((connector) => connector.run()));
    this.#running = Promise.all([this.#link.run(), this.#dropNowAndThen(), this.#sessions]);
  }

  /**
   * Ends the transactions, delivers what waits (within `drainMs` of real time), closes the connection.
   * Resolves with the number of messages that were not delivered. Idempotent.
   */
  async stop(drainMs = 10_000): Promise<number> {
    this.#stopped ??= this.#stop(drainMs);
    await this.#stopped;
    return this.#outbox.size;
  }

  view(): StationState {
    return {
      id: this.id,
      version: this.dialect.version,
      link: this.#link.state,
      waiting: this.#outbox.size,
      connectors: this.connectors.map(({ id, status, faultCode, state, transaction }) => ({
        id,
        status,
        faultCode,
        powerW: state.powerW,
        socPercent: state.socPercent,
        temperatureC: state.temperatureC,
        sessionWh: transaction && state.registerWh - transaction.record.meterStartWh,
      })),
    };
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  get isOnline(): boolean {
    return this.#link.isOnline;
  }

  get condition(): Condition {
    const { degradation } = this.#options;
    if (degradation === undefined) return SOUND;
    const sinceMs = this.clock.now() - this.#madeAt - degradation.afterMs;
    return sinceMs < 0 ? SOUND : degradation.what.at(sinceMs / DAY_MS);
  }

  now(): number {
    return this.clock.now();
  }

  nowText(): string {
    return new Date(this.clock.now()).toISOString();
  }

  connector(id: number): Connector | undefined {
    return this.connectors.find((connector) => connector.id === id);
  }

  connectorOf(transactionId: string | number | undefined): Connector | undefined {
    if (transactionId === undefined) return undefined;
    return this.connectors.find((connector) => connector.transaction?.record.transactionId === transactionId);
  }

  messagesInQueue(transactionId: string | undefined): boolean {
    const concerned = this.ledger.transactions.filter(
      (transaction) => transactionId === undefined || transaction.transactionId === transactionId,
    );
    return concerned.some((transaction) => transaction.messages.some((message) => message.outcome === "waiting"));
  }

  /** Loses the connection: cut without a word, or closed with `code`. It is dialled again after the back-off. */
  drop(code?: number): void {
    this.emit("drop", code === undefined ? "connection cut" : `connection closed with ${code}`);
    if (code === undefined) this.#link.cut();
    else this.#link.peer?.close(code);
  }

  /** Sends any request, outside the script. Resolves with what became of it. */
  async request(action: string, payload: Payload): Promise<CallOutcome> {
    const outcome = (await this.#link.peer?.call(action, payload)) ?? { kind: "closed" as const };
    this.#count(action, outcome);
    return outcome;
  }

  /** OCPP 2.1 SEND. */
  sendUnconfirmed(action: string, payload: Payload): void {
    this.#link.peer?.send(action, payload);
  }

  async authorize(token: string): Promise<boolean> {
    const { action, payload } = this.dialect.authorize(token);
    const outcome = this.isOnline ? await this.request(action, payload) : { kind: "closed" as const };
    const accepted =
      outcome.kind === "closed"
        ? this.settings.isOn("LocalAuthorizeOffline") && this.localList.tokens.has(token)
        : outcome.kind === "result" && this.dialect.isAuthorized(outcome.payload);
    if (accepted) this.ledger.counts.authorizeAccepted += 1;
    else this.ledger.counts.authorizeRefused += 1;
    if (!accepted) this.emit("refused", "token not accepted");
    return accepted;
  }

  enqueue(transaction: LiveTransaction, message: TransactionMessage, connector: Connector): void {
    this.#outbox.push({
      record: this.ledger.write(transaction.record, message.action),
      action: message.action,
      build: message.build,
      onResult: (payload) => {
        const mayCharge = message.onResult?.(payload) ?? true;
        const isRunning = connector.transaction === transaction;
        if (!mayCharge && isRunning && this.settings.isOn("StopTransactionOnInvalidId")) {
          connector.requestStop("DeAuthorized");
        }
      },
    });
  }

  statusChanged(connector: ConnectorControl): void {
    this.#tell(this.dialect.status(connector, this.nowText()));
  }

  sendCondition(connector: ConnectorControl): void {
    this.#tell(this.dialect.condition(connector, this.nowText()));
  }

  emit(kind: StationEvent["kind"], detail: string): void {
    this.#options.onEvent?.({ at: this.clock.now(), stationId: this.id, kind, detail });
  }

  sendLater(...messages: Outgoing[]): void {
    this.#later(() => {
      for (const { action, payload } of messages) void this.request(action, payload);
    });
  }

  bootLater(): void {
    this.#later(() => this.#link.bootNow());
  }

  resetLater(kind: "SoftReset" | "HardReset"): void {
    this.#later(() => void this.#reset(kind));
  }

  async #stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    this.#dropAlarm.wake();
    for (const connector of this.connectors) connector.wake();
    const drained = this.#sessions.then(() => this.#outbox.emptied());
    await within(this.#network, drainMs, drained);
    this.#link.close();
    if (!(await within(this.#network, CLOSE_GRACE_MS, this.#running))) this.#link.cut();
  }

  async #reset(kind: "SoftReset" | "HardReset"): Promise<void> {
    for (const connector of this.connectors) connector.requestStop(kind);
    // The connectors hear of it in their own turn, after which the outbox holds their last messages.
    await sleep(this.#network, 1);
    await within(this.#network, RESET_GRACE_MS, this.#outbox.emptied());
    this.#link.reboot("RemoteReset");
  }

  async #dropNowAndThen(): Promise<void> {
    const { faults, degradation } = this.#options;
    if (faults?.dropEverySec === undefined && degradation === undefined) return;
    const random = this.#random.fork("drops");
    while (!this.#stopping) {
      const waitMs = this.#nextDropMs(random);
      // A wait of more than an hour is drawn again after it: the link may have become worse.
      await this.#dropAlarm.wait(Math.min(waitMs, faults?.dropEverySec === undefined ? HOUR_MS : waitMs));
      if (waitMs > HOUR_MS && faults?.dropEverySec === undefined) continue;
      const code = random.chance(0.5) ? undefined : 1001;
      if (!this.#stopping && this.isOnline) this.drop(code);
    }
  }

  /** As the fault says, or at random as often as the condition has it. */
  #nextDropMs(random: SeededRandom): number {
    const every = this.#options.faults?.dropEverySec;
    if (every !== undefined) return 1000 * random.between(...every);
    return (-Math.log(1 - random.between(0, 1)) * DAY_MS) / this.condition.dropsPerDay;
  }

  async #answer(call: CallFrame): Promise<Reply> {
    this.ledger.counts.commandsAnswered += 1;
    this.emit("command", call.action);
    // 1.6 §4.2.2, 2.0.1 B03.FR.03: a rejected station talks to nobody.
    if (this.#link.state === "rejected") return { error: "SecurityError", description: "registration was rejected" };
    const { slowAnswerRate = 0, slowAnswerMs = [1_000, 3_000] } = this.#options.faults ?? {};
    if (this.#random.chance(slowAnswerRate)) {
      this.emit("slow", call.action);
      await sleep(this.#network, this.#random.between(...slowAnswerMs));
    }
    const next = (payload = call.payload): Reply => this.dialect.answer(this, { ...call, payload });
    return this.#options.answer?.(call, this, next) ?? next();
  }

  /** A notice that nobody repeats: what is current is told again after a reconnect. */
  #tell(message: Outgoing | undefined): void {
    if (message !== undefined && this.isOnline) void this.request(message.action, message.payload);
  }

  /** After the answer under way has left. */
  #later(action: () => void): void {
    this.#network.callAt(epochMs(this.#network.now() + 1), action);
  }

  #up(peer: RpcPeer): void {
    for (const connector of [undefined, ...this.connectors]) this.#tell(this.dialect.status(connector, this.nowText()));
    this.#outbox.use(peer);
  }

  #retryPolicy(): RetryPolicy {
    return {
      attempts: Math.max(1, this.settings.number("TransactionMessageAttempts", 5)),
      intervalMs: 1000 * this.settings.number("TransactionMessageRetryInterval", 10),
      ids: "new",
      ...this.#options.retry,
    };
  }

  #count(action: string, outcome: CallOutcome): void {
    const { counts } = this.ledger;
    counts.callsSent += 1;
    if (outcome.kind === "error") counts.callErrors += 1;
    if (outcome.kind === "timeout") counts.callTimeouts += 1;
    this.#options.onCall?.(this.id, action, outcome);
  }

  #createConnector(id: number): Connector {
    const point =
      this.dialect.version === "ocpp1.6"
        ? { maxPowerW: 22_000, voltageV: 231, phases: 3 as const }
        : { maxPowerW: 150_000, voltageV: 390, phases: undefined };
    return new Connector(this, id, { point, random: this.#random.fork(`connector ${id}`) });
  }

  #createLink(): StationLink {
    const { url, version, password, tls, dial = dialWebSocket } = this.#options;
    const target = { url, stationId: this.id, versions: [version], password, tls };
    const heartbeat = this.settings.get("HeartbeatInterval");
    return new StationLink({
      dial: () => dial(target),
      clock: this.clock,
      network: this.#network,
      random: this.#random.fork("link"),
      counts: this.ledger.counts,
      callTimeoutMs: this.#options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS,
      reconnectMs: this.#options.reconnectMs ?? [500, 30_000],
      bootOn: this.#options.bootOn ?? "reboot",
      boot: (reason) => this.dialect.boot(this, reason),
      heartbeat: () => this.dialect.heartbeat(),
      heartbeatSec: () => this.settings.number("HeartbeatInterval", 300),
      onInterval: (seconds) => this.settings.change(heartbeat, String(seconds)),
      onCall: (call) => this.#answer(call),
      onOutcome: (action, outcome) => this.#count(action, outcome),
      onUp: (peer) => this.#up(peer),
      onDown: () => this.#outbox.use(undefined),
      emit: (kind, detail) => this.emit(kind, detail),
    });
  }
}

function scriptOf(options: StationOptions): ConnectorScript {
  const { autonomous = true, tokens = DEFAULT_TOKENS, idleSec = [10, 60], sessionSec = [300, 1800], faults } = options;
  return {
    autonomous,
    tokens,
    idleSec,
    sessionSec,
    faultRate: faults?.connectorFaultRate ?? 0,
    faultSec: faults?.faultSec ?? [5, 15],
    tellsMore: options.degradation !== undefined,
  };
}
