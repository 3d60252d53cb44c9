/** The worker's side of the downlink: addresses, answers, and what survives. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Downlink, type DownlinkOptions } from "../../../src/actors/health/downlink.ts";
import type { LinkMessage } from "../../../src/actors/health/link.ts";
import { NO_STATS } from "../../../src/actors/health/thread-messages.ts";
import { tempDir } from "../../support/temp-dir.ts";

const PREFIX = "oh/v1/t/g";
const NOW = 1_767_225_600_000;
const ASSET = "abcdefghij234567";

function setUp(more: Partial<DownlinkOptions> = {}) {
  const seen = {
    sent: [] as LinkMessage[],
    audits: [] as string[],
    asks: [] as unknown[],
    log: [] as string[],
    room: true,
  };
  const file = join(tempDir(), "requests.state");
  const options: DownlinkOptions = {
    grants: { om: { allow: ["SelfTest", "GetSnapshot", "GetVariables"], perHour: 200 } },
    prefix: PREFIX,
    file,
    wallClock: () => NOW,
    log: (level, _fields, message) => void seen.log.push(`${level} ${message}`),
    audit: ({ platform, name, asset, reason }) =>
      void seen.audits.push([platform, name, asset, reason ?? "granted"].join(" ")),
    assetNo: (id) => (id === ASSET ? 3 : undefined),
    capture: () => true,
    stats: () => NO_STATS,
    ask: (...ask) => void seen.asks.push(ask),
    holdsBack: () => false,
    send: (message) => {
      if (seen.room) seen.sent.push(message);
      return seen.room;
    },
    ...more,
  };
  const downlink = new Downlink(options);
  let no = 0;
  const ask = async (fields: object = {}, message: object = {}) => {
    no += 1;
    const cmdId = `00000000-0000-4000-8000-${String(no).padStart(12, "0")}`;
    const body = { cmdId, name: "SelfTest", notAfter: NOW + 1_000, ...fields };
    const payload = Buffer.from(JSON.stringify(body));
    const rest = { retain: false, responseTopic: undefined, correlation: undefined };
    downlink.onMessage({ topic: `${PREFIX}/cmd/om`, payload, ...rest, ...message });
    await downlink.close();
  };
  const last = () => {
    const message = seen.sent.at(-1);
    return message && { topic: message.topic, ...JSON.parse(String(message.payload)) };
  };
  return { downlink, ask, last, seen, file, options };
}

test("an answer goes to the platform's own topic, with the correlation data of the request (MQTT 5 §4.10)", async () => {
  const { ask, last, seen } = setUp();
  const correlation = Buffer.from([1, 2, 3]);
  await ask({}, { correlation });
  const { topic, status, lane } = last() ?? {};
  assert.equal([topic, status, lane.published], [`${PREFIX}/rsp/om`, "Done", 0]);
  assert.equal(seen.sent[0]?.correlation, correlation);
  assert.equal([seen.sent[0]?.retain, seen.sent[0]?.expirySec], [false, 60]);
  await ask({}, { responseTopic: `${PREFIX}/rsp/om/7` });
  assert.is(last()?.topic, `${PREFIX}/rsp/om/7`);
});

test("an answer that is wanted elsewhere is refused, on the platform's own topic", async () => {
  const { ask, last, downlink } = setUp();
  for (const responseTopic of [
    `${PREFIX}/rsp/other`,
    `${PREFIX}/rsp/om2`,
    `${PREFIX}/rsp/om/+`,
    "x",
    "",
    `${PREFIX}/state`,
  ]) {
    await ask({}, { responseTopic });
    const { topic, status, reason } = last() ?? {};
    assert.equal([topic, status, reason], [`${PREFIX}/rsp/om`, "Rejected", "responseTopic"]);
  }
  assert.is(downlink.refused, 6);
});

test("a retained request, a platform without a grant and one without a name get no answer", async () => {
  const { ask, seen, downlink } = setUp();
  await ask({}, { retain: true });
  await ask({}, { topic: `${PREFIX}/cmd/stranger` });
  await ask({}, { topic: `${PREFIX}/cmd/a/b` });
  assert.equal([seen.sent.length, downlink.refused], [0, 3]);
  assert.equal(seen.audits, ["stranger   notGranted"]);
});

test("a station's answer comes when it comes; an asset that nobody knows is refused", async () => {
  const { ask, last, seen, downlink } = setUp();
  const variables = ["AirCoolingSystem.FanSpeed"];
  await ask({ name: "GetVariables", args: { asset: ASSET, variables } });
  const pair = { component: "AirCoolingSystem", variable: "FanSpeed" };
  assert.equal(seen.asks, [[1, 3, { name: "GetVariables", asset: ASSET, variables: [pair] }]]);
  assert.is(seen.sent.length, 0);
  downlink.settle(1, { status: "Done", observed: 1 });
  downlink.settle(1, { status: "Done", observed: 2 });
  assert.is(seen.sent.length, 1);
  assert.is(last()?.observed, 1);
  await ask({ name: "GetSnapshot", args: { asset: "zzzzzzzzzzzzzzzz" } });
  assert.is(last()?.reason, "unknownAsset");
  assert.equal(seen.audits, ["om GetVariables 3 granted", "om GetSnapshot  unknownAsset"]);
});

test("what has been done is on disk before it is done, and not done again after a restart", async () => {
  const { ask, file, options, seen } = setUp();
  const cmdId = "00000000-0000-4000-8000-00000000000f";
  await ask({ cmdId });
  assert.ok(readFileSync(file, "utf8").includes(cmdId));
  const next = setUp({ file: options.file });
  await next.ask({ cmdId });
  assert.equal([next.last()?.status, next.last()?.reason], ["Rejected", "repeated"]);
  assert.equal(seen.log, []);
});

test("a file that is damaged is told; a disk that takes nothing means that nothing is done", async () => {
  const file = join(tempDir(), "requests.state");
  writeFileSync(file, "damaged");
  const damaged = setUp({ file });
  await damaged.ask();
  assert.equal(damaged.seen.log, ["error diagnostics requests already done are not known"]);
  assert.is(damaged.last()?.status, "Done");
  const full = setUp({ file: join(file, "no-directory") });
  await full.ask();
  assert.equal([full.last()?.status, full.last()?.reason], ["Rejected", "busy"]);
});

test("answers wait for room, the oldest go; the tripwire may keep one", async () => {
  const { ask, seen, downlink } = setUp();
  seen.room = false;
  for (let i = 0; i < 70; i += 1) await ask();
  seen.room = true;
  downlink.tick();
  assert.is(seen.sent.length, 64);
  const held = setUp({ holdsBack: () => true });
  await held.ask();
  assert.is(held.seen.sent.length, 0);
});

test("refusals beyond thirty an hour are counted, not told", async () => {
  const { ask, seen, downlink } = setUp();
  for (let i = 0; i < 50; i += 1) await ask({ name: "Reset" });
  assert.equal([seen.audits.length, downlink.refused, downlink.requests], [30, 50, 50]);
});

test.run();
