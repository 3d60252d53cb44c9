// deadline: 240s
/**
 * Disks that are full, read-only, or become so: what was acknowledged is never lost, what cannot be kept is not acknowledged, and the
 * gateway goes on and says so (docs/guarantees.md). Real process, real LMDB, real file systems.
 */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type GatewayProcess, pause, startGatewayProcess } from "../support/gateway-process.ts";
import { assertKept, KeptStation, received } from "../support/kept-messages.ts";
import { freePort, friendly, PlainCsms } from "../support/plain-csms.ts";
import { requires } from "../support/requires.ts";
import { failingDisk, mayFail, mayMount, type SmallDisk, tmpfs } from "../support/small-disk.ts";
import { tempDir } from "../support/temp-dir.ts";

const onSmallDisk = requires("a mount of a tmpfs, by root", mayMount());
const onFailingDisk = requires("a loop mount of an ext4 that can be made to fail, by root", mayFail());
const STATIONS = ["FULL-1", "FULL-2", "FULL-3"];
/** The spool's probe comes every 5 s. */
const RECOVERY_MS = 15_000;

function documentFor(disk: SmallDisk, csmsPort: number): object {
  return {
    dataDir: join(disk.path, "data"),
    listen: { port: 0 },
    csms: { url: `ws://127.0.0.1:${csmsPort}/csms` },
    backoff: { minSec: 0.1, maxSec: 0.3, jitterSec: 0.05 },
    offline: { graceSec: 0.2, takeOverSec: 1, unknownTokens: "accept", neverAccepted: "accept" },
    spool: { orphanSec: 1 },
    limits: { callTimeoutSec: 3 },
    shutdownSec: 1,
  };
}

const dialAll = (gateway: GatewayProcess) =>
  Promise.all(STATIONS.map((identity) => KeptStation.dial(gateway.urls[0] ?? "", identity)));

/** A gateway on this disk without a CSMS, with its stations. */
async function startedOn(disk: SmallDisk) {
  const port = await freePort();
  const gateway = await startGatewayProcess(tempDir(), documentFor(disk, port));
  return { port, gateway, stations: await dialAll(gateway) };
}

/** With a disk that takes writes and a CSMS, the next process delivers everything that was promised. */
async function assertDelivered(disk: SmallDisk, port: number, stations: readonly KeptStation[]): Promise<void> {
  await using csms = await csmsOn(port);
  const gateway = await startGatewayProcess(tempDir(), documentFor(disk, port));
  await untilMetric(gateway, "twinlane_spool_waiting", 0, 30_000);
  for (const station of stations) await keptAt(csms, station);
  await gateway.kill("SIGTERM");
  disk.unmount();
}

/** Each station sends until it has been refused this often. */
async function fillUp(stations: readonly KeptStation[], refusals: number): Promise<void> {
  await Promise.all(
    stations.map(async (station) => {
      for (let i = 0; i < 2000 && station.refused < refusals; i += 1) await station.meter();
      assert.is(station.refused, refusals, `${station.identity} was refused after ${station.promised.length}`);
    }),
  );
}

async function untilMetric(
  gateway: GatewayProcess,
  name: string,
  value: number,
  withinMs = RECOVERY_MS,
): Promise<void> {
  const until = performance.now() + withinMs;
  while ((await gateway.metric(name)) !== value) {
    assert.ok(
      performance.now() < until,
      `${name} is ${await gateway.metric(name)}, not ${value}, after ${withinMs} ms`,
    );
    await pause(50);
  }
}

/** Resolves when everything a station was promised has come to the CSMS; fails when it does not, or comes wrong. */
async function keptAt(csms: PlainCsms, station: KeptStation): Promise<void> {
  const until = performance.now() + RECOVERY_MS;
  const isThere = () => received(csms.linksOf(station.identity)).values.includes(station.promised.at(-1) ?? -1);
  while (!isThere() && performance.now() < until) await pause(20);
  assertKept(station, csms.linksOf(station.identity));
}

const alarm = ({ log }: GatewayProcess, message: string) =>
  log.find((line) => line.msg.startsWith(message) && line["code"] === "ERR_STORE");

const csmsOn = (port: number) => PlainCsms.listen({ port, answer: friendlyWithIds() });

/** Real transaction ids, one for each start. */
function friendlyWithIds(): typeof friendly {
  let next = 0;
  return (action, payload) => {
    if (action !== "StartTransaction") return friendly(action, payload);
    next += 1;
    return { idTagInfo: { status: "Accepted" }, transactionId: next };
  };
}

onSmallDisk(
  "the disk fills up while the CSMS is away: alarm, no promise that is not kept, relay, recovery",
  async () => {
    const disk = tmpfs(4);
    const { port, gateway, stations } = await startedOn(disk);
    for (const station of stations) assert.ok(await station.start());
    disk.fill(400_000);
    await fillUp(stations, 3);
    disk.fill();
    const promised = stations.reduce((sum, station) => sum + station.promised.length, 0);
    console.log(`${promised} messages acknowledged before the disk was full`);
    assert.ok(promised > 10);
    assert.is(await gateway.metric("twinlane_spool_impaired"), 1);
    assert.match(String(alarm(gateway, "spool cannot be written")?.["reason"]), /full|No space|Input\/output/);
    assert.is.not(await gateway.metric("twinlane_spool_write_failures_total"), 0);
    // What needs no promise goes on.
    const [first] = stations;
    assert.is((await first?.peer.ask("Heartbeat"))?.[0], 3);
    assert.is((await first?.peer.ask("Authorize", { idTag: "TAG" }))?.[0], 3);

    await using csms = await csmsOn(port);
    const fresh = await KeptStation.dial(gateway.urls[0] ?? "", "FRESH");
    await csms.link("FRESH");
    assert.ok(await fresh.start(), "relayed");
    assert.ok(fresh.transactionId < 1000, "the CSMS's own id");
    assert.ok(await fresh.meter());
    await untilMetric(gateway, "twinlane_spool_waiting", 0);
    disk.free();
    await untilMetric(gateway, "twinlane_spool_impaired", 0);
    for (const station of stations) assert.ok(await station.meter(), "taken again");
    await untilMetric(gateway, "twinlane_spool_waiting", 0);
    for (const station of [...stations, fresh]) await keptAt(csms, station);
    // What was answered in the last quarter of a second may be owed once more (docs/guarantees.md).
    await pause(1_000);
    assert.is(gateway.log.filter(({ msg }) => msg.includes("nobody awaited")).length, 0);
    await gateway.kill("SIGKILL");

    const next = await startGatewayProcess(tempDir(), documentFor(disk, port));
    assert.is(await next.metric("twinlane_spool_waiting"), 0, "what was delivered meanwhile is not owed any more");
    assert.is(await next.metric("twinlane_cold_starts_total"), 0);
    await next.kill("SIGTERM");
    disk.unmount();
  },
);

onSmallDisk(
  "killed on a full disk, started on it, killed again: everything promised is delivered in the end",
  async () => {
    const disk = tmpfs(4);
    const { port, gateway, stations } = await startedOn(disk);
    for (const station of stations) assert.ok(await station.start());
    disk.fill(300_000);
    await fillUp(stations, 1);
    disk.fill();
    await gateway.kill("SIGKILL");
    const full = await startGatewayProcess(tempDir(), documentFor(disk, port));
    const again = await dialAll(full);
    assert.is((await again[0]?.peer.ask("Heartbeat"))?.[0], 3);
    await full.kill("SIGKILL");
    disk.free();
    await assertDelivered(disk, port, stations);
  },
);

onSmallDisk("a first start on a full disk relays, and says that it keeps nothing", async () => {
  for (const leave of [0, 8_192, 65_536]) {
    const disk = tmpfs(1);
    disk.fill(leave);
    const port = await freePort();
    await using csms = await csmsOn(port);
    const gateway = await startGatewayProcess(tempDir(), documentFor(disk, port));
    assert.is(await gateway.metric("twinlane_spool_impaired"), 1);
    assert.is(await gateway.metric("twinlane_state_store_unavailable"), 1);
    assert.ok(alarm(gateway, "spool cannot be opened"));
    assert.ok(alarm(gateway, "state store unavailable"));
    const station = await KeptStation.dial(gateway.urls[0] ?? "", "FRESH");
    assert.ok((await station.start()) && (await station.meter()));
    await keptAt(csms, station);
    assert.is(await gateway.kill("SIGTERM"), 143);
    disk.unmount();
  }
});

onSmallDisk(
  "read-only at start: relays with alarms, touches no transaction it cannot name, and loses nothing",
  async () => {
    const disk = tmpfs(4);
    const { port, gateway, stations } = await startedOn(disk);
    for (const station of stations) assert.ok((await station.start()) && (await station.meter()));
    await gateway.kill("SIGKILL");
    disk.remount("ro");
    {
      await using csms = await csmsOn(port);
      const readOnly = await startGatewayProcess(tempDir(), documentFor(disk, port));
      assert.is(await readOnly.metric("twinlane_spool_impaired"), 1);
      assert.is(await readOnly.metric("twinlane_state_store_unavailable"), 1);
      const fresh = await KeptStation.dial(readOnly.urls[0] ?? "", "FRESH");
      assert.ok((await fresh.start()) && (await fresh.meter()));
      await keptAt(csms, fresh);
      const [known] = stations;
      const back = await KeptStation.dial(readOnly.urls[0] ?? "", "FULL-1");
      back.transactionId = known?.transactionId ?? 0;
      assert.not(await back.meter(), "the CSMS does not know the transaction by this name");
      assert.is(await readOnly.kill("SIGTERM"), 143);
    }
    disk.remount("rw");
    await assertDelivered(disk, port, stations);
  },
);

onFailingDisk(
  "a disk that fails while the gateway runs: read-only from one moment to the next, nothing lost",
  async () => {
    const disk = failingDisk(16);
    const { port, gateway, stations } = await startedOn(disk);
    for (const station of stations) {
      assert.ok(await station.start());
      for (let i = 0; i < 5; i += 1) assert.ok(await station.meter());
    }
    disk.fail();
    await fillUp(stations, 2).catch(() => undefined);
    // LMDB may not survive a write that fails; the service manager starts the gateway again, on the disk as it is.
    console.log(gateway.isUp ? "survived" : "ended, and started again");
    const present = gateway.isUp ? gateway : await startGatewayProcess(tempDir(), documentFor(disk, port));
    await untilMetric(present, "twinlane_spool_impaired", 1);
    assert.ok(alarm(present, "spool cannot be"));
    {
      await using csms = await csmsOn(port);
      const fresh = await KeptStation.dial(present.urls[0] ?? "", "FRESH");
      await csms.link("FRESH");
      assert.ok((await fresh.start()) && (await fresh.meter()));
      await keptAt(csms, fresh);
      await present.kill("SIGTERM");
    }
    disk.mountAgain();
    await using csms = await csmsOn(port);
    const last = await startGatewayProcess(tempDir(), documentFor(disk, port));
    await untilMetric(last, "twinlane_spool_waiting", 0, 30_000);
    // The disk could not be told of the deliveries: they are repeated, under the same ids.
    for (const station of stations) await keptAt(csms, station);
    await last.kill("SIGTERM");
    disk.unmount();
  },
);

test.run();
