import { test } from "uvu";
import * as assert from "uvu/assert";
import { GatewayBus, type GatewayEvents } from "../../../src/actors/gateway-bus.ts";
import { silentLogger } from "../../../src/actors/silent-logger.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { IntrusionConfig } from "../../../src/config/types.ts";
import { Counters } from "../../../src/domain/counters.ts";
import { RULE_IDS } from "../../../src/domain/firewall/rules.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { quietSentinel } from "../../support/quiet-sentinel.ts";

function world(intrusion: Partial<IntrusionConfig> = {}) {
  const counters = new Counters(0);
  const clock = new ManualClock();
  const bus = new GatewayBus(silentLogger);
  const told: GatewayEvents["security"][] = [];
  bus.on("security", (event) => told.push(event));
  const sentinel = quietSentinel(counters, clock, bus, { ...DEFAULTS.intrusion, modes: {}, ...intrusion });
  const found = (rule: (typeof RULE_IDS)[number]) => {
    const at = RULE_IDS.indexOf(rule) * 2;
    return [counters.perRule[at], counters.perRule[at + 1]];
  };
  return { counters, clock, sentinel, told, found };
}

test("every finding is counted, one event of a rule and a station is told", () => {
  const { sentinel, told, found } = world();
  for (let i = 0; i < 3; i += 1)
    sentinel.report({ rule: "R13", stationId: "CP1", reason: "the host is an address", isRefused: true });
  sentinel.report({ rule: "R13", stationId: "CP2", reason: "the host is an address", mode: "alert" });
  assert.equal(found("R13"), [4, 3]);
  assert.equal(told, [
    {
      type: "FirmwareUrlRejected",
      stationId: "CP1",
      detail: "ids=R13;the host is an address",
      rule: "R13",
      critical: false,
    },
    {
      type: "FirmwareUrlRejected",
      stationId: "CP2",
      detail: "ids=R13;the host is an address",
      rule: "R13",
      critical: false,
    },
  ]);
});

test("what is only logged raises no event, what is off is not even counted", () => {
  const { sentinel, told, found } = world();
  sentinel.report({ rule: "R24", stationId: "CP1", reason: "no such action" });
  sentinel.report({ rule: "R22", stationId: "CP1", reason: "x", mode: "off" });
  assert.equal([told.length, found("R24"), found("R22")], [0, [1, 0], [0, 0]]);
});

test("an event with another name than its rule's is as critical as that name", () => {
  const { sentinel, told } = world();
  sentinel.report({ rule: "R30", reason: "the clock was set", event: "SettingSystemTime" });
  assert.equal([told[0]?.type, told[0]?.critical], ["SettingSystemTime", true]);
});

test("rules about connections act as configured: without `enforce` they let in, and tell", () => {
  const alert = world({ allowFrom: ["192.0.2.0/24"], lockOutAfter: 2, modes: { R01: "alert", R03: "log" } });
  assert.ok(alert.sentinel.mayConnect("198.51.100.1"));
  for (let i = 0; i < 4; i += 1) alert.sentinel.loginFailed("CP1", "192.0.2.66");
  assert.is(alert.sentinel.confinementOf("CP1", "192.0.2.66"), undefined);
  assert.equal([alert.found("R01"), alert.told.length], [[1, 0], 1]);
  const off = world({ allowFrom: ["192.0.2.0/24"], modes: { R01: "off" } });
  assert.ok(off.sentinel.mayConnect("198.51.100.1"));
  assert.equal([off.found("R01"), off.told.length], [[0, 0], 0]);
  const usual = world({ allowFrom: ["192.0.2.0/24"] });
  assert.not(usual.sentinel.mayConnect("198.51.100.1"));
});

test("R28 - an enforced change keeps the CSMS out until it is as before", () => {
  const peer = (anchor: string) => ({ fingerprint: "1", issuer: "CN=A", anchor, protocol: "TLSv1.3", cipher: "TLS_A" });
  const { sentinel, found } = world({ modes: { R28: "enforce" } });
  const may = ["a", "b", "a", "b"].map((anchor) => sentinel.csmsSeen("wss://csms", peer(anchor)));
  assert.equal(
    [may, found("R28")],
    [
      [true, false, true, false],
      [2, 2],
    ],
  );
  const alert = world();
  assert.equal(
    ["a", "b", "b"].map((anchor) => alert.sentinel.csmsSeen("wss://csms", peer(anchor))),
    [true, true, true],
  );
  assert.equal(alert.found("R28"), [1, 0]);
});

test("38 - wrong credentials lock name and address together, not the name, not the address", () => {
  const { sentinel } = world({ lockOutAfter: 3 } as never);
  for (let i = 0; i < 2; i += 1) sentinel.loginFailed("CP1", "192.0.2.66");
  assert.is(sentinel.confinementOf("CP1", "192.0.2.66"), undefined);
  sentinel.loginFailed("CP1", "192.0.2.66");
  assert.ok(sentinel.confinementOf("CP1", "192.0.2.66"));
  assert.is(sentinel.confinementOf("CP1", "192.0.2.1"), undefined);
  assert.ok(sentinel.mayConnect("192.0.2.66"));
});

test("38 - many unknown names from one address are told, and keep nobody out", () => {
  const { sentinel, told } = world();
  for (let i = 0; i < 20; i += 1) sentinel.nameUnknown("192.0.2.66");
  assert.is(told.length, 0);
  sentinel.nameUnknown("192.0.2.66");
  assert.equal(
    told.map(({ type }) => type),
    ["LanAuthBruteForce"],
  );
  assert.ok(sentinel.mayConnect("192.0.2.66"));
});

test("38 - a login that succeeds begins the count again", () => {
  const { sentinel } = world({ lockOutAfter: 3 } as never);
  for (let i = 0; i < 6; i += 1) {
    sentinel.loginFailed("CP1", "192.0.2.1");
    if (i % 2 === 1) sentinel.loggedIn("CP1", "192.0.2.1");
  }
  assert.is(sentinel.confinementOf("CP1", "192.0.2.1"), undefined);
});

test("R02 - an address beyond its limits is kept out after a hundred sockets, and let in again by hand", () => {
  const { sentinel, counters } = world();
  for (let i = 0; i < 100; i += 1) sentinel.flooded("192.0.2.66");
  assert.ok(sentinel.mayConnect("192.0.2.66"));
  sentinel.flooded("192.0.2.66");
  assert.not(sentinel.mayConnect("192.0.2.66"));
  assert.ok(sentinel.mayConnect("192.0.2.67"));
  assert.equal([counters.quarantined, counters.keptOut], [1, 1]);
  assert.is(sentinel.release("192.0.2.66"), 1);
  assert.ok(sentinel.mayConnect("192.0.2.66"));
});

test("the third connection that is closed for cause in ten minutes is answered with quarantine", () => {
  const { sentinel } = world();
  for (let i = 0; i < 2; i += 1) sentinel.strike("CP1", "192.0.2.1", "malformed frames");
  assert.is(sentinel.confinementOf("CP1", "192.0.2.1"), undefined);
  sentinel.strike("CP1", "192.0.2.1", "malformed frames");
  assert.is(sentinel.confinementOf("CP1", "192.0.2.1")?.reason, "malformed frames");
});

test.run();
