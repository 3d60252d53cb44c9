/** From records to message bodies. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AliasTable } from "../../../src/actors/health/aliases.ts";
import { Batcher, type Draft } from "../../../src/actors/health/batcher.ts";
import { ChannelSet } from "../../../src/actors/health/channel-set.ts";
import { ObservationRing, RECORD } from "../../../src/actors/health/ring.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { Discretion } from "../../../src/domain/privacy/profiles.ts";
import type { ReduceConfig } from "../../../src/domain/reduce/spec.ts";
import { deviceChannel, eventChannel, meterChannel } from "../../../src/domain/telemetry/channels.ts";
import { componentNo, variableNo } from "../../../src/domain/telemetry/components.ts";
import { eventNo, eventValue } from "../../../src/domain/telemetry/event-lists.ts";
import { measurandNo } from "../../../src/domain/telemetry/measurands.ts";
import type { ChannelNo, Quality } from "../../../src/domain/telemetry/observation.ts";
import { baseUnitNo } from "../../../src/domain/telemetry/units.ts";

const T0 = 1_760_000_000_000;
const POWER = meterChannel(measurandNo("Power.Active.Import"), baseUnitNo("W"), 0, 0);
const VOLTAGE = meterChannel(measurandNo("Voltage"), baseUnitNo("V"), 1, 0);
const STATUS = eventChannel("status");
const ERROR_CODE = eventChannel("errorCode");
const VENDOR = eventChannel("vendorErrorCode");

interface Given {
  readonly asset?: number;
  readonly connectorId?: number;
  readonly channel?: ChannelNo;
  readonly at?: number;
  readonly value?: number;
  readonly quality?: Quality;
}

const TELL_ALL = new Discretion({ profile: "operator", withhold: [] });
const KEEP_ALL: ReduceConfig = { enabled: false, losslessFromMs: 30_000, channels: {} };

function setUp(batchMs = 1_000, limits = { total: 100, perSource: 50 }, reduce = KEEP_ALL, discretion = TELL_ALL) {
  const drafts: Draft[] = [];
  const aliases = new AliasTable(reduce, limits);
  const batcher = new Batcher({
    batchMs,
    aliases,
    reduce,
    discretion,
    emit: (draft) => void drafts.push(draft),
  });
  batcher.learn([
    { no: 0, id: "asset-a", source: 0 },
    { no: 1, id: "asset-b", source: 1 },
  ]);
  const give = (now: number, ...records: readonly Given[]) => {
    const ring = new ObservationRing(records.length);
    ring.now = epochMs(T0 + 50);
    for (const { asset = 0, connectorId = 0, channel = POWER, at = 0, value = 0, quality = 0 } of records) {
      ring.push(asset, 1, connectorId, channel, epochMs(T0 + at), value, quality);
    }
    const buffer = new Float64Array(records.length * RECORD);
    batcher.add(buffer, ring.take(buffer), now);
  };
  const bodies = () => drafts.map(({ body }) => JSON.parse(`{${body}}`));
  return { drafts, aliases, batcher, give, bodies };
}

test("a batch gathers an asset's samples by alias, as offsets and values", () => {
  const { give, batcher, bodies, drafts } = setUp();
  give(0, { value: 7_360 }, { channel: VOLTAGE, value: 230.1 }, { at: 1_000, value: 7_400 });
  assert.is(drafts.length, 0);
  assert.is(batcher.pending, 3);
  batcher.flushDue(1_000);
  assert.equal(bodies(), [{ t0: T0, r: T0 + 50, m: { "0": [0, 7_360, 1_000, 7_400], "1": [0, 230.1] } }]);
  assert.equal([drafts[0]?.asset, drafts[0]?.kind, drafts[0]?.observations], ["asset-a", "metrics", 3]);
  assert.is(batcher.pending, 0);
});

test("every batch is due within its time, and assets are spread over it", () => {
  const { batcher, drafts } = setUp(1_000);
  const assets = Array.from({ length: 100 }, (_, no) => ({ no, id: `asset-${no}`, source: no }));
  batcher.learn(assets);
  const buffer = new Float64Array(RECORD * assets.length);
  assets.forEach(({ no }, i) => void buffer.set([no, 0, POWER, T0, T0, 1], i * RECORD));
  batcher.add(buffer, assets.length, 0);
  const counts = [0, 250, 500, 750, 1_000].map((now) => {
    batcher.flushDue(now);
    return drafts.length;
  });
  assert.is(counts.at(-1), 100);
  for (const [i, count] of counts.slice(1).entries()) assert.ok(Math.abs(count - 25 * (i + 1)) <= 5, counts.join());
});

test("a channel with too few samples is left out of its batch, reduced or not, and counted", () => {
  const few = new Discretion({ profile: "operator", withhold: [], minSamples: 3 });
  for (const reduce of [KEEP_ALL, { ...KEEP_ALL, enabled: true }]) {
    const { give, batcher, bodies } = setUp(1_000, undefined, reduce, few);
    const power = [0, 1, 2].map((i) => ({ at: 1_000 * i, value: 7_360 + 2_000 * i }));
    give(0, ...power, { channel: VOLTAGE, value: 230.1 }, { at: 1_000, channel: VOLTAGE, value: 231 });
    batcher.flushAll();
    const [body] = bodies();
    assert.equal([Object.keys(body.m), batcher.withheld, batcher.pending], [["0"], 2, 0]);
    assert.equal(Object.keys(body.w ?? { 0: 0 }), ["0"]);
    give(0, { at: 60_000, channel: VOLTAGE, value: 230.1 });
    batcher.flushAll();
    assert.equal([bodies().length, batcher.withheld], [1, 3]);
  }
});

test("suspect samples are listed by number; without any there is no list", () => {
  const { give, batcher, bodies } = setUp();
  give(0, { value: 1 }, { value: 2, quality: 1 }, { channel: VOLTAGE, value: 3 }, { value: 4, quality: 2 });
  batcher.flushAll();
  assert.equal(bodies()[0]?.s, { "0": [1, 2] });
});

test("noise of unit conversion is rounded off", () => {
  const { give, batcher, bodies } = setUp();
  give(0, { value: 434.99999999999994 }, { value: 0.1 + 0.2 }, { value: 12_345_678.912 }, { value: -1e-9 });
  batcher.flushAll();
  assert.equal(bodies()[0]?.m["0"], [0, 435, 0, 0.3, 0, 12_345_678.912, 0, -1e-9]);
});

const word = (name: "status" | "errorCode" | "vendorErrorCode", text: string) => eventValue(eventNo(name), text);

test("what happened to a connector at one instant is one event, at once and in words", () => {
  const { give, bodies, drafts } = setUp();
  give(
    0,
    { connectorId: 1, channel: STATUS, value: word("status", "Faulted") },
    { connectorId: 1, channel: ERROR_CODE, value: word("errorCode", "GroundFailure") },
    { connectorId: 2, channel: STATUS, value: word("status", "Available") },
    { asset: 1, channel: STATUS, at: 5, value: word("status", "Charging"), quality: 1 },
  );
  const r = T0 + 50;
  assert.equal(bodies(), [
    { t: T0, r, e: { status: "Faulted", errorCode: "GroundFailure" }, c: 1 },
    { t: T0, r, e: { status: "Available" }, c: 2 },
    { t: T0 + 5, r, e: { status: "Charging" }, s: 1 },
  ]);
  assert.equal(
    drafts.map(({ asset, observations }) => [asset, observations]),
    [
      ["asset-a", 2],
      ["asset-a", 1],
      ["asset-b", 1],
    ],
  );
});

test("two codes of one kind at one instant are two events", () => {
  const { give, bodies } = setUp();
  give(
    0,
    { channel: VENDOR, value: word("vendorErrorCode", "CX002") },
    { channel: VENDOR, value: word("vendorErrorCode", "CX017") },
  );
  assert.equal(
    bodies().map(({ e }) => e.vendorErrorCode),
    ["CX002", "CX017"],
  );
});

test("an alert of a numeric variable is an event with its number, named with instance and phase", () => {
  const pair = { component: componentNo("TemperatureSensor"), variable: variableNo("Temperature") };
  const { give, bodies } = setUp();
  give(0, { channel: deviceChannel(pair, 2, 1, 1), value: 96.5 });
  assert.equal(bodies()[0]?.e, { "TemperatureSensor.Temperature.alert#2/L1": 96.5 });
});

test("an unknown asset, an unknown channel and an index beyond its list are dropped and counted", () => {
  const { give, batcher, drafts } = setUp();
  give(0, { asset: 7 }, { channel: 3 << 23 }, { channel: STATUS, value: 99 }, { channel: STATUS, value: 0.5 });
  batcher.flushAll();
  assert.is(batcher.dropped, 4);
  assert.is(drafts.length, 0);
});

test("a station that invents channels uses up its own allowance, not that of the others", () => {
  const { give, batcher, aliases } = setUp(1_000, { total: 10, perSource: 3 });
  const channels = Array.from({ length: 6 }, (_, phase) => meterChannel(0, 1, phase, 0));
  give(0, ...channels.map((channel) => ({ channel })));
  assert.is(aliases.size, 3);
  assert.is(batcher.dropped, 3);
  give(0, { asset: 1, channel: POWER });
  assert.is(aliases.size, 4);
  assert.is(batcher.dropped, 3);
});

test("a batch is closed early when it is large, and all are when there are too many samples", () => {
  const { give, drafts, batcher } = setUp(1e9);
  give(0, ...Array.from({ length: 2_500 }, (_, i) => ({ value: i })));
  assert.equal(
    drafts.map(({ observations }) => observations),
    [1_024, 1_024],
  );
  assert.is(batcher.pending, 2_500 - 2_048);
});

test("an asset that gets a new name leaves what it gathered under the old one", () => {
  const { give, batcher, drafts } = setUp();
  give(0, { value: 1 });
  batcher.learn([{ no: 0, id: "asset-z", source: 0 }]);
  give(0, { value: 2 });
  batcher.flushAll();
  assert.equal(
    drafts.map(({ asset }) => asset),
    ["asset-a", "asset-z"],
  );
  assert.equal(batcher.assetIds, ["asset-z", "asset-b"]);
});

test("the birth entry of an alias says what a reader needs and leaves out what does not apply", () => {
  const { give, aliases } = setUp();
  give(0, { channel: VOLTAGE }, { channel: POWER, connectorId: 2 });
  assert.equal(JSON.parse(`{${aliases.entries}}`), {
    "0": { name: "Voltage", unit: "V", phase: "L1", location: "Outlet", reducer: { mode: "raw", bound: 0 } },
    "1": {
      name: "Power.Active.Import",
      unit: "W",
      location: "Outlet",
      connector: 2,
      reducer: { mode: "raw", bound: 0 },
    },
  });
});

const REDUCE: ReduceConfig = {
  enabled: true,
  losslessFromMs: 30_000,
  channels: { Voltage: { mode: "swing", eps: 2, compMaxMs: 60_000 } },
};
const CONNECTION = eventChannel("connection");
const ramp = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ at: 1_000 * (from + i), value: 1_000 + from + i }));

test("a batch holds the corners of a curve, and statistics of what is between", () => {
  const { give, batcher, bodies, drafts } = setUp(60_000, undefined, REDUCE);
  give(0, ...ramp(0, 51));
  assert.is(batcher.pending, 51);
  batcher.flushDue(179_999);
  assert.is(drafts.length, 0, "fewer than 64 samples wait for more");
  batcher.flushDue(180_000);
  assert.equal(bodies(), [
    { t0: T0, r: T0 + 50, m: { "0": [0, 1_000, 50_000, 1_100] }, w: { "0": [51, 1_000, 1_050, 1_025, 15] } },
  ]);
  assert.equal([drafts[0]?.observations, batcher.samplesIn, batcher.pointsOut, batcher.pending], [51, 51, 2, 0]);
});

test("a batch with enough samples goes in its time", () => {
  const { give, batcher, drafts } = setUp(60_000, undefined, REDUCE);
  give(0, ...ramp(0, 64));
  batcher.flushDue(59_999);
  assert.is(drafts.length, 0);
  batcher.flushDue(60_000);
  assert.is(drafts.length, 1);
});

test("no line leads over a lost connection", () => {
  const { give, batcher, bodies } = setUp(600_000, undefined, REDUCE);
  give(0, ...ramp(0, 10), { channel: CONNECTION, at: 10_000, value: 0 }, ...ramp(10, 20));
  batcher.flushAll();
  assert.equal(bodies()[1]?.g, { "0": [2] });
  // Another station's connection is not this one's.
  give(0, ...ramp(20, 25), { asset: 1, channel: CONNECTION, at: 25_000, value: 0 }, ...ramp(25, 30));
  batcher.flushAll();
  assert.is(bodies().at(-1)?.g, undefined);
});

test("a time that comes twice is left out, and counted; beyond the bound on reducers every sample is kept", () => {
  const { give, batcher, bodies } = setUp(60_000, undefined, REDUCE);
  give(0, { value: 1 }, { value: 2 }, { at: 1_000, value: 1 });
  batcher.flushAll();
  assert.equal([batcher.leftOut, batcher.samplesIn, batcher.pointsOut], [1, 3, 2]);
  const none = new ChannelSet(REDUCE, 0);
  const info = {
    name: "Voltage",
    kind: "metric" as const,
    unit: "V",
    phase: "",
    location: "",
    instance: 0,
    values: undefined,
  };
  const nobody = () => ({ point: () => undefined });
  assert.is(none.reducer({ no: 0, id: "asset-a", source: 0 }, 0, info, nobody), undefined);
  assert.is(bodies().length, 1);
});

test("the birth entry tells mode, bound and longest silence, and that a swing filter's points are synthetic", () => {
  const { give, aliases } = setUp(1_000, undefined, REDUCE);
  give(0, { channel: VOLTAGE }, {});
  const entries = JSON.parse(`{${aliases.entries}}`);
  assert.equal(entries["0"].reducer, { mode: "swing", bound: 2, compMaxMs: 60_000, synthetic: true });
  assert.equal(entries["1"].reducer, { mode: "sdt", bound: 500, compMaxMs: 300_000 });
});

test.run();
