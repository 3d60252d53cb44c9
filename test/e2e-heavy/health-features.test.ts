/** A session at a station becomes a retained state of health at the broker, through the real gateway. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startAedes } from "../support/aedes-broker.ts";
import { BOOT, openWorld } from "../support/e2e-world.ts";
import { friendly } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";

const meterValues = () => ({
  connectorId: 1,
  transactionId: 7,
  meterValue: [
    {
      timestamp: new Date().toISOString(),
      sampledValue: [
        { value: "120", measurand: "Current.Import", unit: "A" },
        { value: "41", measurand: "Temperature", unit: "Celsius" },
      ],
    },
  ],
});

const stop = () => ({ transactionId: 7, meterStop: 10, timestamp: new Date().toISOString(), reason: "PowerLoss" });

async function afterSession(features: boolean | undefined) {
  const broker = await startAedes();
  const health = { gateway: "edge-1", mqtt: { url: broker.url }, ...(features !== undefined && { features }) };
  const world = await openWorld({ answer: friendly, config: { health } });
  try {
    const station = await world.dial("CP1");
    await station.ask("BootNotification", BOOT["ocpp1.6"]);
    await station.ask("MeterValues", meterValues());
    await station.ask("StopTransaction", stop());
    await until("the stop's event", () => broker.on("/ev").some(({ json }) => json.e?.stoppedReason === "PowerLoss"));
    if (features !== false) await until("a state of health", () => broker.on("/soh").length > 1);
    return { soh: broker.on("/soh"), features: broker.on("/f"), stats: world.gateway.healthStats() };
  } finally {
    await world[Symbol.asyncDispose]();
    await broker.close();
  }
}

test("by default a session's end brings figures and a state of health, and is counted", async () => {
  const { soh, features, stats } = await afterSession(undefined);
  const [evse, station] = soh;
  assert.equal([features.length, evse?.json.by.length], [1, 2]);
  assert.equal([station?.json.soh, station?.json.of], [100, 1]);
  assert.equal([evse?.json.soh, features[0]?.json.failed], [100, 1]);
  assert.is(stats?.notAnalysed, 0);
});

test("with health.features off there is neither", async () => {
  const { soh, features } = await afterSession(false);
  assert.equal([soh.length, features.length], [0, 0]);
});

test.run();
