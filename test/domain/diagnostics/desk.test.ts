/** Who may ask what: requests, grants, rates, expiry, and once only. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DiagnosticsDesk, type Grants } from "../../../src/domain/diagnostics/desk.ts";
import { COMMANDS, parseRequest } from "../../../src/domain/diagnostics/request.ts";
import { CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";

const NOW = 1_767_225_600_000;
const HOUR = 3_600_000;
const ASSET = "abcdefghij234567";
const id = (no: number) => `00000000-0000-4000-8000-${String(no).padStart(12, "0")}`;
const request = (fields: object = {}) => ({ cmdId: id(1), name: "SelfTest", notAfter: NOW + 60_000, ...fields });
const GRANTS: Grants = { om: { allow: [...COMMANDS], perHour: 10 }, poor: { allow: ["SelfTest"], perHour: 2 } };

function judged(platform: string, fields: object = {}, desk = new DiagnosticsDesk(GRANTS), now = NOW) {
  const judgement = desk.judge(platform, JSON.stringify(request(fields)), now);
  return judgement.kind === "granted" ? "granted" : judgement.reason;
}

test("what is granted may be asked, what is not may not, and who has no grant may nothing", () => {
  assert.is(judged("om", { name: "GetSnapshot", args: { asset: ASSET } }), "granted");
  assert.is(judged("poor"), "granted");
  assert.is(judged("poor", { name: "GetSnapshot", args: { asset: ASSET } }), "notGranted");
  for (const platform of ["nobody", "", "__proto__", "constructor"]) assert.is(judged(platform), "notGranted");
});

test("a request is done once, also after a restart, until a day has passed", () => {
  const desk = new DiagnosticsDesk(GRANTS);
  assert.is(judged("om", {}, desk), "granted");
  assert.is(judged("om", {}, desk), "repeated");
  const next = new DiagnosticsDesk(GRANTS);
  assert.ok(next.restore(desk.memory));
  assert.is(judged("om", {}, next, NOW + 50_000), "repeated");
  const later = NOW + 25 * HOUR;
  assert.is(judged("om", { notAfter: later + 1 }, next, later), "granted");
  for (const damaged of ["", "{}", "[[", "null"]) assert.not.ok(next.restore(damaged));
});

test("what is over, or lies far ahead, is not done", () => {
  assert.is(judged("om", { notAfter: NOW - 1 }), "expired");
  assert.is(judged("om", { notAfter: NOW + HOUR + 1 }), "tooFarAhead");
});

test("requests an hour are bounded for each platform, whatever is in them", () => {
  const desk = new DiagnosticsDesk(GRANTS);
  for (let no = 0; no < 10; no += 1) {
    assert.is(desk.judge("om", "nonsense", NOW + no).kind, "refused");
  }
  assert.is(judged("om", {}, desk, NOW + 11), "tooMany");
  assert.is(judged("poor", {}, desk, NOW + 11), "granted");
  assert.is(judged("om", { cmdId: id(2), notAfter: NOW + HOUR + 60_000 }, desk, NOW + HOUR), "granted");
});

test("arguments are from closed lists: no other message, no other variable, no other asset", () => {
  const args = (name: string, fields: object) => judged("om", { name, args: { asset: ASSET, ...fields } });
  assert.is(args("TriggerMessage", { message: "MeterValues" }), "granted");
  assert.is(args("GetVariables", { variables: ["PowerContactor.Tripped", "EVSE.AvailabilityState"] }), "granted");
  for (const message of ["BootNotification", "SignChargingStationCertificate", "TransactionEvent", 1, undefined]) {
    assert.is(args("TriggerMessage", { message }), "badArguments");
  }
  const tooMany = Array.from({ length: 17 }, () => "EVSE.Power");
  for (const variables of [["TokenReader.Token"], ["EVSE.Power.x"], ["EVSE"], [], tooMany, "EVSE.Power", [1]]) {
    assert.is(args("GetVariables", { variables }), "badArguments");
  }
  for (const asset of ["CP-1", "ABCDEFGHIJ234567", "abc", 5]) assert.is(args("GetSnapshot", { asset }), "badArguments");
});

test("no command has a say in charging: none but TriggerMessage and GetVariables is an action of OCPP", () => {
  const actions = new Set(CATALOGUE.map(({ action }) => action));
  assert.equal(
    COMMANDS.filter((name) => actions.has(name)),
    ["TriggerMessage", "GetVariables"],
  );
});

test("whatever is sent, it is read or refused", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((args) => JSON.stringify(request({ args }))),
      ),
      (text) => {
        parseRequest(text);
        const { kind } = new DiagnosticsDesk(GRANTS).judge("om", text, NOW);
        assert.ok(kind === "granted" || kind === "refused");
      },
    ),
    { numRuns: 1_000 },
  );
  assert.is(parseRequest(JSON.stringify(request({ more: "x".repeat(5_000) }))), undefined);
});

test.run();
