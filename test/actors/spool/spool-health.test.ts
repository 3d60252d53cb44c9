/** A store that takes no writes turns the spool off, with an alarm, and a probe turns it on again. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GatewayBus } from "../../../src/actors/gateway-bus.ts";
import { silentLogger } from "../../../src/actors/silent-logger.ts";
import { SpoolHealth } from "../../../src/actors/spool/spool-health.ts";
import { Counters } from "../../../src/domain/counters.ts";
import { VirtualTime } from "../../model/virtual-time.ts";
import { memoryStorage } from "../../support/memory-storage.ts";

interface World {
  readonly time: VirtualTime;
  readonly health: SpoolHealth;
  readonly counters: Counters;
  readonly storage: ReturnType<typeof memoryStorage>;
  readonly told: string[];
}

async function simulated(body: (world: World) => Promise<void>): Promise<void> {
  const time = new VirtualTime();
  const uninstall = time.install();
  try {
    const counters = new Counters(0);
    const bus = new GatewayBus(silentLogger);
    const told: string[] = [];
    bus.on("spool.impaired", ({ reason }) => told.push(`impaired: ${reason}`));
    bus.on("spool.recovered", () => told.push("recovered"));
    const health = new SpoolHealth({ counters, logger: silentLogger, bus, onRecovered: () => told.push("resync") });
    const storage = memoryStorage();
    health.watch(storage);
    await body({ time, health, counters, storage, told });
    health.stop();
  } finally {
    uninstall();
  }
}

test("the first failure is an alarm, the next ones are counted", () =>
  simulated(async ({ time, health, counters, told }) => {
    assert.ok(health.isHealthy);
    health.failed(new Error("ENOSPC"));
    health.failed(new Error("EIO"));
    assert.not.ok(health.isHealthy);
    assert.equal([counters.spoolFailures, counters.spoolImpairedNow], [2, 1]);
    // The reason may have to be asked for.
    await time.pass(0);
    assert.equal(told, ["impaired: ENOSPC"]);
  }));

test("it stays off while the probe fails, and says so once", () =>
  simulated(async ({ time, health, storage, told }) => {
    storage.failure = new Error("ENOSPC");
    health.failed(storage.failure);
    await time.pass(60_000);
    assert.not.ok(health.isHealthy);
    assert.equal(told, ["impaired: ENOSPC"]);
  }));

test("a probe that was written turns it on again within seconds, and what was missed is said once more", () =>
  simulated(async ({ time, health, counters, storage, told }) => {
    storage.failure = new Error("EROFS");
    health.failed(storage.failure);
    await time.pass(12_000);
    storage.failure = undefined;
    await time.pass(5_000);
    assert.ok(health.isHealthy);
    assert.is(counters.spoolImpairedNow, 0);
    assert.equal(told, ["impaired: EROFS", "recovered", "resync"]);
    health.failed(new Error("again"));
    assert.not.ok(health.isHealthy);
    await time.pass(5_000);
    assert.ok(health.isHealthy);
  }));

test("a gateway that stops leaves no probe behind", () =>
  simulated(async ({ time, health, storage, told }) => {
    health.failed(new Error("EIO"));
    health.stop();
    await time.pass(60_000);
    assert.is(storage.tables.notes.size, 0);
    assert.equal(told, ["impaired: EIO"]);
  }));

test.run();
