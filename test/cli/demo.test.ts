// deadline: 120s
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DemoReport } from "../../src/cli/demo-report.ts";
import { startBroker } from "../../src/sim/broker.ts";
import { startCsms } from "../../src/sim/csms.ts";
import { type Finished, startCli, startNode } from "../support/run-cli.ts";

function reportOf({ stdout, stderr }: Finished): DemoReport {
  const last = stdout.trim().split("\n").at(-1) ?? "";
  assert.ok(last.startsWith("{"), stderr);
  return JSON.parse(last) as DemoReport;
}

test("npm start's script: both lanes at work, every invariant kept, one JSON object on standard output", async () => {
  const finished = await startNode(["scripts/start.mjs", "--headless", "--for", "10s", "--json", "--speed", "2"])
    .finished;
  const report = reportOf(finished);
  const broken = report.invariants.filter(({ ok }) => !ok);
  assert.equal(broken, []);
  assert.is(report.ok, true);
  assert.is(finished.code, 0, finished.stderr);
  assert.is(finished.stdout.trim().split("\n").length, 1);
  assert.is(report.stations.count, 8);
  assert.ok(report.invariants.length >= 9);
  assert.ok(report.stations.transactions > 0 && report.health.messages > 0 && report.value.transactionMessages > 0);
  assert.ok(report.health.bytes < report.value.bytesIn);
});

test("somebody's own broker and CSMS: published there, connected there, judged by what can be seen", async () => {
  const topics = new Set<string>();
  const broker = await startBroker({ onMessage: ({ topic }) => void topics.add(topic) });
  const csms = await startCsms({ tokens: ["MINE-1"] });
  const finished = await startCli([
    "demo",
    ...["--headless", "--for", "8s", "--json", "--speed", "3", "--stations", "2", "--tokens", "MINE-1"],
    ...["--broker", broker.url, "--csms", csms.url],
  ]).finished;
  const report = reportOf(finished);
  assert.is(report.ok, true, finished.stderr);
  assert.ok([...topics].some((topic) => topic.startsWith("oh/v1/demo/edge-1/") && topic.endsWith("/m")));
  assert.equal(
    csms
      .stations()
      .map(({ stationId }) => stationId)
      .sort(),
    ["DEMO-01", "DEMO-02"],
  );
  assert.not.ok(report.invariants.some(({ name }) => name.includes("exactly once")));
  await Promise.all([broker.stop(), csms.stop()]);
});

test("a demonstration in which nothing can happen exits with 1 and says what is missing", async () => {
  const finished = await startCli(["demo", "--headless", "--for", "100ms", "--json", "--stations", "1"]).finished;
  const report = reportOf(finished);
  assert.is(finished.code, 1);
  assert.is(report.ok, false);
  assert.match(finished.stderr, "BROKEN");
});

test("a broker that is not there is exit code 69 before anything is shown", async () => {
  const { code, stdout, stderr } = await startCli(["demo", "--headless", "--broker", "mqtt://127.0.0.1:1"]).finished;
  assert.is(code, 69);
  assert.is(stdout, "");
  assert.match(stderr, "ERR_UPLINK");
});

test("one SIGINT ends with a summary", async () => {
  const { child, finished } = startCli(["demo", "--headless", "--stations", "2"]);
  const running = new Promise<void>((resolve) => {
    child.stderr?.on("data", (chunk) => String(chunk).includes("2/2 stations") && resolve());
  });
  await running;
  child.kill("SIGINT");
  const { stderr } = await finished;
  assert.match(stderr, "stopping the stations");
  assert.match(stderr, /health lane: \d+ messages/);
});

test.run();
