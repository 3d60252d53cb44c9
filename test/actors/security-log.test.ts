import { appendFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GatewayBus } from "../../src/actors/gateway-bus.ts";
import { readSecurityLog, SecurityLog } from "../../src/actors/security-log.ts";
import { silentLogger } from "../../src/actors/silent-logger.ts";
import { Counters } from "../../src/domain/counters.ts";
import { verifyChain } from "../../src/domain/security/log-chain.ts";
import { startCli } from "../support/run-cli.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";
import { tempDir } from "../support/temp-dir.ts";

const ROOT = tempDir();

function open(dataDir = mkdtempSync(join(ROOT, "log-")), maxFileBytes?: number) {
  const bus = new GatewayBus(silentLogger);
  const counters = new Counters(1);
  const clock = new SimulatedClock();
  const log = new SecurityLog({
    dataDir,
    clock,
    logger: silentLogger,
    counters,
    bus,
    ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
  });
  const tell = (detail: string) => bus.emit("security", { type: "LanFlood", stationId: undefined, detail });
  return { dataDir, log, counters, tell };
}

async function details(dataDir: string): Promise<readonly string[]> {
  const { lines, key } = await readSecurityLog(dataDir);
  const verified = verifyChain(lines, key);
  if (!verified.ok) throw new Error(`${verified.error.fault} in line ${verified.error.line}`);
  return verified.value.records.map(({ type, detail }) => (type === "LanFlood" ? detail : type));
}

test("A04 - events are chained on disk, and a later process goes on where the last one ended", async () => {
  const first = open();
  assert.equal(readdirSync(first.dataDir), [], "nothing is opened before the first event");
  first.tell("one");
  first.tell("two");
  await first.log.flush();
  assert.is(statSync(join(first.dataDir, "security.log")).mode & 0o777, 0o600);
  const second = open(first.dataDir);
  second.tell("three");
  await second.log.flush();
  assert.equal(await details(first.dataDir), ["one", "two", "three"]);
  assert.is(first.counters.securityEvents, 2);
});

test("a line that a crash left unfinished is cut off, and that is said", async () => {
  const { dataDir, log, tell } = open();
  tell("one");
  await log.flush();
  appendFileSync(join(dataDir, "security.log"), '{"seq":2,"at":"20');
  const after = open(dataDir);
  after.tell("two");
  await after.log.flush();
  assert.equal(await details(dataDir), ["one", "SecurityLogRepaired", "two"]);
});

test("a full file makes way for the next; the chain goes on over the files that are kept", async () => {
  const { dataDir, log, tell } = open(undefined, 600);
  for (let i = 0; i < 30; i += 1) {
    tell(String(i));
    await log.flush();
  }
  const kept = await details(dataDir);
  assert.ok(kept.length > 6 && kept.length < 30);
  assert.is(kept.at(-1), "29");
  assert.is(readdirSync(dataDir).filter((name) => name.startsWith("security.log.")).length, 4);
});

test("more events than fit are lost oldest first, and counted in the log", async () => {
  const { dataDir, log, tell } = open();
  for (let i = 0; i < 1_005; i += 1) tell(String(i));
  await log.flush();
  const kept = await details(dataDir);
  assert.equal([kept.length, kept[0], kept[1]], [1_001, "SecurityEventsLost", "5"]);
});

test("a place that takes no log stops nothing, and the log goes on when it does", async () => {
  const file = join(ROOT, "no-folder");
  writeFileSync(file, "");
  const { log, tell } = open(file);
  tell("one");
  await log.flush();
  tell("two");
  await log.flush();
});

test("twinlane security verify finds a changed line, and says so to people and programs", async () => {
  const { dataDir, log, tell } = open();
  for (const detail of ["one", "two", "three"]) tell(detail);
  await log.flush();
  const run = (...args: string[]) => startCli(["security", ...args, "--data-dir", dataDir]).finished;
  const good = await run("verify", "--json");
  assert.is(good.code, 0, good.stderr);
  assert.equal({ ...JSON.parse(good.stdout), mac: "" }, { ok: true, records: 3, first: 1, last: 3, mac: "" });
  assert.match((await run("export", "--format", "syslog")).stdout, /^<108>1 .* LanFlood \[twinlane@32473 seq="1"\] /);
  assert.match(
    (await run("export", "--format", "syslog", "--enterprise-id", "4711")).stdout,
    / \[twinlane@4711 seq="1"\] /,
  );
  const file = join(dataDir, "security.log");
  writeFileSync(file, readFileSync(file, "utf8").replace('"two"', '"too"'));
  const bad = await run("verify");
  assert.is(bad.code, 1);
  assert.match(bad.stderr, /line 2: was changed/);
});

test.run();
