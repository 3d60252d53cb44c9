// deadline: 120s
/** The durable value lane, end to end: what a station is told while its CSMS is away, and what the CSMS gets when it is back. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld } from "../support/e2e-world.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";
import type { Answerer, Json } from "../support/ws-peer.ts";

const AT = "2026-01-01T00:00:00Z";
const NOW = () => new Date().toISOString();
const OFFLINE = { graceSec: 0.2, takeOverSec: 1, unknownTokens: "accept" } as const;

const start = (connectorId = 1, meterStart = 100) => ({ connectorId, idTag: "TAG", meterStart, timestamp: AT });
const meter = (transactionId: number, value: number, connectorId = 1) => ({
  connectorId,
  transactionId,
  meterValue: [
    { timestamp: `2026-01-01T00:00:${String(value).padStart(2, "0")}Z`, sampledValue: [{ value: String(value) }] },
  ],
});
const stop = (transactionId: number, meterStop = 200) => ({ transactionId, meterStop, timestamp: AT });

/** A CSMS that gives real transaction ids. */
function csms16(): Answerer {
  let next = 17;
  return (action) => {
    switch (action) {
      case "BootNotification":
        return { status: "Accepted", currentTime: NOW(), interval: 300 };
      case "StartTransaction":
        next += 1;
        return { transactionId: next - 1, idTagInfo: { status: "Accepted" } };
      case "Authorize":
        return { idTagInfo: { status: "Accepted" } };
      case "Heartbeat":
        return { currentTime: NOW() };
      default:
        return {};
    }
  };
}

const brief = (frames: readonly Json[]) => frames.map(([, , action, payload]) => [action, payload]);

test("18 - a session begun and ended while the CSMS is away arrives in order, with the CSMS's transaction id", async () => {
  const port = await freePort();
  await using world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { offline: OFFLINE } });
  const station = await world.dial("CP1");
  const [, , boot] = (await station.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" })) as [
    number,
    string,
    Record<string, unknown>,
  ];
  assert.is(boot["status"], "Pending", "no CSMS ever accepted it");
  assert.is((await station.ask("Heartbeat"))[0], 3);
  const [, , authorised] = (await station.ask("Authorize", { idTag: "TAG" })) as [
    number,
    string,
    { idTagInfo: object },
  ];
  assert.is((authorised.idTagInfo as { status: string }).status, "Accepted");
  const [, , started] = (await station.ask("StartTransaction", start())) as [number, string, { transactionId: number }];
  const { transactionId } = started;
  assert.ok(transactionId >= 2_000_000_000 && transactionId < 2 ** 31);
  for (let i = 1; i <= 3; i += 1) assert.equal((await station.ask("MeterValues", meter(transactionId, i)))[2], {});
  assert.equal((await station.ask("StopTransaction", stop(transactionId)))[2], {});
  await station.ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Charging" });
  await station.ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available" });
  await using csms = await PlainCsms.listen({ port, onLink: (link) => link.answering(csms16()) });
  const link = await csms.link("CP1");
  await link.call("StopTransaction");
  assert.equal(brief(link.calls()), [
    ["BootNotification", { chargePointVendor: "V", chargePointModel: "M" }],
    ["StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available" }],
    ["StartTransaction", start()],
    ["MeterValues", meter(17, 1)],
    ["MeterValues", meter(17, 2)],
    ["MeterValues", meter(17, 3)],
    ["StopTransaction", stop(17)],
  ]);
  await until("the spool to be empty", () => world.gateway.counters.spoolDelivered === 5);
});

test("19 - a repeated start gets the same transaction id, and the CSMS one start", async () => {
  const port = await freePort();
  await using world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { offline: OFFLINE } });
  const station = await world.dial("CP1");
  const first = await station.ask("StartTransaction", start(), "a");
  const sameId = await station.ask("StartTransaction", start(), "a");
  const again = await station.ask("StartTransaction", start(), "b");
  await station.close();
  const later = await world.dial("CP1");
  const reconnected = await later.ask("StartTransaction", start(), "c");
  assert.equal([sameId[2], again[2], reconnected[2]], [first[2], first[2], first[2]]);
  await using csms = await PlainCsms.listen({ port, onLink: (link) => link.answering(csms16()) });
  const link = await csms.link("CP1");
  await link.call("StartTransaction");
  await later.ask("Heartbeat");
  assert.is(link.calls("StartTransaction").length, 1);
});

test("18 - both ids stay valid in both directions until the stop is acknowledged", async () => {
  const port = await freePort();
  await using world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { offline: OFFLINE } });
  const station = await world.dial("CP1");
  const [, , started] = (await station.ask("StartTransaction", start())) as [number, string, { transactionId: number }];
  const { transactionId } = started;
  await using csms = await PlainCsms.listen({ port, onLink: (link) => link.answering(csms16()) });
  const link = await csms.link("CP1");
  await link.call("StartTransaction");
  await until("the start to be settled", () => world.gateway.counters.spoolDelivered === 1);
  await station.ask("MeterValues", meter(transactionId, 5));
  assert.equal((await link.call("MeterValues"))[3], meter(17, 5));
  station.answering(() => ({ status: "Accepted" }));
  link.send('[2,"r1", "RemoteStopTransaction",{ "transactionId" : 17 }]');
  await station.call("RemoteStopTransaction");
  assert.is(
    station.frames.find((text) => text.includes("RemoteStop")),
    `[2,"r1", "RemoteStopTransaction",{ "transactionId" : ${transactionId} }]`,
  );
  assert.equal((await link.answerTo("r1"))[2], { status: "Accepted" });
  await station.ask("StopTransaction", stop(transactionId));
  assert.equal((await link.call("StopTransaction"))[3], stop(17));
});

test("16 - what the CSMS answers with CALLERROR is acknowledged to the station and tried again", async () => {
  let refusals = 2;
  const answer = csms16();
  await using world = await openWorld({
    config: { offline: OFFLINE, spool: { attemptIntervalSec: 0.1 } },
    onLink: (link) =>
      link.answering((action, payload, id) => {
        if (action !== "StopTransaction" || refusals === 0) return answer(action, payload, id);
        refusals -= 1;
        link.send([4, id, "InternalError", "database", {}]);
        return undefined;
      }),
  });
  const { station, csms } = await world.booted("CP1");
  assert.equal(await station.ask("StopTransaction", stop(4), "s"), [3, "s", {}]);
  await until("it to be taken", () => world.gateway.counters.spoolDelivered === 1);
  const stops = csms.calls("StopTransaction");
  assert.equal(
    stops.map(([, id, , payload]) => [id, payload]),
    [
      ["s", stop(4)],
      ["s", stop(4)],
      ["s", stop(4)],
    ],
    "same id, same content",
  );
});

test("17 - a poisoned transaction is put aside after its attempts; others pass it", async () => {
  const answer = csms16();
  const dead: unknown[] = [];
  await using world = await openWorld({
    config: { offline: OFFLINE, spool: { attempts: 3, attemptIntervalSec: 0.1 } },
    onLink: (link) =>
      link.answering((action, payload, id) => {
        if (payload["transactionId"] !== 4) return answer(action, payload, id);
        link.send([4, id, "InternalError", "poison", {}]);
        return undefined;
      }),
  });
  world.gateway.on("spool.dead", (event) => dead.push(event));
  const { station, csms } = await world.booted("CP1");
  await station.ask("StopTransaction", stop(4));
  await station.ask("MeterValues", meter(5, 1));
  await station.ask("StopTransaction", stop(5));
  await until("the poison to be put aside", () => dead.length === 1);
  assert.equal(dead, [{ stationId: "CP1", action: "StopTransaction", reason: "refused" }]);
  assert.equal(
    csms
      .calls("StopTransaction")
      .filter(([, , , payload]) => (payload as { transactionId: number }).transactionId === 4).length,
    3,
  );
  await csms.call("MeterValues");
  await until("the others to be taken", () => world.gateway.counters.spoolDelivered === 2);
  // And live traffic goes on as if nothing had been.
  await station.ask("MeterValues", meter(6, 2));
  await until("it", () => csms.calls("MeterValues").length === 2);
});

test("20 - a driver whom the CSMS refuses afterwards is stopped", async () => {
  const port = await freePort();
  await using world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { offline: OFFLINE } });
  const station = (await world.dial("CP1")).answering(() => ({ status: "Accepted" }));
  const [, , started] = (await station.ask("StartTransaction", start())) as [number, string, { transactionId: number }];
  const answer: Answerer = (action) =>
    action === "StartTransaction" ? { transactionId: 9, idTagInfo: { status: "Invalid" } } : csms16()(action, {}, "");
  await using csms = await PlainCsms.listen({ port, onLink: (link) => link.answering(answer) });
  await csms.link("CP1");
  assert.equal((await station.call("RemoteStopTransaction"))[3], { transactionId: started.transactionId });
  assert.is(world.gateway.counters.refusedAfterwards, 1);
});

test("24 - events of 2.0.1 that the gateway acknowledged say that they were offline, and keep their sequence numbers", async () => {
  const port = await freePort();
  await using world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { offline: OFFLINE } });
  const station = await world.dial("CP1", "ocpp2.0.1");
  const event = (eventType: string, seqNo: number, more: object = {}) => ({
    eventType,
    timestamp: AT,
    triggerReason: "Trigger",
    seqNo,
    transactionInfo: { transactionId: "T-1" },
    ...more,
  });
  const idToken = { idToken: "AABBCCDD", type: "ISO14443" };
  const [, , begun] = (await station.ask("TransactionEvent", event("Started", 0, { idToken }))) as [
    number,
    string,
    { idTokenInfo: { status: string } },
  ];
  assert.is(begun.idTokenInfo.status, "Accepted");
  await station.ask("TransactionEvent", event("Updated", 1, { offline: false }));
  await station.ask("TransactionEvent", event("Ended", 2));
  await using csms = await PlainCsms.listen({ port, onLink: (link) => link.answering(() => ({})) });
  const link = await csms.link("CP1");
  await until("all events", () => link.calls("TransactionEvent").length === 3);
  const expected = [event("Started", 0, { idToken }), event("Updated", 1), event("Ended", 2)].map((payload) => ({
    ...payload,
    offline: true,
  }));
  assert.equal(
    link.calls("TransactionEvent").map(([, , , payload]) => payload),
    expected,
  );
});

test("a CSMS that takes long is not waited for: the station gets its answer, the CSMS its message once", async () => {
  await using world = await openWorld({
    config: { offline: OFFLINE },
    onLink: (link) =>
      link.answering((action) => (action === "BootNotification" ? csms16()(action, {}, "") : undefined)),
  });
  const { station, csms } = await world.booted("CP1");
  const asked = performance.now();
  const answer = station.ask("StartTransaction", start(), "s");
  await csms.call("StartTransaction");
  const [, , started] = (await answer) as [number, string, { transactionId: number }];
  assert.ok(performance.now() - asked < 3_000);
  csms.send([3, "s", { transactionId: 8, idTagInfo: { status: "Accepted" } }]);
  csms.answering(csms16());
  await station.ask("MeterValues", meter(started.transactionId, 1));
  assert.equal((await csms.call("MeterValues"))[3], meter(8, 1));
  assert.is(csms.calls("StartTransaction").length, 1);
});

/** Every failed dial began the outage anew: with back-off shorter than the grace the gateway never stepped in. */
test("the grace counts from the loss of the link, not from the latest dial that failed", async () => {
  const port = await freePort();
  const csms = await PlainCsms.listen({ port, onLink: (link) => link.answering(csms16()) });
  await using world = await openWorld({
    csmsUrl: `ws://127.0.0.1:${port}/csms`,
    config: {
      offline: { graceSec: 1, takeOverSec: 60, unknownTokens: "accept" },
      backoff: { minSec: 0.1, maxSec: 0.2, jitterSec: 0 },
    },
  });
  const station = await world.dial("CP1");
  await csms.link("CP1");
  await station.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
  await csms.close();
  const asked = performance.now();
  assert.is((await station.ask("StartTransaction", start()))[0], 3);
  const waitedMs = performance.now() - asked;
  assert.ok(waitedMs > 500 && waitedMs < 5_000, `${waitedMs} ms`);
});

test.run();
