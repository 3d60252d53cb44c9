import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { HINT_WORDS, STOP_WORDS, stopWords, tellsToken } from "../../../src/domain/translate/tx-stop-reasons.ts";
import { messageSchema } from "../../support/schemas.ts";
import { at, charging, plainTopology, startRequest, T0, TxWorld } from "../../support/tx-world.ts";

const last = (world: TxWorld) => world.events.at(-1) as Payload & { transactionInfo: Payload };

const registers = (event: Payload | undefined): readonly (readonly [unknown, unknown])[] =>
  ((event?.["meterValue"] ?? []) as { sampledValue: Payload[] }[]).flatMap(({ sampledValue }) =>
    sampledValue.map(({ value, context }) => [context, value] as const),
  );

const stop = (tx16: number, change: Payload = {}): Payload => ({
  transactionId: tx16,
  timestamp: at(3600),
  meterStop: 5000,
  ...change,
});

test("E06 - a StopTransaction is told as Ended, with the register and why, and answered at once", () => {
  const { world, tx16, id } = charging();
  world.station("StopTransaction", stop(tx16));
  assert.equal(last(world), {
    eventType: "Ended",
    timestamp: at(3600),
    triggerReason: "StopAuthorized",
    seqNo: 1,
    transactionInfo: { transactionId: id, chargingState: "EVConnected", stoppedReason: "Local" },
    meterValue: [
      {
        timestamp: at(3600),
        sampledValue: [
          {
            value: 5000,
            context: "Transaction.End",
            measurand: "Energy.Active.Import.Register",
            location: "Outlet",
            unitOfMeasure: { unit: "Wh" },
          },
        ],
      },
    ],
  });
  assert.equal(world.answer(), {});
});

/** Every reason of 1.6, and what 2.0.1 is told: [reason, stoppedReason, triggerReason]. */
const REASONS = [
  [undefined, "Local", "StopAuthorized"],
  ["Local", "Local", "StopAuthorized"],
  ["Remote", "Remote", "RemoteStop"],
  ["DeAuthorized", "DeAuthorized", "Deauthorized"],
  ["EVDisconnected", "EVDisconnected", "EVCommunicationLost"],
  ["EmergencyStop", "EmergencyStop", "AbnormalCondition"],
  ["HardReset", "ImmediateReset", "ResetCommand"],
  ["SoftReset", "ImmediateReset", "ResetCommand"],
  ["UnlockCommand", "Other", "UnlockCommand"],
  ["PowerLoss", "PowerLoss", "AbnormalCondition"],
  ["Reboot", "Reboot", "AbnormalCondition"],
  ["Other", "Other", "ChargingStateChanged"],
] as const;

for (const [reason, stoppedReason, triggerReason] of REASONS) {
  test(`§3.5 - reason ${reason ?? "absent"} is ${stoppedReason}, ${triggerReason}`, () => {
    const { world, tx16 } = charging();
    world.station("StopTransaction", stop(tx16, reason === undefined ? {} : { reason }));
    assert.is(last(world).transactionInfo["stoppedReason"], stoppedReason);
    assert.is(last(world)["triggerReason"], triggerReason);
  });
}

test("§3.5 - the table has every reason of 1.6, and only reasons of 2.0.1; those it never uses are named", () => {
  const reasons16 = messageSchema("ocpp1.6", "StopTransaction").properties?.["reason"]?.enum ?? [];
  assert.equal([...reasons16].sort(), Object.keys(STOP_WORDS).sort());
  const { definitions } = messageSchema("ocpp2.0.1", "TransactionEvent");
  const words = [...Object.values(STOP_WORDS), ...Object.values(HINT_WORDS)];
  const used = new Set([...words.map((word) => word.stoppedReason), "GroundFault", "OvercurrentFault", "MasterPass"]);
  const unused = [
    "EnergyLimitReached",
    "LocalOutOfCredit",
    "PowerQuality",
    "SOCLimitReached",
    "StoppedByEV",
    "TimeLimitReached",
    "Timeout",
  ];
  assert.equal([...(definitions?.["ReasonEnumType"]?.enum ?? [])].sort(), [...used, ...unused].sort());
  const triggers = definitions?.["TriggerReasonEnumType"]?.enum ?? [];
  for (const { triggerReason } of words) assert.ok(triggers.includes(triggerReason), triggerReason);
});

test("§3.5 - Other on a connector that has failed says what failed", () => {
  for (const [errorCode, status, stoppedReason, triggerReason] of [
    ["NoError", "Faulted", "Other", "AbnormalCondition"],
    ["GroundFailure", "Faulted", "GroundFault", "AbnormalCondition"],
    ["OverCurrentFailure", "Charging", "OvercurrentFault", "AbnormalCondition"],
    ["OtherError", "Charging", "Other", "AbnormalCondition"],
    ["NoError", "Charging", "Other", "ChargingStateChanged"],
  ]) {
    const { world, tx16 } = charging();
    world.station("StatusNotification", { connectorId: 1, errorCode, status, timestamp: at(10) });
    world.station("StopTransaction", stop(tx16, { reason: "Other" }));
    assert.is(last(world).transactionInfo["stoppedReason"], stoppedReason, errorCode);
    assert.is(last(world)["triggerReason"], triggerReason, errorCode);
  }
});

test("§3.5 - a fresh hint counts where the station says Remote, Other or nothing, and nowhere else", () => {
  const facts = { isFaulted: false, errorCode: "NoError", isMaster: false };
  for (const reason of [undefined, ...Object.keys(STOP_WORDS)]) {
    for (const hint of Object.keys(HINT_WORDS)) {
      const isVague = reason === undefined || reason === "Remote" || reason === "Other";
      const expected = isVague ? HINT_WORDS[hint] : STOP_WORDS[reason];
      assert.equal(stopWords({ ...facts, reason, hint }), expected, `${reason} ${hint}`);
    }
  }
});

test("§3.5 - a hint is good for a minute, by the gateway's clock or the station's", () => {
  for (const [stoppedAt, receivedAfterSec, stoppedReason] of [
    [at(50), 50, "ImmediateReset"],
    [at(50), 7200, "ImmediateReset"],
    [at(7200), 50, "ImmediateReset"],
    [at(70), 70, "Remote"],
  ] as const) {
    const { world, tx16 } = charging();
    const [transaction] = world.state.tx.transactions;
    if (transaction === undefined) throw new Error("no transaction");
    const stopHint = { reason: "Reset", at: T0 };
    world.state = { ...world.state, tx: { ...world.state.tx, transactions: [{ ...transaction, stopHint }] } };
    const receivedAt = (T0 + receivedAfterSec * 1000) as typeof T0;
    world.station("StopTransaction", stop(tx16, { timestamp: stoppedAt, reason: "Remote" }), { at: receivedAt });
    assert.is(last(world).transactionInfo["stoppedReason"], stoppedReason);
  }
});

test("MasterPass - a token of a master group that stops is one", () => {
  const { world, tx16 } = charging();
  world.station("Authorize", { idTag: "BOSS" });
  world.reply("Authorize", {
    idTokenInfo: { status: "Accepted", groupIdToken: { idToken: "MASTERS", type: "Central" } },
  });
  world.station("StopTransaction", stop(tx16, { idTag: "boss", reason: "Local" }));
  assert.is(last(world).transactionInfo["stoppedReason"], "MasterPass");
});

test("§3.5 - the token that stopped is told with Local, DeAuthorized, Other and no reason, and with no other", () => {
  for (const reason of [undefined, ...Object.keys(STOP_WORDS)]) {
    const { world, tx16 } = charging();
    world.station("StopTransaction", stop(tx16, { idTag: "04A1B2C3", ...(reason === undefined ? {} : { reason }) }));
    const isTold = reason === undefined || ["Local", "DeAuthorized", "Other"].includes(reason);
    assert.is(last(world)["idToken"] !== undefined, isTold, reason);
    assert.is(tellsToken(reason), isTold);
  }
});

test("§3.5 - with a token the station waits for what the CSMS says of it, five seconds at most", () => {
  const { world, tx16 } = charging();
  world.station("StopTransaction", stop(tx16, { idTag: "04A1B2C3" }));
  const { job } = world.ask("TransactionEvent");
  const wake = world.wants.find((want) => want.do === "wake");
  assert.ok(wake?.do === "wake" && wake.at === T0 + 5_000);
  assert.not.ok(world.wants.some((want) => want.do === "answer"));
  world.answered(job, { kind: "result", payload: { idTokenInfo: { status: "Expired" } } });
  assert.equal(world.answer(), { idTagInfo: { status: "Expired" } });
  if (wake?.do === "wake") world.wake(wake.job);
  assert.equal(world.wants, [], "answered once");

  const slow = charging();
  slow.world.station("StopTransaction", stop(slow.tx16, { idTag: "04A1B2C3" }));
  const late = slow.world.ask("TransactionEvent").job;
  const deadline = slow.world.wants.find((want) => want.do === "wake");
  if (deadline?.do === "wake") slow.world.wake(deadline.job);
  assert.equal(slow.world.answer(), {});
  slow.world.answered(late, { kind: "result", payload: { idTokenInfo: { status: "Accepted" } } });
  assert.not.ok(
    slow.world.wants.some((want) => want.do === "answer"),
    "answered once",
  );
});

test("answersAfter delivered - the station is answered when the CSMS has", () => {
  const { world, tx16 } = charging({ answersAfter: "delivered" });
  world.station("StopTransaction", stop(tx16));
  assert.not.ok(world.wants.some((want) => want.do === "answer"));
  world.reply("TransactionEvent", {});
  assert.equal(world.answer(), {});
  world.station("StopTransaction", stop(tx16));
  assert.equal(world.answer(), {}, "a repetition has nothing to wait for");
});

test("the same stop again is answered, and told no more", () => {
  const { world, tx16 } = charging();
  world.station("StopTransaction", stop(tx16));
  world.station("StopTransaction", stop(tx16));
  assert.equal(world.answer(), {});
  assert.is(world.asks().length, 0);
  world.station("StopTransaction", stop(tx16, { meterStop: 5001 }));
  assert.is(world.asks().length, 0, "nothing follows an Ended");
  assert.equal(world.lost(), ["StopTransaction.repeated"]);
});

test("the real stop of a transaction that the gateway had ended is told as meter values, once", () => {
  const { world, tx16, id } = charging();
  world.station("StartTransaction", startRequest({ timestamp: at(90), meterStart: 1800 }));
  world.station("StopTransaction", stop(tx16, { timestamp: at(80), meterStop: 1790 }));
  const { payload } = world.ask("MeterValues");
  assert.is(payload["evseId"], 1);
  assert.equal(payload["customData"], { vendorId: "twinlane", transactionId: id });
  assert.equal(registers(payload), [["Transaction.End", 1790]]);
  world.station("StopTransaction", stop(tx16, { timestamp: at(80), meterStop: 1790 }));
  assert.is(world.asks().length, 0);
});

test("§10 item 5 - transactionData is told, and the register unless one of its samples says exactly that", () => {
  const sampled = (value: string, change: Payload = {}) => ({
    timestamp: at(3600),
    sampledValue: [{ value, context: "Transaction.End", ...change }],
  });
  for (const [data, expected] of [
    [sampled("5000"), [["Transaction.End", 5000]]],
    [sampled("5.000", { unit: "kWh" }), [["Transaction.End", 5]]],
    [
      sampled("4999.7"),
      [
        ["Transaction.End", 4999.7],
        ["Transaction.End", 5000],
      ],
    ],
    [
      sampled("5000", { context: "Sample.Periodic" }),
      [
        ["Sample.Periodic", 5000],
        ["Transaction.End", 5000],
      ],
    ],
    [
      sampled("5000", { phase: "L1" }),
      [
        ["Transaction.End", 5000],
        ["Transaction.End", 5000],
      ],
    ],
  ] as const) {
    const { world, tx16 } = charging();
    world.station("StopTransaction", stop(tx16, { transactionData: [data] }));
    assert.equal(registers(last(world)), expected);
  }
});

test("errata 3.18 - −1 is the one open transaction that fits", () => {
  const { world, id } = charging();
  world.station("StartTransaction", startRequest({ connectorId: 2, idTag: "OTHER" }));
  world.station("StopTransaction", stop(-1, { idTag: "04a1b2c3" }));
  assert.is(last(world).transactionInfo["transactionId"], id);
  assert.is(last(world)["customData"], undefined);
  const events = world.events.length;
  world.station("StopTransaction", stop(-1, { idTag: "04a1b2c3" }));
  assert.is(world.events.length, events, "the same again");
});

test("errata 3.18 - where two fit, or none, a recovered transaction is told, never a guess", () => {
  for (const change of [{ idTag: "04A1B2C3" }, { meterStop: 10 }, { timestamp: at(-10) }, { idTag: "NOBODY" }]) {
    const { world } = charging();
    world.station("StartTransaction", startRequest({ connectorId: 2 }));
    const before = new Set(world.events.map(({ transactionInfo }) => (transactionInfo as Payload)["transactionId"]));
    world.station("StopTransaction", stop(-1, change));
    const [started, ended] = world.events.slice(-2) as (Payload & { transactionInfo: Payload })[];
    assert.is(started?.["eventType"], "Started");
    assert.is(ended?.["eventType"], "Ended");
    assert.not.ok(before.has(ended?.transactionInfo["transactionId"]));
    assert.is(started?.["evse"], undefined, "nobody knows where");
  }
});

test("a stop of an unknown transaction is recovered: Started and Ended back to back, offline and marked", () => {
  const world = new TxWorld({ topology: plainTopology(1) });
  world.station("StopTransaction", {
    ...stop(77, { idTag: "04A1B2C3" }),
    transactionData: [
      { timestamp: at(0), sampledValue: [{ value: "4.2", unit: "kWh", context: "Transaction.Begin" }] },
      { timestamp: at(3600), sampledValue: [{ value: "5000", context: "Transaction.End" }] },
    ],
  });
  const [started, ended] = world.events;
  assert.is(started?.["seqNo"], 0);
  assert.is(ended?.["seqNo"], 1);
  for (const event of [started, ended]) {
    assert.is(event?.["offline"], true);
    assert.equal(event?.["customData"], { vendorId: "twinlane", recovered: true });
  }
  assert.is(started?.["timestamp"], at(0));
  assert.equal(started?.["evse"], { id: 1, connectorId: 1 }, "the station has no other");
  assert.equal(registers(started), [["Transaction.Begin", 4200]]);
  assert.equal(world.lost(), []);
  const events = world.events.length;
  world.station("StopTransaction", stop(77));
  assert.is(world.events.length, events, "and once only");
});

test("a recovered transaction whose start nobody knows has no register there, and that is counted", () => {
  const world = new TxWorld();
  world.station("StopTransaction", stop(77));
  assert.is(world.events[0]?.["meterValue"], undefined);
  assert.equal(world.lost(), ["StartTransaction.meterStart"]);
  assert.equal(registers(world.events[1]), [["Transaction.End", 5000]]);
});

test("a stop of a transaction that ended so long ago that it is forgotten is not recovered", () => {
  const world = new TxWorld();
  const ids: number[] = [];
  for (let i = 0; i < 60; i += 1) {
    world.station("StartTransaction", startRequest({ timestamp: at(i * 10), meterStart: i }));
    world.reply("TransactionEvent", {});
    const { tx16 } = world.state.tx.transactions.at(-1) ?? { tx16: 0 };
    ids.push(tx16);
    world.station("StopTransaction", stop(tx16, { timestamp: at(i * 10 + 5), meterStop: i }));
  }
  assert.ok(world.state.tx.transactions.length <= 50);
  assert.ok(Object.keys(world.state.tx.more["starts"] as object).length <= 50);
  const events = world.events.length;
  world.station("StopTransaction", stop(ids[0] ?? 0, { timestamp: at(5), meterStop: 0 }));
  assert.is(world.events.length, events);
  assert.equal(world.answer(), {});
  assert.equal(world.lost(), ["StopTransaction.repeated"]);
});

test.run();
