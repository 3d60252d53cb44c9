/**
 * One charging session's figures, from its observations. Of each quantity one channel counts: the first that comes in the session,
 * whole before one phase's; sums of fixed size, whatever the session's length.
 *
 * | figure         | from                                                                    |
 * | -------------- | ----------------------------------------------------------------------- |
 * | `theta`        | current and the temperature of outlet, cable, inlet; 2.x `TemperatureSensor` |
 * | `cooling`      | current and the temperature of the body; 2.x `AirCoolingSystem`, `LiquidCoolingSystem` |
 * | `share`        | power, or current, by what is offered of it; held for three samples     |
 * | `derateSec`    | time below nine tenths of the best share before, while it was hot       |
 * | `meterError`   | energy register against the integral of power                           |
 * | `supplySteps`  | voltage and current of L1, at the grid's inlet or the outlet: steps     |
 * | `unrest`       | the same voltage from sample to sample, while the current is steady     |
 * | `voltage`      | the same voltage, least and greatest                                    |
 * | `wattHours`    | energy register                                                         |
 */
import { deviceChannel, meterChannel } from "../telemetry/channels.ts";
import { componentNo, variableNo } from "../telemetry/components.ts";
import { locationNo, measurandNo, phaseNo } from "../telemetry/measurands.ts";
import type { ChannelNo } from "../telemetry/observation.ts";
import { type BaseUnit, baseUnitNo } from "../telemetry/units.ts";
import { MeterCheck } from "./meter-check.ts";
import { OfferedShare } from "./offered-share.ts";
import { SupplyPath, type VoltageRange } from "./supply-path.ts";
import { ThermalFit } from "./thermal-fit.ts";

type Quantity =
  | "current"
  | "contact"
  | "body"
  | "power"
  | "powerOffered"
  | "currentOffered"
  | "register"
  | "supplyVoltage"
  | "supplyCurrent";

const channelOf = (measurand: string, unit: BaseUnit, phase = "", location = "Outlet"): ChannelNo =>
  meterChannel(measurandNo(measurand), baseUnitNo(unit), phaseNo(phase), locationNo(location));

/** Sensors have instances; the first fifteen are known. */
const sensors = (component: string): readonly ChannelNo[] => {
  const pair = { component: componentNo(component), variable: variableNo("Temperature") };
  return Array.from({ length: 16 }, (_, instance) => deviceChannel(pair, instance, 0, 0));
};

const temperatures = (...places: string[]) => places.map((place) => channelOf("Temperature", "Celsius", "", place));

/** At the grid's side of a rectifier, or of what gives alternating current. */
const supplies = (at: (place: string) => readonly ChannelNo[]) => ["Inlet", "Outlet"].flatMap(at);

/** One conductor stands for the connector: the whole current, or the first phase's. */
const QUANTITIES: readonly (readonly [Quantity, readonly ChannelNo[]])[] = [
  ["current", ["", "L1"].map((phase) => channelOf("Current.Import", "A", phase))],
  // Where a contact warms; not the housing, and not the vehicle's own side.
  ["contact", [...temperatures("Outlet", "Cable", "Inlet"), ...sensors("TemperatureSensor")]],
  ["body", [...temperatures("Body"), ...sensors("AirCoolingSystem"), ...sensors("LiquidCoolingSystem")]],
  ["power", [channelOf("Power.Active.Import", "W")]],
  ["powerOffered", [channelOf("Power.Offered", "W")]],
  ["currentOffered", ["", "L1"].map((phase) => channelOf("Current.Offered", "A", phase))],
  ["register", [channelOf("Energy.Active.Import.Register", "Wh")]],
  // Of alternating current, which is what names a phase; 1.6 stations call the voltage against neutral either way.
  ["supplyVoltage", supplies((place) => ["L1-N", "L1"].map((phase) => channelOf("Voltage", "V", phase, place)))],
  ["supplyCurrent", supplies((place) => [channelOf("Current.Import", "A", "L1", place)])],
];

interface Role {
  /** Of the quantity, in {@link QUANTITIES}. */
  readonly no: number;
  readonly quantity: Quantity;
}

const ROLES = QUANTITIES.flatMap(([quantity, channels], no) => channels.map((channel) => ({ no, quantity, channel })));

/** The current of L1 has two. */
const ROLES_OF: ReadonlyMap<ChannelNo, readonly Role[]> = new Map(
  ROLES.map(({ channel }) => [channel, ROLES.filter((role) => role.channel === channel)]),
);
const NONE: readonly Role[] = [];
const UNCHOSEN = -1;
const OFFERED_POWER = QUANTITIES.findIndex(([quantity]) => quantity === "powerOffered");

/** Undefined where the session does not tell. */
export interface Figures {
  /** K/A². */
  readonly theta: number | undefined;
  /** K/A², of the housing. */
  readonly cooling: number | undefined;
  readonly share: number | undefined;
  readonly derateSec: number;
  readonly meterError: number | undefined;
  /** Impedance by each step of the current, in Ω. */
  readonly supplySteps: readonly number[];
  /** V. */
  readonly unrest: number | undefined;
  readonly voltage: VoltageRange | undefined;
  /** NaN without a register. */
  readonly wattHours: number;
}

export class SessionFigures {
  /** Channel by quantity. */
  readonly #chosen = new Int32Array(QUANTITIES.length).fill(UNCHOSEN);
  readonly #contact = new ThermalFit();
  readonly #body = new ThermalFit();
  readonly #share = new OfferedShare();
  readonly #meter = new MeterCheck();
  readonly #supply = new SupplyPath();
  #energyFrom = Number.NaN;
  #energyTo = Number.NaN;

  get figures(): Figures {
    return {
      theta: this.#contact.theta,
      cooling: this.#body.theta,
      share: this.#share.top,
      derateSec: this.#share.derateSec,
      meterError: this.#meter.error,
      supplySteps: this.#supply.steps,
      unrest: this.#supply.unrest,
      voltage: this.#supply.range,
      wattHours: this.#energyTo - this.#energyFrom,
    };
  }

  observe(channel: ChannelNo, atMs: number, value: number): void {
    for (const { no, quantity } of ROLES_OF.get(channel) ?? NONE) {
      if (this.#chosen[no] === UNCHOSEN) this.#chosen[no] = channel;
      if (this.#chosen[no] === channel) this.#add(quantity, atMs, value);
    }
  }

  get #hasPowerOffered(): boolean {
    return this.#chosen[OFFERED_POWER] !== UNCHOSEN;
  }

  #add(quantity: Quantity, atMs: number, value: number): void {
    switch (quantity) {
      case "current":
        this.#contact.current(atMs, value);
        this.#body.current(atMs, value);
        if (!this.#hasPowerOffered) this.#share.delivered(atMs, value);
        return;
      case "contact":
        this.#contact.temperature(atMs, value);
        this.#share.temperature(value);
        return;
      case "body":
        this.#body.temperature(atMs, value);
        this.#share.temperature(value);
        return;
      case "power":
        this.#meter.power(atMs, value);
        if (this.#hasPowerOffered) this.#share.delivered(atMs, value);
        return;
      case "powerOffered":
        this.#share.offered(value);
        return;
      case "currentOffered":
        if (!this.#hasPowerOffered) this.#share.offered(value);
        return;
      case "register":
        this.#meter.register(atMs, value);
        if (Number.isNaN(this.#energyFrom)) this.#energyFrom = value;
        this.#energyTo = value;
        return;
      case "supplyVoltage":
        this.#supply.voltage(atMs, value);
        return;
      case "supplyCurrent":
        this.#supply.current(atMs, value);
    }
  }
}
