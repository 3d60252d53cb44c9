// deadline: 90s
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SimulateReport } from "../../src/cli/simulate-run.ts";
import { startCsms } from "../../src/sim/csms.ts";
import { startCli } from "../support/run-cli.ts";

const FAST = ["--speed", "60", "--meter-interval", "10"];

function parseReport(stdout: string): SimulateReport {
  assert.is(stdout.trim().split("\n").length, 1, "one JSON object and nothing else");
  return JSON.parse(stdout) as SimulateReport;
}

test("stations of both versions charge against a CSMS, and the printed books agree with its own", async () => {
  const csms = await startCsms();
  const args = ["--url", csms.url, "--stations", "4", "--for", "8s", "--json", "--seed", "3", ...FAST];
  const { code, stdout, stderr } = await startCli(["simulate", ...args]).finished;
  assert.is(code, 0, stderr);
  const report = parseReport(stdout);
  assert.is(report.ok, true);
  assert.is(report.totals.accepted, 4);
  assert.ok(report.totals.transactions >= 4);
  assert.match(stderr, /4\/4 stations accepted/);
  for (const { id, version, energyWh, transactions } of report.stations) {
    const ledger = csms.ledger(id);
    assert.is(ledger?.version, version);
    assert.is(ledger?.energyWh, energyWh);
    assert.is(ledger?.arrivals.length, transactions.flatMap(({ messages }) => messages).length);
  }
  await csms.stop();
});

test("--version, --id-prefix, --connectors and --password-file are heeded; the password is not shown", async () => {
  const dir = mkdtempSync(join(tmpdir(), "twinlane-simulate-"));
  writeFileSync(join(dir, "key"), "open sesame\n", { mode: 0o600 });
  const csms = await startCsms({ passwords: new Map([["X-01", "open sesame"]]) });
  const { code, stdout, stderr } = await startCli([
    "simulate",
    ...["--url", csms.url, "--stations", "1", "--version", "2.0.1", "--id-prefix", "X-", "--connectors", "2"],
    ...["--password-file", join(dir, "key"), "--for", "2s", "--json"],
  ]).finished;
  assert.is(code, 0, stderr);
  const [station] = parseReport(stdout).stations;
  assert.equal([station?.id, station?.version, station?.counts.accepted], ["X-01", "ocpp2.0.1", 1]);
  const statuses = csms.ledger("X-01")?.messages.filter(({ action }) => action === "StatusNotification") ?? [];
  assert.equal([...new Set(statuses.map(({ payload }) => payload?.["evseId"]))].sort(), [1, 2]);
  assert.not.match(stdout + stderr, "sesame");
  await csms.stop();
  rmSync(dir, { recursive: true });
});

test("--degrade has stations show what wears out, in the past where --since says so; an unknown scenario is refused", async () => {
  const csms = await startCsms();
  const args = ["--url", csms.url, "--stations", "1", "--version", "1.6", "--seed", "3", ...FAST];
  const scenario = ["--degrade", "module-lost", "--degrade-after", "1m", "--since", "2d", "--for", "4s"];
  const { code, stderr } = await startCli(["simulate", ...args, ...scenario]).finished;
  assert.is(code, 0, stderr);
  const values = csms.ledger("SIM-01")?.messages.filter(({ action }) => action === "MeterValues") ?? [];
  assert.ok(values.length > 0 && values.every(({ payload }) => JSON.stringify(payload).includes("Power.Offered")));
  const [first] = (values[0]?.payload?.["meterValue"] ?? []) as { timestamp: string }[];
  assert.ok(Date.parse(first?.timestamp ?? "") < Date.now() - 86_400_000);
  const unknown = await startCli(["simulate", ...args, "--degrade", "rust", "--for", "1s"]).finished;
  assert.is.not(unknown.code, 0);
  assert.match(unknown.stderr, "loose-contact");
  await csms.stop();
});

test("a CSMS that refuses, or is not there, is exit code 69 with the reason", async () => {
  const csms = await startCsms({ passwords: new Map([["SIM-01", "secret"]]) });
  const args = ["--stations", "1", "--for", "1s"];
  const refused = await startCli(["simulate", "--url", csms.url, ...args]).finished;
  assert.is(refused.code, 69);
  assert.match(refused.stderr, "401");
  assert.is(refused.stdout, "");
  await csms.stop();
  const absent = await startCli(["simulate", "--url", csms.url, ...args]).finished;
  assert.is(absent.code, 69);
  assert.match(absent.stderr, "ECONNREFUSED");
});

test("--faults lists what stations of the field do, and makes stations do it", async () => {
  const listed = await startCli(["simulate", "--faults", "list"]).finished;
  assert.is(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /^celcius +spells the unit Celcius$/m);
  const csms = await startCsms();
  const args = [
    "--url",
    csms.url,
    "--stations",
    "1",
    "--version",
    "1.6",
    "--faults",
    "celcius,two-boots",
    "--for",
    "5s",
  ];
  const { code, stderr } = await startCli(["simulate", ...args, ...FAST]).finished;
  assert.is(code, 0, stderr);
  const messages = csms.ledger("SIM-01")?.messages ?? [];
  assert.is(messages.filter(({ action }) => action === "BootNotification").length, 2);
  assert.match(JSON.stringify(messages.filter(({ action }) => action === "MeterValues")), '"unit":"Celcius"');
  await csms.stop();
});

test("SIGINT ends the transactions and prints the books", async () => {
  const csms = await startCsms();
  const started = new Promise<void>((resolve) => {
    csms.onMessage(({ action }) => action === "StartTransaction" && resolve());
  });
  const { child, finished } = startCli(["simulate", "--url", csms.url, "--version", "1.6", "--json", ...FAST]);
  await started;
  child.kill("SIGINT");
  const { code, stdout } = await finished;
  assert.is(code, 0);
  const report = parseReport(stdout);
  assert.ok(report.stations.flatMap(({ transactions }) => transactions).every(({ endedAt }) => endedAt !== null));
  await csms.stop();
});

test("mistakes on the command line are exit code 2", async () => {
  for (const args of [
    ["--url", "http://x"],
    [],
    ["--url", "ws://x", "--stations", "0"],
    ["--url", "ws://x", "--version", "3"],
    ["--url", "ws://x", "--faults", "celcius,gremlins"],
  ]) {
    const { code, stderr } = await startCli(["simulate", ...args]).finished;
    assert.is(code, 2, args.join(" "));
    assert.match(stderr, "error:");
  }
});

test.run();
