// deadline: 120s
/** A 1.6 station under a 2.0.1 CSMS, both of `ocpp-rpc` and strict, through the gateway. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocketServer } from "ws";
import { createScaledClock } from "../../src/sim/clock.ts";
import { startFleet } from "../../src/sim/fleet.ts";
import { openWorld } from "../support/e2e-world.ts";
import { PlainCsms } from "../support/plain-csms.ts";
import { TranslationWorld } from "../support/translation-world.ts";
import { until } from "../support/until.ts";

const START = { connectorId: 1, idTag: "A1B2C3D4", meterStart: 100, timestamp: "2026-01-01T10:00:00Z" };
const SAMPLE = [{ timestamp: "2026-01-01T10:30:00Z", sampledValue: [{ value: "150" }] }];
const stop = (transactionId: number) => ({
  transactionId,
  meterStop: 300,
  timestamp: "2026-01-01T11:00:00Z",
  reason: "Local",
});

/** A link of `ocpp-rpc` knows how it was opened. */
interface Handshaken {
  readonly handshake: { readonly password: Buffer };
}

/** Register of an event's Transaction.Begin or .End sample. */
function registers(events: readonly Readonly<Record<string, unknown>>[]): unknown[] {
  return events.flatMap(({ meterValue }) =>
    ((meterValue ?? []) as { sampledValue: { value: number; context?: string }[] }[]).flatMap(({ sampledValue }) =>
      sampledValue.filter(({ context }) => context?.startsWith("Transaction.")).map(({ value }) => value),
    ),
  );
}

/** What the CSMS knows of each transaction: its registers and the numbers of its events. */
function energyOf(events: readonly Readonly<Record<string, unknown>>[]) {
  const told = new Map<string, { from?: unknown; to?: unknown; numbers: unknown[] }>();
  for (const event of events) {
    const { transactionId } = event["transactionInfo"] as { transactionId: string };
    const known = told.get(transactionId) ?? { numbers: [] };
    told.set(transactionId, known);
    known.numbers.push(event["seqNo"]);
    const [register] = registers([event]);
    if (event["eventType"] === "Started") known.from = register;
    if (event["eventType"] === "Ended") known.to = register;
  }
  return told;
}

test("a day of a 1.6 station under a 2.0.1 CSMS: boot, card, start, meter values, stop", async () => {
  await using world = await TranslationWorld.open();
  const station = await world.booted();
  assert.equal(await station.call("Authorize", { idTag: "A1B2C3D4" }), { idTagInfo: { status: "Accepted" } });
  await station.call("StatusNotification", { connectorId: 1, status: "Preparing", errorCode: "NoError" });
  const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
  await station.call("MeterValues", { connectorId: 1, transactionId, meterValue: SAMPLE });
  await station.call("StatusNotification", { connectorId: 1, status: "Charging", errorCode: "NoError" });
  await station.call("StopTransaction", stop(transactionId));
  const { csms } = world;
  assert.equal(csms.payloads("BootNotification"), [
    { reason: "PowerUp", chargingStation: { model: "Model", vendorName: "Vendor" } },
  ]);
  assert.equal(
    csms.events.map(({ eventType, seqNo }) => [eventType, seqNo]),
    [
      ["Started", 0],
      ["Updated", 1],
      ["Updated", 2],
      ["Ended", 3],
    ],
  );
  assert.equal(registers(csms.events), [100, 300]);
  assert.equal(csms.complaints, []);
  const { translationInvalid, translationFaults, translationStrays } = world.gateway.counters;
  assert.equal([translationInvalid, translationFaults, translationStrays], [0, 0, 0]);
});

test("commands of the CSMS reach the station as 1.6, and are answered as 2.0.1", async () => {
  await using world = await TranslationWorld.open();
  const asked: [string, unknown][] = [];
  const station = await world.booted((payload, action) => {
    asked.push([action, payload]);
    if (action === "UnlockConnector") return { status: "Unlocked" };
    return action === "GetConfiguration" ? { configurationKey: [] } : { status: "Accepted" };
  });
  await until("the station to be asked what it can do", () => asked.length > 0);
  const { link } = world.csms;
  assert.equal(await link.call("UnlockConnector", { evseId: 1, connectorId: 1 }), { status: "Unlocked" });
  const remote = { remoteStartId: 7, evseId: 1, idToken: { idToken: "CARD", type: "ISO14443" } };
  assert.equal(await link.call("RequestStartTransaction", remote), { status: "Accepted" });
  assert.equal(asked.at(-1), ["RemoteStartTransaction", { idTag: "CARD", connectorId: 1 }]);
  const { transactionId } = (await station.call("StartTransaction", { ...START, idTag: "CARD" })) as {
    transactionId: number;
  };
  const [started] = world.csms.events;
  assert.equal([started?.["triggerReason"], started?.["seqNo"]], ["RemoteStart", 0]);
  const info = started?.["transactionInfo"] as { transactionId: string; remoteStartId: number };
  assert.is(info.remoteStartId, 7);
  assert.equal(await link.call("RequestStopTransaction", { transactionId: info.transactionId }), {
    status: "Accepted",
  });
  assert.equal(asked.at(-1), ["RemoteStopTransaction", { transactionId }]);
  const error = await link.call("SetDisplayMessage", {}).catch((reason: unknown) => reason);
  assert.ok(error instanceof Error);
});

test("A01 - a password that the CSMS sets is the gateway's: kept, answered in 2.0.1, and unknown to the station", async () => {
  const password = "a first password";
  await using world = await TranslationWorld.open({ csmsPassword: password });
  const asked: string[] = [];
  await world.booted((_payload, action) => {
    asked.push(action);
    return action === "GetConfiguration" ? { configurationKey: [] } : { status: "Accepted" };
  });
  const variable = { component: { name: "SecurityCtrlr" }, variable: { name: "BasicAuthPassword" } };
  const setVariableData = [{ ...variable, attributeValue: "0123456789abcdef0123456789abcdef" }];
  assert.equal(await world.csms.link.call("SetVariables", { setVariableData }), {
    setVariableResult: [{ ...variable, attributeStatus: "Accepted" }],
  });
  await until("the link with the new password", () => world.csms.links.length === 2);
  const passwords = world.csms.links.map((link) => String((link as unknown as Handshaken).handshake.password));
  assert.equal(passwords, [password, "0123456789abcdef0123456789abcdef"]);
  assert.not(asked.includes("ChangeConfiguration"));
  const profile = { component: { name: "SecurityCtrlr" }, variable: { name: "SecurityProfile" } };
  const points = { component: { name: "TxCtrlr" }, variable: { name: "TxStartPoint" } };
  const link = world.csms.links[1];
  assert.equal(await link?.call("GetVariables", { getVariableData: [profile, points] }), {
    getVariableResult: [
      { ...profile, attributeStatus: "Accepted", attributeValue: "1" },
      { ...points, attributeStatus: "Accepted", attributeValue: "PowerPathClosed" },
    ],
  });
});

test("a start and a stop while the CSMS is away arrive later, once, marked offline, with the right energy", async () => {
  await using world = await TranslationWorld.open({ config: { offline: { graceSec: 0.1, unknownTokens: "accept" } } });
  const station = await world.booted();
  await world.csms.close();
  await until("the gateway to notice", () => world.gateway.stations()[0]?.csms !== "up");
  const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
  assert.ok(transactionId >= 2_000_000_000, "the gateway has named it");
  await station.call("MeterValues", { connectorId: 1, transactionId, meterValue: SAMPLE });
  await station.call("StopTransaction", stop(transactionId));
  await world.csms.listen();
  await until("the end", () => world.csms.events.at(-1)?.["eventType"] === "Ended");
  const { events } = world.csms;
  assert.equal(
    events.map(({ eventType, seqNo, offline }) => [eventType, seqNo, offline]),
    [
      ["Started", 0, true],
      ["Updated", 1, true],
      ["Ended", 2, true],
    ],
  );
  assert.equal(registers(events), [100, 300]);
  assert.is(
    new Set(
      events.map(({ transactionInfo }) => JSON.stringify((transactionInfo as { transactionId: string }).transactionId)),
    ).size,
    1,
  );
  await until("the spool to be empty", () => world.gateway.counters.spoolDelivered === 3);
});

for (const stops of ["false", "true"]) {
  test(`E05 - a driver whom the CSMS refuses afterwards, StopTransactionOnInvalidId ${stops}`, async () => {
    await using world = await TranslationWorld.open({
      config: { offline: { graceSec: 0.1, unknownTokens: "accept" } },
    });
    const keys = { SupportedFeatureProfiles: "Core,SmartCharging", StopTransactionOnInvalidId: stops };
    const configurationKey = Object.entries(keys).map(([key, value]) => ({ key, value, readonly: false }));
    const asked: [string, Readonly<Record<string, unknown>>][] = [];
    const station = await world.booted((payload, action) => {
      asked.push([action, payload]);
      return action === "GetConfiguration" ? { configurationKey, unknownKey: [] } : { status: "Accepted" };
    });
    await until("the station to be known", () => asked.length >= 2);
    await world.csms.close();
    await until("the gateway to notice", () => world.gateway.stations()[0]?.csms !== "up");
    const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
    const { answer } = world.csms;
    world.csms.answer = (payload, action) =>
      action === "TransactionEvent" ? { idTokenInfo: { status: "Blocked" } } : answer(payload, action);
    await world.csms.listen();
    const [wanted, other] =
      stops === "true"
        ? ["RemoteStopTransaction", "SetChargingProfile"]
        : ["SetChargingProfile", "RemoteStopTransaction"];
    const found = await until("what is done about it", () => asked.find(([action]) => action === wanted));
    assert.not(asked.some(([action]) => action === other));
    if (stops === "true") assert.equal(found[1], { transactionId });
    else {
      const { connectorId, csChargingProfiles: profile } = found[1] as {
        connectorId: number;
        csChargingProfiles: Readonly<Record<string, unknown>>;
      };
      assert.equal(
        [connectorId, profile["chargingProfilePurpose"], profile["transactionId"]],
        [1, "TxProfile", transactionId],
      );
      const { chargingSchedulePeriod } = profile["chargingSchedule"] as { chargingSchedulePeriod: { limit: number }[] };
      assert.equal(
        chargingSchedulePeriod.map(({ limit }) => limit),
        [0],
      );
    }
  });
}

test("E13 - what the CSMS did not take is a letter of its version, and goes again under its id when an operator says so", async () => {
  await using world = await TranslationWorld.open({ config: { spool: { attempts: 1, attemptIntervalSec: 0.1 } } });
  const { csms } = world;
  const { answer } = csms;
  let isTaking = false;
  csms.answer = (payload, action) => {
    if (isTaking || action !== "TransactionEvent") return answer(payload, action);
    throw new Error("not today");
  };
  const station = await world.booted();
  const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
  await station.call("StopTransaction", stop(transactionId));
  const letters = () => world.gateway.queue()?.show("CP1", { dead: true, payload: true }) ?? [];
  await until("two letters", () => letters().length === 2);
  const ids = csms.heard.filter(({ action }) => action === "TransactionEvent").map(({ id }) => id);
  assert.equal(
    letters().map(({ version, action, reason, payload }) => [version, action, reason, payload?.["eventType"]]),
    [
      ["ocpp2.0.1", "TransactionEvent", "refused", "Started"],
      ["ocpp2.0.1", "TransactionEvent", "refused", "Ended"],
    ],
  );
  assert.equal(
    world.gateway
      .queue()
      ?.list()
      .map(({ stationId, version, dead }) => [stationId, version, dead]),
    [["CP1", "ocpp2.0.1", 2]],
  );
  await station.close();
  await world.restart();
  const retry = () => world.gateway.queue()?.retry("CP1", { seq: letters()[0]?.seq ?? -1 });
  const error = await Promise.resolve(retry()).catch((reason: unknown) => reason);
  assert.is((error as { code: string }).code, "ERR_NOT_CONNECTED", "there is nobody to deliver to");
  assert.is(letters().length, 2, "and nothing is lost");
  const linksBefore = csms.links.length;
  await world.booted();
  isTaking = true;
  csms.heard.length = 0;
  assert.equal(await retry(), { kind: "done", messages: 2 }, "the whole transaction");
  await until("both again", () => csms.payloads("TransactionEvent").length === 2);
  const again = csms.heard.filter(({ action }) => action === "TransactionEvent");
  assert.equal(
    again.map(({ id, payload }) => [id, payload["seqNo"]]),
    [...new Set(ids)].map((id, seqNo) => [id, seqNo]),
  );
  assert.is(letters().length, 0);
  assert.is(csms.links.length, linksBefore + 1, "over the station's own link");
});

test("what a station did while the CSMS was away is delivered although the station is gone", async () => {
  const offline = { graceSec: 0.1, unknownTokens: "accept" as const };
  await using world = await TranslationWorld.open({ config: { offline, spool: { orphanSec: 0.1 } } });
  const station = await world.booted();
  await world.csms.close();
  await until("the gateway to notice", () => world.gateway.stations()[0]?.csms !== "up");
  const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
  await station.call("StopTransaction", stop(transactionId));
  await station.close();
  await world.csms.listen();
  await until("the end", () => world.csms.events.at(-1)?.["eventType"] === "Ended", 20_000);
  assert.equal(registers(world.csms.events), [100, 300]);
  await until("the link to end", () => world.gateway.counters.csmsLinksUpNow === 0);
});

test("§10.8 - a restart while the CSMS owes its answer: one Started, under the same id, and one Ended", async () => {
  await using world = await TranslationWorld.open({ config: { shutdownSec: 0.1 } });
  const first = await world.booted();
  let isSilent = true;
  const { answer } = world.csms;
  world.csms.answer = (payload, action) =>
    isSilent && action === "TransactionEvent" ? new Promise(() => undefined) : answer(payload, action);
  first.call("StartTransaction", START).catch(() => undefined);
  await until("the start at the CSMS", () => world.csms.events.length === 1);
  await world.restart();
  isSilent = false;
  const station = await world.booted();
  const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
  await station.call("StopTransaction", stop(transactionId));
  await until("the end", () => world.csms.events.at(-1)?.["eventType"] === "Ended");
  assert.equal(
    world.csms.events.map(({ eventType, seqNo }) => [eventType, seqNo]),
    [
      ["Started", 0],
      ["Ended", 1],
    ],
  );
  const starts = world.csms.heard.filter(({ payload }) => payload["eventType"] === "Started");
  assert.is(new Set(starts.map(({ id }) => id)).size, 1, "a repetition has the id of what it repeats");
});

/**
 * A reading that the CSMS was slow to answer waited for its next try, and the next transaction's start passed it: to the CSMS that was the
 * end of the first transaction, without its energy.
 */
test("§3.8 - what waits for its next try is not passed by the next start on the same connector", async () => {
  const config = {
    limits: { callTimeoutSec: 0.3 },
    offline: { graceSec: 0.1, takeOverSec: 0.2 },
    spool: { attemptIntervalSec: 1, attempts: 50 },
  };
  await using world = await TranslationWorld.open({ config });
  const station = await world.booted();
  const { answer } = world.csms;
  let isSilent = false;
  world.csms.answer = (payload, action) =>
    isSilent && action === "TransactionEvent" ? new Promise(() => undefined) : answer(payload, action);
  const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
  isSilent = true;
  await station.call("MeterValues", { connectorId: 1, transactionId, meterValue: SAMPLE });
  await station.call("StopTransaction", stop(transactionId));
  const next = { ...START, meterStart: 300, timestamp: "2026-01-01T12:00:00Z" };
  await station.call("StartTransaction", next);
  await until("the reading to have failed", () => world.gateway.counters.spoolRetries > 0);
  isSilent = false;
  await until("the second start", () => world.csms.events.length === 4, 20_000);
  assert.equal(
    world.csms.events.map(({ eventType, seqNo }) => [eventType, seqNo]),
    [
      ["Started", 0],
      ["Updated", 1],
      ["Ended", 2],
      ["Started", 0],
    ],
  );
  assert.equal(registers(world.csms.events), [100, 300, 300]);
});

/** A station with smart charging that knows two connectors; `sent` has the actions it was asked. */
const smartStation = (sent: string[]) => (_payload: unknown, action: string) => {
  sent.push(action);
  if (action !== "GetConfiguration") return { status: "Accepted" };
  const keys = {
    NumberOfConnectors: "2",
    SupportedFeatureProfiles: "Core,SmartCharging",
    ChargeProfileMaxStackLevel: "8",
  };
  return { configurationKey: Object.entries(keys).map(([key, value]) => ({ key, readonly: true, value })) };
};

test("§5.8 - the same SetChargingProfile a thousand times is one message to the station, and a thousand equal answers", async () => {
  await using world = await TranslationWorld.open();
  const sent: string[] = [];
  await world.booted(smartStation(sent));
  const schedule = { startPeriod: 0, limit: 16 };
  const request = {
    evseId: 1,
    chargingProfile: {
      id: 1,
      stackLevel: 0,
      chargingProfilePurpose: "TxDefaultProfile",
      chargingProfileKind: "Absolute",
      chargingSchedule: [
        { id: 1, startSchedule: "2026-01-01T00:00:00Z", chargingRateUnit: "A", chargingSchedulePeriod: [schedule] },
      ],
    },
  };
  await until("the station's configuration", () => sent.includes("GetConfiguration"));
  const answers = new Set<string>();
  for (let i = 0; i < 1_000; i += 1)
    answers.add(JSON.stringify(await world.csms.link.call("SetChargingProfile", request)));
  assert.equal([...answers], ['{"status":"Accepted"}']);
  assert.is(sent.filter((action) => action === "SetChargingProfile").length, 1);
  assert.equal(world.csms.complaints, []);
});

test("K11, K13 - a limit of the site's reaches the station, and the CSMS hears of it, of the rates it changes, and of its end", async () => {
  await using world = await TranslationWorld.open();
  const sent: string[] = [];
  const { gateway, csms } = world;
  assert.not.ok(gateway.limitStation("CP1", { unit: "A", limit: 10 }), "nothing is known of the station yet");
  const station = await world.booted(smartStation(sent));
  await until("the station's configuration", () => sent.includes("GetConfiguration"));
  const { transactionId } = (await station.call("StartTransaction", START)) as { transactionId: number };
  await station.call("StatusNotification", { connectorId: 1, status: "Charging", errorCode: "NoError" });
  const told = (action: string) => csms.heard.filter((heard) => heard.action === action).map(({ payload }) => payload);
  const rates = () => told("TransactionEvent").filter(({ triggerReason }) => triggerReason === "ChargingRateChanged");

  assert.ok(gateway.limitStation("CP1", { unit: "A", limit: 10 }));
  await until("the station's profile", () => sent.includes("SetChargingProfile"));
  await until("the limit", () => told("NotifyChargingLimit").length === 1);
  assert.equal(told("NotifyChargingLimit"), [{ chargingLimit: { chargingLimitSource: "EMS" } }]);
  await until("the rate", () => rates().length === 1);

  assert.ok(gateway.limitStation("CP1", { unit: "A", limit: undefined }));
  await until("its end", () => told("ClearedChargingLimit").length === 1);
  assert.equal(told("ClearedChargingLimit"), [{ chargingLimitSource: "EMS" }]);
  await until("the rate before", () => rates().length === 2);
  await station.call("StopTransaction", stop(transactionId));
  const [books] = [...energyOf(csms.events).values()];
  assert.equal(
    books?.numbers,
    books?.numbers.map((_, i) => i),
  );
  assert.equal(csms.complaints, []);
});

test("a station that speaks 2.0.1 itself is relayed, byte for byte, by the same rule", async () => {
  await using world = await TranslationWorld.open();
  const { dial } = await import("../support/ws-peer.ts");
  const peer = await dial(`${world.gateway.urls[0]}/CS2`, ["ocpp2.0.1"]);
  const boot = { reason: "PowerUp", chargingStation: { model: "M", vendorName: "V" } };
  await peer.ask("BootNotification", boot);
  assert.equal(world.csms.payloads("BootNotification"), [boot]);
});

test("a CSMS that speaks 2.1 gets 2.1; its new actions are not supported (translation of 2.1 in docs/translation.md)", async () => {
  await using csms = await PlainCsms.listen();
  await using world = await openWorld({ csmsUrl: csms.url, config: { csms: { url: csms.url, speaks: "ocpp2.1" } } });
  const station = await world.dial("CP1");
  const link = await csms.link("CP1");
  assert.is(link.ws.protocol, "ocpp2.1");
  await station.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
  const error = await link.ask("GetTariffs", { evseId: 0 }).catch((reason: unknown) => reason);
  assert.match(String(error), /NotSupported/);
});

test("a CSMS that speaks none of what is offered is not connected to, and the station is served here", async () => {
  await using world = await TranslationWorld.open({
    withoutCsms: true,
    config: { offline: { graceSec: 0.1, neverAccepted: "accept" } },
  });
  const other = new WebSocketServer({ port: world.csms.port, host: "127.0.0.1", handleProtocols: () => false });
  const station = await world.dial();
  const answer = (await station.call("BootNotification", { chargePointVendor: "V", chargePointModel: "M" })) as {
    status: string;
  };
  assert.is(answer.status, "Accepted");
  assert.is.not(world.gateway.stations()[0]?.csms, "up");
  other.close();
});

test("simulated stations of 1.6 live their days under the 2.0.1 CSMS: its books are theirs, to the watt-hour", async () => {
  await using world = await TranslationWorld.open();
  const clock = createScaledClock({ speed: 300 });
  const fleet = startFleet({
    url: world.gateway.urls[0] ?? "",
    count: 3,
    versions: ["ocpp1.6"],
    connectors: 2,
    clock,
    meterIntervalSec: 60,
    idleSec: [10, 60],
    sessionSec: [120, 600],
  });
  await until(
    "a dozen ends",
    () => world.csms.events.filter(({ eventType }) => eventType === "Ended").length >= 12,
    30_000,
  );
  assert.is(await fleet.stop(10_000), 0, "everything was delivered");
  const told = energyOf(world.csms.events);
  const books = fleet.ledger().flatMap(({ transactions }) => transactions);
  assert.ok(books.length >= 12);
  assert.equal(
    [...told.values()].map(({ from, to }) => `${from} ${to}`).sort(),
    books.map(({ meterStartWh, meterStopWh }) => `${meterStartWh} ${meterStopWh}`).sort(),
  );
  for (const { numbers } of told.values()) assert.equal(numbers, [...numbers.keys()]);
  assert.equal(world.csms.complaints, []);
  const { translationInvalid, translationFaults, translationDead } = world.gateway.counters;
  assert.equal([translationInvalid, translationFaults, translationDead], [0, 0, 0]);
});

test.run();
