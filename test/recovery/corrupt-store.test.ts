// deadline: 180s
/** Damage on disk costs exactly the stations it hit their state, never the gateway its start (architecture.md, fact 5). */
import {
  closeSync,
  cpSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { persistedKey, persistedRecord, persistStations, withStore } from "../support/persisted-stations.ts";
import { seededRandom } from "../support/scripted-fleet.ts";
import { connectStation } from "../support/scripted-rpc.ts";
import { tempDir } from "../support/temp-dir.ts";

const STATIONS = 2000;
const DOCUMENT = { listen: { port: 0 } };
const seed = Number(process.env["TWINLANE_TEST_SEED"] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);

const good = tempDir();
test.before(async () => {
  console.log(`seed ${seed} (TWINLANE_TEST_SEED)`);
  await persistStations(join(good, "data"), STATIONS);
});

function copyOfGood(): string {
  const directory = tempDir();
  cpSync(good, directory, { recursive: true });
  return directory;
}

/** What a started gateway says of itself; it must serve stations, whatever it found. */
async function outcome(gateway: GatewayProcess) {
  const [actors, coldStarts] = [
    await gateway.metric("twinlane_station_actors"),
    await gateway.metric("twinlane_cold_starts_total"),
  ];
  const station = await connectStation(`${gateway.urls[0]}/NEW-1`, "ocpp1.6", () => ({}));
  station.terminate();
  return { actors, coldStarts };
}

const RECORD_FAULTS: Readonly<Record<string, (record: string) => string>> = {
  "a snapshot of an unknown schema version": (record) => record.replace('"v":1', '"v":2'),
  "an unknown state name": (record) => record.replace(/"value":"\w+"/, '"value":"hovering"'),
  "half a record": (record) => record.slice(0, record.length >> 1),
  "a context with a hole": (record) => record.replace(/"profiles":\[.*?\]/, '"profiles":[null]'),
  "another station's record": () => persistedRecord(STATIONS + 7),
};

test("poisoned records among thousands: exactly those stations start cold, each counted", async () => {
  const directory = copyOfGood();
  const poisoned = Object.values(RECORD_FAULTS).map((spoil, i) => ({ no: 17 + 300 * i, spoil }));
  await withStore(join(directory, "data"), async (store) => {
    for (const { no, spoil } of poisoned) {
      const record = store.read(persistedKey(no)) ?? "";
      assert.is.not(spoil(record), record, "the fault is in");
      await store.write(persistedKey(no), spoil(record));
    }
  });
  const gateway = await startGatewayProcess(directory, DOCUMENT);
  const { actors, coldStarts } = await outcome(gateway);
  assert.is(actors, STATIONS - poisoned.length);
  assert.is(coldStarts, poisoned.length);
  await gateway.kill("SIGTERM");
});

type Damage = (file: string, size: number) => void;

const truncateTo =
  (to: (size: number) => number): Damage =>
  (file, size) => {
    const fd = openSync(file, "r+");
    ftruncateSync(fd, to(size));
    closeSync(fd);
  };

/** Random bytes at `count` places from `from` on. */
function sprinkle(file: string, from: number, count: number): void {
  const bytes = readFileSync(file);
  for (let i = 0; i < count; i += 1) {
    bytes[from + Math.floor(random() * (bytes.length - from))] = Math.floor(random() * 256);
  }
  writeFileSync(file, bytes);
}

/** Damage that leaves no station: the file is not readable any more. */
const FATAL: Readonly<Record<string, Damage>> = {
  "cut to half": truncateTo((size) => size >> 1),
  "cut by three pages": truncateTo((size) => size - 3 * 4096),
  "cut to its first page": truncateTo(() => 4096),
  "cut to a hundred bytes": truncateTo(() => 100),
  empty: truncateTo(() => 0),
  "random bytes from end to end": (file, size) =>
    writeFileSync(file, Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)))),
  "random bytes in its headers": (file) => {
    const bytes = readFileSync(file);
    for (let i = 0; i < 8192; i += 1) bytes[i] = Math.floor(random() * 256);
    writeFileSync(file, bytes);
  },
  "zeros behind its headers": (file) => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0, 8192));
  },
};

for (const [name, damage] of Object.entries(FATAL)) {
  test(`a store that is ${name}: the gateway starts without it and keeps the evidence`, async () => {
    const directory = copyOfGood();
    const file = join(directory, "data", "state", "data.mdb");
    damage(file, statSync(file).size);
    const gateway = await startGatewayProcess(directory, DOCUMENT);
    assert.is((await outcome(gateway)).actors, 0);
    if (name !== "empty") {
      assert.ok(readdirSync(join(directory, "data")).some((entry) => entry.startsWith("state.unreadable-")));
    }
    await gateway.kill("SIGTERM");
    const next = await startGatewayProcess(directory, DOCUMENT);
    assert.is((await outcome(next)).coldStarts, 0, "the new store is good");
    await next.kill("SIGTERM");
  });
}

test("random bytes sprinkled over the store: whatever LMDB makes of them, the second start at the latest serves stations", async () => {
  for (const places of [1, 10, 100, 1000]) {
    const directory = copyOfGood();
    sprinkle(join(directory, "data", "state", "data.mdb"), 8192, places);
    // LMDB may end the process on such a store; the service manager starts it again.
    const gateway = await startGatewayProcess(directory, DOCUMENT).catch(() =>
      startGatewayProcess(directory, DOCUMENT),
    );
    const { actors, coldStarts } = await outcome(gateway);
    console.log(`${places} bytes: ${actors} restored, ${coldStarts} counted cold starts`);
    assert.ok(actors <= STATIONS);
    await gateway.kill("SIGTERM");
  }
});

test("a marker of a start that was killed makes nobody start cold", async () => {
  const directory = copyOfGood();
  writeFileSync(join(directory, "data", "state.opening"), "");
  const gateway = await startGatewayProcess(directory, DOCUMENT);
  assert.equal(await outcome(gateway), { actors: STATIONS, coldStarts: 0 });
  await gateway.kill("SIGTERM");
  assert.not(
    readdirSync(join(directory, "data")).includes("state.opening"),
    "and it is gone when the store has proved good",
  );
});

test("a damaged lock file, or none, makes nobody start cold", async () => {
  for (const lock of [Buffer.alloc(8192, 0xa5), Buffer.alloc(0)]) {
    const directory = copyOfGood();
    writeFileSync(join(directory, "data", "state", "lock.mdb"), lock);
    const gateway = await startGatewayProcess(directory, DOCUMENT);
    assert.equal(await outcome(gateway), { actors: STATIONS, coldStarts: 0 });
    await gateway.kill("SIGTERM");
  }
});

test.run();
