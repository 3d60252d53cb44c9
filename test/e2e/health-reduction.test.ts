/** A station that samples every second, the gateway, a broker: what a reader can rebuild from what arrives. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startAedes } from "../support/aedes-broker.ts";
import { BOOT, openWorld } from "../support/e2e-world.ts";
import { until } from "../support/until.ts";

const SAMPLES = 240;
const EPS = 2;
/** A second apart in the station's time, which is over already. */
const START = Math.floor(Date.now() / 1000) * 1000 - 1000 * SAMPLES;
const volts = (i: number): number => Math.round(10 * (230 + 8 * Math.sin(i / 25) + Math.sin(7 * i) / 4)) / 10;

const meterValues = (i: number) => ({
  connectorId: 1,
  meterValue: [
    {
      timestamp: new Date(START + 1000 * i).toISOString(),
      sampledValue: [{ value: String(volts(i)), measurand: "Voltage", unit: "V" }],
    },
  ],
});

test("a reader rebuilds every sample within the bound that the birth message states, from a fraction of the bytes", async () => {
  const broker = await startAedes();
  const health = {
    gateway: "edge-1",
    batchMs: 500,
    reduce: { channels: { Voltage: { eps: EPS } } },
    mqtt: { url: broker.url },
  };
  const world = await openWorld({ config: { health } });
  try {
    const station = await world.dial("CP1");
    await station.ask("BootNotification", BOOT["ocpp1.6"]);
    for (let i = 0; i < SAMPLES; i += 1) await station.ask("MeterValues", meterValues(i));
    const points = () =>
      broker.on("/m").flatMap(({ json }) => {
        const { t0, m } = json;
        const flat: number[] = Object.values<number[]>(m)[0] ?? [];
        return flat.flatMap((dt, i) => (i % 2 === 0 ? [{ t: t0 + dt, v: flat[i + 1] ?? Number.NaN }] : []));
      });
    await until("the last sample to arrive", () => points().at(-1)?.t === START + 1000 * (SAMPLES - 1), 20_000);
    const birth = broker.on("/birth").at(-1)?.json ?? {};
    const [channel] = Object.values<{ reducer: { mode: string; bound: number } }>(birth.channels);
    assert.equal([channel?.reducer.mode, channel?.reducer.bound], ["sdt", EPS]);
    const kept = points();
    assert.ok(kept.length < SAMPLES / 4, `${kept.length} points`);
    for (let i = 0; i < SAMPLES; i += 1) {
      const t = START + 1000 * i;
      const after = kept.findIndex((point) => point.t >= t);
      const [b, a] = [kept[Math.max(0, after - 1)], kept[after]];
      assert.ok(a !== undefined && b !== undefined, `sample ${i} is covered`);
      const read = a.t === t || a === b ? a.v : b.v + ((a.v - b.v) * (t - b.t)) / (a.t - b.t);
      assert.ok(Math.abs(read - volts(i)) <= EPS + 1e-9, `sample ${i}: ${read} for ${volts(i)}`);
    }
    await until("the counters to say so", () => world.gateway.healthStats()?.pointsOut === kept.length, 20_000);
    const stats = world.gateway.healthStats();
    assert.is(stats?.samplesIn, SAMPLES);
    assert.ok((stats?.bytesOut ?? 0) > 0);
    assert.ok(world.gateway.counters.healthBytesIn > 100 * SAMPLES);
  } finally {
    await world[Symbol.asyncDispose]();
    await broker.close();
  }
});

test.run();
