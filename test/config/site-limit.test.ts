import { test } from "uvu";
import * as assert from "uvu/assert";
import { built } from "../support/built-config.ts";

const supply = { current: "AC", voltageV: 230, phases: 3, isFixedPhases: false };

test("a site limit is a station's own, or that of stationDefaults as a whole", () => {
  const { config } = built({
    stationDefaults: { siteLimit: { limitA: 32 } },
    stations: [{ match: "A" }, { match: "B", siteLimit: { limitW: 11_000, phases: 1, fixedPhases: true } }],
  });
  const [a, b] = config?.stations ?? [];
  assert.equal(a?.siteLimit, { limitA: 32, supply });
  assert.equal(b?.siteLimit, { limitW: 11_000, supply: { ...supply, phases: 1, isFixedPhases: true } });
  assert.is(built({}).config?.stations[0]?.siteLimit, undefined);
});

test("direct current has no phases", () => {
  const { config } = built({ stations: [{ match: "A", siteLimit: { limitW: 50_000, current: "DC", voltageV: 400 } }] });
  assert.equal(config?.stations[0]?.siteLimit?.supply, {
    current: "DC",
    voltageV: 400,
    phases: 1,
    isFixedPhases: false,
  });
});

test("a site limit without a number, or below nothing, is an error", () => {
  const of = (siteLimit: object) => built({ stations: [{ match: "A", siteLimit }] }).errors[0];
  assert.is(of({ phases: 1 }), '/stations/0/siteLimit needs "limitA" or "limitW"');
  assert.ok(of({ limitA: -1 })?.startsWith("/stations/0/siteLimit/limitA"));
  const shared = built({ stationDefaults: { siteLimit: {} }, stations: [{ match: "A" }, { match: "B" }] }).errors;
  assert.is(shared[0], '/stationDefaults/siteLimit needs "limitA" or "limitW"');
});

test.run();
