import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildFirewall } from "../../../src/config/build-firewall.ts";
import type { FirewallDocument } from "../../../src/config/document.ts";
import { compileFirewall } from "../../../src/domain/firewall/compile.ts";
import type { Seen, StationLife } from "../../../src/domain/firewall/facts.ts";
import { StationGuard } from "../../../src/domain/firewall/guard.ts";
import { refusalOf } from "../../../src/domain/firewall/refusal.ts";
import { isRuleName, type Mode, modeOf, RULE_IDS, RULES } from "../../../src/domain/firewall/rules.ts";
import { epochMs, messageId } from "../../../src/domain/ids.ts";
import { classify } from "../../../src/domain/lanes/classify.ts";
import { actionSpec, CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";

const CSMS_URL = "wss://csms.example.com/ocpp";
const NOW = epochMs(Date.UTC(2026, 0, 1));

const life = (version: OcppVersion, changes: Partial<StationLife> = {}): StationLife => ({
  version,
  strength: 0,
  linkProfile: 0,
  registration: "Accepted",
  isCharging: false,
  isOfCsms: (url) => url === CSMS_URL,
  knows: () => false,
  isLate: () => false,
  ...changes,
});

function guard(
  version: OcppVersion,
  document: FirewallDocument = {},
  changes: Partial<StationLife> = {},
): StationGuard {
  const table = compileFirewall(buildFirewall([document])).get(version);
  if (table === undefined) throw new Error(version);
  return new StationGuard(table, life(version, changes));
}

let ids = 0;
function call(version: OcppVersion, from: Seen["from"], action: string, payload: Payload, at = NOW): Seen {
  ids += 1;
  const id = messageId(`m-${ids}`);
  const frame = { type: 2, id, action, payload } as const;
  const spec = actionSpec(version, action);
  const text = JSON.stringify([2, id, action, payload]);
  const { messageClass } = classify(version, frame, spec);
  return { from, frame, text, receivedAt: at, action, spec, messageClass, answers: undefined };
}

/** Every rule in one mode. */
const all = (mode: Mode): FirewallDocument => ({ modes: Object.fromEntries(RULE_IDS.map((id) => [id, mode])) });

const ACTIONS = CATALOGUE.map(({ action }) => action);
const KEYS = [
  "location",
  "firmware",
  "log",
  "remoteLocation",
  "key",
  "value",
  "timestamp",
  "transactionId",
  "meterStop",
];
const payloads = fc.oneof(
  fc.dictionary(
    fc.constantFrom(...KEYS, "csChargingProfiles", "meterValue", "setVariableData", "data", "idTag"),
    fc.jsonValue(),
  ),
  fc.dictionary(fc.string(), fc.jsonValue()),
) as fc.Arbitrary<Payload>;
const message = fc.record({
  version: fc.constantFrom(...OCPP_VERSIONS),
  from: fc.constantFrom<Seen["from"]>("south", "north"),
  action: fc.oneof(fc.constantFrom(...ACTIONS), fc.string()),
  payload: payloads,
});

test("a rule that is off says nothing, whatever comes", () => {
  fc.assert(
    fc.property(message, ({ version, from, action, payload }) => {
      assert.is(guard(version, all("off")).examine(call(version, from, action, payload)).kind, "pass");
    }),
  );
});

test("without enforce nothing is refused, whatever comes", () => {
  fc.assert(
    fc.property(message, fc.constantFrom<Mode>("log", "alert"), ({ version, from, action, payload }, mode) => {
      assert.is.not(guard(version, all(mode)).examine(call(version, from, action, payload)).kind, "reject");
    }),
  );
});

test("what a station is billed for is never refused, unless the policy says so", () => {
  const billed = CATALOGUE.filter(({ from, messageClass }) => from === "station" && messageClass <= 1);
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...OCPP_VERSIONS),
      fc.constantFrom(...billed),
      payloads,
      (version, { action }, payload) => {
        const seen = call(version, "south", action, payload);
        if (seen.messageClass > 1) return;
        assert.is.not(guard(version, { ...all("enforce"), burst: 1 }).examine(seen).kind, "reject");
        const strict = guard(version, { ...all("enforce"), billing: "enforce", burst: 1 });
        strict.examine(call(version, "south", action, payload));
        if (strict.examine(call(version, "south", action, payload)).kind === "reject") refused += 1;
      },
    ),
  );
  assert.ok(refused > 0);
});

test("fails open for what a station says, closed for what a CSMS orders", () => {
  const broken = {
    knows(): never {
      throw new Error("a defect");
    },
  };
  const subject = guard("ocpp1.6", all("enforce"), broken);
  const stop = { transactionId: 7, meterStop: 1, timestamp: "2026-01-01T00:00:00Z" };
  assert.is(subject.examine(call("ocpp1.6", "south", "StopTransaction", stop)).kind, "note");
  const order = subject.examine(call("ocpp1.6", "north", "RemoteStopTransaction", { transactionId: 7 }));
  assert.is(order.kind, "reject");
});

test("an answer is never refused", () => {
  const subject = guard("ocpp1.6", all("enforce"));
  for (let i = 0; i < 50; i += 1) {
    const frame = { type: 3, id: messageId(`a-${i}`), payload: {} } as const;
    const base = call("ocpp1.6", "south", "Reset", {});
    assert.is.not(subject.examine({ ...base, frame, action: undefined, spec: undefined }).kind, "reject");
  }
});

test("the more exact name of a rule decides about its mode", () => {
  assert.is(modeOf({ R10: "off" }, "R10-trust"), "off");
  assert.is(modeOf({ R10: "off", "R10-trust": "enforce" }, "R10-trust"), "enforce");
  assert.is(modeOf({}, "R10-network"), RULES["R10-network"].mode);
  assert.ok(isRuleName("R09") && isRuleName("R09-stray"));
  assert.not(isRuleName("R31") || isRuleName("R09-x") || isRuleName(""));
});

test("every number from R01 to R30 has a rule", () => {
  const numbers = new Set(RULE_IDS.map((id) => id.slice(0, 3)));
  assert.is(numbers.size, 30);
});

for (const version of OCPP_VERSIONS) {
  test(`typed refusals are what the response schemas of ${version} allow`, async () => {
    const validators = await loadValidators(version);
    const component = { name: "C" };
    const setVariableData = [{ component, variable: { name: "V" }, attributeValue: "1" }];
    let typed = 0;
    for (const { action } of CATALOGUE.filter(({ versions }) => versions.includes(version))) {
      const payload = action === "SetVariables" ? { setVariableData } : {};
      const answer = refusalOf({ version, action, payload, rule: "R25", reason: "no", now: NOW });
      if (answer.kind !== "result") continue;
      typed += 1;
      assert.is(validators.validate(action, "response", answer.payload as Payload), undefined, action);
    }
    assert.ok(typed >= 15, String(typed));
  });
}

test("R23 - a call against its direction is refused; with its direction, and as vendor's action, it is not", () => {
  const subject = guard("ocpp1.6");
  const kind = (from: Seen["from"], action: string) => subject.examine(call("ocpp1.6", from, action, {})).kind;
  assert.is(kind("north", "StartTransaction"), "reject");
  assert.is(kind("south", "Reset"), "reject");
  assert.is(kind("south", "Heartbeat"), "pass");
  assert.is(kind("north", "ClearCache"), "pass");
  assert.is(kind("north", "DataTransfer"), "pass");
  assert.is(kind("south", "VendorThing"), "note");
});

test("R23 - for what only 2.1 has, the direction is not certain: it is only logged", () => {
  const verdict = guard("ocpp2.1").examine(call("ocpp2.1", "south", "UsePriorityCharging", {}));
  assert.equal([verdict.kind, "mode" in verdict && verdict.mode], ["note", "log"]);
});

test("R08 - a burst passes, then so many in ten seconds, and time gives them back", () => {
  const subject = guard("ocpp1.6", { burst: 10, stationCallsPer10Sec: 10 });
  const kinds = (n: number, at: number) =>
    Array.from({ length: n }, () => subject.examine(call("ocpp1.6", "south", "Heartbeat", {}, epochMs(at))).kind);
  assert.equal(kinds(11, NOW), [...new Array(10).fill("pass"), "note"]);
  assert.equal(kinds(2, NOW + 1_000), ["pass", "note"]);
  assert.equal(kinds(11, NOW + 60_000), [...new Array(10).fill("pass"), "note"]);
});

test.run();
