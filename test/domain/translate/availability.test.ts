/** ChangeAvailability: fan-out, worst answer, putting back, and stations that report connector 0 only (G03, G04). */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { OWN_REPORTS_MS } from "../../../src/domain/translate/availability.ts";
import { commandsOf } from "../../../src/domain/translate/command-state.ts";
import type { Connector16, Outcome, TranslationState } from "../../../src/domain/translate/contract.ts";
import { CommandWorld, NONE, openTransaction, refusal, result, START } from "../../support/command-world.ts";

const change = (operationalStatus: string, evse?: Payload) =>
  evse ? { operationalStatus, evse } : { operationalStatus };

/** Answers by connector; Accepted for those that are not named. */
const answering =
  (outcomes: { readonly [connectorId: number]: string | Outcome }) =>
  (_action: string, payload: Payload): Outcome => {
    const outcome = outcomes[payload["connectorId"] as number] ?? "Accepted";
    return typeof outcome === "string" ? result({ status: outcome }) : outcome;
  };

const changes = (world: CommandWorld) => world.to("station").map(([, payload]) => payload);

for (const [evse, connectors] of [
  [undefined, [0]],
  [{ id: 0 }, [0]],
  [{ id: 2 }, [2]],
  [{ id: 3 }, [3, 4]],
  [{ id: 3, connectorId: 2 }, [4]],
] as const) {
  test(`evse ${JSON.stringify(evse)} is connectors ${connectors} of 1.6`, () => {
    const world = new CommandWorld();
    assert.equal(world.fromCsms("ChangeAvailability", change("Inoperative", evse)), {
      payload: { status: "Accepted" },
    });
    assert.equal(
      changes(world),
      connectors.map((connectorId) => ({ connectorId, type: "Inoperative" })),
    );
  });
}

for (const [evse, reasonCode] of [
  [{ id: 9 }, "UnknownEvse"],
  [{ id: 0, connectorId: 1 }, "UnknownEvse"],
  [{ id: 1, connectorId: 2 }, "UnknownConnectorId"],
] as const) {
  test(`evse ${JSON.stringify(evse)} is rejected without asking: ${reasonCode}`, () => {
    const world = new CommandWorld();
    const reply = world.fromCsms("ChangeAvailability", change("Operative", evse));
    assert.equal(reply, { payload: { status: "Rejected", statusInfo: { reasonCode } } });
    assert.equal(world.to("station"), []);
  });
}

test("the answer is Scheduled as soon as one connector's is", () => {
  const world = new CommandWorld();
  world.station = answering({ 3: "Scheduled" });
  const reply = world.fromCsms("ChangeAvailability", change("Inoperative", { id: 3 }));
  assert.equal(reply, { payload: { status: "Scheduled" } });
  assert.equal(commandsOf(world.state).availability, { 3: "Inoperative", 4: "Inoperative" });
});

test("when one connector refuses, those that obeyed are put back, and nothing is kept", () => {
  const world = new CommandWorld();
  world.station = answering({ 4: "Rejected" });
  const reply = world.fromCsms("ChangeAvailability", change("Inoperative", { id: 3 }));
  assert.equal(reply, { payload: { status: "Rejected" } });
  assert.equal(changes(world).at(-1), { connectorId: 3, type: "Operative" });
  assert.equal(commandsOf(world.state).availability, {});
});

test("what had been out of service before stays so when the rest refuses", () => {
  const world = new CommandWorld();
  world.fromCsms("ChangeAvailability", change("Inoperative", { id: 3, connectorId: 1 }));
  world.station = answering({ 4: refusal("InternalError") });
  world.sent.length = 0;
  const reply = world.fromCsms("ChangeAvailability", change("Inoperative", { id: 3 }));
  assert.equal(reply, {
    payload: {
      status: "Rejected",
      statusInfo: { reasonCode: "InternalError", additionalInfo: "the station answered InternalError" },
    },
  });
  assert.equal(
    changes(world).map(({ connectorId }) => connectorId),
    [3, 4],
  );
});

test("a connector that did not answer may have obeyed: it is put back too", () => {
  const world = new CommandWorld();
  world.station = (_action, { connectorId, type }) =>
    connectorId === 4 && type === "Inoperative" ? NONE : result({ status: "Accepted" });
  world.fromCsms("ChangeAvailability", change("Inoperative", { id: 3 }));
  assert.equal(changes(world).slice(2), [
    { connectorId: 4, type: "Operative" },
    { connectorId: 3, type: "Operative" },
  ]);
});

test("the whole station's intent is that of every connector", () => {
  const world = new CommandWorld();
  world.fromCsms("ChangeAvailability", change("Inoperative"));
  const expected = { 0: "Inoperative", 1: "Inoperative", 2: "Inoperative", 3: "Inoperative", 4: "Inoperative" };
  assert.equal(commandsOf(world.state).availability, expected);
});

test("for any answers: Accepted or Scheduled only when no connector refused, and a refusal changes no intent", () => {
  const outcome = fc.constantFrom<string | Outcome>(
    "Accepted",
    "Scheduled",
    "Rejected",
    "Odd",
    NONE,
    refusal("GenericError"),
  );
  const word = fc.constantFrom("Operative", "Inoperative");
  fc.assert(
    fc.property(outcome, outcome, word, word, (third, fourth, before, to) => {
      const world = new CommandWorld();
      world.fromCsms("ChangeAvailability", change(before, { id: 3 }));
      const kept = commandsOf(world.state).availability;
      world.sent.length = 0;
      let asked = 0;
      // Putting back succeeds; what is judged is the first round.
      world.station = (action, payload) => {
        asked += 1;
        return asked > 2 ? result({ status: "Accepted" }) : answering({ 3: third, 4: fourth })(action, payload);
      };
      const reply = world.fromCsms("ChangeAvailability", change(to, { id: 3 }));
      const status = reply && "payload" in reply ? reply.payload["status"] : undefined;
      const good = ["Accepted", "Scheduled"];
      const isGood = good.includes(String(third)) && good.includes(String(fourth));
      const isScheduled = third === "Scheduled" || fourth === "Scheduled";
      assert.is(status, isGood ? (isScheduled ? "Scheduled" : "Accepted") : "Rejected");
      if (!isGood) assert.equal(commandsOf(world.state).availability, kept);
      // Whatever obeyed and is not wanted has been told the contrary.
      const last = new Map(changes(world).map(({ connectorId, type }) => [connectorId, type]));
      const obeyed = good.includes(String(third)) && !isGood;
      if (obeyed) assert.is(last.get(3), kept[3]);
    }),
  );
});

// --- connector 0 only -------------------------------------------------------------------------------------------------

const connector = (status: string, more: Partial<Connector16> = {}): Connector16 => ({
  status,
  errorCode: "NoError",
  at: epochMs(START - 1_000),
  ...more,
});

const withConnectors =
  (connectors: TranslationState["tx"]["connectors"]) =>
  (state: TranslationState): TranslationState => ({ ...state, tx: { ...state.tx, connectors } });

const statuses = (world: CommandWorld) =>
  world
    .to("csms")
    .map(([action, payload]) => [action, payload["evseId"], payload["connectorId"], payload["connectorStatus"]]);

const zero = (status: string) => ({ connectorId: 0, status, errorCode: "NoError" });

test("a station that reports connector 0 only has its connectors reported for it", () => {
  const world = new CommandWorld().change(
    withConnectors({
      1: connector("Available", { reported: "Available" }),
      2: connector("Faulted", { reported: "Faulted" }),
    }),
  );
  world.fromCsms("ChangeAvailability", change("Inoperative"));
  world.fromStation("StatusNotification", zero("Unavailable"));
  assert.equal(world.to("csms"), []);
  world.pass(OWN_REPORTS_MS);
  assert.equal(statuses(world), [
    ["StatusNotification", 1, 1, "Unavailable"],
    ["StatusNotification", 2, 1, "Unavailable"],
    ["StatusNotification", 3, 1, "Unavailable"],
    ["StatusNotification", 3, 2, "Unavailable"],
  ]);
  world.sent.length = 0;
  world.fromCsms("ChangeAvailability", change("Operative"));
  world.fromStation("StatusNotification", zero("Available"));
  world.pass(OWN_REPORTS_MS);
  assert.equal(statuses(world), [
    ["StatusNotification", 1, 1, "Available"],
    ["StatusNotification", 2, 1, "Faulted"],
    ["StatusNotification", 3, 1, "Available"],
    ["StatusNotification", 3, 2, "Available"],
  ]);
});

test("a connector that speaks for itself, or has a transaction, is not spoken for", () => {
  const world = new CommandWorld().change((state) => ({
    ...state,
    tx: { ...state.tx, transactions: [openTransaction(2)] },
  }));
  world.topology = { evses: world.topology.evses.slice(0, 2) };
  world.fromCsms("ChangeAvailability", change("Inoperative"));
  world.fromStation("StatusNotification", zero("Unavailable"));
  world.change(withConnectors({ 1: connector("Faulted", { at: epochMs(START + 1), reported: "Faulted" }) }));
  world.pass(OWN_REPORTS_MS);
  assert.equal(world.to("csms"), []);
});

test("connector 0 that changes by itself says nothing about the connectors", () => {
  const world = new CommandWorld();
  world.fromStation("StatusNotification", zero("Unavailable"));
  world.pass(60_000);
  assert.equal(world.to("csms"), []);
});

for (const [status, connectorStatus] of [
  ["Available", "Available"],
  ["Preparing", "Occupied"],
  ["Charging", "Occupied"],
  ["SuspendedEVSE", "Occupied"],
  ["SuspendedEV", "Occupied"],
  ["Finishing", "Occupied"],
  ["Reserved", "Reserved"],
  ["Unavailable", "Available"],
  ["Faulted", "Faulted"],
] as const) {
  test(`back in service, what was ${status} is ${connectorStatus}`, () => {
    const world = new CommandWorld().change(withConnectors({ 1: connector(status, { reported: "Unavailable" }) }));
    world.topology = { evses: world.topology.evses.slice(0, 1) };
    world.fromCsms("ChangeAvailability", change("Operative"));
    world.fromStation("StatusNotification", zero("Available"));
    world.pass(OWN_REPORTS_MS);
    assert.equal(statuses(world), [["StatusNotification", 1, 1, connectorStatus]]);
  });
}

test.run();
