/** SendLocalList, GetLocalListVersion, and the copy of the list (D01, D02). */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { commandsOf } from "../../../src/domain/translate/command-state.ts";
import type { Capabilities } from "../../../src/domain/translate/contract.ts";
import { tokenSentDown } from "../../../src/domain/translate/token-alias.ts";
import { CommandWorld, NONE, refusal, result, SETTINGS } from "../../support/command-world.ts";
import { messageSchema } from "../../support/schemas.ts";

const token = (idToken: string, type = "ISO14443") => ({ idToken, type });
const entry = (idToken: string, idTokenInfo?: Payload): Payload =>
  idTokenInfo === undefined ? { idToken: token(idToken) } : { idToken: token(idToken), idTokenInfo };
const list = (updateType: string, localAuthorizationList: readonly Payload[], versionNumber = 3): Payload =>
  localAuthorizationList.length === 0
    ? { updateType, versionNumber }
    : { updateType, versionNumber, localAuthorizationList };
const say = (world: CommandWorld, payload: Payload): unknown => {
  const reply = world.fromCsms("SendLocalList", payload) as { payload: { status: string; statusInfo?: Payload } };
  const { status, statusInfo } = reply.payload;
  return statusInfo === undefined ? status : `${status} ${statusInfo["reasonCode"]}`;
};
const capable = (world: CommandWorld, capabilities: Partial<Capabilities>) =>
  world.change((state) => ({ ...state, capabilities: { ...state.capabilities, ...capabilities } }));
const copy = (world: CommandWorld) => commandsOf(world.state).localList;

test("every field has its place (what is only informative is counted: loss-ledger.test.ts)", () => {
  const world = new CommandWorld();
  const info = {
    status: "Accepted",
    cacheExpiryDateTime: "2027-01-01T00:00:00Z",
    groupIdToken: token("FLEET", "Central"),
    chargingPriority: 3,
    language1: "nl",
    language2: "de",
    personalMessage: { format: "UTF8", content: "Hi" },
    evseId: [1],
  };
  const more = { additionalInfo: [{ additionalIdToken: "x", type: "y" }] };
  const full = list("Full", [{ idToken: { ...token("CARD"), ...more }, idTokenInfo: info }]);
  assert.is(say(world, full), "Accepted");
  const idTagInfo = { status: "Accepted", expiryDate: "2027-01-01T00:00:00Z", parentIdTag: "FLEET" };
  assert.equal(world.to("station"), [
    ["SendLocalList", { listVersion: 3, updateType: "Full", localAuthorizationList: [{ idTag: "CARD", idTagInfo }] }],
  ]);
  assert.equal(copy(world), {
    version: 3,
    entries: [{ idTag: "CARD", idToken: "CARD", type: "ISO14443", status: "Accepted", evseIds: [1] }],
  });
  assert.is(tokenSentDown(world.state, "card")?.type, "ISO14443");
});

const STATUSES = {
  Accepted: "Accepted",
  Blocked: "Blocked",
  ConcurrentTx: "ConcurrentTx",
  Expired: "Expired",
  Invalid: "Invalid",
  NoCredit: "Blocked",
  NotAllowedTypeEVSE: "Invalid",
  NotAtThisLocation: "Invalid",
  NotAtThisTime: "Blocked",
  Unknown: "Invalid",
};

test("every AuthorizationStatus of 2.0.1 has one of 1.6", () => {
  const schema = messageSchema("ocpp2.0.1", "SendLocalList");
  const all = schema.definitions?.["AuthorizationStatusEnumType"]?.enum ?? [];
  assert.equal([...all].sort(), Object.keys(STATUSES).sort());
  for (const [status, status16] of Object.entries(STATUSES)) {
    const world = new CommandWorld();
    say(world, list("Full", [entry("CARD", { status })]));
    const sent = world.to("station")[0]?.[1]["localAuthorizationList"];
    assert.equal(sent, [{ idTag: "CARD", idTagInfo: { status: status16 } }]);
  }
});

test("the station's answers: NotSupported is Failed, the others are the same", () => {
  const schema = messageSchema("ocpp1.6", "SendLocalList", "response");
  const all = schema.properties?.["status"]?.enum ?? [];
  const expected = new Map([["NotSupported", "Failed UnsupportedRequest"]]);
  assert.is(all.length, 4);
  for (const status of all) {
    const world = new CommandWorld();
    world.station = () => result({ status });
    assert.is(say(world, list("Full", [entry("CARD", { status: "Accepted" })])), expected.get(status) ?? status);
    assert.is(copy(world).version, status === "Accepted" ? 3 : 0);
  }
});

const TOO_LONG = entry("X".repeat(21), { status: "Accepted" });

for (const [what, payload, expected] of [
  ["a version that is not above 0", list("Full", [], 0), "Failed ValuePositiveOnly"],
  ["a token that is too long for a card of 1.6", list("Full", [TOO_LONG]), "Failed TooLargeElement"],
  ["a deletion in a full list", list("Full", [entry("CARD")]), "Failed MissingParam"],
  [
    "more entries than the station takes",
    list("Differential", [entry("A"), entry("B"), entry("C")]),
    "Failed TooManyElements",
  ],
] as const) {
  test(`fails ${what}, without asking`, () => {
    const world = capable(new CommandWorld(), { sendLocalListMaxLength: 2 });
    assert.is(say(world, payload), expected);
    assert.equal(world.to("station"), []);
  });
}

test("entries that are too long are left out when the operator says so", () => {
  const world = new CommandWorld();
  world.settings = { ...SETTINGS, skipUnsupportedTokens: true };
  assert.is(say(world, list("Full", [TOO_LONG, entry("CARD", { status: "Accepted" })])), "Accepted");
  assert.equal(world.lost, ["AuthorizationData"]);
  assert.is(copy(world).entries.length, 1);
});

test("a station without the feature profile has no list: version 0 (D02.FR.03)", () => {
  const world = capable(new CommandWorld(), { featureProfiles: ["Core"] });
  assert.is(say(world, list("Full", [])), "Failed UnsupportedRequest");
  assert.equal(world.fromCsms("GetLocalListVersion", {}), { payload: { versionNumber: 0 } });
  assert.equal(world.to("station"), []);
});

for (const [what, outcome, expected] of [
  ["a version", result({ listVersion: 12 }), { payload: { versionNumber: 12 } }],
  ["none", result({ listVersion: 0 }), { payload: { versionNumber: 0 } }],
  ["that it has no list", result({ listVersion: -1 }), { payload: { versionNumber: 0 } }],
  ["NotSupported", refusal("NotSupported"), { payload: { versionNumber: 0 } }],
  ["NotImplemented", refusal("NotImplemented"), { payload: { versionNumber: 0 } }],
  ["another error", refusal("InternalError"), { code: "InternalError" }],
  ["nothing", NONE, { code: "InternalError" }],
] as const) {
  test(`GetLocalListVersion of a station that says ${what}`, () => {
    const world = new CommandWorld();
    world.station = () => outcome;
    assert.equal(world.fromCsms("GetLocalListVersion", {}), expected);
  });
}

test("the copy knows the version while the station is away", () => {
  const world = new CommandWorld();
  say(world, list("Full", [entry("CARD", { status: "Accepted" })], 9));
  world.isStationOnline = false;
  assert.equal(world.fromCsms("GetLocalListVersion", {}), { payload: { versionNumber: 9 } });
});

test("the copy holds 5 000 entries; what is beyond is counted", () => {
  const world = new CommandWorld();
  const many = (from: number) => Array.from({ length: 3_000 }, (_, n) => entry(`C${from + n}`, { status: "Accepted" }));
  say(world, list("Full", many(0), 1));
  assert.equal(world.lost, []);
  say(world, list("Differential", many(3_000), 2));
  assert.equal(world.lost, ["LocalList.copy"]);
  assert.is(copy(world).entries.length, 5_000);
  assert.is(copy(world).entries.at(-1)?.idTag, "C5999");
});

interface AnyList {
  readonly isFull: boolean;
  readonly isAccepted: boolean;
  /** Each token once, whatever its case; whether it is to be there. */
  readonly changes: readonly (readonly [idToken: string, isThere: boolean])[];
}

const anyList: fc.Arbitrary<AnyList> = fc
  .record({
    isFull: fc.boolean(),
    isAccepted: fc.boolean(),
    changes: fc.uniqueArray(fc.tuple(fc.constantFrom("a", "A", "B", "b", "c", "D"), fc.boolean()), {
      maxLength: 4,
      selector: ([idToken]) => idToken.toLowerCase(),
    }),
  })
  .map(({ isFull, isAccepted, changes }) => ({
    isFull,
    isAccepted,
    changes: changes.map(([idToken, isThere]) => [idToken, isThere || isFull] as const),
  }));

/** What the station has after a list it accepted. */
function stationAfter(before: ReadonlySet<string>, { isFull, isAccepted, changes }: AnyList): ReadonlySet<string> {
  if (!isAccepted) return before;
  const after = new Set(isFull ? [] : before);
  for (const [idToken, isThere] of changes) {
    if (isThere) after.add(idToken.toLowerCase());
    else after.delete(idToken.toLowerCase());
  }
  return after;
}

test("the copy is what the station has, after any lists", () => {
  fc.assert(
    fc.property(fc.array(anyList, { maxLength: 6 }), (lists) => {
      const world = new CommandWorld();
      lists.forEach(({ isFull, isAccepted, changes }, index) => {
        world.station = () => result({ status: isAccepted ? "Accepted" : "Failed" });
        const entries = changes.map(([id, isThere]) => entry(id, isThere ? { status: "Accepted" } : undefined));
        say(world, list(isFull ? "Full" : "Differential", entries, index + 1));
      });
      const copied = copy(world).entries.map(({ idTag }) => idTag.toLowerCase());
      assert.equal(copied.sort(), [...lists.reduce(stationAfter, new Set<string>())].sort());
    }),
  );
});

test.run();
