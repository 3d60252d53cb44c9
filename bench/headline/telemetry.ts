/** What modern stations report about their own condition, and single-channel installations send to the CSMS as OCPP. */
import type { LedgerVersion, Payload } from "../../test/support/ledger-books.ts";

/** Values that wander as sensors do. */
export class Condition {
  readonly #values: number[];
  readonly #random: () => number;
  #eventId = 0;

  constructor(random: () => number) {
    this.#random = random;
    this.#values = SENSORS.map(({ typical }) => typical * (0.9 + 0.2 * random()));
  }

  /** One report of all sensors: MeterValues outside a transaction in 1.6, NotifyEvent in 2.0.1. */
  report(version: LedgerVersion, at: string): readonly [action: string, payload: Payload] {
    SENSORS.forEach(({ typical }, i) => {
      this.#values[i] = (this.#values[i] ?? typical) + typical * 0.01 * (this.#random() - 0.5);
    });
    return version === "ocpp1.6" ? this.#meterValues(at) : this.#notifyEvent(at);
  }

  #meterValues(at: string): readonly [string, Payload] {
    const sampledValue = SENSORS.map(({ measurand, unit, phase, digits }, i) => ({
      value: (this.#values[i] ?? 0).toFixed(digits),
      context: "Sample.Periodic",
      measurand,
      ...(phase !== undefined && { phase }),
      location: "Outlet",
      unit,
    }));
    return ["MeterValues", { connectorId: 1, meterValue: [{ timestamp: at, sampledValue }] }];
  }

  #notifyEvent(at: string): readonly [string, Payload] {
    const eventData = SENSORS.map(({ component, variable, digits }, i) => {
      this.#eventId += 1;
      return {
        eventId: this.#eventId,
        timestamp: at,
        trigger: "Periodic",
        actualValue: (this.#values[i] ?? 0).toFixed(digits),
        eventNotificationType: "PreconfiguredMonitor",
        component: { name: component, evse: { id: 1, connectorId: 1 } },
        variable: { name: variable },
      };
    });
    return ["NotifyEvent", { generatedAt: at, seqNo: 0, tbc: false, eventData }];
  }
}

interface Sensor {
  readonly measurand: string;
  readonly unit: string;
  readonly phase: string | undefined;
  readonly component: string;
  readonly variable: string;
  readonly typical: number;
  readonly digits: number;
}

const sensor = (
  [measurand, unit, phase]: readonly [string, string, string?],
  [component, variable]: readonly [string, string],
  typical: number,
  digits = 1,
): Sensor => ({ measurand, unit, phase, component, variable, typical, digits });

const SENSORS: readonly Sensor[] = [
  sensor(["Voltage", "V", "L1-N"], ["AcDcConverter", "ACVoltage"], 231),
  sensor(["Voltage", "V", "L2-N"], ["ElectricalFeed", "ACVoltage"], 230),
  sensor(["Voltage", "V", "L3-N"], ["DistributionPanel", "ACVoltage"], 232),
  sensor(["Current.Import", "A", "L1"], ["AcDcConverter", "ACCurrent"], 31, 2),
  sensor(["Current.Import", "A", "L2"], ["ElectricalFeed", "ACCurrent"], 30, 2),
  sensor(["Current.Import", "A", "L3"], ["DistributionPanel", "ACCurrent"], 32, 2),
  sensor(["Power.Active.Import", "W"], ["EVSE", "Power"], 21_500),
  sensor(["Frequency", "Hertz"], ["ElectricalFeed", "ACFrequency"], 50, 3),
  sensor(["Temperature", "Celsius"], ["TemperatureSensor", "Temperature"], 47),
  sensor(["RPM", "RPM"], ["FanController", "Speed"], 2400, 0),
];
