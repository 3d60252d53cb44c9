/**
 * One EVSE's indicators from its stream of observations. A session ends with a stop reason; then its figures are added, and
 * the state of health is judged. Observations of doubtful quality are not used.
 */
import { eventChannel } from "../telemetry/channels.ts";
import { eventNo, eventValue } from "../telemetry/event-lists.ts";
import type { ChannelNo } from "../telemetry/observation.ts";
import { Drift, type DriftState } from "./drift.ts";
import { FailureRate } from "./failure-rate.ts";
import { FullPower, type FullPowerState } from "./full-power.ts";
import { type Life, type LifeState, RemainingLife } from "./remaining-life.ts";
import type { SafetyEvent } from "./safety.ts";
import { type Figures, SessionFigures } from "./session-figures.ts";
import { type Finding, HealthScore, type Indicator, type ScoreState, type StateOfHealth } from "./state-of-health.ts";
import { type SupplyState, SupplyTrend } from "./supply-trend.ts";

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
/** Of the register's error: half a percent is what samples a minute apart make of a ramp. */
const METER_SPREAD = 0.005;
/** V: the last digit of a meter. */
const UNREST_SPREAD = 0.05;

export interface SessionResult extends Figures {
  /** Of θ. */
  readonly z: number | undefined;
  readonly cusum: number;
  readonly isFailed: boolean;
  /** Power modules that are left, and of how many, where some seem to be lost. */
  readonly modules: readonly [left: number, of: number] | undefined;
  /** Of the contact, where it wears. */
  readonly life: Life | undefined;
  readonly health: StateOfHealth;
}

/** What an EVSE's analysis carries over a restart; of a session in progress nothing. */
export interface EvseState {
  readonly thermal: DriftState;
  readonly cooling: DriftState;
  readonly meter: DriftState;
  /** Of the contact. */
  readonly life: LifeState;
  readonly supply: SupplyState;
  readonly unrest: DriftState;
  readonly power: FullPowerState;
  readonly failed: readonly boolean[];
  readonly score: ScoreState;
}

export class EvseAnalysis {
  readonly #thermal: Drift;
  readonly #cooling: Drift;
  readonly #meter: Drift;
  readonly #life: RemainingLife;
  readonly #supply: SupplyTrend;
  readonly #unrest: Drift;
  readonly #power: FullPower;
  readonly #failures: FailureRate;
  readonly #score: HealthScore;
  /**
   * From a restart to the next stop. Whether a session was in progress is not known; what is left of one would read as a
   * contact that is warm without current, and as one that gave too little.
   */
  #isPartial: boolean;
  #session = new SessionFigures();

  constructor(state?: EvseState) {
    this.#isPartial = state !== undefined;
    this.#thermal = new Drift(undefined, state?.thermal);
    this.#cooling = new Drift(undefined, state?.cooling);
    this.#meter = new Drift(METER_SPREAD, state?.meter);
    this.#life = new RemainingLife(state?.life);
    this.#supply = new SupplyTrend(state?.supply);
    this.#unrest = new Drift(UNREST_SPREAD, state?.unrest);
    this.#power = new FullPower(state?.power);
    this.#failures = new FailureRate(state?.failed);
    this.#score = new HealthScore(state?.score);
  }

  get state(): EvseState {
    return {
      thermal: this.#thermal.state,
      cooling: this.#cooling.state,
      meter: this.#meter.state,
      life: this.#life.state,
      supply: this.#supply.state,
      unrest: this.#unrest.state,
      power: this.#power.state,
      failed: this.#failures.outcomes,
      score: this.#score.state,
    };
  }

  /** Returns a result when the observation ends a session. */
  observe(channel: ChannelNo, atMs: number, value: number): SessionResult | undefined {
    if (channel === STOPPED) return this.#end(atMs, value);
    this.#session.observe(channel, atMs, value);
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
    const drifts = [this.#thermal, this.#cooling, this.#meter, this.#unrest];
    for (const learnt of [...drifts, this.#life, this.#supply, this.#power]) learnt.relearn();
  }

  #end(atMs: number, reason: number): SessionResult {
    const { figures } = this.#session;
    const { wattHours } = figures;
    this.#session = new SessionFigures();
    const isPartial = this.#isPartial;
    this.#isPartial = false;
    // Without a register the energy is not known, and the reason alone decides.
    const isFailed = !isPartial && ABNORMAL.has(reason) && !(wattHours >= FAILED_BELOW_WH);
    if (!isPartial) this.#learn(figures, isFailed, atMs);
    const told = isPartial ? PARTIAL : figures;
    const { z, sum } = told.theta === undefined ? { z: undefined, sum: 0 } : this.#thermal.last;
    const { modules } = this.#power;
    const { baseline } = this.#thermal;
    const life = baseline === undefined ? undefined : this.#life.until(baseline);
    return { ...told, life, wattHours, z, cusum: sum, isFailed, modules, health: this.#judge(atMs) };
  }

  #learn({ theta, cooling, meterError, share, ...supply }: Figures, isFailed: boolean, atMs: number): void {
    if (theta !== undefined) {
      this.#thermal.add(theta);
      this.#life.add(atMs, theta);
    }
    if (cooling !== undefined) this.#cooling.add(cooling);
    if (meterError !== undefined) this.#meter.add(meterError);
    this.#supply.add(supply.supplySteps, atMs);
    if (supply.unrest !== undefined) this.#unrest.add(supply.unrest);
    if (share !== undefined) this.#power.add(share);
    this.#failures.add(isFailed);
  }

  #judge(atMs: number): StateOfHealth {
    const failures = this.#failures;
    const power = this.#power;
    return this.#score.judge(
      [
        drifting("thermalResistance", this.#thermal),
        { ind: "failureRate", z: failures.excess, isAlarm: failures.isAlarm, evidence: failures.sessions },
        drifting("cooling", this.#cooling),
        { ind: "deliveredPower", z: power.digits, isAlarm: power.isAlarm, evidence: power.sessions },
        drifting("meter", this.#meter),
        drifting("supply", this.#supply.drift),
        drifting("voltageStability", this.#unrest),
      ],
      atMs,
    );
  }
}

const PARTIAL = {
  theta: undefined,
  cooling: undefined,
  share: undefined,
  derateSec: 0,
  meterError: undefined,
  supplySteps: [],
  unrest: undefined,
  voltage: undefined,
};

const drifting = (ind: Indicator, drift: Pick<Drift, "last" | "isAlarm" | "sessions">): Finding => ({
  ind,
  z: drift.last.z,
  isAlarm: drift.isAlarm,
  evidence: drift.sessions,
});

/** True for the observation after which a station's baselines are learnt anew. */
export const isNewFirmware = (channel: ChannelNo, value: number): boolean =>
  channel === FIRMWARE && value === INSTALLED;
