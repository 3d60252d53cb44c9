// deadline: 120s
/**
 * A relayed station whose site allows 16 A, in both versions, between the ends of `ocpp-rpc`: its CSMS may ask for less, never get
 * more; what is within the limit arrives byte for byte.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld } from "../support/e2e-world.ts";
import { RpcPair } from "../support/ocpp-rpc-pair.ts";
import { MemoryStore } from "../support/supervised.ts";
import { until } from "../support/until.ts";

const AT = "2026-01-01T10:00:00.000Z";
const ACCEPTED = { status: "Accepted" };
const config = {
  stations: [{ match: "CP1", securityProfile: 0 as const, siteLimit: { limitA: 16 } }],
};

interface Dialect {
  readonly version: "ocpp1.6" | "ocpp2.0.1";
  readonly boot: readonly [request: object, answer: object];
  readonly set: (limits: readonly number[]) => object;
  readonly start: (limits: readonly number[]) => readonly [action: string, request: object];
  readonly begin: readonly [action: string, request: object, answer: object];
}

const periods = (limits: readonly number[]) => limits.map((limit, i) => ({ startPeriod: i * 60, limit }));
const schedule = (limits: readonly number[]) => ({
  chargingRateUnit: "A",
  chargingSchedulePeriod: periods(limits),
});
const common = (purpose: string) => ({
  stackLevel: 0,
  chargingProfilePurpose: purpose,
  chargingProfileKind: "Relative",
});
const profile16 = (purpose: string, limits: readonly number[]) => ({
  ...common(purpose),
  chargingProfileId: 7,
  chargingSchedule: schedule(limits),
});
const profile201 = (purpose: string, limits: readonly number[]) => ({
  ...common(purpose),
  id: 7,
  chargingSchedule: [{ id: 1, ...schedule(limits) }],
});

const DIALECTS: readonly Dialect[] = [
  {
    version: "ocpp1.6",
    boot: [
      { chargePointVendor: "Vendor", chargePointModel: "Model" },
      { status: "Accepted", currentTime: AT, interval: 300 },
    ],
    set: (limits) => ({ connectorId: 1, csChargingProfiles: profile16("TxDefaultProfile", limits) }),
    start: (limits) => [
      "RemoteStartTransaction",
      { idTag: "TAG", connectorId: 1, chargingProfile: profile16("TxProfile", limits) },
    ],
    begin: [
      "StartTransaction",
      { connectorId: 1, idTag: "TAG", meterStart: 0, timestamp: AT },
      { idTagInfo: ACCEPTED, transactionId: 12 },
    ],
  },
  {
    version: "ocpp2.0.1",
    boot: [
      { reason: "PowerUp", chargingStation: { model: "Model", vendorName: "Vendor" } },
      { status: "Accepted", currentTime: AT, interval: 300 },
    ],
    set: (limits) => ({ evseId: 1, chargingProfile: profile201("TxDefaultProfile", limits) }),
    start: (limits) => [
      "RequestStartTransaction",
      {
        idToken: { idToken: "TAG", type: "Central" },
        remoteStartId: 5,
        evseId: 1,
        chargingProfile: profile201("TxProfile", limits),
      },
    ],
    begin: [
      "TransactionEvent",
      {
        eventType: "Started",
        timestamp: AT,
        triggerReason: "RemoteStart",
        seqNo: 0,
        transactionInfo: { transactionId: "12", remoteStartId: 5 },
        evse: { id: 1, connectorId: 1 },
      },
      {},
    ],
  },
];

for (const { version, boot, set, start, begin } of DIALECTS) {
  test(`${version} - a profile above the site's limit arrives lowered, under the CSMS's id, and the answer is the station's`, async () => {
    await using pair = await RpcPair.open({ version, strict: true, config });
    const { station, csms, world } = pair;
    await pair.play([["station", "BootNotification", ...boot]]);
    const seen: { messageId: string; params: unknown }[] = [];
    station.handle((call) => {
      seen.push(call);
      return Promise.resolve(seen.length === 1 ? { status: "Rejected" } : ACCEPTED);
    });
    assert.equal(await csms.call("SetChargingProfile", set([32, 10, 16.1])), { status: "Rejected" });
    assert.equal(await csms.call("SetChargingProfile", set([32, 10, 16.1])), ACCEPTED);
    assert.equal(
      seen.map(({ params }) => params),
      [set([16, 10, 16]), set([16, 10, 16])],
    );
    const { counters } = world.gateway;
    assert.equal([counters.tightenedProfiles, counters.rewrittenIds], [2, 0]);
    assert.equal([counters.schemaViolations, counters.laneErrors], [0, 0]);
    assert.equal(pair.complaints, []);
    assert.is(world.view("CP1", version).chargingProfiles, 1);
  });

  test(`${version} - the profile of a remote start is lowered too, and followed into its transaction`, async () => {
    await using pair = await RpcPair.open({ version, strict: true, config });
    const { station, csms, world } = pair;
    await pair.play([["station", "BootNotification", ...boot]]);
    let asked: unknown;
    station.handle(({ params }) => {
      asked = params;
      return Promise.resolve(ACCEPTED);
    });
    await csms.call(...start([63]));
    assert.equal(asked, start([16])[1]);
    const profiles = () => world.gateway.stations()[0]?.chargingProfiles;
    assert.is(profiles(), 1);
    await pair.play([["station", ...begin]]);
    await until("the transaction", () => world.gateway.stations()[0]?.openTransactions === 1);
    assert.is(profiles(), 1);
    const [, end, request, answer] = END[version];
    await pair.play([["station", end, request, answer]]);
    await until("its end", () => world.gateway.stations()[0]?.openTransactions === 0);
    assert.is(profiles(), 0, "a TxProfile ends with its transaction");
  });

  test(`${version} - within the limit, and without a profile, every frame is byte for byte what the CSMS wrote`, async () => {
    await using pair = await RpcPair.open({ version, strict: true, config });
    await pair.play([
      ["station", "BootNotification", ...boot],
      ["csms", "SetChargingProfile", set([16, 6]), ACCEPTED],
      ["csms", ...start([0, 15.9]), ACCEPTED],
    ]);
    await pair.wires();
    assert.is(pair.world.gateway.counters.tightenedProfiles, 0);
  });
}

for (const { version, set, start } of DIALECTS) {
  test(`${version} - what is remembered as installed is what the station was given`, async () => {
    const snapshots = new MemoryStore();
    await using world = await openWorld({ config, ports: { snapshots } });
    const { station, csms } = await world.booted("CP1", version);
    station.answering(() => ACCEPTED);
    await csms.ask("SetChargingProfile", set([63]));
    await csms.ask(...start([63]));
    const remembered = () => [...snapshots.records.values()].join().match(/"limit":\d+/g) ?? [];
    // The second has the first's id, and takes its place.
    await until(
      "the snapshot",
      () => remembered().length === 1 && [...snapshots.records.values()].join().includes("TxProfile"),
    );
    assert.equal(remembered(), ['"limit":16']);
  });
}

test("ocpp2.1 - an update of a dynamic profile is lowered in the unit of that profile", async () => {
  await using world = await openWorld({ config });
  const { station, csms } = await world.booted("CP1", "ocpp2.1");
  const asked: unknown[] = [];
  station.answering((_action, payload) => {
    asked.push(payload);
    return ACCEPTED;
  });
  const chargingProfile = {
    ...profile201("TxDefaultProfile", [0]),
    chargingProfileKind: "Dynamic",
    chargingSchedule: [{ id: 1, chargingRateUnit: "W", chargingSchedulePeriod: [{ startPeriod: 0, limit: 1000 }] }],
  };
  const update = (limit: number) => ({ chargingProfileId: 7, scheduleUpdate: { limit } });
  await csms.ask("UpdateDynamicSchedule", update(5000));
  await csms.ask("SetChargingProfile", { evseId: 1, chargingProfile });
  await csms.ask("UpdateDynamicSchedule", update(5000));
  assert.equal(asked, [update(16), { evseId: 1, chargingProfile }, update(16 * 230)]);
});

const END = {
  "ocpp1.6": ["station", "StopTransaction", { transactionId: 12, meterStop: 1, timestamp: AT }, {}],
  "ocpp2.0.1": [
    "station",
    "TransactionEvent",
    {
      eventType: "Ended",
      timestamp: AT,
      triggerReason: "RemoteStop",
      seqNo: 1,
      transactionInfo: { transactionId: "12", stoppedReason: "Remote" },
    },
    {},
  ],
} as const;

test.run();
