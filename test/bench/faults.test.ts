/**
 * A harness that hides faults is worse than none: a fleet benchmark was once published whose timeout figure counted
 * nothing, because its histogram only saw answered calls. So every fault that is put in here must come out in the tally.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runClosedLoop } from "../../bench/load/closed-loop.ts";
import { type CsmsDouble, startCsmsDouble } from "../../bench/load/csms-double.ts";
import { runOpenLoop } from "../../bench/load/open-loop.ts";
import { LoadStation } from "../../bench/load/station.ts";
import { latencyOf, type TallyData } from "../../bench/load/tally.ts";
import { type AnswerFault, type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";

interface Setup {
  readonly stations: readonly LoadStation[];
  readonly proxy: FaultyProxy;
  readonly csms: CsmsDouble;
}

interface Faults {
  readonly count: number;
  readonly delayMs?: number;
  /** From the first measured call on. */
  readonly fault?: AnswerFault;
}

async function withStations(
  { count, delayMs = 0, fault }: Faults,
  body: (setup: Setup) => Promise<void>,
): Promise<void> {
  const csms = await startCsmsDouble();
  let isMeasuring = false;
  let n = 0;
  const proxy = await startFaultyProxy({
    upstreamPort: csms.port,
    delayMs,
    fault: (text) => {
      if (!isMeasuring || fault === undefined) return text;
      n += 1;
      return fault(text, n);
    },
  });
  const stations = Array.from(
    { length: count },
    (_, i) =>
      new LoadStation({
        baseUrl: proxy.url,
        identity: `T-${i}`,
        version: i % 2 === 0 ? "ocpp1.6" : "ocpp2.0.1",
        connectionNo: i + 1,
      }),
  );
  try {
    await Promise.all(stations.map((station) => station.connect("transaction")));
    isMeasuring = true;
    await body({ stations, proxy, csms });
    isMeasuring = false;
    await Promise.all(stations.map((station) => station.disconnect()));
  } finally {
    await proxy.close();
    await csms.close();
  }
}

interface Load {
  readonly ratePerSec: number;
  readonly durationMs: number;
  readonly timeoutMs?: number;
}

async function openLoop(
  stations: readonly LoadStation[],
  { ratePerSec, durationMs, timeoutMs = 1000 }: Load,
): Promise<TallyData> {
  const [tally] = await runOpenLoop({
    streams: [{ stations, mix: "authorize", ratePerSec, arrivals: "fixed" }],
    warmupMs: 0,
    durationMs,
    timeoutMs,
    seed: 1,
    onWindow: () => undefined,
  });
  assert.ok(tally);
  return tally.toData();
}

test("without faults every call is answered right, and none is counted as anything else", async () => {
  await withStations({ count: 10 }, async ({ stations, csms }) => {
    const { counts } = await openLoop(stations, { ratePerSec: 1000, durationMs: 500 });
    assert.ok(Math.abs(counts.offered - 500) <= 1, `${counts.offered} calls were due`);
    assert.equal(counts, {
      offered: counts.offered,
      answered: counts.offered,
      reformatted: 0,
      timeouts: 0,
      wrong: 0,
      callErrors: 0,
      late: 0,
      disconnected: 0,
      unexpectedCalls: 0,
    });
    assert.is(csms.counts().malformed, 0);
  });
});

test("a delay of 20 ms each way is reported in p50 and p99", async () => {
  await withStations({ count: 40, delayMs: 20 }, async ({ stations }) => {
    const latency = latencyOf(await openLoop(stations, { ratePerSec: 400, durationMs: 1000 }));
    const { p50Us, p99Us, count } = latency.summary();
    assert.ok(count >= 399);
    assert.ok(p50Us >= 39_000 && p50Us < 60_000, `p50 ${p50Us} µs`);
    assert.ok(p99Us >= 39_000, `p99 ${p99Us} µs`);
  });
});

test("one lost answer in a hundred is reported as timeouts, not left out", async () => {
  const fault: AnswerFault = (text, n) => (n % 100 === 0 ? undefined : text);
  await withStations({ count: 40, fault }, async ({ stations }) => {
    const { counts } = await openLoop(stations, { ratePerSec: 1000, durationMs: 1500, timeoutMs: 200 });
    assert.ok(Math.abs(counts.timeouts - counts.offered / 100) <= 1, `${counts.timeouts} of ${counts.offered}`);
    assert.is(counts.answered, counts.offered - counts.timeouts);
    assert.is(counts.wrong + counts.late, 0);
  });
});

test("the closed loop reports lost answers too, and goes on after them", async () => {
  const fault: AnswerFault = (text, n) => (n % 100 === 0 ? undefined : text);
  await withStations({ count: 20, fault }, async ({ stations }) => {
    const { tally } = await runClosedLoop({
      stations,
      mix: "charging",
      warmupMs: 0,
      durationMs: 1000,
      timeoutMs: 100,
      seed: 1,
      onWindow: () => undefined,
    });
    assert.ok(tally.counts.timeouts >= 20, `${tally.counts.timeouts} timeouts`);
    assert.is(tally.counts.answered + tally.counts.timeouts, tally.counts.offered);
  });
});

test("an answer with other content, to another id, or a CALLERROR is counted as such and has no latency", async () => {
  const faults: Record<number, (text: string) => string> = {
    10: (text) => `${text.slice(0, 44)}{"idTagInfo":{"status":"Blocked"}}]`,
    20: (text) => text.replace(/-7e11-/, "-7e12-"),
    30: (text) => `[4,${text.slice(3, 41)},"InternalError","",{}]`,
  };
  const fault: AnswerFault = (text, n) => faults[n]?.(text) ?? text;
  await withStations({ count: 10, fault }, async ({ stations }) => {
    const { counts } = await openLoop(stations, { ratePerSec: 500, durationMs: 500, timeoutMs: 100 });
    // The answer to another id is wrong, and the call that it should have answered times out.
    assert.is(counts.wrong, 2);
    assert.is(counts.callErrors, 1);
    assert.is(counts.timeouts, 1);
    assert.is(counts.answered, counts.offered - 3);
  });
});

test("an answer after the time limit is late, not the answer to the next call", async () => {
  await withStations({ count: 2, delayMs: 40 }, async ({ stations }) => {
    const { counts } = await openLoop(stations, { ratePerSec: 20, durationMs: 500, timeoutMs: 60 });
    assert.is(counts.answered, 0);
    assert.is(counts.timeouts, counts.offered);
    assert.ok(counts.late > 0);
    assert.is(counts.wrong, 0);
  });
});

test("JSON that was written anew but means the same is right, and counted as reformatted", async () => {
  const fault: AnswerFault = (text) => JSON.stringify(JSON.parse(text), undefined, 1);
  await withStations(
    { count: 4, fault: (text, n) => (fault(text, n) ?? "").replace(/^\[\n 3,\n /, "[3,").replace('",\n', '",') },
    async ({ stations }) => {
      const { counts } = await openLoop(stations, { ratePerSec: 200, durationMs: 300 });
      assert.is(counts.answered, counts.offered);
      assert.ok(counts.reformatted > 0);
    },
  );
});

test("a stall of 200 ms shows in p99 although only two calls were outstanding (coordinated omission)", async () => {
  await withStations({ count: 2 }, async ({ stations, proxy }) => {
    const load = openLoop(stations, { ratePerSec: 500, durationMs: 2000 });
    setTimeout(() => void proxy.stall(200), 1000);
    const { p50Us, p99Us, maxUs, count } = latencyOf(await load).summary();
    assert.ok(count >= 999);
    // 100 of 1000 calls were due in the stall: the slowest hundredth waited for nine tenths of it.
    assert.ok(p99Us > 150_000, `p99 ${p99Us} µs`);
    assert.ok(maxUs > 180_000, `max ${maxUs} µs`);
    assert.ok(p50Us < 20_000, `p50 ${p50Us} µs`);
  });
});

test("calls of a station whose connection was cut are counted as disconnected", async () => {
  await withStations({ count: 2 }, async ({ stations, proxy }) => {
    const load = openLoop(stations, { ratePerSec: 200, durationMs: 500 });
    setTimeout(() => void proxy.close(), 200);
    const { counts } = await load;
    assert.ok(counts.disconnected > 30, `${counts.disconnected} disconnected`);
    assert.is(counts.answered + counts.disconnected + counts.timeouts, counts.offered);
  });
});

test.run();
