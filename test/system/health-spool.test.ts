// deadline: 90s
/** What the gateway owes a broker that is away outlives the gateway: kill -9, start again, nothing missing, nothing twice. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startGatewayProcess } from "../support/gateway-process.ts";
import { freePort, hasMosquitto, startMosquitto, subscribe } from "../support/mosquitto.ts";
import { requires } from "../support/requires.ts";
import { connectStation, startScriptedCsms } from "../support/scripted-rpc.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const withMosquitto = requires("mosquitto", hasMosquitto());
const EVENTS = 300;
const STATES = ["Preparing", "Charging", "SuspendedEV", "Finishing", "Available"];

withMosquitto(
  "events of a broker's outage are delivered after kill -9 of the gateway, each with its old name",
  async () => {
    const directory = tempDir();
    const port = await freePort();
    const csms = await startScriptedCsms(() => ({}));
    const document = {
      listen: { port: 0 },
      stations: [{ match: "*", csms: { url: csms.url } }],
      health: { gateway: "edge", batchMs: 200, queueCapacity: 16, mqtt: { url: `mqtt://localhost:${port}` } },
    };
    const killed = await startGatewayProcess(directory, document);
    const station = await connectStation(`${killed.urls[0]}/CP-1`, "ocpp1.6", () => ({}));
    for (let no = 0; no < EVENTS; no += 1) {
      const status = STATES[no % STATES.length];
      const timestamp = new Date(1_770_000_000_000 + no * 1_000).toISOString();
      await station.call("StatusNotification", { connectorId: 1, errorCode: "NoError", status, timestamp });
    }
    const waiting = () => killed.metric("twinlane_health_spool_messages");
    await until("all to be on disk", async () => (await waiting()) >= EVENTS, 10_000);
    await killed.kill("SIGKILL");

    const broker = await startMosquitto({ port });
    const reader = await subscribe(broker.url);
    const gateway = await startGatewayProcess(directory, document);
    const events = () => reader.on("/ev").filter(({ json }) => json.e.status !== undefined);
    await until("all events to arrive", () => new Set(events().map(({ json }) => json.t)).size >= EVENTS, 20_000);
    const names = events().map(({ json }) => `${json.b} ${json.q}`);
    assert.is(new Set(names).size, names.length, "none came twice");
    const [first, ...rest] = events();
    assert.ok(rest.every(({ json }) => json.b === first?.json.b));
    await until(
      "the disk to be free again",
      async () => (await gateway.metric("twinlane_health_spool_messages")) === 0,
    );
    assert.equal(reader.on("/gap"), []);
    await gateway.kill("SIGTERM");
    await reader.close();
    await broker.stop();
    await csms.close();
  },
);

test.run();
