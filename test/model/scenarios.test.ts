/** Histories that fast-check found, each in its shortest form, with the story of what went wrong. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { modelConfig } from "./gateway-node.ts";
import type { StationTraits } from "./model-station.ts";
import { complaint, ModelWorld } from "./world.ts";

const TRAITS: StationTraits = {
  version: "ocpp1.6",
  repeatIds: "same",
  ids: "counter",
  bootsOnConnect: false,
  callTimeoutMs: 6_000,
  readingMs: 3_000,
  clockOffsetMs: 0,
};

interface Scenario {
  readonly seed?: number;
  readonly diskMs?: number;
  readonly drainPerSec?: number;
  readonly stations?: readonly Partial<StationTraits>[];
}

/** Lets the history happen to connected stations, and all be well again; the books must then be right. */
async function happens(scenario: Scenario, history: (world: ModelWorld) => Promise<void>): Promise<void> {
  const { seed = 1, diskMs = 0, drainPerSec = 3_000, stations = [{}] } = scenario;
  const world = await ModelWorld.open({
    config: modelConfig({
      spool: { attempts: 1000, attemptIntervalSec: 1, orphanSec: 20, drainPerSec },
      offline: { unknownTokens: "accept" },
    }),
    seed,
    diskMs,
    stations: stations.map((traits) => ({ ...TRAITS, ...traits })),
  });
  try {
    for (const station of world.stations) station.connect();
    await history(world);
    assert.is(complaint(await world.settle()), undefined);
  } finally {
    world.close();
  }
}

// Its boot was repeated once on each connection: a CSMS that restarted twice meanwhile refused every delivery for ever.
test("a CSMS that forgets the station twice on one link gets its boot twice", () =>
  happens({}, async (world) => {
    await world.pass(2_000);
    world.csms.forgetBoots();
    world.station(0).reportSecurityEvent();
    await world.pass(70_000);
    world.csms.forgetBoots();
    world.station(0).plug(1, "TAG");
  }));

// The gateway was killed before it had written down the boot that it relayed; it had none to repeat, and nothing was delivered.
test("a station whose boot is not known is asked for one when the CSMS wants it", async () => {
  for (let seed = 0; seed < 10; seed += 1) {
    await happens({ seed, diskMs: 2_000 }, async (world) => {
      await world.pass(60);
      await world.kill();
      world.station(0).plug(1, "TAG");
      world.csms.forgetBoots();
    });
  }
});

// A message's next try stood in its record as an instant: after the clock had been set back, two hours of waiting.
test("a clock that is set back does not hold up what failed before", () =>
  happens({}, async (world) => {
    await world.pass(2_000);
    world.csms.errorsLeft = 2;
    world.station(0).reportSecurityEvent();
    await world.pass(300);
    world.stepClock(-7_200_000);
  }));

// A connection that had ended was called back by the pacer, put a message in flight that nobody sent, and the message stayed
// behind until the next restart, while younger ones overtook it.
test("a connection that has ended sends nothing, whoever still pumps it", async () => {
  for (let cutAfterMs = 200; cutAfterMs <= 4_000; cutAfterMs += 200) {
    await happens({ drainPerSec: 10 }, async (world) => {
      await world.pass(2_000);
      world.csms.reach = "refused";
      world.csms.cut("cut");
      world.station(0).plug(1, "TAG");
      await world.pass(100_000);
      world.csms.reach = "up";
      while (world.node?.counters.csmsLinksUpNow === 0) await world.pass(100);
      await world.pass(cutAfterMs);
      world.station(0).disconnect();
    });
  }
});

// 2.0.1: `offline` was written into a message that left before the disk had it; the process that came after sent the old text.
test("E04.FR.03 - a message that was given its mark has the same text after a restart", async () => {
  for (let turns = 0; turns < 60; turns += 3) {
    await happens({ seed: turns, diskMs: 60, stations: [{ version: "ocpp2.0.1" }] }, async (world) => {
      world.station(0).plug(1, "TAG");
      await world.pass(11_000);
      world.csms.forgetBoots();
      world.csms.cut("cut");
      await world.kill(turns);
    });
  }
});

// The first answer was lost with its link, the second try was answered CALLERROR, and the third had another text.
test("a message that the CSMS may have had is not changed, however its later tries end", () =>
  happens({ seed: 0, stations: [{ version: "ocpp2.0.1" }, {}] }, async (world) => {
    world.station(0).plug(2, "TAG");
    world.csms.slowMs = 500;
    world.station(0).plug(1, "TAG");
    await world.pass(7_000);
    world.csms.errorsLeft = 1;
    world.csms.cut("cut");
    await world.pass(32_000);
    await world.kill();
  }));

// A message that was asked for twice was acknowledged at once the second time, before the first was on disk.
test("whoever asks twice is not answered before the message is on disk", async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    await happens({ seed, diskMs: 400 }, async (world) => {
      await world.pass(2_000);
      world.csms.reach = "refused";
      world.csms.cut("cut");
      await world.pass(8_000);
      world.station(0).reportSecurityEvent();
      await world.pass(7);
      world.station(0).repeat();
      await world.pass(12);
      await world.kill();
    });
  }
});

// A message of the spool kept the id that its station had given it, and the station had rebooted and counted from 1 again.
test("a young call gets another id on the wire while an old message of its id waits", async () => {
  for (let seed = 0; seed < 12; seed += 1) {
    await happens({ seed }, async (world) => {
      await world.pass(2_000);
      world.csms.errorsLeft = 6;
      world.station(0).reportSecurityEvent();
      // Long enough for six tries, each of which waits a second longer than the one before.
      await world.pass(15_500);
      world.station(0).reboot();
      await world.pass(100);
      while (world.node?.counters.csmsLinksUpNow === 0) await world.pass(50);
      await world.pass(50);
      world.csms.slowMs = 40_000;
      world.station(0).heartbeat();
      await world.pass(60_000);
    });
  }
});

test.run();
