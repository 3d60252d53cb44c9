// deadline: 60s
/** A gateway as a Sparkplug edge node, on a real broker, read by a strict host. */
import { connect } from "mqtt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld } from "../support/e2e-world.ts";
import { hasMosquitto, startMosquitto } from "../support/mosquitto.ts";
import { requires } from "../support/requires.ts";
import { SparkplugHost } from "../support/sparkplug-host.ts";
import { until } from "../support/until.ts";

const withMosquitto = requires("mosquitto", hasMosquitto());
/** `Node Control/Rebirth`, true, by the Eclipse project's own encoder. */
const REBIRTH = Buffer.from(
  "0880d0eab6b73312210a144e6f646520436f6e74726f6c2f526562697274681880d0eab6b733200b7001",
  "hex",
);

withMosquitto("births, data and events of a station, a birth when a host asks, and a death at the end", async () => {
  const broker = await startMosquitto();
  const client = connect(broker.url);
  const host = new SparkplugHost();
  const faults: unknown[] = [];
  const topics: string[] = [];
  client.on("message", (topic, payload) => {
    topics.push(topic);
    try {
      host.take(topic, payload);
    } catch (error) {
      faults.push(error);
    }
  });
  await client.subscribeAsync("#");
  const health = { gateway: "edge-1", batchMs: 200, mqtt: { url: broker.url, layout: "sparkplug" as const } };
  const world = await openWorld({ config: { health } });
  const { station } = await world.booted();
  const sampledValue = [{ value: "231.4", measurand: "Voltage", unit: "V", phase: "L1-N" }];
  const sample = () =>
    station.ask("MeterValues", { connectorId: 1, meterValue: [{ timestamp: new Date(), sampledValue }] });
  const timestamp = new Date().toISOString();
  await station.ask("StatusNotification", { connectorId: 1, status: "Faulted", errorCode: "GroundFailure", timestamp });
  await sample();
  // What comes before the first connection is historical.
  const has = (text: string) => host.seen.some((line) => line.replace("~", "").includes(text));
  await until("the fault", () => has("Event/errorCode=GroundFailure"), 20_000);
  await until("the voltage", () => has("Voltage/L1-N/Outlet=231.4"), 20_000);
  const births = host.births.length;
  client.publish("spBv1.0/default/NCMD/edge-1", REBIRTH, { qos: 1 });
  await until("another birth of the node", () => host.births.slice(births).includes(""), 20_000);
  await world[Symbol.asyncDispose]();
  await until("the death", () => host.deaths === 1, 20_000);
  assert.equal(faults, []);
  assert.ok(topics.every((topic) => topic.startsWith("spBv1.0/default/")));
  await client.endAsync();
  await broker.stop();
});

test.run();
