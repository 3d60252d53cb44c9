// deadline: 180s
/**
 * Whatever the MQTT broker does, the value lane does not notice (architecture.md, invariant 2): the broker works, is stuck
 * (TCP open, never reads), flaps, is away; stations are served as in the quiet phase while others pour in meter values.
 */
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { type CitizensReport, changedLatency, type GoodCitizens, startGoodCitizens } from "../support/good-citizens.ts";
import { hasMosquitto, type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { type Neighbour, reportBoth, type SideBySide, startNeighbour } from "../support/neighbour.ts";
import { requires } from "../support/requires.ts";
import { connectStation, type RpcEnd, type ScriptedCsms, startScriptedCsms } from "../support/scripted-rpc.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const METERS = 10;
/** Meter values of each, every so often: some 400 messages a second, four observations each. */
const METER_EVERY_MS = 25;
const PHASE_MS = 5_000;
const withMosquitto = requires("mosquitto", hasMosquitto());

let broker: Mosquitto;
let citizens: GoodCitizens;
let csms: ScriptedCsms;
let gateway: GatewayProcess;
let neighbour: Neighbour | undefined;
let quiet: CitizensReport;
const meters: RpcEnd[] = [];
let meterFailures = 0;

async function start(): Promise<void> {
  broker = await startMosquitto();
  citizens = await startGoodCitizens();
  csms = await startScriptedCsms(() => ({}));
  gateway = await startGatewayProcess(tempDir(), {
    listen: { port: 0 },
    stations: [
      { match: "GOOD-*", csms: { url: citizens.csmsUrl } },
      { match: "METER-*", csms: { url: csms.url } },
    ],
    health: { gateway: "test", batchMs: 200, ringCapacity: 1024, queueCapacity: 64, mqtt: { url: broker.url } },
  });
  const [url = ""] = gateway.urls;
  await citizens.connect(url);
  neighbour = await startNeighbour();
  for (let no = 0; no < METERS; no += 1) {
    const meter = await connectStation(`${url}/METER-${no}`, "ocpp1.6", () => ({}));
    meters.push(meter);
    void pourIn(meter);
  }
}

async function pourIn(meter: RpcEnd): Promise<void> {
  for (let reading = 0; meter.isOpen; reading += 1) {
    await meter.call("MeterValues", meterValues(reading)).catch(() => {
      meterFailures += 1;
    });
    await pause(METER_EVERY_MS);
  }
}

function meterValues(reading: number): object {
  const sample = (measurand: string, unit: string) => ({ value: String(reading % 500), measurand, unit });
  const sampledValue = [
    sample("Temperature", "Celsius"),
    sample("Voltage", "V"),
    sample("Current.Import", "A"),
    sample("Power.Active.Import", "W"),
  ];
  return { connectorId: 1, meterValue: [{ timestamp: new Date().toISOString(), sampledValue }] };
}

/** What the good stations and the meters noticed in a while. */
async function phase(name: string): Promise<SideBySide> {
  assert.ok(neighbour);
  await reportBoth(citizens, neighbour);
  await pause(PHASE_MS);
  const both = await reportBoth(citizens, neighbour);
  const published = await gateway.metric("twinlane_health_published_total");
  const [p99, besideP99] = [both.here.p99, both.beside.p99].map((ms) => ms.toFixed(2));
  console.log(
    `${name}: ${both.here.count} calls, p99 ${p99} ms, beside it ${besideP99}; published so far ${published}`,
  );
  return both;
}

function checkUnmoved({ here, beside }: SideBySide): void {
  const { count, failures, disconnects } = here;
  assert.is(failures, 0);
  assert.is(disconnects, 0);
  assert.is(meterFailures, 0);
  assert.ok(count > quiet.count * 0.8, `${count} calls, quiet ${quiet.count}`);
  assert.is(changedLatency(here, quiet, beside), undefined);
}

const isUp = async () => (await gateway.metric("twinlane_health_uplink_up")) === 1;

withMosquitto("a broker that works gets the observations", async () => {
  await start();
  await until("the broker to be connected", isUp);
  ({ here: quiet } = await phase("broker works"));
  assert.ok(quiet.count > 500 && quiet.failures === 0);
  assert.ok((await gateway.metric("twinlane_health_published_total")) > 0);
});

withMosquitto("a broker that is stuck moves nobody", async () => {
  broker.signal("SIGSTOP");
  checkUnmoved(await phase("broker stuck"));
  broker.signal("SIGCONT");
});

withMosquitto("a broker that flaps moves nobody", async () => {
  const flapping = setInterval(() => broker.signal("SIGSTOP"), 400);
  const back = setInterval(() => broker.signal("SIGCONT"), 500);
  checkUnmoved(await phase("broker flaps"));
  clearInterval(flapping);
  clearInterval(back);
  broker.signal("SIGCONT");
});

withMosquitto("a broker that has gone moves nobody, and gets observations again when it is back", async () => {
  const { port } = broker;
  await broker.stop();
  checkUnmoved(await phase("broker away"));
  const before = await gateway.metric("twinlane_health_published_total");
  broker = await startMosquitto({ port });
  await until("the broker to be connected again", isUp, 60_000);
  await until(
    "observations to arrive again",
    async () => (await gateway.metric("twinlane_health_published_total")) > before,
    20_000,
  );
  checkUnmoved(await phase("broker back"));
});

withMosquitto(
  "nothing of it was an error of a lane, and the gateway stops in order with the broker stuck",
  async () => {
    assert.is(await gateway.metric("twinlane_lane_errors_total"), 0);
    broker.signal("SIGSTOP");
    assert.is(await gateway.kill("SIGTERM"), 143);
  },
);

test.after(async () => {
  for (const meter of meters) meter.terminate();
  await citizens?.stop();
  await neighbour?.stop();
  await csms?.close();
  await broker?.stop();
});

test.run();
