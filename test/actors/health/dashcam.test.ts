/** From hand-overs to scenes on disk and chunks for the broker. Simulated time; a disk, no network. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Assets } from "../../../src/actors/health/assets.ts";
import { Dashcam, type DashcamOptions, openDashcam, type SceneChunk } from "../../../src/actors/health/dashcam.ts";
import { ObservationRing, RECORD } from "../../../src/actors/health/ring.ts";
import { StationSink } from "../../../src/actors/health/station-sink.ts";
import { DEFAULT_TUNING, type WorkerBoot } from "../../../src/actors/health/thread-messages.ts";
import { openScene } from "../../../src/domain/dashcam/scene-file.ts";
import { packSkeleton } from "../../../src/domain/dashcam/skeleton.ts";
import { epochMs, messageId, stationId } from "../../../src/domain/ids.ts";
import { actionSpec } from "../../../src/domain/ocpp/catalogue.ts";
import type { PrivacyConfig } from "../../../src/domain/privacy/profiles.ts";
import { eventChannel, meterChannel } from "../../../src/domain/telemetry/channels.ts";
import { type EventName, eventNo, eventValue } from "../../../src/domain/telemetry/event-lists.ts";
import { healthConfig } from "../../support/health.ts";
import { tempDir } from "../../support/temp-dir.ts";

const START = 1_760_000_000_000;
const MINUTE = 60_000;
const POWER = meterChannel(22, 4, 0, 0);

const STATUS_FRAME = packSkeleton({
  connection: { version: "ocpp1.6" },
  from: "south",
  frame: { type: 2, id: messageId("1"), action: "StatusNotification", payload: {} },
  bytes: { length: 111 },
  spec: actionSpec("ocpp1.6", "StatusNotification"),
  messageClass: 3,
});

function setUp(
  over: Partial<DashcamOptions> = {},
  limits: { maxScenes?: number; maxBytes?: number; directory?: string } = {},
) {
  const time = { now: START };
  const log: string[] = [];
  const emitted: SceneChunk[] = [];
  const directory = limits.directory ?? join(tempDir(), "dashcam");
  const dashcam = new Dashcam({
    store: { directory, maxScenes: 10, maxBytes: 1024 * 1024, ...limits },
    memoryBytes: 1024 * 1024,
    window: { beforeMs: 5 * MINUTE, afterMs: MINUTE },
    scenesPerHour: 60,
    bootId: "ghjkmnpqrs",
    configHash: "c",
    lostBefore: 0,
    wallClock: () => time.now,
    holdsBack: () => false,
    emit: (chunk) => void emitted.push(chunk),
    log: (level, fields, message) => void log.push(`${level} ${message} ${JSON.stringify(fields)}`),
    ...over,
  });
  const ring = new ObservationRing(10_000);
  const frames = new ObservationRing(100);
  const assets = new Assets({ root: new Uint8Array(32), tenant: "t", year: 2026 });
  const sinkOf = (station: string): StationSink => {
    const source = assets.source(stationId(station));
    if (source === undefined) throw new Error("no source");
    return new StationSink({ source, assets, ring, frames, wake: () => undefined });
  };
  let lost = 0;
  const handOver = () => {
    const taken = [ring, frames].map((each) => {
      const records = new Float64Array(each.size * RECORD);
      return [records, each.take(records)] as const;
    });
    const [[records, count], [skeletons]] = taken as [(typeof taken)[0], (typeof taken)[0]];
    dashcam.learn(assets.takeUntold());
    dashcam.take({ type: "records", records, count, assets: [], lost, frames: skeletons, framesLost: frames.dropped });
  };
  const sink = sinkOf("CP1");
  const happen = (event: EventName, word: string, from: StationSink = sink) => {
    ring.now = epochMs(time.now);
    from.observe(1, 1, eventChannel(event), epochMs(time.now), eventValue(eventNo(event), word), 0);
    handOver();
  };
  const measure = (value: number) => {
    sink.passed?.(time.now, STATUS_FRAME, -1);
    sink.observe(1, 1, POWER, epochMs(time.now), value, 0);
    handOver();
  };
  const pass = (ms: number) => {
    time.now += ms;
    dashcam.tick();
  };
  const files = () => readdirSync(directory).sort();
  /** Scenes on disk, opened. */
  const scenes = () =>
    files().map((name) => {
      const opened = openScene(readFileSync(join(directory, name), "utf8"));
      if (!opened.ok) throw new Error(`${name}: ${opened.error.fault}`);
      const { head, id } = opened.value;
      return { id, head, scene: JSON.parse(gunzipSync(opened.value.body).toString()) };
    });
  const loseSome = () => {
    lost += 1;
    handOver();
  };
  return { dashcam, time, log, emitted, directory, sinkOf, happen, measure, pass, files, scenes, loseSome, frames };
}

test("a fault is sealed a minute after it, with what was before and after, on disk and for the broker alike", async () => {
  const { dashcam, happen, measure, pass, scenes, files, directory, emitted, log } = setUp();
  for (let i = 0; i < 5; i += 1) {
    measure(1000 + i);
    pass(MINUTE / 2);
  }
  happen("status", "Faulted");
  pass(MINUTE / 2);
  measure(0);
  pass(MINUTE / 2);
  assert.is(emitted.length, 0);
  pass(1_001);
  await dashcam.close();

  const [kept] = scenes();
  const { triggers, from, to, evse, ocpp, observations, frames, channels } = kept?.scene ?? {};
  assert.equal([from, to, evse, ocpp], [START + 2.5 * MINUTE - 5 * MINUTE, START + 3.5 * MINUTE, 1, "ocpp1.6"]);
  assert.equal(triggers, [[5 * MINUTE, "status:Faulted"]]);
  const words = observations.rows.map(([dt, place, value]: [number, number, unknown]) => [
    dt,
    channels[place].name,
    value,
  ]);
  assert.equal(words.slice(-2), [
    [5 * MINUTE, "status", "Faulted"],
    [5.5 * MINUTE, "Power.Active.Import", 0],
  ]);
  assert.is(observations.rows.length, 7);
  assert.equal(frames.rows.at(-1), [5.5 * MINUTE, "up", 2, "StatusNotification", 3, 128, null, null]);
  assert.is(frames.rows.length, 6);

  const file = readFileSync(join(directory, files()[0] ?? ""), "utf8");
  const sent = emitted.map(({ body }) => {
    const { t: _, ...chunk } = JSON.parse(`{${body}}`);
    return `${JSON.stringify(chunk)}\n`;
  });
  assert.is(sent.join(""), file);
  assert.ok(emitted.every(({ kind }) => kind === "snapshot"));
  assert.match(log.join("\n"), /info dashcam scene sealed .*"trigger":"status:Faulted"/);
});

test("each scene names the one before it, over a restart too", async () => {
  const first = setUp();
  first.happen("status", "Faulted");
  first.pass(MINUTE + 1);
  first.happen("errorCode", "GroundFailure");
  first.pass(MINUTE + 1_000);
  await first.dashcam.close();
  const again = setUp({ bootId: "zyxwvutsrq" }, { directory: first.directory });
  again.happen("connection", "down");
  again.pass(MINUTE + 1);
  await again.dashcam.close();
  const [a, b, c] = again.scenes();
  assert.equal([a?.scene.previous, b?.scene.previous, c?.scene.previous], [null, a?.head, b?.head]);
  assert.equal([a?.id, b?.id, c?.id], ["ghjkmnpqrs-1", "ghjkmnpqrs-2", "zyxwvutsrq-1"]);
  assert.equal(
    again.files().map((name) => name.slice(0, 8)),
    ["00000001", "00000002", "00000003"],
  );
});

test("an orderly end seals what waits, as far as it has come", async () => {
  const {
    dashcam,
    happen,
    pass,
    scenes,
    dashcam: { stats: before },
  } = setUp();
  happen("status", "Faulted");
  pass(10_000);
  dashcam.finish();
  await dashcam.close();
  const [only] = scenes();
  assert.is(only?.scene.to, START + 10_000);
  assert.equal([before.scenes, dashcam.stats.scenes, dashcam.stats.scenesStored], [0, 1, 1]);
});

test("a session out of the usual is a scene", async () => {
  const { dashcam, measure, pass, scenes } = setUp();
  measure(1);
  dashcam.outlier(0);
  pass(MINUTE + 1);
  await dashcam.close();
  assert.is(scenes()[0]?.scene.triggers[0][1], "outlier");
});

test("an operator's order seals what is remembered of the assets named; of others nothing", async () => {
  const { dashcam, measure, pass, scenes } = setUp();
  measure(1);
  pass(1_000);
  dashcam.capture([0, 1, 99]);
  pass(MINUTE + 1);
  await dashcam.close();
  assert.equal(
    scenes().map(({ scene }) => [scene.triggers, scene.observations.rows.length]),
    [[[[5 * MINUTE, "command"]], 1]],
  );
});

test("a network that fails takes all stations down: scenes beyond the hour's share are counted, not sealed", async () => {
  const { dashcam, happen, pass, sinkOf, emitted } = setUp({ scenesPerHour: 3 });
  for (let i = 0; i < 8; i += 1) happen("connection", "down", sinkOf(`CP${i}`));
  pass(MINUTE + 1);
  await dashcam.close();
  assert.equal([dashcam.stats.scenes, dashcam.stats.scenesLeftOut], [3, 5]);
  assert.is(new Set(emitted.map(({ asset }) => asset)).size, 3);
  pass(3_600_000);
  happen("status", "Faulted");
  pass(MINUTE + 1);
  assert.is(dashcam.stats.scenes, 4);
  // Twice within the hour.
  happen("status", "Faulted");
  pass(MINUTE + 1);
  assert.equal([dashcam.stats.scenes, dashcam.stats.scenesLeftOut], [4, 6]);
});

test("what the tripwire holds back is neither kept nor sent", async () => {
  const seen: string[] = [];
  const { dashcam, happen, pass, files, emitted } = setUp({ holdsBack: (_, text) => seen.push(text) > 0 });
  happen("status", "Faulted");
  pass(MINUTE + 1);
  await dashcam.close();
  assert.match(seen[0] ?? "", /"Faulted"/);
  assert.equal([files(), emitted, dashcam.stats.scenesLeftOut], [[], [], 1]);
});

test("on disk there are as many scenes, and bytes, as configured; the oldest go, counted", async () => {
  const { dashcam, happen, pass, scenes } = setUp({}, { maxScenes: 2 });
  for (const word of ["GroundFailure", "HighTemperature", "OverVoltage", "UnderVoltage"]) {
    happen("errorCode", word);
    pass(2 * MINUTE);
  }
  await dashcam.close();
  const { scenesStored, scenesDropped } = dashcam.stats;
  assert.equal([scenes().length, scenesStored, scenesDropped], [2, 2, 2]);
  const small = setUp({}, { maxBytes: 3_000 });
  for (const word of ["GroundFailure", "HighTemperature", "OverVoltage", "UnderVoltage"]) {
    small.happen("errorCode", word);
    small.pass(2 * MINUTE);
  }
  await small.dashcam.close();
  assert.ok(small.dashcam.stats.sceneBytes <= 3_000 && small.dashcam.stats.scenesStored < 4);
  assert.is(scenes()[1]?.scene.triggers[0][1], "errorCode:UnderVoltage");
});

test("a disk that takes nothing costs the file, counted and logged once; the broker gets the scene", async () => {
  const directory = join(tempDir(), "taken");
  writeFileSync(directory, "a file");
  const { dashcam, happen, pass, emitted, log } = setUp({}, { directory });
  happen("status", "Faulted");
  pass(MINUTE + 1);
  await dashcam.close();
  assert.ok(dashcam.stats.sceneFailures >= 2 && emitted.length === 1);
  assert.is(log.filter((line) => line.startsWith("error dashcam store")).length, 1);
  assert.match(log.join("\n"), /"code":"ERR_STORE"/);
});

test("after a damaged scene the chain begins anew, and a foreign file is left alone", async () => {
  const directory = tempDir();
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "00000007-ghjk-1.scene"), "{}\n");
  writeFileSync(join(directory, "notes.txt"), "mine");
  const { dashcam, happen, pass, files } = setUp({}, { directory });
  happen("status", "Faulted");
  pass(MINUTE + 1);
  await dashcam.close();
  assert.equal(files(), ["00000007-ghjk-1.scene", "00000008-ghjkmnpqrs-1.scene", "notes.txt"]);
  const opened = openScene(readFileSync(join(directory, files()[1] ?? ""), "utf8"));
  assert.ok(opened.ok && JSON.parse(gunzipSync(opened.value.body).toString()).previous === null);
});

test("what was lost on the way, and what was before the worker began, is not called whole", async () => {
  const { dashcam, happen, pass, scenes, loseSome, frames } = setUp();
  happen("status", "Available");
  pass(MINUTE);
  loseSome();
  pass(MINUTE);
  for (let i = 0; i < 101; i += 1) frames.push(0, 0, 0, -1, epochMs(START), STATUS_FRAME, 0);
  happen("status", "Faulted");
  pass(MINUTE + 1);
  await dashcam.close();
  const { from, observations, frames: kept } = scenes()[0]?.scene ?? {};
  assert.is(from + observations.wholeFrom, START + MINUTE);
  assert.is(from + kept.wholeFrom, START + 2 * MINUTE);
});

test("a scene whose end never came is sealed at the next start, as far as it had come; one that ended leaves no draft", async () => {
  const killed = setUp();
  for (let i = 0; i < 3; i += 1) killed.measure(1000 + i);
  killed.happen("status", "Faulted");
  for (let i = 0; i < 40; i += 1) {
    killed.pass(1_000);
    killed.measure(i);
  }
  killed.happen("connection", "down", killed.sinkOf("CP2"));
  // What is on disk now is what a kill leaves.
  await killed.dashcam.close();
  assert.equal(
    killed.files().filter((name) => name.endsWith(".scene")),
    [],
  );
  assert.is(killed.files().length, 2);

  const again = setUp({ bootId: "zyxwvutsrq" }, { directory: killed.directory });
  again.pass(0);
  await again.dashcam.close();
  assert.ok(again.files().every((name) => name.endsWith(".scene")));
  const [first, second] = again.scenes().sort((a, b) => a.scene.triggers.length - b.scene.triggers.length);
  const faulted = [first, second].find((each) => each?.scene.triggers[0][1] === "status:Faulted")?.scene;
  const powers = faulted.observations.rows.filter(
    ([, place]: [number, number]) => faulted.channels[place].name !== "status",
  );
  // Written down every fifteen seconds: after thirty.
  assert.ok(powers.length >= 3 + 29 && powers.length < 3 + 40, `${powers.length} readings`);
  assert.equal(
    again.scenes().map(({ scene }) => scene.previous),
    [null, again.scenes()[0]?.head],
  );
  assert.is(again.emitted.length, 2);
  assert.equal([again.dashcam.stats.scenes, again.dashcam.stats.scenesLeftOut], [2, 0]);

  again.happen("status", "Faulted");
  again.pass(1_000);
  again.pass(2 * MINUTE);
  await again.dashcam.close();
  assert.is(again.files().length, 3);
});

test("a draft that is none, or that the tripwire holds back, is no scene, and goes", async () => {
  const directory = tempDir();
  writeFileSync(join(directory, "abcdefghij234567.open"), "half of");
  const { dashcam, pass, files } = setUp({}, { directory });
  pass(0);
  await dashcam.close();
  assert.equal([files(), dashcam.stats.scenesLeftOut], [[], 1]);
  const held = setUp({ holdsBack: () => true }, { directory });
  held.happen("status", "Faulted");
  await held.dashcam.close();
  assert.equal(held.files(), []);
});

test("where many fail at once, the first are written down", async () => {
  const { dashcam, happen, sinkOf, files } = setUp();
  for (let i = 0; i < 50; i += 1) happen("status", "Faulted", sinkOf(`CP${i}`));
  await dashcam.close();
  assert.is(files().length, 32);
});

test("scenes leave the gateway only under a profile that takes nothing away; they are sealed in any case", async () => {
  const opened = async (privacy: PrivacyConfig) => {
    const emitted: SceneChunk[] = [];
    const directory = join(tempDir(), "dashcam");
    const { pseudonymKey: _, ringCapacity: __, ...config } = healthConfig({ url: "mqtt://broker" }, { privacy });
    const boot: WorkerBoot = {
      config: { ...config, dashcam: { ...config.dashcam, enabled: true, directory } },
      tuning: DEFAULT_TUNING,
      bootId: "ghjkmnpqrs",
      lostBefore: 0,
      throttle: { kind: "free" },
      spoolDirectory: undefined,
      tokenKey: new Uint8Array(32),
    };
    const dashcam = openDashcam(boot, {
      wallClock: () => START,
      holdsBack: () => false,
      emit: (chunk) => void emitted.push(chunk),
      log: () => undefined,
    });
    dashcam?.learn([{ no: 0, id: "abcdefghij234567", source: 0 }]);
    const records = new Float64Array(RECORD);
    const ring = new ObservationRing(16);
    ring.now = epochMs(START);
    ring.push(0, 1, 1, eventChannel("status"), epochMs(START), eventValue(eventNo("status"), "Faulted"), 0);
    const count = ring.take(records);
    dashcam?.take({ type: "records", records, count, assets: [], lost: 0 });
    dashcam?.finish();
    await dashcam?.close();
    return [emitted.length, readdirSync(directory).filter((name) => name.endsWith(".scene")).length];
  };
  assert.equal(await opened({ profile: "operator", withhold: [] }), [1, 1]);
  assert.equal(await opened({ profile: "operator", withhold: ["SoC"] }), [0, 1]);
  assert.equal(await opened({ profile: "public", withhold: [] }), [0, 1]);
  assert.equal(await opened({ profile: "home", withhold: [] }), [0, 1]);
});

test.run();
