/** ReserveNow, CancelReservation, and what becomes of a reservation (H01–H04). */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { commandsOf } from "../../../src/domain/translate/command-state.ts";
import type { TranslationState } from "../../../src/domain/translate/contract.ts";
import { reservedTags } from "../../../src/domain/translate/reservation.ts";
import { tokenSentDown } from "../../../src/domain/translate/token-alias.ts";
import { CommandWorld, result, START } from "../../support/command-world.ts";

const HOUR_MS = 3_600_000;
const EXPIRY = new Date(START + HOUR_MS).toISOString();
const CARD = { idToken: "04AABBCC", type: "ISO14443" };

const reserve = (more: Payload = {}): Payload => ({ id: 7, expiryDateTime: EXPIRY, idToken: CARD, evseId: 1, ...more });
const without = (payload: Payload, field: string): Payload =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => name !== field));
const anywhere = (more: Payload = {}) => without(reserve(more), "evseId");

const canReserveZero = (state: TranslationState): TranslationState => ({
  ...state,
  capabilities: { ...state.capabilities, reservesConnectorZero: true },
});

test("ReserveNow: every field has its place", () => {
  const world = new CommandWorld();
  const group = { idToken: "FLEET", type: "Local" };
  assert.equal(world.fromCsms("ReserveNow", reserve({ groupIdToken: group })), { payload: { status: "Accepted" } });
  assert.equal(world.to("station"), [
    ["ReserveNow", { connectorId: 1, expiryDate: EXPIRY, idTag: "04AABBCC", parentIdTag: "FLEET", reservationId: 7 }],
  ]);
  assert.equal(tokenSentDown(world.state, "04aabbcc"), { idTag: "04AABBCC", ...CARD });
});

for (const status of ["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]) {
  test(`the station's ${status} is the CSMS's, and only Accepted is kept`, () => {
    const world = new CommandWorld();
    world.station = () => result({ status });
    assert.equal(world.fromCsms("ReserveNow", reserve()), { payload: { status } });
    assert.is(commandsOf(world.state).reservations.length, status === "Accepted" ? 1 : 0);
    assert.is(world.wakes.size, status === "Accepted" ? 1 : 0);
  });
}

for (const [what, payload, connectorId] of [
  ["an EVSE of one connector", reserve({ evseId: 2 }), 2],
  ["the connector of the type that is asked for", reserve({ evseId: 3, connectorType: "cG105" }), 4],
  ["a connector whose type nobody knows, of a named EVSE", reserve({ evseId: 2, connectorType: "cCCS2" }), 2],
  ["any connector of a type", anywhere({ connectorType: "cG105" }), 4],
  ["any connector", anywhere(), 0],
] as const) {
  test(`reserves ${what}`, () => {
    const world = new CommandWorld().change(canReserveZero);
    world.fromCsms("ReserveNow", payload);
    assert.is(world.to("station")[0]?.[1]["connectorId"], connectorId);
  });
}

test("of several connectors that would do, a free one is reserved", () => {
  const world = new CommandWorld().change((state) => ({
    ...state,
    tx: { ...state.tx, connectors: { 4: { status: "Available", errorCode: "NoError", at: START } } },
  }));
  world.fromCsms("ReserveNow", reserve({ evseId: 3 }));
  assert.is(world.to("station")[0]?.[1]["connectorId"], 4);
});

for (const [what, payload, reasonCode] of [
  ["an unknown EVSE", reserve({ evseId: 9 }), "UnknownEvse"],
  ["EVSE 0", reserve({ evseId: 0 }), "UnknownEvse"],
  ["a type the EVSE has not", reserve({ evseId: 1, connectorType: "cCCS2" }), "UnknownConnectorType"],
  ["a type nobody has", anywhere({ connectorType: "wInductive" }), "UnknownConnectorType"],
  ["no place, of a station that cannot (H01.FR.19)", anywhere(), "UnsupportedRequest"],
  ["an instant there is not", reserve({ expiryDateTime: "2026-02-30T00:00:00Z" }), "InvalidValue"],
] as const) {
  test(`rejects ${what} without asking: ${reasonCode}`, () => {
    const world = new CommandWorld();
    const reply = world.fromCsms("ReserveNow", payload) as { payload: { status: string; statusInfo: Payload } };
    assert.is(reply.payload.status, "Rejected");
    assert.is(reply.payload.statusInfo["reasonCode"], reasonCode);
    assert.equal(world.to("station"), []);
  });
}

test("a station without the feature profile is not asked", () => {
  const world = new CommandWorld().change((state) => ({
    ...state,
    capabilities: { ...state.capabilities, featureProfiles: ["Core"] },
  }));
  const because = (reasonCode: string) => ({ payload: { status: "Rejected", statusInfo: { reasonCode } } });
  assert.equal(world.fromCsms("ReserveNow", reserve()), because("UnsupportedRequest"));
  assert.equal(world.fromCsms("CancelReservation", { reservationId: 7 }), because("NotFound"));
  assert.equal(world.to("station"), []);
});

test("a token that is too long goes by an alias, and is known again by it", () => {
  const world = new CommandWorld();
  const long = { idToken: "de-8aa-123456789-0-and-more", type: "eMAID" };
  world.fromCsms("ReserveNow", reserve({ idToken: long }));
  const idTag = String(world.to("station")[0]?.[1]["idTag"]);
  assert.match(idTag, /^[A-Z2-7]{20}$/);
  assert.equal(tokenSentDown(world.state, idTag.toLowerCase()), { idTag, ...long });
});

test("the group of a reservation is known again with its type", () => {
  const world = new CommandWorld();
  world.fromCsms("ReserveNow", reserve({ groupIdToken: { idToken: "FLEET", type: "Central" } }));
  assert.equal(tokenSentDown(world.state, "fleet"), { idTag: "FLEET", idToken: "FLEET", type: "Central" });
});

// --- what becomes of it -----------------------------------------------------------------------------------------------

const update = (reservationUpdateStatus: string, reservationId = 7) => [
  "ReservationStatusUpdate",
  { reservationId, reservationUpdateStatus },
];

test("a connector is reserved for its token and the token's group, until it expires; connector 0 is nobody's in particular", () => {
  const world = new CommandWorld().change(canReserveZero);
  world.fromCsms("ReserveNow", reserve({ groupIdToken: { idToken: "FLEET", type: "Local" } }));
  world.fromCsms("ReserveNow", anywhere({ id: 8 }));
  const at = (connector16: number, ms: number) => reservedTags(world.state, connector16, epochMs(START + ms));
  assert.equal(at(1, 0), ["04AABBCC", "FLEET"]);
  assert.equal([at(2, 0), at(0, 0), at(1, HOUR_MS)], [undefined, undefined, undefined]);
  world.fromCsms("CancelReservation", { reservationId: 7 });
  assert.is(at(1, 0), undefined);
});

test("H01.FR.16 - a reservation that nobody used expires, once", () => {
  const world = new CommandWorld();
  world.fromCsms("ReserveNow", reserve());
  world.pass(HOUR_MS - 1);
  assert.equal(world.to("csms"), []);
  world.pass(1);
  world.pass(HOUR_MS);
  assert.equal(world.to("csms"), [update("Expired")]);
  assert.equal(commandsOf(world.state).reservations, []);
});

test("a reservation that is used or cancelled does not expire", () => {
  for (const end of ["use", "cancel"]) {
    const world = new CommandWorld();
    world.fromCsms("ReserveNow", reserve());
    if (end === "use") world.fromStation("StartTransaction", { connectorId: 1, idTag: "T", reservationId: 7 });
    else assert.equal(world.fromCsms("CancelReservation", { reservationId: 7 }), { payload: { status: "Accepted" } });
    world.pass(2 * HOUR_MS);
    assert.equal(world.to("csms"), [], end);
  }
});

test("a reservation that could not be cancelled goes on", () => {
  const world = new CommandWorld();
  world.fromCsms("ReserveNow", reserve());
  world.station = () => result({ status: "Rejected" });
  assert.equal(world.fromCsms("CancelReservation", { reservationId: 7 }), { payload: { status: "Rejected" } });
  world.pass(2 * HOUR_MS);
  assert.equal(world.to("csms"), [update("Expired")]);
});

for (const status of ["Faulted", "Unavailable"]) {
  test(`H01.FR.17 - a reserved connector that goes ${status} is reserved no more`, () => {
    const world = new CommandWorld();
    world.fromCsms("ReserveNow", reserve());
    world.fromCsms("ReserveNow", reserve({ id: 8, evseId: 2 }));
    world.fromStation("StatusNotification", { connectorId: 1, status, errorCode: "NoError" });
    assert.equal(world.to("csms"), [update("Removed")]);
    world.pass(2 * HOUR_MS);
    assert.equal(world.to("csms").slice(1), [update("Expired", 8)]);
  });
}

for (const status of ["Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved"]) {
  test(`${status} does not remove a reservation`, () => {
    const world = new CommandWorld();
    world.fromCsms("ReserveNow", reserve());
    world.fromStation("StatusNotification", { connectorId: 1, status, errorCode: "NoError" });
    assert.is(commandsOf(world.state).reservations.length, 1);
  });
}

test("a reservation made again under its id has the later expiry", () => {
  const world = new CommandWorld();
  world.fromCsms("ReserveNow", reserve());
  world.fromCsms("ReserveNow", reserve({ expiryDateTime: new Date(START + 2 * HOUR_MS).toISOString() }));
  world.pass(HOUR_MS);
  assert.equal(world.to("csms"), []);
  world.pass(HOUR_MS);
  assert.equal(world.to("csms"), [update("Expired")]);
});

test("woken too early, a reservation goes on", () => {
  const world = new CommandWorld();
  world.fromCsms("ReserveNow", reserve());
  world.wakes.set("early", { job: { kind: "reservation.expired", key: "7" }, at: world.now });
  world.pass(1);
  assert.equal(world.to("csms"), []);
  assert.is(commandsOf(world.state).reservations.length, 1);
});

/** Things that happen to reservations; each says how many more may end with an update. */
const HAPPENINGS: { readonly [what: string]: (world: CommandWorld, n: number) => number } = {
  reserve(world, n) {
    const expiryDateTime = new Date(world.now + HOUR_MS).toISOString();
    world.fromCsms("ReserveNow", reserve({ id: n % 3, evseId: 1 + (n % 4 === 0 ? 0 : n % 3), expiryDateTime }));
    return 1;
  },
  cancel(world, n) {
    world.fromCsms("CancelReservation", { reservationId: n % 3 });
    return 0;
  },
  start(world, n) {
    world.fromStation("StartTransaction", { reservationId: n % 3 });
    return 0;
  },
  fault(world, n) {
    world.fromStation("StatusNotification", { connectorId: n % 5, status: "Faulted" });
    return 0;
  },
  pass(world, n) {
    world.pass(n * 600_000);
    return 0;
  },
};

test("whatever happens, a reservation ends with at most one update, and none stays for ever", () => {
  const happening = fc.tuple(fc.constantFrom(...Object.keys(HAPPENINGS)), fc.nat(11));
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12, size: "max" }), (happenings) => {
      const world = new CommandWorld();
      const most = happenings.reduce((sum, [what, n]) => sum + (HAPPENINGS[what]?.(world, n) ?? 0), 0);
      world.pass(2 * HOUR_MS);
      assert.equal(commandsOf(world.state).reservations, []);
      assert.is(world.wakes.size, 0);
      assert.ok(world.to("csms").length <= most);
    }),
  );
});

test.run();
