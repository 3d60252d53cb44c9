/**
 * One connector's life: free → plugged in → authorised → charging → unplugged, over and over, with a fault now and then.
 *
 *     Available ─▶ Preparing ─▶ Charging ⇄ SuspendedEVSE ─▶ Finishing ─▶ Available
 *                      └ refused ─▶ Available     └ fault ─▶ Faulted ─▶ Available
 */
import type { Clock } from "../ports.ts";
import { type ChargePoint, type ChargeState, idleState, step, type Vehicle } from "./charging-model.ts";
import { Alarm } from "./clock.ts";
import type { Condition } from "./degradation.ts";
import {
  type ConnectorControl,
  type ConnectorReservation,
  type ConnectorStatus,
  type Dialect,
  FAULT_CODES,
  type FaultCode,
  type LiveTransaction,
  type StopReason,
  type TransactionMessage,
} from "./dialect.ts";
import type { LedgerBook } from "./ledger.ts";
import type { ProfileStore } from "./profiles.ts";
import type { SeededRandom } from "./random.ts";
import type { Settings } from "./settings.ts";
import type { Range, StationEvent } from "./station-options.ts";

/** What a connector needs of its station. */
export interface ConnectorHost {
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly settings: Settings;
  readonly profiles: ProfileStore;
  readonly ledger: LedgerBook;
  readonly stopping: boolean;
  readonly isOnline: boolean;
  readonly script: ConnectorScript;
  /** How worn the station is now. */
  readonly condition: Condition;
  authorize(token: string): Promise<boolean>;
  enqueue(transaction: LiveTransaction, message: TransactionMessage, connector: Connector): void;
  statusChanged(connector: Connector): void;
  sendCondition(connector: Connector): void;
  emit(kind: StationEvent["kind"], detail: string): void;
}

export interface ConnectorScript {
  /** False: sessions begin only by `remoteStart`. */
  readonly autonomous: boolean;
  readonly tokens: readonly string[];
  readonly idleSec: Range;
  readonly sessionSec: Range;
  /** Probability that a session ends in a connector fault. */
  readonly faultRate: number;
  readonly faultSec: Range;
  readonly tellsMore: boolean;
}

interface Start {
  readonly token: string;
  /** True when the CSMS asked for it, so that nobody has to be asked again. */
  readonly remote: boolean;
  readonly remoteStartId: number | undefined;
}

/** Condition messages are sent after every so many meter values. */
const METER_VALUES_PER_CONDITION = 10;
const UNPLUG_SEC: Range = [1, 3];
const HOT_C = 92;

export class Connector implements ConnectorControl {
  readonly id: number;
  status: ConnectorStatus = "Available";
  faultCode: FaultCode | undefined;
  state: ChargeState;
  transaction: LiveTransaction | undefined;
  isOperative = true;
  reservation: ConnectorReservation | undefined;
  readonly #host: ConnectorHost;
  readonly #point: ChargePoint;
  readonly #random: SeededRandom;
  readonly #alarm: Alarm;
  #vehicle: Vehicle | undefined;
  #steppedAt: number;
  #lastStamp = 0;
  #asked: Start | undefined;
  #stopReason: StopReason | undefined;

  constructor(host: ConnectorHost, id: number, { point, random }: { point: ChargePoint; random: SeededRandom }) {
    this.#host = host;
    this.id = id;
    this.#point = point;
    this.#random = random;
    this.#alarm = new Alarm(host.clock);
    this.#steppedAt = host.clock.now();
    this.state = idleState(point, random.integer(10_000, 900_000));
  }

  get tellsMore(): boolean {
    return this.#host.script.tellsMore;
  }

  get maxPowerW(): number {
    return this.#point.maxPowerW;
  }

  /** Runs sessions until the station stops. Rejects never. */
  async run(): Promise<void> {
    while (!this.#host.stopping) {
      const start = await this.#nextStart();
      if (start !== undefined && !this.#host.stopping) await this.#session(start);
    }
  }

  remoteStart(token: string, remoteStartId: number | undefined): boolean {
    return this.#ask({ token, remote: !this.#host.settings.isOn("AuthorizeRemoteTxRequests"), remoteStartId });
  }

  /** Somebody plugs in and shows a card. False when the connector is not free for that card. */
  plugIn(token: string): boolean {
    return this.#ask({ token, remote: false, remoteStartId: undefined });
  }

  reserve(reservation: ConnectorReservation | undefined): boolean {
    if (this.status !== "Available" && this.status !== "Reserved") return false;
    this.reservation = reservation;
    this.#rest();
    return true;
  }

  /** Nothing where no transaction runs. */
  requestStop(reason: StopReason): void {
    if (this.transaction === undefined) return;
    this.#stopReason ??= reason;
    this.#alarm.wake();
  }

  setOperative(operative: boolean): "Accepted" | "Scheduled" {
    this.isOperative = operative;
    if (this.transaction !== undefined) return "Scheduled";
    if (["Available", "Reserved", "Unavailable"].includes(this.status)) this.#rest();
    return "Accepted";
  }

  limitChanged(): void {
    this.#advance();
  }

  /** Ends the wait under way, so that the loop sees that the station stops. */
  wake(): void {
    this.#alarm.wake();
  }

  /** Brings the physics up to now. */
  #advance(): void {
    const now = this.#host.clock.now();
    const seconds = (now - this.#steppedAt) / 1000;
    this.#steppedAt = now;
    const transaction = this.transaction?.record;
    const limitW = this.#host.profiles.limitW({
      connectorId: this.id,
      at: now,
      transaction: transaction && { id: transaction.transactionId, startedAt: transaction.startedAt },
    });
    const vehicle = transaction === undefined ? undefined : this.#vehicle;
    this.state = step(this.state, this.#point, { vehicle, limitW, seconds, condition: this.#host.condition });
  }

  #ask(start: Start): boolean {
    const isFree = this.status === "Available" || this.reservation?.token === start.token;
    if (!isFree || this.transaction !== undefined || this.#asked !== undefined) return false;
    this.#asked = start;
    this.#alarm.wake();
    return true;
  }

  async #nextStart(): Promise<Start | undefined> {
    const { script } = this.#host;
    const idle = script.autonomous && this.isOperative ? this.#seconds(script.idleSec) : Number.POSITIVE_INFINITY;
    if (this.#asked === undefined) await this.#alarm.wait(idle);
    const start = this.#asked ?? this.#walkIn(idle);
    this.#asked = undefined;
    const isKept = this.reservation !== undefined && this.reservation.token !== start?.token;
    return this.isOperative && !isKept ? start : undefined;
  }

  #walkIn(idle: number): Start | undefined {
    const token = idle === Number.POSITIVE_INFINITY ? undefined : this.#random.pick(this.#host.script.tokens);
    return token === undefined ? undefined : { token, remote: false, remoteStartId: undefined };
  }

  async #session(start: Start): Promise<void> {
    this.#stopReason = undefined;
    this.#setStatus("Preparing");
    if (!start.remote && !(await this.#host.authorize(start.token))) {
      this.#rest();
      return;
    }
    if (!this.#host.stopping) await this.#charge(this.#begin(start));
    this.#rest();
  }

  #begin({ token, remoteStartId }: Start): LiveTransaction {
    const { ledger, dialect } = this.#host;
    const at = this.#stamp();
    this.#advance();
    const record = ledger.open({
      connectorId: this.id,
      token,
      transactionId: dialect.transactionId(this.#random.uuid()),
      startedAt: at,
      meterStartWh: Math.floor(this.state.registerWh),
    });
    const reservationId = this.reservation?.token === token ? this.reservation.id : undefined;
    const transaction: LiveTransaction = { record, remoteStartId, reservationId, nextSeqNo: 0 };
    this.reservation = undefined;
    this.#vehicle = this.#newVehicle();
    this.state = { ...this.state, socPercent: this.#random.between(12, 88) };
    this.transaction = transaction;
    this.#enqueue(dialect.started(transaction, this, this.#options(at)));
    this.#host.emit("transaction.started", `connector ${this.id}`);
    return transaction;
  }

  async #charge(transaction: LiveTransaction): Promise<void> {
    const { script, settings, clock } = this.#host;
    const endsAt = clock.now() + this.#seconds(script.sessionSec);
    const faultAt = this.#random.chance(script.faultRate) ? this.#random.between(clock.now(), endsAt) : undefined;
    this.#setStatus("Charging");
    for (let n = 1; this.#stopReason === undefined; n += 1) {
      await this.#alarm.wait(1000 * Math.max(1, settings.number("MeterValueSampleInterval", 1)));
      this.#advance();
      this.#stopReason ??= this.#reasonToEnd(endsAt, faultAt);
      if (this.#stopReason === undefined) this.#sample(transaction, n);
    }
    await this.#finish(transaction, this.#stopReason);
  }

  #reasonToEnd(endsAt: number, faultAt: number | undefined): StopReason | undefined {
    const now = this.#host.clock.now();
    if (this.#host.stopping) return "Local";
    if (faultAt !== undefined && now >= faultAt) return this.#fail();
    return now >= endsAt || this.state.socPercent >= 100 ? "EVDisconnected" : undefined;
  }

  #fail(): StopReason {
    this.faultCode = this.#random.pick(FAULT_CODES) ?? "HighTemperature";
    if (this.faultCode === "HighTemperature") this.state = { ...this.state, temperatureC: HOT_C };
    this.#host.ledger.counts.faults += 1;
    this.#host.sendCondition(this);
    this.#host.emit("fault", `connector ${this.id}: ${this.faultCode}`);
    return "Other";
  }

  #sample(transaction: LiveTransaction, n: number): void {
    this.#setStatus(this.state.powerW > 0 || n < 2 ? "Charging" : "SuspendedEVSE");
    this.#enqueue(this.#host.dialect.updated(transaction, this, this.#options(this.#stamp())));
    if (n % METER_VALUES_PER_CONDITION === 0) this.#host.sendCondition(this);
  }

  async #finish(transaction: LiveTransaction, reason: StopReason): Promise<void> {
    const { dialect, ledger } = this.#host;
    const at = this.#stamp();
    const meterStopWh = Math.floor(this.state.registerWh);
    this.#enqueue(dialect.ended(transaction, this, { ...this.#options(at), reason, meterStopWh }));
    ledger.end(transaction.record, at, meterStopWh);
    this.transaction = undefined;
    this.#vehicle = undefined;
    this.state = { ...this.state, powerW: 0, currentA: 0 };
    this.#host.emit("transaction.ended", `connector ${this.id}: ${meterStopWh - transaction.record.meterStartWh} Wh`);
    this.#setStatus(this.faultCode === undefined ? "Finishing" : "Faulted");
    if (this.#host.stopping) return;
    await this.#alarm.wait(this.#seconds(this.faultCode === undefined ? UNPLUG_SEC : this.#host.script.faultSec));
  }

  /** Back to where a session may begin, or to Unavailable where the CSMS wants that. */
  #rest(): void {
    this.faultCode = undefined;
    const free = this.reservation === undefined ? "Available" : "Reserved";
    this.#setStatus(this.isOperative ? free : "Unavailable");
    this.#alarm.wake();
  }

  #enqueue(message: TransactionMessage): void {
    if (this.transaction !== undefined) this.#host.enqueue(this.transaction, message, this);
  }

  #setStatus(status: ConnectorStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.#host.statusChanged(this);
  }

  #options(at: number): { at: string; offline: boolean } {
    return { at: new Date(at).toISOString(), offline: !this.#host.isOnline };
  }

  /** Now, and later than the stamp before: meter values of one transaction are told apart by their time. */
  #stamp(): number {
    this.#lastStamp = Math.max(this.#host.clock.now(), this.#lastStamp + 1);
    return this.#lastStamp;
  }

  #seconds([min, max]: Range): number {
    return 1000 * this.#random.between(min, max);
  }

  #newVehicle(): Vehicle {
    return {
      batteryWh: 1000 * this.#random.integer(38, 95),
      maxPowerW: this.#random.pick([7_400, 11_000, 22_000, 50_000, 120_000]),
      taperFromSoc: this.#random.integer(55, 80),
    };
  }
}
