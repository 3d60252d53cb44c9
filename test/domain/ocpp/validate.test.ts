import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isGatewayError } from "../../../src/domain/error.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { loadValidators, type MessageKind } from "../../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";

const V = {
  "ocpp1.6": await loadValidators("ocpp1.6"),
  "ocpp2.0.1": await loadValidators("ocpp2.0.1"),
  "ocpp2.1": await loadValidators("ocpp2.1"),
};

/** What `validate` says, as `kind keyword pointer`. */
function verdict(version: OcppVersion, action: string, payload: unknown, kind: MessageKind = "request") {
  const violation = V[version].validate(action, kind, payload as Payload);
  return violation && `${violation.kind} ${violation.keyword} ${violation.pointer}`;
}

test("the validators of a version are loaded once", async () => {
  assert.is(await loadValidators("ocpp1.6"), V["ocpp1.6"]);
});

test("validators that were not built are an error that says what to do", async () => {
  const copy = mkdtempSync(join(tmpdir(), "twinlane-validate-"));
  try {
    const filter = (path: string) => !path.endsWith("generated");
    cpSync(fileURLToPath(new URL("../../../src/domain", import.meta.url)), copy, { recursive: true, filter });
    writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
    const unbuilt = await import(pathToFileURL(join(copy, "ocpp/validate.ts")).href);
    const error = await unbuilt.loadValidators("ocpp2.1").catch((reason: unknown) => reason);
    assert.ok(isGatewayError(error, "ERR_NOT_PROVIDED"));
    assert.match(error.message, "npm run build");
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test("a good message has no violation, in any version and kind", () => {
  assert.is(verdict("ocpp1.6", "Authorize", { idTag: "04A1B2C3" }), undefined);
  assert.is(verdict("ocpp1.6", "Authorize", { idTagInfo: { status: "Accepted" } }, "response"), undefined);
  assert.is(verdict("ocpp2.0.1", "Heartbeat", {}), undefined);
  const stream = { id: 1, pending: 0, basetime: "2026-05-01T10:00:00Z", data: [{ t: 0, v: "1" }] };
  assert.is(verdict("ocpp2.1", "NotifyPeriodicEventStream", stream, "send"), undefined);
});

test("request and response of an action are told apart", () => {
  assert.is(verdict("ocpp1.6", "Authorize", { idTag: "x" }, "response"), "ProtocolError required /idTagInfo");
});

test("a vendor's action, and a kind that an action does not have, pass", () => {
  for (const action of ["VendorThing", "", "__proto__", "constructor", "authorize"]) {
    assert.is(verdict("ocpp1.6", action, { whatever: [null] }), undefined, action);
  }
  assert.is(verdict("ocpp2.1", "NotifyPeriodicEventStream", {}, "request"), undefined);
  assert.is(verdict("ocpp2.1", "Heartbeat", {}, "send"), undefined);
});

test("1.6 and 2.x name the same fault by their own codes", () => {
  assert.is(verdict("ocpp1.6", "StatusNotification", {}), "ProtocolError required /connectorId");
  assert.is(verdict("ocpp2.0.1", "StatusNotification", {}), "OccurrenceConstraintViolation required /timestamp");
});

test("the pointer leads through objects and arrays to the field", () => {
  const sample = { value: "1", unit: "Furlong" };
  const payload = {
    connectorId: 1,
    meterValue: [{ timestamp: "2026-05-01T10:00:00Z", sampledValue: [{ value: "0" }, sample] }],
  };
  assert.is(
    verdict("ocpp1.6", "MeterValues", payload),
    "PropertyConstraintViolation enum /meterValue/0/sampledValue/1/unit",
  );
  const deep = {
    evseId: 1,
    meterValue: [
      { timestamp: "2026-05-01T10:00:00Z", sampledValue: [{ value: 1, unitOfMeasure: { multiplier: "0" } }] },
    ],
  };
  assert.is(
    verdict("ocpp2.0.1", "MeterValues", deep),
    "TypeConstraintViolation type /meterValue/0/sampledValue/0/unitOfMeasure/multiplier",
  );
  assert.is(
    verdict("ocpp2.0.1", "MeterValues", { evseId: 1, meterValue: [{ sampledValue: [] }] }),
    "OccurrenceConstraintViolation required /meterValue/0/timestamp",
  );
});

test("a violation names fields of the schema, never what a peer wrote", () => {
  const secret = "DE-ABC-C12345678-1";
  const surplus = { idTag: "x", [secret]: secret };
  assert.is(verdict("ocpp1.6", "Authorize", surplus), "FormatViolation additionalProperties ");
  assert.not.match(JSON.stringify(V["ocpp1.6"].validate("Authorize", "request", { idTag: secret.repeat(3) })), secret);
});

test("a violation found later leaves the one found before as it was", () => {
  const first = V["ocpp1.6"].validate("Authorize", "request", {});
  V["ocpp1.6"].validate("Reset", "request", { type: "Warm" });
  assert.equal(first, { kind: "ProtocolError", pointer: "/idTag", keyword: "required" });
});

test("names that every JavaScript object has are no fields", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
    const payload = JSON.parse(`{"idTag":"x","${name}":1}`) as Payload;
    assert.is(verdict("ocpp1.6", "Authorize", payload), "FormatViolation additionalProperties ", name);
  }
});

test("a payload that is no object is refused, not thrown over", () => {
  for (const payload of [[], "text", 1, null, undefined, true]) {
    assert.is(verdict("ocpp2.1", "Authorize", payload), "FormatViolation type ");
  }
});

test("customData may hold what it likes, beside its vendorId", () => {
  const customData = { vendorId: "org.example", nested: { deep: [1, { a: null }] } };
  assert.is(verdict("ocpp2.0.1", "Heartbeat", { customData }), undefined);
  assert.is(
    verdict("ocpp2.0.1", "Heartbeat", { customData: { nested: 1 } }),
    "OccurrenceConstraintViolation required /customData/vendorId",
  );
});

const profileWithLimit = (limit: number) => ({
  connectorId: 1,
  csChargingProfiles: {
    chargingProfileId: 1,
    stackLevel: 0,
    chargingProfilePurpose: "TxDefaultProfile",
    chargingProfileKind: "Relative",
    chargingSchedule: { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
  },
});

test("1.6 §7.14 - every limit with one decimal is a multiple of 0.1, whatever binary fractions make of it", () => {
  for (let tenths = 0; tenths <= 4000; tenths++) {
    assert.is(verdict("ocpp1.6", "SetChargingProfile", profileWithLimit(Number((tenths / 10).toFixed(1)))), undefined);
  }
  assert.is(verdict("ocpp1.6", "SetChargingProfile", profileWithLimit(22080.3)), undefined);
  assert.is(
    verdict("ocpp1.6", "SetChargingProfile", profileWithLimit(6.25)),
    "PropertyConstraintViolation multipleOf /csChargingProfiles/chargingSchedule/chargingSchedulePeriod/0/limit",
  );
});

test("1.6 errata - both Celcius and Celsius are units", () => {
  for (const unit of ["Celcius", "Celsius"]) {
    const meterValue = [{ timestamp: "2026-05-01T10:00:00Z", sampledValue: [{ value: "21", unit }] }];
    assert.is(verdict("ocpp1.6", "MeterValues", { connectorId: 1, meterValue }), undefined);
  }
});

test("the length of a string is counted in characters, not in UTF-16 units", () => {
  assert.is(verdict("ocpp1.6", "Authorize", { idTag: "🔌".repeat(20) }), undefined);
  assert.is(
    verdict("ocpp1.6", "Authorize", { idTag: "🔌".repeat(21) }),
    "PropertyConstraintViolation maxLength /idTag",
  );
});

test.run();
