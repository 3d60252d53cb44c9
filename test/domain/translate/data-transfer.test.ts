/** DataTransfer in both directions, and running costs in it (P01, P02, I02). */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CommandWorld, NONE, openTransaction, refusal, result } from "../../support/command-world.ts";

const STATUSES = ["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"];

test("a string stays a string, anything else is written as JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      const world = new CommandWorld();
      world.fromCsms("DataTransfer", { vendorId: "v", messageId: "m", data });
      const sent = typeof data === "string" ? data : JSON.stringify(data);
      assert.equal(world.to("station"), [["DataTransfer", { vendorId: "v", messageId: "m", data: sent }]]);
    }),
  );
});

test("what is absent stays absent", () => {
  const world = new CommandWorld();
  world.fromCsms("DataTransfer", { vendorId: "v" });
  world.fromStation("DataTransfer", { vendorId: "v" });
  assert.equal(
    world.sent.map(({ payload }) => payload),
    [{ vendorId: "v" }, { vendorId: "v" }],
  );
});

test("the four statuses are the same in both directions, data with them", () => {
  for (const status of STATUSES) {
    const world = new CommandWorld();
    world.station = () => result({ status, data: "d" });
    world.csms = () => result({ status, data: { a: 1 }, statusInfo: { reasonCode: "NoError" } });
    assert.equal(world.fromCsms("DataTransfer", { vendorId: "v" }), { payload: { status, data: "d" } });
    assert.equal(world.fromStation("DataTransfer", { vendorId: "v", data: "x" }), {
      payload: { status, data: '{"a":1}' },
    });
    assert.equal(world.to("csms"), [["DataTransfer", { vendorId: "v", data: "x" }]]);
    assert.equal(world.lost, ["DataTransferResponse.statusInfo"]);
  }
});

for (const [code16, code201] of [
  ["NotSupported", "NotSupported"],
  ["FormationViolation", "FormatViolation"],
  ["OccurenceConstraintViolation", "OccurrenceConstraintViolation"],
  ["Odd", "GenericError"],
] as const) {
  test(`a CALLERROR ${code16} of the station is ${code201} for the CSMS`, () => {
    const world = new CommandWorld();
    world.station = () => refusal(code16);
    assert.equal(world.fromCsms("DataTransfer", { vendorId: "v" }), { code: code201 });
  });
}

for (const [code201, code16] of [
  ["NotImplemented", "NotImplemented"],
  ["FormatViolation", "FormationViolation"],
  ["OccurrenceConstraintViolation", "OccurenceConstraintViolation"],
  ["RpcFrameworkError", "GenericError"],
] as const) {
  test(`a CALLERROR ${code201} of the CSMS is ${code16} for the station`, () => {
    const world = new CommandWorld();
    world.csms = () => refusal(code201);
    assert.equal(world.fromStation("DataTransfer", { vendorId: "v" }), { code: code16 });
  });
}

test("who gets no answer, or none that makes sense, is rejected", () => {
  for (const outcome of [NONE, result({ status: "Odd" })]) {
    const world = new CommandWorld();
    world.station = () => outcome;
    world.csms = () => outcome;
    assert.equal(world.fromStation("DataTransfer", { vendorId: "v" }), { payload: { status: "Rejected" } });
    const reply = world.fromCsms("DataTransfer", { vendorId: "v" }) as { payload: { status: string } };
    assert.is(reply.payload.status, "Rejected");
  }
});

// --- running costs ----------------------------------------------------------------------------------------------------

function showing(): CommandWorld {
  return new CommandWorld().change((state) => ({
    ...state,
    capabilities: { ...state.capabilities, showsCost: true },
    tx: { ...state.tx, transactions: [openTransaction(1, { chargingState: "Charging" })] },
  }));
}
const COST = { totalCost: 2.5, transactionId: "tx-1" };
const shown = (world: CommandWorld): unknown => {
  const [action, payload] = world.to("station")[0] ?? [];
  assert.is(action, "DataTransfer");
  const { data, ...rest } = payload as { data: string };
  assert.equal(rest, { vendorId: "org.openchargealliance.costmsg", messageId: "RunningCost" });
  return JSON.parse(data);
};

test("CostUpdated is a RunningCost of the 1.6 transaction", () => {
  const world = showing();
  assert.equal(world.fromCsms("CostUpdated", COST), { payload: {} });
  assert.equal(shown(world), {
    transactionId: 101,
    timestamp: "2026-05-04T10:00:00.000Z",
    meterValue: 1_500,
    state: "Charging",
    cost: 2.5,
  });
});

test("what the CSMS adds for Californian pricing goes with it, other custom data does not", () => {
  const more = { timestamp: "2026-05-04T09:59:00Z", meterValue: 1_400, state: "Idle", idlePrice: { hourPrice: 1 } };
  const priced = showing();
  const vendorId = "org.openchargealliance.costmsg";
  priced.fromCsms("CostUpdated", { ...COST, customData: { vendorId, ...more, transactionId: 9, cost: 0 } });
  assert.equal(shown(priced), { ...more, transactionId: 101, cost: 2.5 });
  const other = showing();
  other.fromCsms("CostUpdated", { ...COST, customData: { vendorId: "other", state: "Idle" } });
  assert.is((shown(other) as { state: string }).state, "Charging");
});

for (const [what, outcome, code] of [
  ["knows no such vendor", result({ status: "UnknownVendorId" }), "NotSupported"],
  ["knows no such message", result({ status: "UnknownMessageId" }), "NotSupported"],
  ["rejects", result({ status: "Rejected" }), "InternalError"],
  ["refuses", refusal("FormationViolation"), "FormatViolation"],
  ["is silent", NONE, "InternalError"],
] as const) {
  test(`CostUpdated to a station that ${what}: ${code}`, () => {
    const world = showing();
    world.station = () => outcome;
    assert.equal(world.fromCsms("CostUpdated", COST), { code });
  });
}

test("a station that shows no cost is not asked, and an unknown transaction has none", () => {
  const world = showing();
  assert.equal(world.fromCsms("CostUpdated", { ...COST, transactionId: "tx-2" }), {
    code: "PropertyConstraintViolation",
  });
  assert.equal(new CommandWorld().fromCsms("CostUpdated", COST), { code: "NotSupported" });
  assert.equal(world.to("station"), []);
});

test.run();
