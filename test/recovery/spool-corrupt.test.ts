// deadline: 240s
/**
 * A damaged spool: set aside, and everything that can be read of it is delivered. The process never dies of it, at no start.
 */
import { cpSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { silentLogger } from "../../src/actors/silent-logger.ts";
import { openSpoolStorage } from "../../src/actors/spool/open-storage.ts";
import { epochMs, messageId, stationId } from "../../src/domain/ids.ts";
import { encodeRecord, seqText, spoolPrefix } from "../../src/domain/spool/record.ts";
import { pause, startGatewayProcess } from "../support/gateway-process.ts";
import { withStore } from "../support/persisted-stations.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { tempDir } from "../support/temp-dir.ts";

const STATIONS = 20;
const PER_STATION = 100;
const RECORDS = STATIONS * PER_STATION;
const PAGE = 4096;
const seed = Number(process.env["TWINLANE_TEST_SEED"] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const good = tempDir();

const open = (dataDir: string) =>
  openSpoolStorage({
    dataDir,
    logger: silentLogger,
    now: Date.now,
    onFailure: (error) => assert.unreachable(String(error)),
  });

/** Messages of many stations, written as they come in an outage: a little of each, commit after commit. */
test.before(async () => {
  console.log(`seed ${seed} (TWINLANE_TEST_SEED)`);
  const storage = await open(join(good, "data"));
  for (let i = 0; i < PER_STATION; i += 1) {
    for (let s = 0; s < STATIONS; s += 1) {
      const prefix = spoolPrefix(stationId(`CS-${s}`), "ocpp2.0.1");
      storage.put("records", prefix + seqText(i), record(s, i));
      storage.put("receipts", `${prefix}${(i % 64).toString(16).padStart(2, "0")}`, JSON.stringify(["k", i, "{}"]));
    }
    await new Promise<void>((resolve) => storage.whenFlushed(() => resolve()));
  }
  await storage.close();
});

function record(s: number, i: number): Buffer {
  const payload = {
    eventType: "Updated",
    timestamp: "2026-01-01T00:00:00Z",
    triggerReason: "Trigger",
    seqNo: i,
    transactionInfo: { transactionId: `T-${s}` },
    customData: { vendorId: "v", ballast: "x".repeat(400 + ((i * 37) % 400)) },
  };
  return encodeRecord({
    head: {
      v: 1,
      id: messageId(`${s}-${i}`),
      action: "TransactionEvent",
      messageClass: 1,
      role: "update",
      transaction: `T-${s}`,
      key: `${s} ${i}`,
      takenAt: epochMs(Date.now()),
      owned: true,
    },
    text: JSON.stringify([2, `${s}-${i}`, "TransactionEvent", payload]),
  });
}

const randomBytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

type Damage = (file: string) => void;

function overwrite(file: string, spoil: (bytes: Buffer) => void): void {
  const bytes = readFileSync(file);
  spoil(bytes);
  writeFileSync(file, bytes);
}

const pages =
  (count: number): Damage =>
  (file) =>
    overwrite(file, (bytes) => {
      for (let n = 0; n < count; n += 1) {
        const no = 2 + Math.floor(random() * (bytes.length / PAGE - 2));
        randomBytes(PAGE).copy(bytes, no * PAGE);
      }
    });

/** What has to survive at least, of `RECORDS`; a page of records holds about six, and half of the file's pages are old ones. */
const DAMAGES: Readonly<Record<string, { readonly damage: Damage; readonly atLeast: number }>> = {
  "a zeroed first header": {
    damage: (file) => overwrite(file, (bytes) => bytes.fill(0, 0, PAGE)),
    atLeast: RECORDS - STATIONS,
  },
  "a random second header": {
    damage: (file) => overwrite(file, (bytes) => randomBytes(PAGE).copy(bytes, PAGE)),
    atLeast: RECORDS - STATIONS,
  },
  "both headers gone": { damage: (file) => overwrite(file, (bytes) => bytes.fill(7, 0, 2 * PAGE)), atLeast: RECORDS },
  "its last three pages cut off": {
    damage: (file) => truncateSync(file, statSync(file).size - 3 * PAGE),
    atLeast: RECORDS - 30,
  },
  "a tenth cut off": {
    damage: (file) => truncateSync(file, Math.floor(statSync(file).size * 0.9)),
    atLeast: RECORDS * 0.8,
  },
  "one random page": { damage: pages(1), atLeast: RECORDS - 10 },
  "ten random pages": { damage: pages(10), atLeast: RECORDS - 100 },
  "fifty random pages": { damage: pages(50), atLeast: RECORDS - 500 },
};

for (const [name, { damage, atLeast }] of Object.entries(DAMAGES)) {
  test(`a spool with ${name}: at least ${Math.floor(atLeast)} of ${RECORDS} messages reach the CSMS, in order`, async () => {
    const directory = tempDir();
    cpSync(good, directory, { recursive: true });
    damage(join(directory, "data", "spool", "data.mdb"));
    // As a start that did not survive it leaves it: without a doubt nothing is checked.
    writeFileSync(join(directory, "data", "spool.opening"), "");
    await using csms = await PlainCsms.listen({ port: await freePort() });
    const gateway = await startGatewayProcess(directory, {
      listen: { port: 0 },
      csms: { url: csms.url },
      spool: { orphanSec: 1, drainPerSec: 100_000 },
      limits: { connectionsPerAddress: 0 },
    });
    await drained(gateway);
    const seen = new Set<string>();
    for (let s = 0; s < STATIONS; s += 1) {
      const order = csms
        .linksOf(`CS-${s}`)
        .flatMap((link) => link.calls("TransactionEvent").map(([, , , p]) => (p as { seqNo: number }).seqNo));
      for (const seqNo of order) seen.add(`${s}-${seqNo}`);
      assert.equal(
        order,
        order.toSorted((a, b) => a - b),
        `CS-${s} in order`,
      );
    }
    const taken = gateway.log.find(({ msg }) => msg === "taken over from the damaged spool");
    console.log(`${name}: ${seen.size} of ${RECORDS} delivered ${taken === undefined ? "(not set aside)" : ""}`);
    assert.ok(seen.size >= atLeast, `${seen.size} of ${RECORDS}`);
    assert.is(
      taken !== undefined,
      readdirSync(join(directory, "data")).some((entry) => entry.startsWith("spool.unreadable-")),
    );
    await gateway.kill("SIGTERM");
    const next = await startGatewayProcess(directory, { listen: { port: 0 } });
    assert.is(await next.metric("twinlane_spool_waiting"), 0, "the new store is good");
    await next.kill("SIGTERM");
  });
}

/** Resolves when nothing has waited for a second. */
async function drained(gateway: Awaited<ReturnType<typeof startGatewayProcess>>): Promise<void> {
  const until = performance.now() + 40_000;
  for (let quiet = 0; quiet < 10 && performance.now() < until; ) {
    quiet = (await gateway.metric("twinlane_spool_waiting")) === 0 ? quiet + 1 : 0;
    await pause(100);
  }
  assert.is(await gateway.metric("twinlane_spool_waiting"), 0);
}

test("a copy that was not finished is begun again; the damaged store stays until it is complete", async () => {
  const directory = tempDir();
  cpSync(good, directory, { recursive: true });
  const dataDir = join(directory, "data");
  pages(30)(join(dataDir, "spool", "data.mdb"));
  writeFileSync(join(dataDir, "spool.opening"), "");
  // Left by a start that was killed in the middle.
  cpSync(join(dataDir, "spool"), join(dataDir, "spool-salvaged"), { recursive: true });
  const storage = await open(dataDir);
  const records = [...storage.keys("records")].length;
  assert.ok(records > RECORDS - 300, `${records}`);
  await storage.close();
  assert.not(existsSync(join(dataDir, "spool-salvaged")));
});

test("killed between the two renames: the complete copy becomes the spool", async () => {
  const directory = tempDir();
  cpSync(join(good, "data", "spool"), join(directory, "data", "spool-salvaged"), { recursive: true });
  const storage = await open(join(directory, "data"));
  assert.is([...storage.keys("records")].length, RECORDS);
  await storage.close();
});

test("what a check of the store writes is never found as a station", async () => {
  const directory = tempDir();
  cpSync(good, directory, { recursive: true });
  // As an older version has left it when its check was killed.
  await withStore(join(directory, "data"), (store) => store.write("\u0000", ""));
  for (const store of ["spool", "state"]) writeFileSync(join(directory, "data", `${store}.opening`), "");
  const gateway = await startGatewayProcess(directory, { listen: { port: 0 } });
  assert.is(await gateway.metric("twinlane_cold_starts_total"), 0);
  assert.is(gateway.log.filter(({ msg }) => msg.includes("set aside")).length, 0, "a good store is no damaged one");
  await gateway.kill("SIGKILL");
});

test.run();
