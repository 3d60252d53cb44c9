import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { idTagInfo, idTokenInfo } from "../../../src/domain/authorise/answers.ts";
import { type AuthorisationFact, authorisationFacts } from "../../../src/domain/authorise/facts.ts";
import { tokenKey } from "../../../src/domain/authorise/token.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";
import { infoAround, tokenOf2x } from "../../support/authorise.ts";

const EXPIRY = "2026-12-31T23:59:59Z";
const AT = Date.parse(EXPIRY);
const CARD = { idToken: "04A1B2C3", type: undefined };
const CARD_2X = { idToken: "04A1B2C3", type: "ISO14443" };

test("1.6 - Authorize and StartTransaction teach what the CSMS said about the idTag", () => {
  const response = { idTagInfo: { status: "Accepted", expiryDate: EXPIRY, parentIdTag: "FLEET" }, transactionId: 5 };
  const fact = {
    kind: "token",
    token: CARD,
    info: { status: "Accepted", expiresAt: AT, group: { idToken: "FLEET", type: undefined } },
  };
  for (const action of ["Authorize", "StartTransaction", "StopTransaction"]) {
    assert.equal(authorisationFacts("ocpp1.6", action, { idTag: "04A1B2C3" }, response), [fact], action);
  }
});

test("1.6 - a StopTransaction without idTag or without idTagInfo teaches nothing", () => {
  assert.equal(authorisationFacts("ocpp1.6", "StopTransaction", {}, { idTagInfo: { status: "Accepted" } }), []);
  assert.equal(authorisationFacts("ocpp1.6", "StopTransaction", { idTag: "04A1B2C3" }, {}), []);
});

test("2.x - Authorize and TransactionEvent teach what the CSMS said about the idToken", () => {
  const groupIdToken = { idToken: "FLEET", type: "Central", additionalInfo: [] };
  const idTokenInfo = { status: "Blocked", cacheExpiryDateTime: EXPIRY, groupIdToken, language1: "nl" };
  const fact = {
    kind: "token",
    token: CARD_2X,
    info: { status: "Blocked", expiresAt: AT, group: { idToken: "FLEET", type: "Central" } },
  };
  for (const version of ["ocpp2.0.1", "ocpp2.1"] as const) {
    for (const action of ["Authorize", "TransactionEvent"]) {
      assert.equal(authorisationFacts(version, action, { idToken: CARD_2X }, { idTokenInfo }), [fact]);
    }
  }
  assert.equal(authorisationFacts("ocpp2.0.1", "TransactionEvent", { eventType: "Updated" }, { idTokenInfo }), []);
  assert.equal(authorisationFacts("ocpp2.0.1", "TransactionEvent", { idToken: CARD_2X }, {}), []);
});

test("what is about the moment, the place or a certificate is not taken for a fact about the token", () => {
  const said = (info: object, more: object = {}) =>
    authorisationFacts("ocpp2.0.1", "Authorize", { idToken: CARD_2X }, { idTokenInfo: info, ...more });
  for (const status of ["ConcurrentTx", "NotAtThisLocation", "NotAllowedTypeEVSE"]) assert.equal(said({ status }), []);
  assert.equal(said({ status: "Accepted", evseId: [2] }), []);
  assert.equal(said({ status: "Invalid" }, { certificateStatus: "CertificateRevoked" }), []);
  assert.is(said({ status: "Accepted" }, { certificateStatus: "Accepted" }).length, 1);
  assert.is(said({ status: "NoCredit" }).length, 1);
});

test("C02 - the token of a start button is not remembered, nor is an empty one", () => {
  const accepted = { idTokenInfo: { status: "Accepted" } };
  for (const idToken of [
    { idToken: "", type: "NoAuthorization" },
    { idToken: "x", type: "NoAuthorization" },
    { idToken: "", type: "Local" },
  ]) {
    assert.equal(authorisationFacts("ocpp2.0.1", "TransactionEvent", { idToken }, accepted), []);
  }
  assert.equal(authorisationFacts("ocpp1.6", "Authorize", { idTag: "" }, { idTagInfo: { status: "Accepted" } }), []);
});

test("an expiry that cannot be read counts as passed", () => {
  for (const expiryDate of ["next year", 5, {}]) {
    const [fact] = authorisationFacts(
      "ocpp1.6",
      "Authorize",
      { idTag: "A" },
      { idTagInfo: { status: "Accepted", expiryDate } },
    );
    assert.ok(fact?.kind === "token");
    assert.is(fact.info.expiresAt, 0);
  }
});

test("1.6 - a list the station accepted is a fact; a line without idTagInfo takes the token off", () => {
  const localAuthorizationList = [
    { idTag: "A", idTagInfo: { status: "Accepted" } },
    { idTag: "B" },
    { idTag: "C", idTagInfo: { status: "ConcurrentTx" } },
    { idTag: "D", idTagInfo: { status: "Fine" } },
  ];
  const request = { listVersion: 7, updateType: "Differential", localAuthorizationList };
  const [fact] = authorisationFacts("ocpp1.6", "SendLocalList", request, { status: "Accepted" });
  assert.equal(fact, {
    kind: "list",
    listVersion: 7,
    mode: "Differential",
    entries: [
      { token: { idToken: "A", type: undefined }, info: { status: "Accepted" } },
      { token: { idToken: "B", type: undefined }, info: undefined },
      // §3.5.2: a valid token whose driver charges elsewhere.
      { token: { idToken: "C", type: undefined }, info: { status: "Accepted" } },
      { token: { idToken: "D", type: undefined }, info: { status: "Invalid" } },
    ],
  });
  for (const status of ["Failed", "NotSupported", "VersionMismatch", undefined]) {
    assert.equal(authorisationFacts("ocpp1.6", "SendLocalList", request, { status }), [], status);
  }
});

test("2.x - a full list without lines is an empty list (D01)", () => {
  const request = { versionNumber: 3, updateType: "Full" };
  assert.equal(authorisationFacts("ocpp2.0.1", "SendLocalList", request, { status: "Accepted" }), [
    { kind: "list", listVersion: 3, mode: "Full", entries: [] },
  ]);
});

test("2.x - an EVSE restriction on a list is kept: the list is the station's own", () => {
  const localAuthorizationList = [{ idToken: CARD_2X, idTokenInfo: { status: "Accepted", evseId: [1, 2] } }];
  const request = { versionNumber: 3, updateType: "Full", localAuthorizationList };
  const [fact] = authorisationFacts("ocpp2.1", "SendLocalList", request, { status: "Accepted" });
  assert.ok(fact?.kind === "list");
  assert.equal(fact.entries, [{ token: CARD_2X, info: { status: "Accepted", evseIds: [1, 2] } }]);
});

test("the version the station says its list has is a fact, in the field of its version", () => {
  const version = (ocpp: "ocpp1.6" | "ocpp2.1", response: object): readonly AuthorisationFact[] =>
    authorisationFacts(ocpp, "GetLocalListVersion", {}, { ...response });
  assert.equal(version("ocpp1.6", { listVersion: -1 }), [{ kind: "list-version", listVersion: -1 }]);
  assert.equal(version("ocpp2.1", { versionNumber: 4 }), [{ kind: "list-version", listVersion: 4 }]);
  assert.equal(version("ocpp2.1", {}), []);
});

test("C11 - a cache that the station cleared is a fact, one it did not clear is none", () => {
  for (const version of OCPP_VERSIONS) {
    assert.equal(authorisationFacts(version, "ClearCache", {}, { status: "Accepted" }), [{ kind: "cache-cleared" }]);
    assert.equal(authorisationFacts(version, "ClearCache", {}, { status: "Rejected" }), []);
  }
});

test("what an answer says is what its fact says", () => {
  const now = Date.UTC(2026, 5, 1);
  fc.assert(
    fc.property(infoAround(now), (info) => {
      const [fact] = authorisationFacts(
        "ocpp2.1",
        "SendLocalList",
        {
          versionNumber: 1,
          updateType: "Full",
          localAuthorizationList: [{ idToken: CARD_2X, idTokenInfo: idTokenInfo("ocpp2.1", info) }],
        },
        { status: "Accepted" },
      );
      assert.ok(fact?.kind === "list");
      assert.equal(fact.entries[0]?.info, info);
    }),
  );
});

test("1.6 - what was learned can be said again and means the same", () => {
  const statuses = fc.constantFrom("Accepted", "Blocked", "Expired", "Invalid");
  fc.assert(
    fc.property(statuses, fc.boolean(), (status, grouped) => {
      const said = { status, expiryDate: "2026-12-31T23:59:59.000Z", ...(grouped ? { parentIdTag: "FLEET" } : {}) };
      const [fact] = authorisationFacts("ocpp1.6", "Authorize", { idTag: "A" }, { idTagInfo: said });
      assert.ok(fact?.kind === "token");
      assert.equal(idTagInfo(fact.info), said);
    }),
  );
});

test("no payload makes it throw, and what is no exchange about tokens teaches nothing", () => {
  const actions = fc.constantFrom(
    "Authorize",
    "StartTransaction",
    "TransactionEvent",
    "SendLocalList",
    "ClearCache",
    "GetLocalListVersion",
  );
  const fields = fc.dictionary(
    fc.constantFrom(
      "idTag",
      "idTagInfo",
      "idToken",
      "idTokenInfo",
      "status",
      "updateType",
      "versionNumber",
      "localAuthorizationList",
    ),
    fc.oneof(fc.jsonValue(), fc.constantFrom("Accepted", "Full", "Differential", 3)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...OCPP_VERSIONS), actions, fields, fields, (version, action, request, response) => {
      assert.ok(Array.isArray(authorisationFacts(version, action, request, response)));
    }),
    { numRuns: 1000 },
  );
  assert.equal(authorisationFacts("ocpp1.6", "Heartbeat", { idTag: "A" }, { idTagInfo: { status: "Accepted" } }), []);
});

test("tokens are compared without case, and by type", () => {
  const ascii = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 36 });
  fc.assert(
    fc.property(ascii, tokenOf2x, (idToken, { type }) => {
      const key = tokenKey({ idToken, type });
      assert.is(tokenKey({ idToken: idToken.toUpperCase(), type }), key);
      assert.is(tokenKey({ idToken: idToken.toLowerCase(), type }), key);
      assert.is.not(tokenKey({ idToken, type: undefined }), key);
      assert.is.not(tokenKey({ idToken, type: `${type}x` }), key);
      assert.is.not(tokenKey({ idToken: `${idToken}x`, type }), key);
    }),
  );
});

test.run();
