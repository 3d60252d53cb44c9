// deadline: 120s
/** Cases 21 to 30 of the field: what stations and CSMSs do to transactions while one of them is away. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld, type World } from "../support/e2e-world.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";
import type { Answerer, Json } from "../support/ws-peer.ts";

const AT = "2026-01-01T00:00:00Z";
const OFFLINE = { graceSec: 0.2, takeOverSec: 1, unknownTokens: "accept", neverAccepted: "accept" } as const;
const BOOT = { chargePointVendor: "V", chargePointModel: "M" };

let nextId = 17;
const csms16: Answerer = (action) => {
  switch (action) {
    case "BootNotification":
      return { status: "Accepted", currentTime: new Date().toISOString(), interval: 300 };
    case "StartTransaction":
      nextId += 1;
      return { transactionId: nextId, idTagInfo: { status: "Accepted" } };
    case "Authorize":
      return { idTagInfo: { status: "Accepted" } };
    case "Heartbeat":
      return { currentTime: new Date().toISOString() };
    default:
      return {};
  }
};

const start = (connectorId = 1) => ({ connectorId, idTag: "TAG", meterStart: 1, timestamp: AT });
const stop = (transactionId: number) => ({ transactionId, meterStop: 2, timestamp: AT });
const meter = (second: number, more: object) => ({
  connectorId: 1,
  meterValue: [
    { timestamp: `2026-01-01T00:01:${String(second).padStart(2, "0")}Z`, sampledValue: [{ value: String(second) }] },
  ],
  ...more,
});

/** A gateway whose CSMS is not there yet. */
async function orphanWorld(config: object = {}) {
  const port = await freePort();
  const world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { offline: OFFLINE, ...config } });
  const arrive = async (answer: Answerer = csms16) =>
    await PlainCsms.listen({ port, onLink: (link) => link.answering(answer) });
  return { world, arrive };
}

const delivered = (world: World, count: number) =>
  until(`${count} to be delivered`, () => world.gateway.counters.spoolDelivered === count);
const payloads = (frames: readonly Json[]) => frames.map(([, , , payload]) => payload);

test("21 - a stop of an unknown transaction is acknowledged and forwarded, and closes no other", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1");
  const [, , started] = (await station.ask("StartTransaction", start())) as [number, string, { transactionId: number }];
  assert.equal((await station.ask("StopTransaction", stop(4711)))[2], {});
  assert.is(world.view("CP1").openTransactions, 1, "the other one is still open");
  await using csms = await arrive();
  const link = await csms.link("CP1");
  await delivered(world, 2);
  assert.equal(payloads(link.calls("StopTransaction")), [stop(4711)]);
  await station.ask("StopTransaction", stop(started.transactionId));
  assert.is(world.view("CP1").openTransactions, 0);
});

test("22 - nothing is made up for a station that never stops its transaction", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1");
  await station.ask("StartTransaction", start());
  await station.ask("BootNotification", BOOT);
  await station.ask("StartTransaction", { ...start(), meterStart: 9, timestamp: "2026-01-01T02:00:00Z" });
  await using csms = await arrive();
  const link = await csms.link("CP1");
  await delivered(world, 2);
  assert.is(link.calls("StopTransaction").length, 0);
});

test("23 - transaction ids 0, negative and absent travel as the station wrote them", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1");
  const begin = { transactionId: undefined };
  const odd = [meter(1, { transactionId: 0 }), meter(2, { transactionId: -1 })];
  const absent = {
    ...meter(3, begin),
    meterValue: [{ timestamp: AT, sampledValue: [{ value: "3", context: "Transaction.Begin" }] }],
  };
  for (const payload of [...odd, absent]) assert.equal((await station.ask("MeterValues", payload))[2], {});
  await using csms = await arrive();
  const link = await csms.link("CP1");
  await delivered(world, 3);
  assert.equal(payloads(link.calls("MeterValues")), JSON.parse(JSON.stringify([...odd, absent])));
});

test("25 - a full spool thins readings out, refuses new transactions and says so; stops and signed values still fit", async () => {
  const { world, arrive } = await orphanWorld({ spool: { maxMessagesPerStation: 20 } });
  await using _ = world;
  const station = await world.dial("CP1");
  const [, , started] = (await station.ask("StartTransaction", start())) as [number, string, { transactionId: number }];
  const { transactionId } = started;
  const signed = (second: number) => ({
    ...meter(second, { transactionId }),
    meterValue: [{ timestamp: AT, sampledValue: [{ value: `OCMF|${second}`, format: "SignedData" }] }],
  });
  // Signed values alone fill it: there is nothing to thin out.
  for (let i = 0; i < 19; i += 1) await station.ask("MeterValues", signed(i));
  const refused = await station.ask("StartTransaction", { ...start(2), timestamp: "2026-01-01T03:00:00Z" });
  assert.equal(refused.slice(2, 4), ["GenericError", "The gateway has no room for another transaction"]);
  assert.equal((await station.ask("MeterValues", meter(30, { transactionId })))[2], {}, "left out, and counted");
  assert.equal((await station.ask("MeterValues", signed(20)))[2], {});
  assert.equal((await station.ask("StopTransaction", stop(transactionId)))[2], {});
  const { counters } = world.gateway;
  assert.equal([counters.spoolFull, counters.spoolThinned], [1, 1]);
  await using csms = await arrive();
  const link = await csms.link("CP1");
  await link.call("StopTransaction");
  assert.is(link.calls("MeterValues").length, 20);
});

test("25 - of a long outage every second periodic reading stays, and the ends of every transaction (J02.FR.20)", async () => {
  const { world, arrive } = await orphanWorld({ spool: { maxMessagesPerStation: 40 } });
  await using _ = world;
  const station = await world.dial("CP1");
  const [, , started] = (await station.ask("StartTransaction", start())) as [number, string, { transactionId: number }];
  const { transactionId } = started;
  for (let i = 0; i < 59; i += 1) await station.ask("MeterValues", meter(i, { transactionId }));
  await station.ask("StopTransaction", stop(transactionId));
  assert.ok(world.gateway.counters.spoolThinned >= 18);
  await using csms = await arrive();
  const link = await csms.link("CP1");
  await link.call("StopTransaction");
  const seconds = link
    .calls("MeterValues")
    .map(([, , , payload]) =>
      Number(
        (payload as { meterValue: { sampledValue: { value: string }[] }[] }).meterValue[0]?.sampledValue[0]?.value,
      ),
    );
  assert.ok(seconds.length >= 15 && seconds.length <= 41, `${seconds.length} readings`);
  assert.equal(
    seconds,
    seconds.toSorted((a, b) => a - b),
  );
  assert.is(link.calls("StartTransaction").length, 1);
});

test("26 - a station whose clock is wrong is served, counted and told the time; its timestamps stay", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1");
  const wrong = { connectorId: 1, idTag: "TAG", meterStart: 1, timestamp: "1970-01-01T00:03:00Z" };
  await station.ask("StartTransaction", wrong);
  assert.is(world.gateway.counters.stationClockFaults, 1);
  const [, , beat] = (await station.ask("Heartbeat")) as [number, string, { currentTime: string }];
  assert.ok(Math.abs(Date.parse(beat.currentTime) - Date.now()) < 5_000);
  await using csms = await arrive();
  const link = await csms.link("CP1");
  assert.equal((await link.call("StartTransaction"))[3], wrong);
});

test("27 - signed values pass the spool byte for byte but for the transaction's name", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1");
  const [, , started] = (await station.ask("StartTransaction", start())) as [number, string, { transactionId: number }];
  const signed = (id: number) =>
    `{ "connectorId":1, "transactionId" : ${id} ,"meterValue":[{"timestamp":"2026-01-01T00:00:01.0Z","sampledValue":[ {"value":"OCMF|{\\"RD\\":[{\\"RV\\":1.0}]}|\\u00fc","format":"SignedData"}]}]}`;
  station.send(`[2,"m","MeterValues",${signed(started.transactionId)}]`);
  await station.answerTo("m");
  await using csms = await arrive();
  const link = await csms.link("CP1");
  await link.call("MeterValues");
  const frame = link.frames.find((text) => text.includes("MeterValues")) ?? "";
  assert.is(frame.slice(frame.indexOf("{")), `${signed(nextId)}]`);
});

test("28 - a CSMS that is back hears the boot, then the present states, then what was kept", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1");
  await station.ask("BootNotification", BOOT);
  for (const status of ["Preparing", "Charging", "Finishing"])
    await station.ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status });
  await station.ask("StatusNotification", { connectorId: 2, errorCode: "NoError", status: "Available" });
  await station.ask("StartTransaction", start());
  await using csms = await arrive();
  const link = await csms.link("CP1");
  await delivered(world, 1);
  assert.equal(
    link.calls().map(([, , action, payload]) => [action, (payload as { status?: string }).status]),
    [
      ["BootNotification", undefined],
      ["StatusNotification", "Finishing"],
      ["StatusNotification", "Available"],
      ["StartTransaction", undefined],
    ],
  );
});

test("29 - a CSMS that answers the replayed boot with Pending is waited for; the station stays served", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1");
  await station.ask("BootNotification", BOOT);
  await station.ask("StartTransaction", start());
  let boots = 0;
  const hesitant: Answerer = (action, payload, id) => {
    if (action !== "BootNotification") return csms16(action, payload, id);
    boots += 1;
    return { status: boots < 3 ? "Pending" : "Accepted", currentTime: new Date().toISOString(), interval: 1 };
  };
  await using csms = await arrive(hesitant);
  const link = await csms.link("CP1");
  await link.call("BootNotification");
  assert.is((await station.ask("Heartbeat"))[0], 3);
  assert.is(link.calls("StartTransaction").length, 0, "not before the boot is accepted");
  await delivered(world, 1);
  assert.is(boots, 3);
  assert.equal(
    link.calls().map(([, , action]) => action),
    ["BootNotification", "BootNotification", "BootNotification", "StartTransaction"],
  );
});

test("30 - a command for a station that is away is refused at once; its messages are delivered without it", async () => {
  const { world, arrive } = await orphanWorld({ spool: { orphanSec: 0.1 } });
  await using _ = world;
  const station = await world.dial("CP1");
  await station.ask("StartTransaction", start());
  await station.close();
  await using csms = await arrive((action, payload, id) => {
    csms.linksOf("CP1")[0]?.send('[2,"r","Reset",{"type":"Soft"}]');
    return csms16(action, payload, id);
  });
  const link = await csms.link("CP1");
  await delivered(world, 1);
  assert.equal((await link.answerTo("r")).slice(2, 4), ["GenericError", "The station is not connected"]);
  assert.is(await link.closeCode(), 1001, "and then the link ends");
});

test("30 - a station that comes back takes the delivery over", async () => {
  const { world, arrive } = await orphanWorld({ spool: { orphanSec: 0.1 } });
  await using _ = world;
  const station = await world.dial("CP1");
  await station.ask("StartTransaction", start());
  await station.close();
  await using csms = await arrive((action, payload, id) =>
    action === "StartTransaction" && csms.linksOf("CP1").length === 1 ? undefined : csms16(action, payload, id),
  );
  const first = await csms.link("CP1");
  await first.call("StartTransaction");
  await world.dial("CP1");
  const second = await csms.link("CP1", 1);
  await delivered(world, 1);
  assert.is(second.frames[0], first.frames[0], "the same message under the same id");
});

test("a CSMS that has forgotten the station gets its boot again, and then the message", async () => {
  const { world, arrive } = await orphanWorld();
  await using _ = world;
  const station = await world.dial("CP1", "ocpp2.0.1");
  const boot = { reason: "PowerUp", chargingStation: { model: "M", vendorName: "V" } };
  await station.ask("BootNotification", boot);
  const event = { eventType: "Started", timestamp: AT, triggerReason: "CablePluggedIn", seqNo: 0 };
  await station.ask("TransactionEvent", { ...event, transactionInfo: { transactionId: "T" } });
  let forgets = true;
  await using csms = await arrive((action, _payload, id) => {
    if (action === "BootNotification") return { status: "Accepted", currentTime: AT, interval: 300 };
    if (action !== "TransactionEvent" || !forgets) return {};
    forgets = false;
    csms.linksOf("CP1")[0]?.send([4, id, "SecurityError", "boot first", {}]);
    return undefined;
  });
  const link = await csms.link("CP1");
  await delivered(world, 1);
  assert.equal(
    link.calls().map(([, , action]) => action),
    ["BootNotification", "TransactionEvent", "BootNotification", "TransactionEvent"],
  );
});

test("a driver is authorised from what the CSMS said earlier, and a blocked one is not", async () => {
  const answer: Answerer = (action, payload, id) =>
    action === "Authorize"
      ? { idTagInfo: { status: payload["idTag"] === "GOOD" ? "Accepted" : "Blocked" } }
      : csms16(action, payload, id);
  const config = { offline: { ...OFFLINE, unknownTokens: "refuse" } } as const;
  await using world = await openWorld({ config, onLink: (link) => link.answering(answer) });
  const { station } = await world.booted("CP1");
  for (const idTag of ["GOOD", "BAD"]) await station.ask("Authorize", { idTag });
  await world.csms.close();
  await until("the gateway to answer itself", async () => {
    const [, , { idTagInfo }] = (await station.ask("Authorize", { idTag: "NEW" })) as [
      number,
      string,
      { idTagInfo?: { status: string } },
    ];
    return idTagInfo?.status === "Invalid";
  });
  const status = async (idTag: string) => {
    const [, , { idTagInfo }] = (await station.ask("Authorize", { idTag })) as [
      number,
      string,
      { idTagInfo: { status: string } },
    ];
    return idTagInfo.status;
  };
  assert.equal([await status("good"), await status("BAD"), await status("NEW")], ["Accepted", "Blocked", "Invalid"]);
});

/** A CSMS that lets in whoever has one of these passwords, and the gateway in front of it. */
async function guardedWorld(passwords: string[]) {
  const seen: string[] = [];
  const world = await openWorld({
    admits: ({ headers }) => {
      const [, password = ""] = Buffer.from(headers.authorization?.slice(6) ?? "", "base64")
        .toString("latin1")
        .split(":");
      seen.push(password);
      return passwords.includes(password);
    },
    onLink: (link) => link.answering(csms16),
    csmsPassword: "the-old-password",
  });
  return { world, seen };
}

test("31 - a password that the CSMS sets is the gateway's own: used with the next connection, unknown to the station", async () => {
  const hex = Buffer.from("the-new-password").toString("hex");
  const { world, seen } = await guardedWorld(["the-old-password", "the-new-password"]);
  await using _ = world;
  const { station, csms } = await world.booted("CP1");
  csms.send([2, "k", "ChangeConfiguration", { key: "AuthorizationKey", value: hex }]);
  assert.equal(await csms.answerTo("k"), [3, "k", { status: "Accepted" }]);
  await world.csms.link("CP1", 1);
  await station.ask("Heartbeat");
  assert.equal(seen, ["the-old-password", "the-new-password"]);
  assert.is(station.calls().length, 0);
  assert.is(world.gateway.counters.northKeyChanges, 1);
});

test("31 - a password that the CSMS sets and then refuses makes way for the old one, and is reported", async () => {
  const { world, seen } = await guardedWorld(["the-old-password"]);
  await using _ = world;
  const { csms } = await world.booted("CP1");
  csms.send([2, "k", "ChangeConfiguration", { key: "AuthorizationKey", value: "mistyped-password" }]);
  await csms.answerTo("k");
  await world.csms.link("CP1", 1);
  assert.equal(seen, ["the-old-password", "mistyped-password", "the-old-password"]);
  assert.ok(world.security.some(({ type }) => type === "NorthKeyRefused"));
  assert.is(world.gateway.counters.northKeyFallbacks, 1);
});

test("31 - where no password is used towards the CSMS, one that it sets is kept for a higher profile, and not forwarded", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  csms.send([2, "k", "ChangeConfiguration", { key: "AuthorizationKey", value: "any-password-at-all" }]);
  assert.equal(await csms.answerTo("k"), [3, "k", { status: "Accepted" }]);
  assert.is(station.calls().length, 0);
  assert.is(csms.request.headers.authorization, undefined);
  assert.is(world.csms.linksOf("CP1").length, 1, "the link stays");
});

test.run();
