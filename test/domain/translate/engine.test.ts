/** The engine with a few rules of the test's own: who is asked, who is answered, when, and under which id. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Peer } from "../../../src/domain/translate/contract.ts";
import { withDevice } from "../../../src/domain/translate/device-state.ts";
import { type Sent, TranslationRig } from "../../support/translation-rig.ts";
import { SLICE } from "../../support/translation-slice.ts";

const rig = (options: { attempts?: number; version?: "ocpp2.1" } = {}) =>
  new TranslationRig({ block: SLICE, ...options });
const callOf = (r: TranslationRig, peer: Peer): Sent => r.lastCall(peer) ?? [0, "none"];
const BOOT = { chargePointVendor: "V", chargePointModel: "M" };
const START = { connectorId: 1, idTag: "TAG", meterStart: 5, timestamp: "2026-01-01T10:00:00Z" };
const STOP = { transactionId: 1, meterStop: 9, timestamp: "2026-01-01T11:00:00Z" };
const STATUS = { connectorId: 1, errorCode: "NoError", status: "Available" };
const ACCEPTED = { idTokenInfo: { status: "Accepted" } };
const STARTED = [3, "b", { transactionId: 1, idTagInfo: { status: "Accepted" } }];

test("a boot goes up as 2.x, and its answer comes down as 1.6 under the station's id", () => {
  const r = rig().station("a", "BootNotification", BOOT);
  const [, , action, payload] = callOf(r, "csms");
  assert.is(action, "BootNotification");
  assert.equal(payload, { reason: "PowerUp", chargingStation: { model: "M", vendorName: "V" } });
  assert.equal(r.toStation, []);
  const answer = { status: "Accepted", currentTime: "2026-01-01T10:00:00Z", interval: 300 };
  r.csmsAnswers(answer);
  assert.equal(r.toStation, [[3, "a", answer]]);
  assert.is(r.state.tx.registration, "Accepted");
});

test("an id that the station wrote as a number comes back as a number (field-lessons: numeric ids)", () => {
  const r = rig().numbered(17, "Heartbeat");
  assert.equal(r.toStation, [[3, 17, { currentTime: "2026-01-01T10:00:00.000Z" }]]);
});

test("one call at a time leaves for the CSMS, in order; answers find theirs (invariant 3)", () => {
  const r = rig().station("a", "Authorize", { idTag: "A" }).station("b", "Authorize", { idTag: "B" });
  assert.is(r.toCsms.length, 1);
  r.csmsAnswers(ACCEPTED);
  assert.is(r.toCsms.length, 2);
  r.csmsAnswers({ idTokenInfo: { status: "Blocked" } });
  assert.equal(
    r.toStation.map(([, id, payload]) => [id, payload]),
    [
      ["a", { idTagInfo: { status: "Accepted" } }],
      ["b", { idTagInfo: { status: "Blocked" } }],
    ],
  );
});

test("an answer to nobody's question is noted and goes nowhere", () => {
  const r = rig().csmsFrame({ type: 3, id: "x" as never, payload: {} });
  assert.equal([r.toStation, r.noted("stray")], [[], ["unknown"]]);
  r.station("a", "Authorize", { idTag: "A" }).pass(30_000);
  const [, id] = callOf(r, "csms");
  r.csmsFrame({ type: 3, id: id as never, payload: ACCEPTED });
  assert.equal(r.noted("stray"), ["unknown", "late"]);
});

test("a kept message holds the station's answer until the CSMS has it", () => {
  const r = rig().station("c", "StopTransaction", STOP);
  assert.equal(r.toStation, []);
  assert.is(r.durable.kept.length, 1);
  r.csmsAnswers({});
  assert.equal(r.toStation, [[3, "c", {}]]);
  assert.is(r.durable.kept.length, 0);
});

test("what is not kept holds nobody, until too much of it waits", () => {
  const r = rig();
  for (let i = 1; i <= 12; i += 1) r.station(`s${i}`, "StatusNotification", STATUS);
  // One is under way and seven wait; what comes then is held.
  assert.is(r.toStation.length, 8);
  for (let i = 0; i < 12; i += 1) r.csmsAnswers({});
  assert.is(r.toStation.length, 12);
});

test("a station's call that comes again under its id leaves under the same id, after a lost link as well", () => {
  const r = rig().station("a", "Authorize", { idTag: "A" });
  const first = r.lastCall("csms");
  r.down().up().station("a", "Authorize", { idTag: "A" });
  assert.equal(r.lastCall("csms"), first);
  assert.is(r.toCsms.length, 2);
  r.csmsAnswers(ACCEPTED);
  assert.is(r.toStation.length, 1);
});

test("another connection's call of the same id and content has another id: stations count from 1 again", () => {
  const r = rig().station("1", "Authorize", { idTag: "A" }).csmsAnswers(ACCEPTED).down().up("connection 2");
  r.station("1", "Authorize", { idTag: "A" });
  const [first, second] = r.toCsms;
  assert.is.not(first?.[1], second?.[1]);
});

test("E13 - a kept message survives the process, and leaves under its id with its content", () => {
  const r = rig().station("b", "StartTransaction", START);
  const [first] = r.toCsms;
  r.clear().restart().up();
  assert.equal(r.toCsms, [first]);
  // The spool asks again, and says that it was answered offline: the same message, not another.
  r.station("b", "StartTransaction", START, true);
  assert.is(r.toCsms.length, 1);
  r.csmsAnswers({});
  assert.equal(r.toStation, [STARTED]);
  assert.equal([r.state.commands["started"], r.durable.kept.length], [1, 0]);
});

test("E13 - asked again under another id while it waits, both askers are answered", () => {
  const r = rig().station("a", "StartTransaction", START).station("b", "StartTransaction", START);
  assert.is(r.durable.kept.length, 1);
  r.csmsAnswers({});
  assert.equal(r.toStation.map(([, id]) => id).sort(), ["a", "b"]);
});

test("E13.FR.02 - a refused kept message is tried again after n times the interval, then put aside", () => {
  const r = rig({ attempts: 3 }).station("b", "StartTransaction", START);
  r.csmsRefuses("InternalError").pass(9_999);
  assert.is(r.toCsms.length, 1);
  r.pass(1);
  assert.equal(r.toCsms[1], r.toCsms[0]);
  r.csmsRefuses("InternalError").pass(20_000);
  assert.is(r.toCsms.length, 3);
  r.station("b", "StartTransaction", START).csmsRefuses("InternalError");
  assert.equal(
    r.buried.map(({ message, reason }) => [message.action, message.attempts, reason]),
    [["TransactionEvent", 3, "refused"]],
  );
  assert.is(r.durable.kept.length, 0);
  assert.is(r.toStation[0]?.[0], 4);
});

test("E13 - the CSMS may set how often, and how long it is waited", () => {
  const r = rig({ attempts: 3 });
  const own = {
    "OCPPCommCtrlr.MessageAttempts[TransactionEvent]": "2",
    "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]": "1",
  };
  r.restart({ ...r.durable, state: withDevice(r.state, { own }) }).up();
  r.station("c", "StopTransaction", STOP).csmsRefuses("InternalError");
  r.pass(999);
  assert.is(r.toCsms.length, 1);
  r.pass(1);
  assert.is(r.toCsms.length, 2);
  r.csmsRefuses("InternalError");
  assert.is(r.buried.length, 1);
});

test("E13 - what is not kept goes past a message that waits for its next try; later kept ones do not", () => {
  const r = rig().station("b", "StartTransaction", START).station("c", "StopTransaction", STOP);
  r.csmsRefuses("InternalError").station("d", "Authorize", { idTag: "A" });
  assert.is(r.lastCall("csms")?.[2], "Authorize");
  r.csmsAnswers(ACCEPTED);
  assert.is(r.toCsms.length, 2);
  r.pass(10_000);
  assert.is((callOf(r, "csms")[3] as { eventType: string }).eventType, "Started");
});

test("a CSMS that does not know the station: whoever waits is told to boot, the message is kept and has not failed", () => {
  const r = rig({ attempts: 1 }).station("b", "StartTransaction", START).csmsRefuses("SecurityError");
  assert.equal(
    r.toStation.map((frame) => frame.slice(0, 3)),
    [[4, "b", "SecurityError"]],
  );
  assert.is(r.durable.kept.length, 1);
  r.pass(10_000).csmsAnswers({});
  assert.is(r.durable.kept.length, 0);
});

test("a kept message that is not answered in time is sent again", () => {
  const r = rig().station("b", "StartTransaction", START).pass(30_000);
  assert.is(r.toCsms.length, 1);
  r.pass(10_000);
  assert.equal(r.toCsms[1], r.toCsms[0]);
});

test("a command goes down, its answer up; the CSMS gets the code of its version", () => {
  const r = rig().csms("k1", "ClearCache");
  assert.is(r.lastCall("station")?.[2], "ClearCache");
  r.stationAnswers({ kind: "result", payload: { status: "Accepted" } });
  assert.equal(r.toCsms, [[3, "k1", { status: "Accepted" }]]);
  r.csms("k2", "ClearCache").stationAnswers({ kind: "error", code: "FormationViolation", description: "" });
  assert.equal(r.toCsms[1]?.slice(0, 3), [4, "k2", "FormatViolation"]);
});

test("a command that the station does not answer is refused before the CSMS gives up", () => {
  const r = rig().csms("k", "ClearCache").pass(28_000);
  assert.equal(
    r.toCsms.map(([type, id]) => [type, id]),
    [[4, "k"]],
  );
  assert.is(r.state.commands["none"], 1);
});

test("a station that is not there: the rule is told at once that nobody answers", () => {
  const r = rig();
  r.isStationOnline = false;
  r.csms("k", "ClearCache");
  assert.equal([r.toStation, r.toCsms.length, r.state.commands["none"]], [[], 1, 1]);
});

test("the CSMS's calls are checked: unknown, not offered, not valid (translation of Part 4 table 8)", () => {
  const codes = (action: string, payload = {}) =>
    rig()
      .csms("k", action, payload)
      .toCsms.map((frame) => frame[2]);
  assert.equal(codes("NoSuchAction"), ["NotImplemented"]);
  assert.equal(codes("SetDERControl"), ["NotImplemented"]);
  assert.equal(codes("ClearDisplayMessage", { id: 1 }), ["NotSupported"]);
  assert.equal(codes("ClearCache", { x: 1 }), ["FormatViolation"]);
  assert.equal(codes("ReserveNow", {}), ["OccurrenceConstraintViolation"]);
  assert.is(rig({ version: "ocpp2.1" }).csms("k", "GetTariffs", { evseId: 0 }).toCsms[0]?.[2], "NotSupported");
});

test("B03.FR.08 - a station that was rejected answers every call with SecurityError", () => {
  const r = rig().station("a", "BootNotification", BOOT);
  r.csmsAnswers({ status: "Rejected", currentTime: "2026-01-01T10:00:00Z", interval: 60 }).clear();
  assert.is(r.csms("k", "ClearCache").toCsms[0]?.[2], "SecurityError");
});

test("Part 4 §4.1.4 - an id that is in use: the same call is one call, another one is refused", () => {
  const r = rig().csms("k", "ClearCache").csms("k", "ClearCache");
  assert.equal([r.toStation.length, r.toCsms], [1, []]);
  r.csms("k", "ReserveNow", {});
  assert.equal(
    r.toCsms.map((frame) => frame[2]),
    ["RpcFrameworkError"],
  );
});

test("an invalid frame of ours never leaves: a lesser answer goes, or a CALLERROR", () => {
  const r = rig().csms("k", "ReserveNow", {
    id: 1,
    expiryDateTime: "2026-01-01T10:00:00Z",
    idToken: { idToken: "A", type: "Central" },
  });
  assert.equal(r.toCsms, [[3, "k", { status: "Rejected" }]]);
  r.csms("u", "UnlockConnector", { evseId: 1, connectorId: 1 });
  assert.equal(r.toCsms[1]?.slice(0, 3), [4, "u", "InternalError"]);
  r.station("d", "DiagnosticsStatusNotification", { status: "Idle" });
  assert.equal(r.toStation, [[3, "d", {}]]);
  assert.is(r.noted("invalid").length, 3);
});

test("an invalid event of ours is replaced by a lesser one that still says who, when and how much", () => {
  const r = rig().station("m", "MeterValues", { connectorId: 1, meterValue: [] });
  assert.equal(r.noted("invalid"), ["TransactionEvent/reservationId type"]);
  const payload = callOf(r, "csms")[3] as Record<string, unknown>;
  assert.equal([payload["eventType"], "reservationId" in payload], ["Updated", false]);
});

test("a rule that throws changes nothing, and whoever asked is told", () => {
  const r = rig();
  const before = r.state;
  r.station("f", "FirmwareStatusNotification", { status: "Idle" });
  assert.equal(r.toStation[0]?.slice(0, 3), [4, "f", "InternalError"]);
  assert.is(r.state, before);
  assert.is(r.noted("fault").length, 1);
});

test("actions without a rule: known ones are not supported, others not implemented", () => {
  const r = rig().station("a", "DataTransfer", { vendorId: "v" }).station("b", "VendorThing");
  assert.equal(
    r.toStation.map((frame) => frame[2]),
    ["NotSupported", "NotImplemented"],
  );
});

test("an answer that its schema does not allow counts as an error", () => {
  const r = rig()
    .station("a", "Authorize", { idTag: "A" })
    .csmsAnswers({ idTokenInfo: { status: "Perhaps" } });
  assert.equal(r.toStation[0]?.slice(0, 3), [4, "a", "PropertyConstraintViolation"]);
  r.csms("k", "ClearCache").stationAnswers({ kind: "result", payload: { status: "Perhaps" } });
  assert.is(r.lastCall("csms")?.[0], 2);
  assert.equal(r.toCsms.at(-1)?.slice(0, 3), [4, "k", "PropertyConstraintViolation"]);
});

test("alarms come when it is time, after a restart as well", () => {
  const r = rig().csms("k", "Reset", { type: "OnIdle" });
  assert.is(r.nextAt, r.now + 60_000);
  r.restart().up().pass(59_999);
  assert.equal(r.toStation, []);
  r.pass(1);
  assert.is(r.lastCall("station")?.[2], "Reset");
  assert.equal(r.durable.alarms, []);
});

test("what waited for an answer when the process ended is told that none came", () => {
  const r = rig().csms("k", "ClearCache");
  assert.is(r.durable.waiting.length, 1);
  r.restart().up();
  assert.equal([r.state.commands["none"], r.durable.waiting.length], [1, 0]);
});

test("a lost link: the CSMS's calls and ours are over, kept ones stay, nobody is answered", () => {
  const r = rig()
    .csms("k", "ClearCache")
    .station("a", "Authorize", { idTag: "A" })
    .station("b", "StartTransaction", START);
  r.clear().down();
  assert.equal([r.toCsms, r.toStation], [[], []]);
  assert.equal([r.durable.kept.length, r.durable.waiting.length], [1, 0]);
  r.stationAnswers({ kind: "result", payload: { status: "Accepted" } });
  assert.equal(r.toCsms, []);
});

test("too many calls: the one that finds no room has no answer", () => {
  const r = rig();
  for (let i = 0; i < 70; i += 1) r.station(`a${i}`, "Authorize", { idTag: "A" });
  assert.is(r.noted("dropped").length, 70 - 65);
  assert.is(r.toStation.length, 5);
});

test("a rule that asks an absent peer without end is stopped", () => {
  const again = { do: "ask", peer: "station", action: "ClearCache", payload: {}, job: { kind: "again" } } as const;
  const block = {
    from: { csms: { ClearCache: (state: never) => ({ state, wants: [again] }) } },
    answers: { again: (state: never) => ({ state, wants: [again] }) },
  };
  const r = new TranslationRig({ block: block as never });
  r.isStationOnline = false;
  assert.equal(r.csms("k", "ClearCache").noted("fault"), ["a rule asks without end"]);
});

test.run();
