/** A session at a station becomes a retained state of health at the broker, through the real gateway. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startAedes } from "../support/aedes-broker.ts";
import { BOOT, openWorld } from "../support/e2e-world.ts";
import { friendly } from "../support/plain-csms.ts";
import { CURRENT, DAY_MS, life, playSession, type SimulatedSession, TEMPERATURE } from "../support/simulated-evse.ts";
import { until } from "../support/until.ts";

/** @param ahead milliseconds, so that each has a time of its own */
const meterValues = (ahead: number) => ({
  connectorId: 1,
  transactionId: 7,
  meterValue: [
    {
      timestamp: new Date(Date.now() + ahead).toISOString(),
      sampledValue: [
        { value: "120", measurand: "Current.Import", unit: "A" },
        { value: "41", measurand: "Temperature", unit: "Celsius" },
        { value: "37500", measurand: "Power.Active.Import", unit: "W" },
        { value: "50000", measurand: "Power.Offered", unit: "W" },
        { value: ahead === 0 ? "231" : "229", measurand: "Voltage", unit: "V", phase: "L1-N", location: "Inlet" },
        { value: ahead === 0 ? "0" : "40", measurand: "Current.Import", unit: "A", phase: "L1", location: "Inlet" },
      ],
    },
  ],
});

const stop = () => ({ transactionId: 7, meterStop: 10, timestamp: new Date().toISOString(), reason: "PowerLoss" });

async function afterSession(features: boolean | undefined, more: object = {}) {
  const broker = await startAedes();
  const health = { gateway: "edge-1", mqtt: { url: broker.url }, ...(features !== undefined && { features }), ...more };
  const world = await openWorld({ answer: friendly, config: { health } });
  try {
    const station = await world.dial("CP1");
    await station.ask("BootNotification", BOOT["ocpp1.6"]);
    for (const ahead of [0, 1_000, 2_000, 3_000]) await station.ask("MeterValues", meterValues(ahead));
    await station.ask("StopTransaction", stop());
    await until("the stop's event", () => broker.on("/ev").some(({ json }) => json.e?.stoppedReason === "PowerLoss"));
    if (features !== false)
      await until("a state of health", () => broker.on("/soh").some(({ json }) => json.by?.length === 7));
    return {
      soh: broker.on("/soh"),
      births: broker.on("/birth"),
      features: broker.on("/f"),
      stats: world.gateway.healthStats(),
    };
  } finally {
    await world[Symbol.asyncDispose]();
    await broker.close();
  }
}

test("by default a session's end brings figures and a state of health, and is counted", async () => {
  const { soh, features, stats } = await afterSession(undefined);
  const evse = soh.find(({ json }) => !("of" in json));
  const station = soh.findLast(({ json }) => "of" in json);
  assert.equal([features.length, evse?.json.by.length], [1, 7]);
  assert.equal([station?.json.soh, station?.json.of, station?.json.drops], [100, 1, 0]);
  assert.equal(
    station?.json.by.map(({ ind }: { ind: string }) => ind),
    ["connection"],
  );
  assert.is(features[0]?.json.share, 0.75);
  assert.equal([features[0]?.json.supplyOhm, features[0]?.json.voltage], [0.05, [229, 231]]);
  assert.equal([evse?.json.soh, features[0]?.json.failed], [100, 1]);
  assert.is(stats?.notAnalysed, 0);
});

test("for a home the state of health goes, of a quarter of an hour, and the session's figures stay", async () => {
  const { soh, features, births, stats } = await afterSession(undefined, { privacy: { profile: "home" } });
  assert.is(features.length, 0);
  assert.ok(soh.length > 0 && soh.every(({ json }) => json.t % 900_000 === 0));
  assert.is(births.at(-1)?.json.privacy, "home");
  assert.ok((stats?.withheld ?? 0) > 0);
});

test("a voltage that is withheld is not told by its extremes, and the supply is judged all the same", async () => {
  const { features } = await afterSession(undefined, { privacy: { withhold: ["Voltage"] } });
  assert.equal([features[0]?.json.supplyOhm, features[0]?.json.voltage], [0.05, undefined]);
});

/** A session as one MeterValues, which a station that was offline may send. */
function wearing(session: SimulatedSession) {
  const samples = new Map<number, object[]>();
  const sampled = { [CURRENT]: ["Current.Import", "A"], [TEMPERATURE]: ["Temperature", "Celsius"] } as const;
  playSession(session, (channel, at, value) => {
    const [measurand, unit] = sampled[channel] ?? [];
    if (measurand !== undefined)
      samples.set(at, [...(samples.get(at) ?? []), { value: value.toFixed(1), measurand, unit }]);
  });
  const meterValue = [...samples].map(([at, sampledValue]) => ({ timestamp: iso(at), sampledValue }));
  return { connectorId: 1, transactionId: 7, meterValue };
}

const iso = (at: number) => new Date(at).toISOString();

test("a contact that works loose has a remaining life in the retained state of health", async () => {
  const broker = await startAedes();
  const world = await openWorld({
    answer: friendly,
    config: { health: { gateway: "edge-1", mqtt: { url: broker.url } } },
  });
  try {
    const station = await world.dial("CP1");
    await station.ask("BootNotification", BOOT["ocpp1.6"]);
    const days = 33;
    const from = Date.now() - days * DAY_MS;
    const thetaFactor = (day: number) => 1 + 0.01 * Math.max(0, day - 17);
    for (const session of life({ seed: 5, days, thetaFactor, failureRate: () => 0 })) {
      const at = { ...session, startMs: from + session.startMs };
      await station.ask("MeterValues", wearing(at));
      const timestamp = iso(at.startMs + at.minutes * 60_000);
      await station.ask("StopTransaction", { transactionId: 7, meterStop: 10, timestamp, reason: "EVDisconnected" });
    }
    const lives = () => broker.on("/soh").flatMap(({ json }) => ("life" in json ? [json.life] : []));
    await until("a remaining life", () => lives().length >= 10);
    // 16 days of 1 % are behind it, of 50.
    const { days: left, from: least, to: most } = lives().at(-1);
    assert.ok(least <= left && left <= most && left > 15 && left < 90, JSON.stringify(lives().at(-1)));
  } finally {
    await world[Symbol.asyncDispose]();
    await broker.close();
  }
});

test("with health.features off there is neither", async () => {
  const { soh, features } = await afterSession(false);
  assert.equal([soh.length, features.length], [0, 0]);
});

test.run();
