import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ActionSpec, actionSpec, CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";
import { PERSONAL_FIELDS, TECHNICAL_FIELDS } from "../../support/personal-fields.ts";
import { type JsonSchema, messageSchemas, resolveRef } from "../../support/schemas.ts";

const names = (specs: readonly ActionSpec[]) => specs.map(({ action }) => action).sort();

for (const version of OCPP_VERSIONS) {
  const inVersion = CATALOGUE.filter((spec) => spec.versions.includes(version));
  const withSchema = (kind: string) =>
    messageSchemas(version)
      .filter((message) => message.kind === kind)
      .map(({ action }) => action)
      .sort();

  test(`${version} - catalogue and schemas name the same actions, by kind`, () => {
    const calls = names(inVersion.filter(({ send }) => !send));
    assert.equal(calls, withSchema("request"));
    assert.equal(calls, withSchema("response"));
    assert.equal(names(inVersion.filter(({ send }) => send)), withSchema("send"));
  });

  test(`${version} - every action is found by its name, and no other`, () => {
    for (const spec of inVersion) assert.is(actionSpec(version, spec.action), spec);
    for (const spec of CATALOGUE) assert.is(actionSpec(version, spec.action) !== undefined, inVersion.includes(spec));
    for (const action of ["", "authorize", "AuthorizeRequest", "__proto__", "constructor", "VendorAction"]) {
      assert.is(actionSpec(version, action), undefined, action);
    }
  });
}

test("every action stands in the catalogue once, and its index is its place", () => {
  assert.is(new Set(names(CATALOGUE)).size, CATALOGUE.length);
  CATALOGUE.forEach((spec, i) => {
    assert.is(spec.index, i);
    assert.ok(Object.isFrozen(spec));
  });
});

/** Numbers that link messages to one charging session. */
const SESSION_IDS = new Set(["transactionId", "reservationId", "remoteStartId"]);

/** The name under which a field stands in one of the two lists: with the field it is in, or alone. */
function listed(name: string, parent: string): string | undefined {
  return [`${parent}.${name}`, name].find((key) => PERSONAL_FIELDS.has(key) || TECHNICAL_FIELDS.has(key));
}

/** True for a field that PERSONAL_FIELDS names. Throws for a free string that nobody has sorted yet. */
function isPersonal({ type, format, enum: values }: JsonSchema, name: string, parent: string): boolean {
  const isFree = (type === "string" || type === undefined) && values === undefined && format !== "date-time";
  const isId = type === "integer" && SESSION_IDS.has(name);
  if (!isFree && !isId) return false;
  const key = listed(name, parent);
  if (key === undefined) throw new Error(`neither personal nor technical: ${parent}.${name}`);
  return PERSONAL_FIELDS.has(key);
}

/** True when a message has a personal field anywhere but in `customData`. */
function hasPersonalField(root: JsonSchema): boolean {
  const visit = (unresolved: JsonSchema, name: string, parent: string): boolean => {
    const schema = resolveRef(unresolved, root);
    if (schema.type === "array") return visit(schema.items ?? {}, name, parent);
    if (schema.type !== "object") return isPersonal(schema, name, parent);
    if (name === "customData") return false;
    // Every field is visited, so that none stays unsorted.
    const fields = Object.entries(schema.properties ?? {}).map(([field, inner]) => visit(inner, field, name));
    return fields.includes(true);
  };
  return visit(root, "", "");
}

test("an action is personal exactly when one of its schemas has a personal field", () => {
  const derived = new Set(
    OCPP_VERSIONS.flatMap(messageSchemas)
      .filter(({ schema }) => hasPersonalField(schema))
      .map(({ action }) => action),
  );
  assert.equal(names(CATALOGUE.filter(({ personal }) => personal)), [...derived].sort());
});

test("every field that the personal and technical lists name is in a schema", () => {
  const text = JSON.stringify(OCPP_VERSIONS.flatMap(messageSchemas));
  for (const field of [...PERSONAL_FIELDS, ...TECHNICAL_FIELDS]) {
    assert.ok(
      field.split(".").every((name) => text.includes(`"${name}":`)),
      field,
    );
  }
});

/** Who sends what, where the name alone does not say it. */
const GET_FROM_STATION = ["Get15118EVCertificate", "GetCertificateStatus", "GetCertificateChainStatus"];
const NOTIFY_FROM_CSMS = ["NotifyAllowedEnergyTransfer", "NotifyWebPaymentStarted"];

test("names that begin with Get, Set, Request or Remote are the CSMS's; Notify, Report and …Notification the station's", () => {
  for (const { action, from } of CATALOGUE) {
    const isOrder = /^(Get|Set|Request|Remote|Change|Trigger|ExtendedTrigger|Unlock|Send|Install|Delete)/.test(action);
    const isNews = /^(Notify|Report)|Notification$/.test(action);
    if (isOrder) assert.is(from, GET_FROM_STATION.includes(action) ? "station" : "csms", action);
    if (isNews) assert.is(from, NOTIFY_FROM_CSMS.includes(action) ? "csms" : "station", action);
  }
});

test("only DataTransfer is sent by both sides", () => {
  assert.equal(names(CATALOGUE.filter(({ from }) => from === "both")), ["DataTransfer"]);
});

test("what a CSMS sends is V2, but for the remote start and stop of a transaction", () => {
  const others = CATALOGUE.filter(({ from, messageClass }) => from === "csms" && messageClass !== 2);
  assert.equal(names(others), [
    "RemoteStartTransaction",
    "RemoteStopTransaction",
    "RequestStartTransaction",
    "RequestStopTransaction",
  ]);
  assert.ok(others.every(({ messageClass }) => messageClass === 0));
});

test("whatever is observable comes from the station, and the health lane takes only what is observable and bulk", () => {
  for (const { action, from, lane, observable, messageClass } of CATALOGUE) {
    if (observable) assert.is(from, action === "DataTransfer" ? "both" : "station", action);
    if (lane === "health") assert.ok(observable && messageClass === 4, action);
  }
  assert.equal(names(CATALOGUE.filter(({ lane }) => lane === "health")), ["NotifyEvent", "NotifyPeriodicEventStream"]);
});

test.run();
