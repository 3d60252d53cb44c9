/**
 * One EVSE's indicators from its stream of observations. A session ends with a stop reason; then its figures are added, and
 * the state of health is judged. Observations of doubtful quality are not used.
 */
import { eventChannel, meterChannel } from "../telemetry/channels.ts";
import { eventNo, eventValue } from "../telemetry/event-lists.ts";
import { locationNo, measurandNo, phaseNo } from "../telemetry/measurands.ts";
import type { ChannelNo } from "../telemetry/observation.ts";
import { type BaseUnit, baseUnitNo } from "../telemetry/units.ts";
import { Drift, type DriftState } from "./drift.ts";
import { FailureRate } from "./failure-rate.ts";
import type { SafetyEvent } from "./safety.ts";
import { HealthScore, type ScoreState, type StateOfHealth } from "./state-of-health.ts";
import { ThermalFit } from "./thermal-fit.ts";

const channelOf = (measurand: string, unit: BaseUnit, phase: string, location: string): ChannelNo =>
  meterChannel(measurandNo(measurand), baseUnitNo(unit), phaseNo(phase), locationNo(location));

/** The whole current, or the first phase's: one conductor stands for the connector. */
const CURRENTS = ["", "L1"].map((phase) => channelOf("Current.Import", "A", phase, "Outlet"));
/** Where a contact warms; not the housing, and not the vehicle's own side. */
const TEMPERATURES = ["Outlet", "Cable", "Inlet"].map((place) => channelOf("Temperature", "Celsius", "", place));
const ENERGY = channelOf("Energy.Active.Import.Register", "Wh", "", "Outlet");
const STOPPED = eventChannel("stoppedReason");
const FIRMWARE = eventChannel("firmwareStatus");
const INSTALLED = eventValue(eventNo("firmwareStatus"), "Installed");
/** Reasons nobody wanted: neither driver, nor operator, nor vehicle. */
const ABNORMAL: ReadonlySet<number> = new Set(
  ["PowerLoss", "Reboot", "HardReset", "GroundFault", "OvercurrentFault", "PowerQuality", "Timeout"].map((reason) =>
    eventValue(eventNo("stoppedReason"), reason),
  ),
);
/** A session that ended abnormally has failed when it gave less than this. */
const FAILED_BELOW_WH = 100;

export interface SessionResult {
  /** K/A²; undefined where the session does not tell. */
  readonly theta: number | undefined;
  readonly z: number | undefined;
  readonly cusum: number;
  readonly isFailed: boolean;
  readonly health: StateOfHealth;
}

/** What an EVSE's analysis carries over a restart; of a session in progress nothing. */
export interface EvseState {
  readonly drift: DriftState;
  readonly thetas: number;
  /** Null where there is none: JSON has no undefined. */
  readonly z: number | null;
  readonly failed: readonly boolean[];
  readonly score: ScoreState;
}

export class EvseAnalysis {
  readonly #drift: Drift;
  readonly #failures: FailureRate;
  readonly #score: HealthScore;
  /**
   * From a restart to the next stop. Whether a session was in progress is not known; what is left of one would read as a
   * contact that is warm without current, and as one that gave too little.
   */
  #isPartial: boolean;
  #fit = new ThermalFit();
  #current = -1;
  #temperature = -1;
  #energyFrom = Number.NaN;
  #energyTo = Number.NaN;
  #thetas = 0;
  #z: number | undefined;

  constructor(state?: EvseState) {
    this.#isPartial = state !== undefined;
    this.#drift = state === undefined ? new Drift() : Drift.restore(state.drift);
    this.#failures = new FailureRate(state?.failed);
    this.#score = new HealthScore(state?.score);
    this.#thetas = state?.thetas ?? 0;
    this.#z = state?.z ?? undefined;
  }

  get state(): EvseState {
    return {
      drift: this.#drift.state,
      thetas: this.#thetas,
      z: this.#z ?? null,
      failed: this.#failures.outcomes,
      score: this.#score.state,
    };
  }

  /** Returns a result when the observation ends a session. */
  observe(channel: ChannelNo, atMs: number, value: number): SessionResult | undefined {
    if (channel === STOPPED) return this.#end(atMs, value);
    if (CURRENTS.includes(channel)) this.#addCurrent(channel, atMs, value);
    else if (TEMPERATURES.includes(channel)) this.#addTemperature(channel, atMs, value);
    else if (channel === ENERGY) this.#addEnergy(value);
    return undefined;
  }

  /** Returns what to tell, where it is news. */
  latch(event: SafetyEvent, atMs: number): StateOfHealth | undefined {
    return this.#score.latch(event, atMs) ? this.#score.health : undefined;
  }

  acknowledge(untilMs: number): void {
    this.#score.acknowledge(untilMs);
  }

  /** New firmware may measure differently: what was normal is learnt anew. */
  relearn(): void {
    this.#drift.relearn();
    this.#thetas = 0;
    this.#z = undefined;
  }

  /** One channel in a session: the first seen. */
  #addCurrent(channel: ChannelNo, atMs: number, ampere: number): void {
    if (this.#current < 0) this.#current = channel;
    if (this.#current === channel) this.#fit.current(atMs, ampere);
  }

  #addTemperature(channel: ChannelNo, atMs: number, celsius: number): void {
    if (this.#temperature < 0) this.#temperature = channel;
    if (this.#temperature === channel) this.#fit.temperature(atMs, celsius);
  }

  #addEnergy(wattHours: number): void {
    if (Number.isNaN(this.#energyFrom)) this.#energyFrom = wattHours;
    this.#energyTo = wattHours;
  }

  #end(atMs: number, reason: number): SessionResult {
    const theta = this.#isPartial ? undefined : this.#fit.theta;
    const reading = theta === undefined ? undefined : this.#drift.add(theta);
    if (reading !== undefined) {
      this.#thetas += 1;
      this.#z = reading.z;
    }
    // Without a register the energy is not known, and the reason alone decides.
    const isShort = !(this.#energyTo - this.#energyFrom >= FAILED_BELOW_WH);
    const isFailed = !this.#isPartial && ABNORMAL.has(reason) && isShort;
    if (!this.#isPartial) this.#failures.add(isFailed);
    this.#begin();
    return { theta, z: reading?.z, cusum: reading?.sum ?? 0, isFailed, health: this.#judge(atMs) };
  }

  #begin(): void {
    this.#isPartial = false;
    this.#fit = new ThermalFit();
    this.#current = -1;
    this.#temperature = -1;
    this.#energyFrom = Number.NaN;
    this.#energyTo = Number.NaN;
  }

  #judge(atMs: number): StateOfHealth {
    const failures = this.#failures;
    return this.#score.judge(
      [
        { ind: "thermalResistance", z: this.#z, isAlarm: this.#drift.isAlarm, evidence: this.#thetas },
        { ind: "failureRate", z: failures.excess, isAlarm: failures.isAlarm, evidence: failures.sessions },
      ],
      atMs,
    );
  }
}

/** True for the observation after which a station's baselines are learnt anew. */
export const isNewFirmware = (channel: ChannelNo, value: number): boolean =>
  channel === FIRMWARE && value === INSTALLED;
