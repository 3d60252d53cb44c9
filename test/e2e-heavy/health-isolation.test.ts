// deadline: 240s
/** The health lane's worker dies, hangs and loops under a real gateway: stations notice nothing, and the lane is back by itself. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHealthUplink } from "../../src/actors/health/health-uplink.actor.ts";
import { workerEntry } from "../../src/actors/health/worker-entry.ts";
import { startAedes } from "../support/aedes-broker.ts";
import { BOOT, openWorld } from "../support/e2e-world.ts";
import { healthConfig, memoryLogger, realClock } from "../support/health.ts";
import { friendly } from "../support/plain-csms.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const workerUrl = workerEntry("../support/failing-health-worker", import.meta.url);
const FAILURES = ["die", "hang", "loop"] as const;

async function openFailing() {
  const directory = tempDir();
  const file = join(directory, "fail");
  process.env["TWINLANE_TEST_FAIL"] = file;
  const broker = await startAedes();
  const logger = memoryLogger();
  const health = createHealthUplink({
    config: healthConfig({ url: broker.url }),
    clock: realClock,
    logger,
    spoolDirectory: join(directory, "health"),
    workerUrl,
    // The limits are those of the product; only a start from source takes longer.
    tuning: { reconnectMs: [50, 200] },
  });
  const world = await openWorld({ answer: friendly, ports: { health } });
  const station = await world.dial("CP1");
  await station.ask("BootNotification", BOOT["ocpp1.6"]);
  const report = (errorCode: string) =>
    station.ask("StatusNotification", {
      connectorId: 1,
      status: "Faulted",
      errorCode,
      timestamp: new Date().toISOString(),
    });
  const event = (errorCode: string) => broker.on("/ev").find(({ json }) => json.e.errorCode === errorCode);
  const close = async () => {
    await world[Symbol.asyncDispose]();
    await broker.close();
  };
  return { health, logger, broker, station, report, event, close, fail: (how: string) => writeFileSync(file, how) };
}

test("whatever ends the worker: every call is answered meanwhile, and the next event arrives under a new boot id", async () => {
  const gateway = await openFailing();
  try {
    const { health, report, event, station } = gateway;
    await report("GroundFailure");
    const boots = [await until("the first event", () => event("GroundFailure")?.json.b)];
    const codes = ["HighTemperature", "OverVoltage", "WeakSignal"];
    for (const [no, failure] of FAILURES.entries()) {
      const start = performance.now();
      gateway.fail(failure);
      const restarted = () => health.stats().workerRestarts > no;
      for (let calls = 0; !restarted(); calls += 1) {
        assert.is((await station.ask("Heartbeat", {}))[0], 3);
        assert.ok(performance.now() - start < 40_000, `${failure}: not restarted after ${calls} calls`);
      }
      await until(`${failure}: the lane to connect`, () => health.stats().connected, 40_000);
      const code = codes[no] ?? "";
      await report(code);
      boots.push(await until(`${failure}: an event after it`, () => event(code)?.json.b, 40_000));
    }
    assert.is(new Set(boots).size, 4);
    assert.is(health.stats().workerRestarts, 3, "nobody else was taken for dead");
    const told = gateway.logger.lines.filter(({ message }) => message === "health worker hangs and is terminated");
    assert.is(told.length, 2);
    assert.is(health.stats().spoolImpaired, false);
  } finally {
    await gateway.close();
  }
});

test.run();
