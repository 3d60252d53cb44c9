import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type RpcErrorKind,
  rpcErrorCode,
  rpcErrorCodes,
  rpcErrorKind,
  violationKind,
} from "../../../src/domain/ocpp/error-codes.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";

/** The error code tables of the specifications, letter by letter. */
const SPECIFIED: Readonly<Record<OcppVersion, readonly string[]>> = {
  "ocpp1.6": [
    "FormationViolation",
    "GenericError",
    "InternalError",
    "NotImplemented",
    "NotSupported",
    "OccurenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "SecurityError",
    "TypeConstraintViolation",
  ],
  "ocpp2.0.1": [
    "FormatViolation",
    "GenericError",
    "InternalError",
    "MessageTypeNotSupported",
    "NotImplemented",
    "NotSupported",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "RpcFrameworkError",
    "SecurityError",
    "TypeConstraintViolation",
  ],
  "ocpp2.1": [
    "FormatViolation",
    "GenericError",
    "InternalError",
    "MessageTypeNotSupported",
    "NotImplemented",
    "NotSupported",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "RpcFrameworkError",
    "SecurityError",
    "TypeConstraintViolation",
  ],
};

for (const version of OCPP_VERSIONS) {
  test(`${version} - the code set is the specification's, in its spelling`, () => {
    assert.equal([...rpcErrorCodes(version)].sort(), SPECIFIED[version]);
  });

  test(`${version} - a code that is understood and said again is the same code`, () => {
    for (const code of SPECIFIED[version]) {
      const kind = rpcErrorKind(code);
      assert.ok(kind, code);
      assert.is(kind && rpcErrorCode(kind, version), code);
    }
  });
}

test("OCPP-J 1.6 §4.2.3 - codes of 2.x reach a 1.6 peer in its spelling, or as GenericError", () => {
  const said = SPECIFIED["ocpp2.0.1"].map((code) => rpcErrorCode(rpcErrorKind(code) as RpcErrorKind, "ocpp1.6"));
  assert.ok(said.every((code) => SPECIFIED["ocpp1.6"].includes(code)));
  assert.is(rpcErrorCode("RpcFrameworkError", "ocpp1.6"), "GenericError");
  assert.is(rpcErrorCode("MessageTypeNotSupported", "ocpp1.6"), "GenericError");
});

test("the 1.6 typo and its correction mean the same", () => {
  assert.is(rpcErrorKind("OccurenceConstraintViolation"), rpcErrorKind("OccurrenceConstraintViolation"));
  assert.is(rpcErrorKind("FormationViolation"), rpcErrorKind("FormatViolation"));
});

test("a code that no version defines has no kind", () => {
  for (const code of ["", "genericerror", "Error", "toString", "FormatError"]) assert.is(rpcErrorKind(code), undefined);
});

/** keyword, pointer, code in 1.6, code in 2.0.1 and 2.1 */
const VIOLATIONS = [
  ["required", "/idTag", "ProtocolError", "OccurrenceConstraintViolation"],
  ["type", "/connectorId", "TypeConstraintViolation", "TypeConstraintViolation"],
  ["type", "", "FormationViolation", "FormatViolation"],
  ["enum", "/status", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["maxLength", "/idTag", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["minLength", "/idTag", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["minimum", "/evseId", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["maximum", "/priority", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["multipleOf", "/limit", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["format", "/timestamp", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["pattern", "/id", "PropertyConstraintViolation", "PropertyConstraintViolation"],
  ["minItems", "/meterValue", "OccurenceConstraintViolation", "OccurrenceConstraintViolation"],
  ["maxItems", "/chargingSchedule", "OccurenceConstraintViolation", "OccurrenceConstraintViolation"],
  ["additionalItems", "/list", "OccurenceConstraintViolation", "OccurrenceConstraintViolation"],
  ["additionalProperties", "", "FormationViolation", "FormatViolation"],
  ["somethingNew", "/x", "FormationViolation", "FormatViolation"],
] as const;

for (const [keyword, pointer, in16, in2] of VIOLATIONS) {
  test(`a violated ${keyword} ${pointer === "" ? "of the payload itself" : `at ${pointer}`} is ${in16} or ${in2}`, () => {
    const code = (version: OcppVersion) => rpcErrorCode(violationKind(version, keyword, pointer), version);
    assert.equal(OCPP_VERSIONS.map(code), [in16, in2, in2]);
  });
}

test.run();
