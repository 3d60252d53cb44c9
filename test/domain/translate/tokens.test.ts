import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { STATUS_16 } from "../../../src/domain/authorise/status16.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { toIdTag, toIdToken } from "../../../src/domain/translate/tokens.ts";
import { draftOf } from "../../../src/domain/translate/tx-state.ts";
import { messageSchema } from "../../support/schemas.ts";
import { at, TxWorld, type WorldOptions } from "../../support/tx-world.ts";

function draft(options: WorldOptions = {}) {
  const world = new TxWorld(options);
  return draftOf(world.state, world.env, options);
}

test("§2.3 - the type of an idTag follows its form", () => {
  for (const [idTag, type] of [
    ["04A1B2C3", "ISO14443"],
    ["04a1b2c3", "ISO14443"],
    ["04A1B2C3D4E5F6", "ISO14443"],
    ["04A1B2C3D4E5F6071829", "ISO14443"],
    ["E004A1B2C3D4E5F6", "ISO15693"],
    ["DE-ABC-C12345678-9", "eMAID"],
    ["NLABCC12345678", "eMAID"],
    ["NLABCC123456789", "eMAID"],
    ["DEABCC12345678", "ISO14443"],
    ["FREE", "NoAuthorization"],
    ["", "NoAuthorization"],
    ["something else", "ISO14443"],
    ["04A1B2C", "ISO14443"],
  ] as const) {
    assert.equal(toIdToken(draft(), idTag), { idToken: type === "NoAuthorization" ? "" : idTag, type }, idTag);
  }
  assert.is(toIdToken(draft({ settings: { defaultTokenType: "Local" } }), "PIN 1").type, "Local");
  assert.is(toIdToken(draft({ settings: { defaultTokenType: "Central" } }), "PIN 1").type, "ISO14443", "C03, C05");
});

test("§2.3 - a token that came down is known again when it comes up, whatever its type, length and case", () => {
  const types = messageSchema("ocpp2.0.1", "Authorize").definitions?.["IdTokenEnumType"]?.enum ?? [];
  assert.is(types.length, 8);
  const token = fc.record(
    {
      // Printable ASCII, as identifierString has it.
      idToken: fc
        .string({ minLength: 1, maxLength: 36, size: "max" })
        .filter((text) => text.trim() === text && text !== ""),
      type: fc.constantFrom(...types),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(token, fc.boolean(), (sent, isOtherCase) => {
      const at16 = draft();
      const idTag = toIdTag(at16, sent);
      assert.ok(idTag.length <= 20);
      if (sent.idToken.length <= 20) assert.is(idTag, sent.idToken);
      assert.equal(toIdToken(at16, isOtherCase ? idTag.toLowerCase() : idTag), sent);
    }),
  );
});

test("§2.3 - an alias is always the same for the same token, and another for another type", () => {
  const long = "DE*ABC*0123456789*0123456789";
  const alias = (idToken: string, type: string) => toIdTag(draft(), { idToken, type });
  assert.is(alias(long, "eMAID"), alias(long.toLowerCase(), "eMAID"));
  assert.is.not(alias(long, "eMAID"), alias(long, "Central"));
  assert.match(alias(long, "eMAID"), /^[A-Z2-7]{20}$/);
});

test("§2.3 - tokens that are remembered are bounded, and aliases outlive the others", () => {
  const one = draft();
  const long = "x".repeat(30);
  const alias = toIdTag(one, { idToken: long, type: "Central" });
  for (let i = 0; i < 400; i += 1) toIdTag(one, { idToken: `TAG${i}`, type: "Local" });
  const tokens = one.state.tx.more["tokens"] as readonly unknown[];
  assert.ok(tokens.length <= 64);
  assert.is(toIdToken(one, alias).idToken, long);
});

test("§2.3 - what another block sent down is asked for when nothing is remembered", () => {
  const tokenSentDown = (_state: unknown, idTag: string) =>
    idTag === "LISTED" ? { idToken: "Listed", type: "KeyCode" } : undefined;
  assert.equal(toIdToken(draft({ tokenSentDown }), "LISTED"), { idToken: "Listed", type: "KeyCode" });
});

/** Every status of 2.0.1, and what 1.6 says. */
const WORDS = [
  ["Accepted", "Accepted"],
  ["Blocked", "Blocked"],
  ["ConcurrentTx", "ConcurrentTx"],
  ["Expired", "Expired"],
  ["Invalid", "Invalid"],
  ["Unknown", "Invalid"],
  ["NoCredit", "Blocked"],
  ["NotAtThisTime", "Blocked"],
  ["NotAtThisLocation", "Invalid"],
  ["NotAllowedTypeEVSE", "Invalid"],
] as const;

function authorized(idTokenInfo: Payload, options: WorldOptions = {}): TxWorld {
  const world = new TxWorld(options);
  world.station("Authorize", { idTag: "04A1B2C3" });
  world.reply("Authorize", { idTokenInfo });
  return world;
}

test("§2.3 - every status of 2.0.1 has its word in 1.6; what passes by itself is refused for a minute", () => {
  const statuses = messageSchema("ocpp2.0.1", "Authorize", "response").definitions?.["AuthorizationStatusEnumType"]
    ?.enum;
  assert.equal([...(statuses ?? [])].sort(), Object.keys(STATUS_16).sort());
  assert.equal([...(statuses ?? [])].sort(), WORDS.map(([word]) => word).sort());
  const words16 = new Set<string>();
  for (const [word, status] of WORDS) {
    const { idTagInfo } = authorized({ status: word }).answer() as { idTagInfo: Payload };
    const passes = word === "NoCredit" || word === "NotAtThisTime";
    assert.equal(idTagInfo, { status, ...(passes ? { expiryDate: at(60) } : {}) }, word);
    words16.add(status);
  }
  assert.is(words16.size, 5, "every status of 1.6 is used");
});

test("§2.3 - expiry and group go down, a long group under an alias", () => {
  const world = authorized({
    status: "Accepted",
    cacheExpiryDateTime: at(3600),
    groupIdToken: { idToken: "G".repeat(30), type: "Central" },
  });
  const { idTagInfo } = world.answer() as { idTagInfo: Payload };
  assert.is(idTagInfo["expiryDate"], at(3600));
  const parentIdTag = String(idTagInfo["parentIdTag"]);
  assert.is(parentIdTag.length, 20);
  world.station("Authorize", { idTag: parentIdTag });
  assert.equal(world.asks("Authorize").length, 0, "a Central token is not asked for (C05)");
});

test("Authorize - the token is asked for as 2.x has it", () => {
  const world = new TxWorld();
  world.station("Authorize", { idTag: "04A1B2C3 \u0000" });
  assert.equal(world.ask("Authorize").payload, { idToken: { idToken: "04A1B2C3", type: "ISO14443" } });
  assert.equal(world.repaired(), ["blanks behind an idTag"]);
});

test("C02, C05.FR.01 - nobody in particular, and the Central token of a remote start, are not asked for", () => {
  const world = new TxWorld();
  world.station("Authorize", { idTag: "FREE" });
  assert.equal(world.answer(), { idTagInfo: { status: "Accepted" } });
  world.csms("RequestStartTransaction", { remoteStartId: 1, idToken: { idToken: "APP-USER", type: "Central" } });
  world.station("Authorize", { idTag: "app-user" });
  assert.equal(world.answer(), { idTagInfo: { status: "Accepted" } });
  assert.is(world.asks().length, 0);
});

test("Authorize - without a word from the CSMS it is refused, so that the gateway's policy decides", () => {
  for (const outcome of [{ kind: "none" }, { kind: "error", code: "InternalError", description: "" }] as const) {
    const world = new TxWorld();
    world.station("Authorize", { idTag: "04A1B2C3" });
    world.answered(world.ask("Authorize").job, outcome);
    assert.is(world.refusal(), "InternalError");
  }
});

test("Authorize - not before the CSMS has accepted the station", () => {
  const world = new TxWorld({ tx: { registration: "Pending" } });
  world.station("Authorize", { idTag: "04A1B2C3" });
  assert.is(world.refusal(), "SecurityError");
});

test("B03.FR.08 - a CSMS that does not know the station gets its boot again, once a minute", () => {
  const world = new TxWorld();
  world.station("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
  world.reply("BootNotification", { status: "Accepted", currentTime: at(0), interval: 300 });
  for (const expected of [1, 0]) {
    world.station("Authorize", { idTag: "04A1B2C3" });
    world.answered(world.ask("Authorize").job, { kind: "error", code: "SecurityError", description: "" });
    assert.is(world.asks("BootNotification").length, expected);
    if (expected === 1) assert.is(world.ask("BootNotification").payload["reason"], "Unknown");
  }
});

test.run();
