/** Reset: immediate, on idle, escalated; and why the station boots (B11, B12). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bootHint } from "../../../src/domain/translate/boot-hint.ts";
import { commandsOf } from "../../../src/domain/translate/command-state.ts";
import type { TranslationState } from "../../../src/domain/translate/contract.ts";
import { HELD_LOOKS_AGAIN_MS } from "../../../src/domain/translate/reset.ts";
import { CommandWorld, NONE, openTransaction, refusal, result, SETTINGS } from "../../support/command-world.ts";

const BOOT = { chargePointModel: "M", chargePointVendor: "V" };
const charging = (state: TranslationState): TranslationState => ({
  ...state,
  tx: { ...state.tx, transactions: [openTransaction(1), openTransaction(2)] },
});
const stop = (world: CommandWorld, connector16: number): void => {
  world.change((state) => ({
    ...state,
    tx: {
      ...state.tx,
      transactions: state.tx.transactions.map((one) =>
        one.connector16 === connector16 ? { ...one, endedAt: world.now } : one,
      ),
    },
  }));
  world.fromStation("StopTransaction", {
    transactionId: 100 + connector16,
    meterStop: 1,
    timestamp: "2026-05-04T10:00:00Z",
  });
};
const accepted = { payload: { status: "Accepted" } };
const soft = ["Reset", { type: "Soft" }];
const hard = ["Reset", { type: "Hard" }];

test("B12.FR.04 - Immediate is Soft, which reports the transactions it ends; they are known to stop for it", () => {
  const world = new CommandWorld().change(charging);
  assert.equal(world.fromCsms("Reset", { type: "Immediate" }), accepted);
  assert.equal(world.to("station"), [soft]);
  for (const { stopHint } of world.state.tx.transactions) assert.equal(stopHint, { reason: "Reset", at: world.now });
});

test("Immediate is Hard where the operator wants it", () => {
  const world = new CommandWorld();
  world.settings = { ...SETTINGS, immediateReset: "Hard", resetEscalationMin: 1 };
  world.fromCsms("Reset", { type: "Immediate" });
  assert.equal(world.to("station"), [hard]);
  assert.is(world.wakes.size, 0);
});

test("OnIdle of an idle station is Soft at once", () => {
  const world = new CommandWorld();
  assert.equal(world.fromCsms("Reset", { type: "OnIdle" }), accepted);
  assert.equal(world.to("station"), [soft]);
});

test("B11.FR.05 - OnIdle waits for the last transaction, and for the CSMS to know of it", () => {
  const world = new CommandWorld().change(charging);
  assert.equal(world.fromCsms("Reset", { type: "OnIdle" }), { payload: { status: "Scheduled" } });
  world.pass(3_600_000);
  stop(world, 1);
  world.pass(60_000);
  assert.equal(world.to("station"), []);
  world.isCsmsQueueEmpty = false;
  stop(world, 2);
  world.pass(60_000);
  assert.equal(world.to("station"), []);
  world.isCsmsQueueEmpty = true;
  world.pass(HELD_LOOKS_AGAIN_MS);
  assert.equal(world.to("station"), [soft]);
  world.pass(3_600_000);
  assert.is(world.to("station").length, 1);
});

test("a held reset goes as soon as the last transaction has ended", () => {
  const world = new CommandWorld().change(charging);
  world.fromCsms("Reset", { type: "OnIdle" });
  stop(world, 1);
  stop(world, 2);
  world.pass(0);
  assert.equal(world.to("station"), [soft]);
});

test("a held reset outlives a station that is away or does not answer, and is given up when it refuses", () => {
  const world = new CommandWorld().change(charging);
  world.fromCsms("Reset", { type: "OnIdle" });
  world.isStationOnline = false;
  stop(world, 1);
  stop(world, 2);
  world.pass(60_000);
  assert.equal(world.to("station"), []);
  world.isStationOnline = true;
  world.station = () => NONE;
  world.pass(HELD_LOOKS_AGAIN_MS);
  assert.is(world.to("station").length, 1);
  world.station = () => result({ status: "Rejected" });
  world.pass(HELD_LOOKS_AGAIN_MS);
  assert.is(world.to("station").length, 2);
  assert.equal(world.lost, ["Reset.OnIdle"]);
  world.pass(60_000);
  assert.is(world.to("station").length, 2);
});

test("an immediate reset takes the place of a held one", () => {
  const world = new CommandWorld().change(charging);
  world.fromCsms("Reset", { type: "OnIdle" });
  world.fromCsms("Reset", { type: "Immediate" });
  stop(world, 1);
  stop(world, 2);
  world.pass(60_000);
  assert.equal(world.to("station"), [soft]);
});

for (const [what, payload, version] of [
  ["B11.FR.09 - of one EVSE", { type: "Immediate", evseId: 1 }, "ocpp2.0.1"],
  ["that would resume transactions", { type: "ImmediateAndResume" }, "ocpp2.1"],
] as const) {
  test(`a reset ${what} is rejected`, () => {
    const world = new CommandWorld();
    world.northVersion = version;
    const reply = world.fromCsms("Reset", payload) as {
      payload: { status: string; statusInfo: { reasonCode: string } };
    };
    assert.is(reply.payload.status, "Rejected");
    assert.is(reply.payload.statusInfo.reasonCode, "UnsupportedParam");
    assert.equal(world.to("station"), []);
  });
}

test("a station that refuses is not said to reset", () => {
  for (const outcome of [result({ status: "Rejected" }), refusal("NotSupported"), NONE]) {
    const world = new CommandWorld().change(charging);
    world.station = () => outcome;
    const reply = world.fromCsms("Reset", { type: "Immediate" });
    assert.is(reply && "payload" in reply && reply.payload["status"], "Rejected");
    assert.is(commandsOf(world.state).reset, undefined);
    assert.is(world.state.tx.transactions[0]?.stopHint, undefined);
  }
});

test("a soft reset without a boot becomes a hard one, when the operator wants it", () => {
  for (const [resetEscalationMin, boots, expected] of [
    [undefined, false, [soft]],
    [5, true, [soft]],
    [5, false, [soft, hard]],
  ] as const) {
    const world = new CommandWorld();
    world.settings = resetEscalationMin === undefined ? SETTINGS : { ...SETTINGS, resetEscalationMin };
    world.fromCsms("Reset", { type: "Immediate" });
    world.pass(60_000);
    if (boots) world.fromStation("BootNotification", BOOT);
    world.pass(3_600_000);
    assert.equal(world.to("station"), expected);
  }
});

test("a wake that was called off and comes all the same resets nothing", () => {
  const world = new CommandWorld();
  world.fromCsms("Reset", { type: "Immediate" });
  world.fromStation("BootNotification", BOOT);
  for (const kind of ["reset.escalate", "reset.held"]) world.wakes.set(kind, { job: { kind, key: "" }, at: world.now });
  world.pass(60_000);
  assert.equal(world.to("station"), [soft]);
});

test("a boot after a reset is by remote reset, repeated or not; a later one is not", () => {
  const world = new CommandWorld();
  assert.is(bootHint(world.state, world.now), undefined);
  world.fromCsms("Reset", { type: "Immediate" });
  world.pass(30_000);
  assert.is(bootHint(world.state, world.now), "RemoteReset");
  world.fromStation("BootNotification", BOOT);
  world.pass(60_000);
  assert.is(bootHint(world.state, world.now), "RemoteReset");
  world.pass(120_000);
  assert.is(bootHint(world.state, world.now), undefined);
});

test("a reset that was not followed by a boot in ten minutes is no reason for one", () => {
  const world = new CommandWorld();
  world.fromCsms("Reset", { type: "Immediate" });
  world.pass(600_001);
  assert.is(bootHint(world.state, world.now), undefined);
});

test.run();
