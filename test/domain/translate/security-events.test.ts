/** SecurityEventNotification: names of 1.6 become names of 2.0.1 (A04). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { RENAMED_EVENTS } from "../../../src/domain/security/event-names.ts";
import { CommandWorld } from "../../support/command-world.ts";

const timestamp = "2026-05-04T09:59:59Z";
function sent(payload: Payload): { readonly payload: Payload | undefined; readonly world: CommandWorld } {
  const world = new CommandWorld();
  assert.equal(world.fromStation("SecurityEventNotification", { timestamp, ...payload }), { payload: {} });
  assert.ok(world.sent[0]?.sure, "A04.FR.02: delivery is guaranteed");
  return { payload: world.to("csms")[0]?.[1], world };
}

for (const [type16, type] of Object.entries(RENAMED_EVENTS)) {
  test(`${type16} is ${type}, of the link to the gateway`, () => {
    assert.equal(sent({ type: type16, techInfo: "x" }).payload, { type, timestamp, techInfo: "south:x" });
    assert.equal(sent({ type: type16 }).payload, { type, timestamp, techInfo: "south:" });
  });
}

test("an event of the link with the same name in both versions says so too", () => {
  for (const type of ["InvalidTLSVersion", "InvalidTLSCipherSuite"]) {
    assert.equal(sent({ type, techInfo: "x" }).payload, { type, timestamp, techInfo: "south:x" });
  }
});

test("any other event stays as it is, whatever it is called", () => {
  for (const type of ["FirmwareUpdated", "TamperDetectionActivated", "VendorEvent", "constructor"]) {
    assert.equal(sent({ type, techInfo: "x" }).payload, { type, timestamp, techInfo: "x" });
    assert.equal(sent({ type }).payload, { type, timestamp });
  }
});

test("techInfo that the prefix makes too long is cut, and counted", () => {
  const { payload, world } = sent({ type: "InvalidTLSVersion", techInfo: "x".repeat(255) });
  assert.is(String(payload?.["techInfo"]).length, 255);
  assert.equal(world.lost, ["SecurityEventNotification.techInfo"]);
});

test("the same event again is the same message again", () => {
  const event = { type: "InvalidChargePointCertificate", techInfo: "x" };
  assert.equal(sent(event).payload, sent(event).payload);
});

test.run();
