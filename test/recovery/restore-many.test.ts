// deadline: 180s
/**
 * 10 000 persisted stations are back within 1.5 s, and a gateway without stations listens within 0.5 s of its process's start.
 * A loaded machine may stretch the bounds: TWINLANE_TEST_SLOWNESS=3.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SLOWNESS, startGatewayProcess } from "../support/gateway-process.ts";
import { persistStations } from "../support/persisted-stations.ts";
import { tempDir } from "../support/temp-dir.ts";

const STATIONS = 10_000;
const RESTORE_MS = 1_500 * SLOWNESS;
const LISTENING_MS = 500 * SLOWNESS;
const STARTS = 8;
const DOCUMENT = { listen: { port: 0 } };

/** A machine on which Node itself takes long to start is a slow one; then this many times as long will do. */
const TIMES_NODE = 8;

/** Milliseconds in which Node starts and ends with nothing to do, at its quickest. */
function bareStart(): number {
  const starts = Array.from({ length: STARTS }, () => {
    const from = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return performance.now() - from;
  });
  return Math.min(...starts);
}

/** The quickest of a few starts, which is the one that other work on the machine disturbed least. */
async function quickestStart(directory: string, actors: number, signal: "SIGTERM" | "SIGKILL"): Promise<number> {
  let quickest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < STARTS; i += 1) {
    const gateway = await startGatewayProcess(directory, DOCUMENT);
    quickest = Math.min(quickest, gateway.readyMs);
    assert.is(await gateway.metric("twinlane_station_actors"), actors);
    assert.is(await gateway.metric("twinlane_cold_starts_total"), 0);
    await gateway.kill(signal);
  }
  return quickest;
}

let emptyMs = 0;

test("without stations the gateway listens within 0.5 s of its process's start", async () => {
  emptyMs = await quickestStart(tempDir(), 0, "SIGTERM");
  const nodeMs = bareStart();
  console.log(`no stations: ready after ${emptyMs.toFixed(0)} ms; Node alone: ${nodeMs.toFixed(0)} ms`);
  assert.ok(emptyMs < Math.max(LISTENING_MS, TIMES_NODE * nodeMs), `${emptyMs} ms, Node alone ${nodeMs} ms`);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`10 000 stations are restored within 1.5 s after ${signal}`, async () => {
    const directory = tempDir();
    await persistStations(join(directory, "data"), STATIONS);
    const fullMs = await quickestStart(directory, STATIONS, signal);
    console.log(
      `${STATIONS} stations after ${signal}: ready after ${fullMs.toFixed(0)} ms, restored in ${(fullMs - emptyMs).toFixed(0)} ms`,
    );
    assert.ok(fullMs - emptyMs < RESTORE_MS, `${fullMs - emptyMs} ms`);
  });
}

test.run();
