/** UnlockConnector and ClearCache (F05, C11). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CommandWorld, NONE, openTransaction, refusal, result, START } from "../../support/command-world.ts";
import { messageSchema } from "../../support/schemas.ts";

const unlock = (world: CommandWorld, evseId: number, connectorId: number): unknown => {
  const reply = world.fromCsms("UnlockConnector", { evseId, connectorId });
  return reply !== undefined && "payload" in reply ? reply.payload : undefined;
};

const ANSWERS = [
  ["Unlocked", { status: "Unlocked" }],
  ["UnlockFailed", { status: "UnlockFailed" }],
  ["NotSupported", { status: "UnlockFailed", statusInfo: { reasonCode: "FixedCable" } }],
] as const;

test("UnlockConnector: every answer of 1.6 has one of 2.0.1", () => {
  const all = messageSchema("ocpp1.6", "UnlockConnector", "response").properties?.["status"]?.enum ?? [];
  assert.equal([...all].sort(), ANSWERS.map(([status]) => status).sort());
  for (const [status, expected] of ANSWERS) {
    const world = new CommandWorld();
    world.station = () => result({ status });
    assert.equal(unlock(world, 3, 2), expected);
    assert.equal(world.to("station"), [["UnlockConnector", { connectorId: 4 }]]);
  }
});

test("F05.FR.02 - a connector with a transaction is not unlocked: 1.6 would end the transaction", () => {
  const world = new CommandWorld().change((state) => ({
    ...state,
    tx: { ...state.tx, transactions: [openTransaction(1), openTransaction(2, { endedAt: START })] },
  }));
  assert.equal(unlock(world, 1, 1), { status: "OngoingAuthorizedTransaction" });
  assert.equal(world.to("station"), []);
  world.station = () => result({ status: "Unlocked" });
  assert.equal(unlock(world, 2, 1), { status: "Unlocked" });
});

test("a connector there is not is unknown, and not asked for", () => {
  const world = new CommandWorld();
  for (const [evseId, connectorId] of [
    [9, 1],
    [1, 2],
    [0, 0],
  ] as const) {
    assert.equal(unlock(world, evseId, connectorId), { status: "UnknownConnector" });
  }
  assert.equal(world.to("station"), []);
});

test("a station that refuses or is silent has unlocked nothing, and cleared nothing", () => {
  for (const [outcome, reasonCode] of [
    [NONE, "InternalError"],
    [refusal("NotSupported"), "UnsupportedRequest"],
    [result({ status: "Odd" }), "InternalError"],
  ] as const) {
    const world = new CommandWorld();
    world.station = () => outcome;
    const unlocked = unlock(world, 1, 1) as { status: string; statusInfo: { reasonCode: string } };
    assert.equal([unlocked.status, unlocked.statusInfo.reasonCode], ["UnlockFailed", reasonCode]);
    const cleared = world.fromCsms("ClearCache", {}) as { payload: { status: string } };
    assert.is(cleared.payload.status, "Rejected");
  }
});

test("ClearCache is the same in both versions", () => {
  for (const status of ["Accepted", "Rejected"]) {
    const world = new CommandWorld();
    world.station = () => result({ status });
    assert.equal(world.fromCsms("ClearCache", {}), { payload: { status } });
    assert.equal(world.to("station"), [["ClearCache", {}]]);
  }
});

test.run();
