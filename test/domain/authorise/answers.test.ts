import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tokenAnswer } from "../../../src/domain/authorise/answers.ts";
import { TOKEN_STATUSES, type TokenInfo } from "../../../src/domain/authorise/token.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { infoAround } from "../../support/authorise.ts";

const NOW = Date.UTC(2026, 5, 1, 8);
const validators = new Map(await Promise.all(OCPP_VERSIONS.map(async (v) => [v, await loadValidators(v)] as const)));

const isValid = (version: OcppVersion, action: string, payload: object) =>
  validators.get(version)?.validate(action, "response", { ...payload }) === undefined;

test("every answer is valid in its version, whatever was decided", () => {
  const oddGroup = fc.record({
    idToken: fc.string({ maxLength: 255, size: "max" }),
    type: fc.option(fc.oneof(fc.string({ maxLength: 60, size: "max" }), fc.constantFrom("ISO14443", "eMAID")), {
      nil: undefined,
    }),
  });
  const oddExpiry = fc.constantFrom(-1, 0, NOW, 8.64e15, -8.64e15).map(epochMs);
  const info = fc
    .tuple(infoAround(NOW), fc.option(oddGroup, { nil: undefined }), fc.option(oddExpiry, { nil: undefined }))
    .map(
      ([base, group, expiresAt]): TokenInfo => ({ ...base, ...(group && { group }), ...(expiresAt && { expiresAt }) }),
    );
  fc.assert(
    fc.property(info, (decided) => {
      const part = tokenAnswer("ocpp1.6", decided);
      assert.ok(isValid("ocpp1.6", "Authorize", part), JSON.stringify(part));
      assert.ok(isValid("ocpp1.6", "StopTransaction", part), JSON.stringify(part));
      assert.ok(isValid("ocpp1.6", "StartTransaction", { transactionId: 1, ...part }), JSON.stringify(part));
      for (const version of ["ocpp2.0.1", "ocpp2.1"] as const) {
        const part2x = tokenAnswer(version, decided);
        assert.ok(isValid(version, "Authorize", part2x), JSON.stringify(part2x));
        assert.ok(isValid(version, "TransactionEvent", part2x), JSON.stringify(part2x));
      }
    }),
    { numRuns: 500 },
  );
});

test("every field is where its version has it", () => {
  const decided: TokenInfo = {
    status: "Accepted",
    expiresAt: epochMs(NOW),
    group: { idToken: "FLEET", type: "Central" },
    evseIds: [2],
  };
  assert.equal(tokenAnswer("ocpp1.6", decided), {
    idTagInfo: { status: "Accepted", expiryDate: "2026-06-01T08:00:00.000Z", parentIdTag: "FLEET" },
  });
  for (const version of ["ocpp2.0.1", "ocpp2.1"] as const) {
    assert.equal(tokenAnswer(version, decided), {
      idTokenInfo: {
        status: "Accepted",
        cacheExpiryDateTime: "2026-06-01T08:00:00.000Z",
        groupIdToken: { idToken: "FLEET", type: "Central" },
        evseId: [2],
      },
    });
  }
});

test("1.6 - no status becomes milder by being spelled in 1.6", () => {
  for (const status of TOKEN_STATUSES) {
    const { idTagInfo } = tokenAnswer("ocpp1.6", { status }) as { readonly idTagInfo: { readonly status: string } };
    assert.is(idTagInfo.status === "Accepted", status === "Accepted", status);
  }
  assert.equal(tokenAnswer("ocpp1.6", { status: "Unknown" }), { idTagInfo: { status: "Invalid" } });
  assert.equal(tokenAnswer("ocpp1.6", { status: "NoCredit" }), { idTagInfo: { status: "Blocked" } });
});

test("a group that 2.0.1 cannot spell is left out there and given to 2.1", () => {
  for (const group of [
    { idToken: "x".repeat(37), type: "ISO14443" },
    { idToken: "x", type: "VIN" },
  ]) {
    assert.equal(tokenAnswer("ocpp2.0.1", { status: "Accepted", group }), { idTokenInfo: { status: "Accepted" } });
    assert.equal(tokenAnswer("ocpp2.1", { status: "Accepted", group }), {
      idTokenInfo: { status: "Accepted", groupIdToken: group },
    });
  }
});

test.run();
