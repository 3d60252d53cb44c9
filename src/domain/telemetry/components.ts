/**
 * The allow-list of the device model: which component × variable pairs of NotifyEvent (and of periodic event streams) are
 * condition data. What is not here does not enter the health lane; in particular nothing of `ConnectedEV`, `TokenReader`,
 * `ActiveTransactionId`, serial numbers, addresses or any other text.
 *
 * @see OCPP 2.0.1 Part 2 Appendix 3 Standardized Components and Variables
 */
import { type BaseUnit, baseUnitNo } from "./units.ts";

/** A component's number is its index here. Sensors of who parks where are left out on purpose. */
export const COMPONENT_NAMES: readonly string[] = [
  ...["AcDcConverter", "AcPhaseSelector", "Actuator", "AirCoolingSystem", "AreaVentilation", "BeaconLighting"],
  ...["CableBreakawaySensor", "CaseAccessSensor", "ChargingStation", "ChargingStatusIndicator", "Connector"],
  ...["ConnectorHolsterRelease", "ConnectorHolsterSensor", "ConnectorPlugRetentionLock"],
  ...["ConnectorProtectionRelease", "ControlMetering", "Controller", "CPPWMController", "DataLink", "Display"],
  ...["DistributionPanel", "ElectricalFeed", "ELVSupply", "EmergencyStopSensor", "EnvironmentalLighting"],
  ...["EVRetentionLock", "EVSE", "ExternalTemperatureSensor", "FiscalMetering", "FloodSensor"],
  ...["GroundIsolationProtection", "Heater", "HumiditySensor", "LightSensor", "LiquidCoolingSystem"],
  ...["LocalEnergyStorage", "OverCurrentProtection", "OverCurrentProtectionRecloser", "PowerContactor", "RCD"],
  ...["RCDRecloser", "RealTimeClock", "ShockSensor", "Switch", "TemperatureSensor", "TiltSensor"],
  ...["UIInput", "UpstreamProtectionTrigger"],
];

export type VariableType = "number" | "boolean" | "list";

interface Variable {
  readonly name: string;
  readonly type: VariableType;
  readonly unit: BaseUnit;
  readonly values?: readonly string[];
}

const number = (name: string, unit: BaseUnit = "1"): Variable => ({ name, type: "number", unit });
const boolean = (name: string): Variable => ({ name, type: "boolean", unit: "1", values: ["false", "true"] });
const list = (name: string, ...values: string[]): Variable => ({ name, type: "list", unit: "1", values });

/** A variable's number is its index here. */
export const VARIABLES: readonly Variable[] = [
  number("ACCurrent", "A"),
  number("ACVoltage", "V"),
  number("DCCurrent", "A"),
  number("DCVoltage", "V"),
  number("Power", "W"),
  number("Frequency", "Hz"),
  number("Temperature", "Celsius"),
  number("Impedance", "Ohm"),
  number("VoltageImbalance", "Percent"),
  number("CurrentImbalance", "Percent"),
  number("FanSpeed", "RPM"),
  number("Humidity", "RH"),
  number("Force", "N"),
  number("Angle", "Deg"),
  number("SignalStrength", "dBm"),
  number("Percent", "Percent"),
  number("Tries"),
  number("Attempts"),
  number("Count"),
  number("ConnectedTime", "s"),
  number("StateOfCharge", "Percent"),
  number("Storage", "B"),
  boolean("Problem"),
  boolean("Tripped"),
  boolean("Overload"),
  boolean("Operated"),
  boolean("Active"),
  boolean("Available"),
  boolean("Enabled"),
  boolean("Fallback"),
  boolean("Complete"),
  boolean("Protecting"),
  boolean("Suspending"),
  boolean("Suspension"),
  list("AvailabilityState", "Available", "Occupied", "Reserved", "Unavailable", "Faulted"),
  list("State", "A", "B", "C", "D", "E", "F"),
];

const COMPONENTS: ReadonlyMap<string, number> = new Map(COMPONENT_NAMES.map((name, i) => [name.toLowerCase(), i]));
const VARIABLE_NOS: ReadonlyMap<string, number> = new Map(VARIABLES.map(({ name }, i) => [name.toLowerCase(), i]));
/** Longest name the specification allows; a longer one is not looked at. */
const MAX_NAME = 50;

/** Names of the device model are case-insensitive. */
const lookUp = (map: ReadonlyMap<string, number>, name: unknown): number =>
  typeof name === "string" && name.length <= MAX_NAME ? (map.get(name.toLowerCase()) ?? -1) : -1;

export const componentNo = (name: unknown): number => lookUp(COMPONENTS, name);

export const variableNo = (name: unknown): number => lookUp(VARIABLE_NOS, name);

const STATE = VARIABLES.findIndex(({ name }) => name === "State");
const STATE_OF_CHARGE = VARIABLES.findIndex(({ name }) => name === "StateOfCharge");
const PWM_CONTROLLER = componentNo("CPPWMController");
const ENERGY_STORAGE = componentNo("LocalEnergyStorage");

/** `State` has standard words for the control pilot alone; a charge level is the station's own battery's, never the car's. */
export function isAllowedPair(component: number, variable: number): boolean {
  if (variable === STATE) return component === PWM_CONTROLLER;
  if (variable === STATE_OF_CHARGE) return component === ENERGY_STORAGE;
  return component >= 0 && variable >= 0;
}

export const variableUnit = (variable: number): number => baseUnitNo(VARIABLES[variable]?.unit ?? "1");
