/** GetLog and the statuses of an upload (N01). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { TranslationState } from "../../../src/domain/translate/contract.ts";
import { CommandWorld, NONE, refusal, result, SETTINGS } from "../../support/command-world.ts";
import { messageSchema, resolveRef } from "../../support/schemas.ts";

const secure = (state: TranslationState): TranslationState => ({
  ...state,
  capabilities: { ...state.capabilities, hasSecurityExtension: true },
});
const LOG = {
  remoteLocation: "sftp://files.example/in",
  oldestTimestamp: "2026-05-01T00:00:00Z",
  latestTimestamp: "2026-05-02T00:00:00Z",
};
const getLog = (more: Payload = {}): Payload => ({
  logType: "DiagnosticsLog",
  requestId: 5,
  retries: 2,
  retryInterval: 60,
  log: LOG,
  ...more,
});
const rejected = (reasonCode: string) => ({ payload: { status: "Rejected", statusInfo: { reasonCode } } });
const because = (world: CommandWorld, payload: Payload): unknown => {
  const reply = world.fromCsms("GetLog", payload) as {
    payload: { status: string; statusInfo?: { reasonCode: string } };
  };
  return [reply.payload.status, reply.payload.statusInfo?.reasonCode];
};
const diagnostics = (fileName?: string) => () => result(fileName === undefined ? {} : { fileName });

test("the security extension has GetLog, field by field", () => {
  const world = new CommandWorld().change(secure);
  world.station = () => result({ status: "Accepted", filename: "a.tgz" });
  assert.equal(world.fromCsms("GetLog", getLog()), { payload: { status: "Accepted", filename: "a.tgz" } });
  assert.equal(world.to("station"), [["GetLog", getLog()]]);
});

test("plain 1.6 has GetDiagnostics, and a file name for a yes", () => {
  const world = new CommandWorld();
  world.station = diagnostics("a.tgz");
  assert.equal(world.fromCsms("GetLog", getLog()), { payload: { status: "Accepted", filename: "a.tgz" } });
  const { oldestTimestamp: startTime, latestTimestamp: stopTime, remoteLocation: location } = LOG;
  assert.equal(world.to("station"), [
    ["GetDiagnostics", { location, startTime, stopTime, retries: 2, retryInterval: 60 }],
  ]);
});

test("N01.FR.05 - without a file name there is no log", () => {
  for (const fileName of [undefined, ""]) {
    const world = new CommandWorld();
    world.station = diagnostics(fileName);
    assert.equal(because(world, getLog()), ["Rejected", "NotFound"]);
  }
});

test("what plain 1.6 has not is rejected without asking", () => {
  const world = new CommandWorld();
  assert.equal(world.fromCsms("GetLog", getLog({ logType: "SecurityLog" })), rejected("UnsupportedRequest"));
  assert.equal(world.fromCsms("GetLog", getLog({ log: { remoteLocation: "no uri" } })), rejected("InvalidURL"));
  world.settings = { ...SETTINGS, logSource: "gateway" };
  assert.equal(world.fromCsms("GetLog", getLog()), rejected("UnsupportedRequest"));
  assert.equal(world.to("station"), []);
});

test("2.1's DataCollectorLog and long locations are rejected", () => {
  const world = new CommandWorld().change(secure);
  world.northVersion = "ocpp2.1";
  assert.equal(world.fromCsms("GetLog", getLog({ logType: "DataCollectorLog" })), rejected("UnsupportedRequest"));
  const remoteLocation = `https://files.example/${"x".repeat(600)}`;
  assert.equal(world.fromCsms("GetLog", getLog({ log: { remoteLocation } })), rejected("TooLargeElement"));
});

test("1.6 cannot call an upload off: a second one is rejected until the first has ended, or must have", () => {
  const world = new CommandWorld();
  world.station = diagnostics("a.tgz");
  world.fromCsms("GetLog", getLog());
  assert.equal(because(world, getLog({ requestId: 6 })), ["Rejected", "Unspecified"]);
  world.fromStation("DiagnosticsStatusNotification", { status: "Uploaded" });
  assert.equal(because(world, getLog({ requestId: 6 })), ["Accepted", undefined]);
  world.pass(6 * 3_600_000);
  assert.equal(because(world, getLog({ requestId: 7 })), ["Accepted", undefined]);
});

test("an upload that the security extension replaced is said to be called off", () => {
  const world = new CommandWorld().change(secure);
  world.fromCsms("GetLog", getLog());
  world.station = () => result({ status: "AcceptedCanceled" });
  assert.equal(because(world, getLog({ requestId: 6 })), ["AcceptedCanceled", undefined]);
  assert.equal(world.to("csms"), [["LogStatusNotification", { status: "AcceptedCanceled", requestId: 5 }]]);
});

test("a station that refuses or is silent has not accepted", () => {
  for (const change of [secure, (state: TranslationState) => state]) {
    for (const outcome of [refusal("NotSupported"), NONE, result({ status: "Rejected" }), result({ status: "Odd" })]) {
      const world = new CommandWorld().change(change);
      world.station = () => outcome;
      assert.is((because(world, getLog()) as string[])[0], "Rejected");
      world.fromStation("DiagnosticsStatusNotification", { status: "Uploading" });
      assert.equal(world.to("csms"), []);
    }
  }
});

// --- what the station says --------------------------------------------------------------------------------------------

const DIAGNOSTICS = [
  ["Idle", { status: "Idle" }],
  ["Uploading", { status: "Uploading", requestId: 5 }],
  ["Uploaded", { status: "Uploaded", requestId: 5 }],
  ["UploadFailed", { status: "UploadFailure", requestId: 5 }],
] as const;

test("the table of DiagnosticsStatusNotification has every status of the schema", () => {
  const schema = messageSchema("ocpp1.6", "DiagnosticsStatusNotification");
  assert.equal([...(schema.properties?.["status"]?.enum ?? [])].sort(), DIAGNOSTICS.map(([status]) => status).sort());
});

for (const [status, expected] of DIAGNOSTICS) {
  test(`N01.FR.13 - DiagnosticsStatusNotification ${status} carries the requestId of the upload`, () => {
    const world = new CommandWorld();
    world.station = diagnostics("a");
    world.fromCsms("GetLog", getLog());
    assert.equal(world.fromStation("DiagnosticsStatusNotification", { status }), { payload: {} });
    assert.equal(world.to("csms"), [["LogStatusNotification", expected]]);
  });

  test(`DiagnosticsStatusNotification ${status} of an upload nobody asked for`, () => {
    const world = new CommandWorld();
    world.fromStation("DiagnosticsStatusNotification", { status });
    assert.is(world.to("csms").length, status === "Idle" ? 1 : 0);
    assert.is(world.lost.length, status === "Idle" ? 0 : 1);
  });
}

const log16 = messageSchema("ocpp1.6", "LogStatusNotification");
const STATUSES = resolveRef(log16.properties?.["status"] ?? {}, log16).enum ?? [];

test("LogStatusNotification keeps every status and the requestId", () => {
  assert.is(STATUSES.length, 7);
  for (const status of STATUSES) {
    const world = new CommandWorld().change(secure);
    world.fromStation("LogStatusNotification", { status, requestId: 9 });
    assert.equal(world.to("csms"), [
      ["LogStatusNotification", status === "Idle" ? { status } : { status, requestId: 9 }],
    ]);
  }
});

test("LogStatusNotification without a requestId has that of the upload", () => {
  const world = new CommandWorld().change(secure);
  world.fromCsms("GetLog", getLog());
  world.fromStation("LogStatusNotification", { status: "Uploaded" });
  world.fromStation("LogStatusNotification", { status: "Uploaded" });
  assert.equal(world.to("csms"), [["LogStatusNotification", { status: "Uploaded", requestId: 5 }]]);
  assert.equal(world.lost, ["LogStatusNotification.status=Uploaded"]);
});

test.run();
