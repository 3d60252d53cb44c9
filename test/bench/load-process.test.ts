/** The load process as the harness drives it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cpuMsOf, familyOf, rssKibOf } from "../../bench/cpu.ts";
import { LoadClient } from "../../bench/load/load-client.ts";
import { latencyOf } from "../../bench/load/tally.ts";

test("connects stations, loads them in both ways, and reports window, CPU time and counts", async () => {
  const load = new LoadClient();
  try {
    const { port } = await load.request({ op: "start-csms" });
    const baseUrl = `ws://127.0.0.1:${port}/ocpp`;
    const connected = await load.request({
      op: "connect",
      group: "a",
      baseUrl,
      identityPrefix: "P-",
      count: 20,
      version: "both",
      setup: "transaction",
      concurrency: 5,
    });
    assert.is(connected.connected, 20);
    assert.is(connected.failed, 0);

    const measured = { warmupMs: 100, durationMs: 400, timeoutMs: 1000, seed: 1, cpuPids: [process.pid] };
    const closed = await load.request({ op: "closed-loop", group: "a", mix: "charging", ...measured });
    assert.ok(closed.answered > 0);
    assert.ok(closed.elapsedMs >= 399 && closed.elapsedMs < 2000, `${closed.elapsedMs} ms`);
    assert.ok(closed.ownCpuMs > 0);
    assert.is(closed.tally.counts.answered, closed.tally.counts.offered);

    const open = await load.request({
      op: "open-loop",
      streams: [
        { group: "a", mix: "authorize", ratePerSec: 500, arrivals: "poisson" },
        { group: "a", mix: "health", ratePerSec: 300, arrivals: "fixed" },
      ],
      ...measured,
    });
    const [drivers, flood] = open.tallies;
    assert.ok(drivers && flood);
    assert.ok(Math.abs(flood.counts.offered - 120) <= 1, `${flood.counts.offered} were due`);
    assert.is(latencyOf(flood, "health").count, flood.counts.offered);
    assert.ok(latencyOf(drivers, "authorize").count > 50);
    assert.is(latencyOf(drivers).count, drivers.counts.offered);

    assert.equal(await load.request({ op: "disconnect", group: "a" }), { closed: 20 });
    const counts = await load.request({ op: "csms-counts" });
    assert.is(counts.malformed, 0);
  } finally {
    await load.stop();
  }
});

test("a station that cannot connect is counted as failed, with the reason", async () => {
  const load = new LoadClient();
  try {
    const result = await load.request({
      op: "connect",
      group: "a",
      baseUrl: "ws://127.0.0.1:1/ocpp",
      identityPrefix: "P-",
      count: 3,
      version: "ocpp1.6",
      setup: "boot",
      concurrency: 1,
    });
    assert.is(result.connected, 0);
    assert.is(result.failed, 3);
    assert.match(result.failure ?? "", "ECONNREFUSED");
  } finally {
    await load.stop();
  }
});

test("CPU time and memory of a process are read, and are 0 for one that is gone", () => {
  const before = cpuMsOf(process.pid);
  const until = performance.now() + 150;
  while (performance.now() < until) Math.sqrt(until);
  assert.ok(cpuMsOf(process.pid) - before >= 50);
  assert.ok(rssKibOf(process.pid) > 10_000);
  assert.ok(familyOf(process.pid).includes(process.pid));
  assert.is(cpuMsOf(2 ** 30), 0);
  assert.is(rssKibOf(2 ** 30), 0);
});

test.run();
