/** Privacy profiles only take away: names, and digits of instants. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Discretion, PRIVACY_PROFILES } from "../../../src/domain/privacy/profiles.ts";
import { COMPONENT_NAMES, VARIABLES } from "../../../src/domain/telemetry/components.ts";
import { EVENT_LISTS } from "../../../src/domain/telemetry/event-lists.ts";
import { LOCATION_NAMES, MEASURAND_NAMES } from "../../../src/domain/telemetry/measurands.ts";

const of = (profile: (typeof PRIVACY_PROFILES)[number], ...withhold: string[]) => new Discretion({ profile, withhold });

const NAMES = [
  ...MEASURAND_NAMES,
  ...EVENT_LISTS.map(({ name }) => name),
  ...COMPONENT_NAMES.flatMap((component) => VARIABLES.map(({ name }) => `${component}.${name}`)),
];

test("the operator gets everything, the public nothing of the vehicle, a home's reader nothing of its habits", () => {
  const told = (profile: (typeof PRIVACY_PROFILES)[number], name: string, location = "") =>
    !of(profile).withholds({ name, location });
  assert.ok(NAMES.every((name) => told("operator", name)));
  for (const name of ["SoC", "Display.PresentSOC", "Display.BatteryEnergyCapacity", "Current.Import.Minimum"]) {
    assert.not(told("public", name), name);
  }
  assert.not(told("public", "Temperature", "EV"));
  for (const name of ["Energy.Active.Import.Register", "Voltage", "Temperature", "status"])
    assert.ok(told("public", name), name);
  for (const name of ["Energy.Active.Import.Register", "Power.Offered", "Current.Import", "EVSE.Power"]) {
    assert.not(told("home", name), name);
  }
  for (const name of ["Voltage", "Temperature", "errorCode", "PowerContactor.Problem"])
    assert.ok(told("home", name), name);
});

test("a stricter profile never tells what a wider one keeps, of any channel and any instant", () => {
  const channel = fc.record({ name: fc.constantFrom(...NAMES), location: fc.constantFrom(...LOCATION_NAMES) });
  fc.assert(
    fc.property(channel, fc.integer({ min: 0, max: 4e12 }), fc.nat(10), (info, at, i) => {
      const [operator, open, home] = PRIVACY_PROFILES.map((profile) => of(profile));
      if (operator === undefined || open === undefined || home === undefined) throw new Error("three profiles");
      assert.ok(!operator.withholds(info) && (!open.withholds(info) || home.withholds(info)));
      assert.is(operator.coarse(at), at);
      assert.is(open.coarse(at) % 1_000, 0);
      assert.is(home.coarse(at) % 900_000, 0);
      assert.ok(home.coarse(at) <= open.coarse(at) && open.coarse(at) <= at && at - home.coarse(at) < 900_000);
      // Whatever else is in the same quarter of an hour looks the same.
      assert.is(home.coarse(Math.floor(at / 900_000) * 900_000 + i), home.coarse(at));
    }),
  );
});

test("what is withheld by name goes with its alerts, and nothing else does", () => {
  const discretion = of("operator", "Voltage", "TemperatureSensor.Temperature");
  const withheld = (name: string) => discretion.withholds({ name, location: "" });
  assert.equal(
    ["Voltage", "TemperatureSensor.Temperature.alert", "TemperatureSensor.Temperature.cleared"].map(withheld),
    [true, true, true],
  );
  assert.equal(["Voltage.Minimum", "Temperature", "AcDcConverter.Temperature"].map(withheld), [false, false, false]);
});

test("a grant is all there is, within the profile; times are as coarse as the coarser of the two", () => {
  const granted = new Discretion({ profile: "public", withhold: [], grant: ["Temperature", "SoC", "status"] });
  const told = (name: string) => !granted.withholds({ name, location: "" });
  assert.equal(["Temperature", "Temperature.alert", "status", "SoC", "Voltage", "errorCode"].map(told), [
    ...[true, true, true, false, false, false],
  ]);
  const coarse = (profile: (typeof PRIVACY_PROFILES)[number], resolutionMs: number) =>
    new Discretion({ profile, withhold: [], resolutionMs }).coarse(1_234_567);
  assert.equal([coarse("operator", 1_000), coarse("operator", 1), coarse("home", 1)], [1_234_000, 1_234_567, 900_000]);
  assert.is(coarse("public", 60_000), 1_200_000);
});

test("nothing is taken away only where no part takes anything", () => {
  const tellsAll = (more: object) => new Discretion({ profile: "operator", withhold: [], ...more }).tellsAll;
  assert.ok(tellsAll({}) && tellsAll({ resolutionMs: 1, minSamples: 1 }));
  const parts = [
    { profile: "public" },
    { withhold: ["SoC"] },
    { grant: ["SoC"] },
    { resolutionMs: 2 },
    { minSamples: 2 },
  ];
  assert.not.ok(parts.some(tellsAll));
});

test.run();
