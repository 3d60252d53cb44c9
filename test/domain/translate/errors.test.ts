/** Error codes between the dialects, reasons for what came to nothing, and aliases of tokens. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rpcErrorCodes } from "../../../src/domain/ocpp/error-codes.ts";
import { codeFor, isWithoutFunction, reasonOf } from "../../../src/domain/translate/errors.ts";
import { needsAlias, rememberToken, sentToken, tokenSentDown } from "../../../src/domain/translate/token-alias.ts";
import { NONE, refusal, result, STATE } from "../../support/command-world.ts";

const UP = [
  ["NotImplemented", "NotImplemented", "UnsupportedRequest"],
  ["NotSupported", "NotSupported", "UnsupportedRequest"],
  ["InternalError", "InternalError", "InternalError"],
  ["ProtocolError", "ProtocolError", "InternalError"],
  ["SecurityError", "SecurityError", "Unspecified"],
  ["FormationViolation", "FormatViolation", "InternalError"],
  ["PropertyConstraintViolation", "PropertyConstraintViolation", "InvalidValue"],
  ["OccurenceConstraintViolation", "OccurrenceConstraintViolation", "InvalidValue"],
  ["TypeConstraintViolation", "TypeConstraintViolation", "InternalError"],
  ["GenericError", "GenericError", "Unspecified"],
] as const;

const DOWN = [
  ...UP.map(([code16, code201]) => [code201, code16] as const),
  ["RpcFrameworkError", "GenericError"],
  ["MessageTypeNotSupported", "GenericError"],
] as const;

test("every code of 1.6 has one of 2.0.1, and a reason", () => {
  assert.equal([...rpcErrorCodes("ocpp1.6")].sort(), UP.map(([code]) => code).sort());
  for (const [code16, code201, reasonCode] of UP) {
    assert.is(codeFor("ocpp2.0.1", code16), code201);
    assert.is(reasonOf(refusal(code16)).reasonCode, reasonCode);
  }
});

test("every code of 2.x has one of 1.6", () => {
  for (const version of ["ocpp2.0.1", "ocpp2.1"] as const) {
    assert.equal([...rpcErrorCodes(version)].sort(), DOWN.map(([code]) => code).sort());
  }
  for (const [code201, code16] of DOWN) assert.is(codeFor("ocpp1.6", code201), code16);
});

test("any text is a code of the version it goes to, and says nothing that the other side wrote", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom("ocpp1.6" as const, "ocpp2.0.1" as const, "ocpp2.1" as const),
      (code, version) => {
        assert.ok(rpcErrorCodes(version).includes(codeFor(version, code)));
        const { additionalInfo = "" } = reasonOf({ kind: "error", code: `${code}!secret`, description: "secret" });
        assert.not.match(additionalInfo, /secret/);
      },
    ),
  );
});

test("silence and nonsense are internal errors; only NotImplemented and NotSupported say that there is no function", () => {
  assert.is(reasonOf(NONE).reasonCode, "InternalError");
  assert.is(reasonOf(result({})).reasonCode, "InternalError");
  const without = UP.flatMap(([code]) => (isWithoutFunction(refusal(code)) ? [code] : []));
  assert.equal(without, ["NotImplemented", "NotSupported"]);
  assert.not.ok(isWithoutFunction(NONE));
});

test("a token of up to 20 characters is its idTag, a longer one has an alias of 20 that ignores case", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme-ascii", maxLength: 255, size: "max" }),
      fc.constantFrom("eMAID", "Central"),
      (idToken, type) => {
        const sent = sentToken({ idToken, type });
        assert.is(needsAlias(sent), idToken.length > 20);
        if (idToken.length <= 20) assert.is(sent.idTag, idToken);
        else assert.match(sent.idTag, /^[A-Z2-7]{20}$/);
        assert.is(sentToken({ idToken, type }).idTag, sent.idTag);
        if (idToken.length > 20) assert.is(sentToken({ idToken: idToken.toUpperCase(), type }).idTag, sent.idTag);
      },
    ),
  );
});

test("two long tokens, or two types of one, have two aliases", () => {
  const aliases = ["x", "y"].flatMap((end) =>
    ["eMAID", "Central"].map((type) => sentToken({ idToken: `${"a".repeat(30)}${end}`, type }).idTag),
  );
  assert.is(new Set(aliases).size, 4);
});

test("64 tokens are remembered, each once, the newest", () => {
  let state = STATE;
  for (let n = 0; n < 70; n += 1) state = rememberToken(state, sentToken({ idToken: `T${n}`, type: "Local" }));
  state = rememberToken(state, sentToken({ idToken: "t69", type: "Central" }));
  assert.is(tokenSentDown(state, "T5"), undefined);
  assert.is(tokenSentDown(state, "T6")?.type, "Local");
  assert.is(tokenSentDown(state, "T69")?.type, "Central");
});

test.run();
