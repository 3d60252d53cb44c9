/** The closed tables: every channel has a name, every name is harmless, every unit is normalised. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { trip } from "../../../src/domain/privacy/tripwire.ts";
import {
  describeChannel,
  deviceChannel,
  eventChannel,
  MAX_INSTANCE,
  meterChannel,
} from "../../../src/domain/telemetry/channels.ts";
import {
  COMPONENT_NAMES,
  componentNo,
  isAllowedPair,
  VARIABLES,
  variableNo,
} from "../../../src/domain/telemetry/components.ts";
import { EVENT_LISTS, eventNo, eventValue, vendorErrorValue } from "../../../src/domain/telemetry/event-lists.ts";
import {
  LOCATION_NAMES,
  locationNo,
  MEASURAND_NAMES,
  measurandNo,
  PHASE_NAMES,
  phaseNo,
} from "../../../src/domain/telemetry/measurands.ts";
import {
  BASE_UNITS,
  normalise,
  normalisedUnit,
  WIRE_UNIT_NAMES,
  wireUnitNo,
} from "../../../src/domain/telemetry/units.ts";

const indexOf = (list: readonly unknown[]) => fc.integer({ min: 0, max: list.length - 1 });

test("a meter channel says measurand, unit, phase and location, and nothing else", () => {
  const numbers = fc.tuple(
    indexOf(MEASURAND_NAMES),
    indexOf(BASE_UNITS),
    indexOf(PHASE_NAMES),
    indexOf(LOCATION_NAMES),
  );
  fc.assert(
    fc.property(numbers, ([measurand, unit, phase, location]) => {
      assert.equal(describeChannel(meterChannel(measurand, unit, phase, location)), {
        name: MEASURAND_NAMES[measurand],
        kind: "metric",
        unit: BASE_UNITS[unit],
        phase: PHASE_NAMES[phase],
        location: LOCATION_NAMES[location],
        instance: 0,
        values: undefined,
      });
    }),
  );
});

test("a device channel says component, variable, instance, phase and mode", () => {
  const numbers = fc.tuple(
    indexOf(COMPONENT_NAMES),
    indexOf(VARIABLES),
    fc.integer({ min: 0, max: MAX_INSTANCE }),
    indexOf(PHASE_NAMES),
    fc.integer({ min: 0, max: 2 }),
  );
  fc.assert(
    fc.property(numbers, ([component, variable, instance, phase, mode]) => {
      const info = describeChannel(deviceChannel({ component, variable }, instance, phase, mode));
      const suffix = ["", ".alert", ".cleared"][mode];
      assert.is(info?.name, `${COMPONENT_NAMES[component]}.${VARIABLES[variable]?.name}${suffix}`);
      assert.is(info?.instance, instance);
      assert.is(info?.phase, PHASE_NAMES[phase]);
      assert.is(info?.kind, mode === 0 && VARIABLES[variable]?.type === "number" ? "metric" : "event");
    }),
  );
});

test("event channels carry their closed lists", () => {
  for (const { name, values } of EVENT_LISTS) {
    const info = describeChannel(eventChannel(name));
    assert.equal([info?.name, info?.kind, info?.values], [name, "event", values]);
    assert.is(new Set(values).size, values.length, `${name} has no word twice`);
    for (const [i, value] of values.entries()) assert.is(eventValue(eventNo(name), value), i);
  }
});

test("a number that is no channel has no description", () => {
  for (const channel of [-1, meterChannel(MEASURAND_NAMES.length, 0, 0, 0), meterChannel(0, 31, 0, 0), 3 << 23]) {
    assert.is(describeChannel(channel), undefined);
  }
  fc.assert(fc.property(fc.integer(), (channel) => void describeChannel(channel)));
});

test("no word of any table looks like personal data", () => {
  const words = [...MEASURAND_NAMES, ...COMPONENT_NAMES, ...BASE_UNITS, ...PHASE_NAMES, ...LOCATION_NAMES];
  const events = EVENT_LISTS.flatMap(({ name, values }) => [name, ...values]);
  const variables = VARIABLES.flatMap(({ name, values = [] }) => [name, ...values]);
  for (const word of [...words, ...events, ...variables]) assert.is(trip(`{"${word}":"${word}"}`), undefined, word);
});

test("tables have every name once and fit the bits they are packed in", () => {
  const tables: readonly (readonly [readonly string[], number])[] = [
    [MEASURAND_NAMES, 128],
    [BASE_UNITS, 32],
    [PHASE_NAMES, 16],
    [LOCATION_NAMES, 8],
    [COMPONENT_NAMES, 128],
    [VARIABLES.map(({ name }) => name), 64],
  ];
  for (const [names, room] of tables) {
    assert.is(new Set(names.map((name) => name.toLowerCase())).size, names.length);
    assert.ok(names.length <= room);
  }
});

test("lookups know their own names, defaults for absent ones, and nothing else", () => {
  for (const [i, name] of MEASURAND_NAMES.entries()) assert.is(measurandNo(name), i);
  assert.is(MEASURAND_NAMES[measurandNo(undefined)], "Energy.Active.Import.Register");
  assert.is(LOCATION_NAMES[locationNo(undefined)], "Outlet");
  assert.is(phaseNo(undefined), 0);
  for (const lookup of [measurandNo, phaseNo, locationNo, wireUnitNo, componentNo, variableNo]) {
    for (const wrong of ["nonsense", "__proto__", "constructor", 7, null, {}, []]) assert.is(lookup(wrong), -1);
  }
  assert.is(componentNo("temperaturesensor"), componentNo("TemperatureSensor"), "device model names ignore case");
});

test("units are normalised: kilo to one, temperatures to Celsius", () => {
  const cases: readonly (readonly [unit: string, value: number, base: string, expected: number])[] = [
    ["kWh", 1.5, "Wh", 1_500],
    ["kvarh", 2, "varh", 2_000],
    ["kW", 7.36, "W", 7_360],
    ["kVA", 1, "VA", 1_000],
    ["Celcius", 41.5, "Celsius", 41.5],
    ["Celsius", -3, "Celsius", -3],
    ["Fahrenheit", 212, "Celsius", 100],
    ["K", 273.15, "Celsius", 0],
    ["mHz", 50_010, "Hz", 50.01],
    ["Percent", 80, "Percent", 80],
  ];
  for (const [unit, value, base, expected] of cases) {
    const no = wireUnitNo(unit);
    assert.is(BASE_UNITS[normalisedUnit(no)], base);
    assert.ok(Math.abs(normalise(no, value) - expected) < 1e-9, unit);
  }
  for (const name of WIRE_UNIT_NAMES) assert.ok(wireUnitNo(name) >= 0);
});

test("nothing about the car, its driver or who parks where is on the device model's allow-list", () => {
  const forbidden = ["ConnectedEV", "TokenReader", "VehicleIdSensor", "BayOccupancySensor", "ISO15118Ctrlr"];
  for (const component of forbidden) assert.is(componentNo(component), -1, component);
  for (const variable of [
    "ActiveTransactionId",
    "VehicleId",
    "SerialNumber",
    "ICCID",
    "IMSI",
    "Token",
    "NetworkAddress",
  ]) {
    assert.is(variableNo(variable), -1, variable);
  }
  const soc = variableNo("StateOfCharge");
  assert.not.ok(isAllowedPair(componentNo("EVSE"), soc));
  assert.ok(isAllowedPair(componentNo("LocalEnergyStorage"), soc));
  assert.not.ok(isAllowedPair(componentNo("Display"), variableNo("State")));
});

test("EVgo's short codes count only where the vendor says so; ChargeX codes always", () => {
  assert.ok(vendorErrorValue("CX026", false) >= 0);
  assert.is(vendorErrorValue("CX027", false), -1);
  assert.is(vendorErrorValue("F006", false), -1);
  assert.ok(vendorErrorValue("F006", true) >= 0);
});

test.run();
