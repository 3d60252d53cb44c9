/** A sealed scene read again: timeline, trace, messages for a replay, and whether it is what was sealed. */
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { captureBody, captureText } from "../../../src/domain/dashcam/capture-text.ts";
import { exchangesOf } from "../../../src/domain/dashcam/exchanges.ts";
import { payloadOf } from "../../../src/domain/dashcam/reconstruct.ts";
import { readScene, type Scene, type SceneFrame } from "../../../src/domain/dashcam/scene.ts";
import { sceneText } from "../../../src/domain/dashcam/scene-file.ts";
import type { Capture } from "../../../src/domain/dashcam/scene-recorder.ts";
import { seal } from "../../../src/domain/dashcam/seal.ts";
import type { Skeleton } from "../../../src/domain/dashcam/skeleton.ts";
import { timelineOf } from "../../../src/domain/dashcam/timeline.ts";
import { traceOf } from "../../../src/domain/dashcam/trace.ts";
import { type SceneFile, verifyScenes } from "../../../src/domain/dashcam/verify-scenes.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { eventChannel, meterChannel } from "../../../src/domain/telemetry/channels.ts";
import { type EventName, eventNo, eventValue } from "../../../src/domain/telemetry/event-lists.ts";

const FROM = 1_760_000_000_000;
const FAULT = 300_000;
const POWER = meterChannel(22, 4, 0, 0);
const ORIGIN = { asset: "abcdefgh", evse: 2, configHash: "c", previous: null };

const skeleton = (dt: number, action: string, over: Partial<Skeleton> = {}): Skeleton => ({
  ...{ at: FROM + dt, version: "ocpp1.6", direction: "up", type: 2, action, messageClass: 3, bytes: 100 },
  ...over,
});
const observed = (dt: number, event: EventName, word: string) => ({
  ...{ at: FROM + dt, channel: eventChannel(event), value: eventValue(eventNo(event), word), quality: 0 as const },
});
const measured = (dt: number, value: number) => ({ at: FROM + dt, channel: POWER, value, quality: 0 as const });

function capture(version: OcppVersion = "ocpp1.6"): Capture {
  const frames = [
    skeleton(250_000, "MeterValues"),
    skeleton(250_040, "MeterValues", { direction: "down", type: 3, afterMs: 40 }),
    skeleton(260_000, "SetChargingProfile", { direction: "down" }),
    skeleton(FAULT, "StatusNotification"),
    skeleton(FAULT + 15, "StatusNotification", { direction: "down", type: 4, errorCode: "InternalError", afterMs: 15 }),
    skeleton(FAULT + 1_000, "StopTransaction"),
    skeleton(FAULT + 2_000, "StatusNotification"),
    skeleton(FAULT + 3_000, "SecurityEventNotification"),
  ];
  return {
    from: FROM,
    to: FROM + 360_000,
    triggers: [{ at: FROM + FAULT, code: "status:Faulted" }],
    observations: [
      measured(250_000, 7000),
      measured(255_000, 7001),
      measured(272_000, 7000),
      observed(FAULT, "status", "Faulted"),
      observed(FAULT, "errorCode", "GroundFailure"),
      measured(FAULT, Number.NaN),
      measured(FAULT + 500, 0),
      observed(FAULT + 1_000, "stoppedReason", "PowerLoss"),
    ],
    frames: frames.map((frame) => ({ ...frame, version })),
    observationsWholeFrom: FROM + 100_000,
    framesWholeFrom: FROM,
  };
}

const sceneOf = (version?: OcppVersion): Scene => readScene(captureText(capture(version), ORIGIN)) as Scene;

test("the timeline: words for events, answers with their calls, silence and errors marked, steady values once", () => {
  const lines = timelineOf(sceneOf()).map(({ at, text, isAlarming }) => `${at} ${isAlarming ? "! " : ""}${text}`);
  assert.equal(lines, [
    "-200000 observations are complete from here on",
    "-50000 station → CSMS MeterValues (≤ 100 B), answered after 40 ms",
    "-50000 Power.Active.Import 7001 W",
    "-40000 ! CSMS → station SetChargingProfile (≤ 100 B), no answer",
    "0 ! status:Faulted",
    "0 status Faulted",
    "0 errorCode GroundFailure",
    "0 ! station → CSMS StatusNotification (≤ 100 B), answered after 15 ms: InternalError",
    "0 Power.Active.Import 0 W",
    "1000 stoppedReason PowerLoss",
    "1000 ! station → CSMS StopTransaction (≤ 100 B), no answer",
    "2000 ! station → CSMS StatusNotification (≤ 100 B), no answer",
    "3000 ! station → CSMS SecurityEventNotification (≤ 100 B), no answer",
  ]);
});

test("the trace: one record for each message, ids that join calls and answers, what was said where the scene tells it", () => {
  const { records, leftOut } = traceOf(sceneOf());
  assert.is(leftOut, 0);
  assert.is(records.length, 8);
  const [values, answer] = records;
  assert.equal(values, {
    schemaVersion: "1.1",
    timestamp: new Date(FROM + 250_000).toISOString(),
    ocppVersion: "1.6",
    transport: "json",
    chargePointId: "abcdefgh",
    connectorId: 2,
    direction: "cp-to-csms",
    messageType: "CALL",
    messageId: "m1",
    action: "MeterValues",
    payload: {
      connectorId: 2,
      meterValue: [
        {
          timestamp: new Date(FROM + 250_000).toISOString(),
          sampledValue: [{ value: "7000", measurand: "Power.Active.Import", unit: "W", location: "Outlet" }],
        },
      ],
    },
    meta: { redacted: true, reconstructed: true, bytes: 100, messageClass: 3 },
  });
  assert.equal([answer?.messageId, answer?.messageType, answer?.direction], ["m1", "CALLRESULT", "csms-to-cp"]);
  const failed = records.find(({ messageType }) => messageType === "CALLERROR");
  assert.equal([failed?.action, failed?.error], ["StatusNotification", { code: "InternalError" }]);
  const states = records.filter(({ action, messageType }) => action === "StatusNotification" && messageType === "CALL");
  assert.equal(
    states.map(({ payload }) => payload?.["status"]),
    ["Faulted", undefined],
  );
});

test("a value that is no number is neither shown nor told", () => {
  const scene = sceneOf();
  assert.ok(scene.readings.some(({ value }) => Number.isNaN(value)));
  assert.not.match(JSON.stringify([timelineOf(scene), traceOf(scene)]), /NaN|null/);
});

test("what the trace format has no word for is left out and counted", () => {
  const scene = sceneOf("ocpp2.1");
  const odd = scene.frames.map((frame, i) => ({ ...frame, type: i === 0 ? (6 as const) : frame.type }));
  assert.is(traceOf({ ...scene, frames: odd }).leftOut, 1);
});

test("messages told again are valid, whatever the version", async () => {
  for (const version of OCPP_VERSIONS) {
    const validators = await loadValidators(version);
    const told = sceneOf(version);
    const actions = ["BootNotification", "Heartbeat", "Authorize", "StartTransaction", "StopTransaction"];
    const more = [...actions, "TransactionEvent", "MeterValues", "StatusNotification"];
    let built = 0;
    for (const frame of told.frames) {
      for (const action of more) {
        const moment = { scene: told, version, timestamp: new Date(FROM).toISOString(), transactionId: 7, seqNo: 1 };
        const payload = payloadOf({ ...moment, frame: { ...frame, action } });
        if (payload === undefined) continue;
        built += 1;
        // Of the EVSE that the scene is of, wherever a message names one.
        assert.not.match(
          JSON.stringify(payload),
          version === "ocpp1.6" ? /"connectorId":[^2]/ : /"(?:evseId|id)":[^2]/,
          `${version} ${action}`,
        );
        assert.is(validators.validate(action, "request", payload), undefined, `${version} ${action}`);
      }
    }
    assert.ok(built > 20, `${version}: ${built}`);
  }
});

const frames = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 500 }),
    direction: fc.constantFrom("up" as const, "down" as const),
    type: fc.constantFrom<SceneFrame["type"]>(2, 3, 4, 5, 6),
    action: fc.constantFrom("Heartbeat", "MeterValues", "other"),
    afterMs: fc.option(fc.nat(1_000), { nil: undefined }),
  }),
  { maxLength: 60, size: "max" },
);

test("every frame is in exactly one exchange; an answer goes the other way, is of the same action, and comes later", () => {
  fc.assert(
    fc.property(frames, (drawn) => {
      let dt = 0;
      const all = drawn.map(({ gap, ...rest }): SceneFrame => {
        dt += gap;
        return { ...rest, dt, messageClass: 3, bytes: 1, errorCode: undefined };
      });
      const exchanges = exchangesOf(all);
      const found = exchanges.flatMap(({ call, answer }) => [call, answer].filter((one) => one !== undefined));
      assert.is(found.length, all.length);
      assert.is(new Set(found).size, all.length);
      for (const { call, answer } of exchanges) {
        if (call === undefined || answer === undefined) continue;
        assert.ok(call.type === 2 && call.direction !== answer.direction);
        assert.ok(call.action === answer.action && call.dt <= answer.dt);
      }
    }),
  );
});

/** Three scenes, each naming the one before. */
function sealedScenes(): SceneFile[] {
  let previous: string | null = null;
  return [1, 2, 3].map((n) => {
    const body = captureBody(capture(), { ...ORIGIN, previous }, gzipSync) as Uint8Array;
    const chunks = seal(`ghjk-${n}`, body) ?? [];
    previous = chunks.at(-1)?.link ?? null;
    return { name: `0000000${n}-ghjk-${n}.scene`, text: sceneText(chunks) };
  });
}

const inflate = (body: Uint8Array): string => gunzipSync(body).toString();
const faults = (files: readonly SceneFile[]) =>
  verifyScenes(files, inflate).map((verdict) => (verdict.ok ? "ok" : verdict.fault));

test("any byte of a scene that is changed is found", () => {
  const [scene] = sealedScenes() as [SceneFile];
  fc.assert(
    fc.property(fc.nat(scene.text.length - 2), fc.integer({ min: 1, max: 127 }), (at, by) => {
      const changed = String.fromCharCode((scene.text.charCodeAt(at) + by) % 128);
      const text = scene.text.slice(0, at) + changed + scene.text.slice(at + 1);
      assert.not.equal(faults([{ ...scene, text }]), ["ok"]);
    }),
  );
});

test("a scene taken out, put in twice, exchanged or sealed anew is found at its successor; the oldest may go", () => {
  const [one, two, three] = sealedScenes() as [SceneFile, SceneFile, SceneFile];
  assert.equal(faults([one, two, three]), ["ok", "ok", "ok"]);
  assert.equal(faults([two, three]), ["ok", "ok"]);
  assert.equal(faults([one, three]), ["ok", "chain"]);
  assert.equal(faults([one, two, two, three]), ["ok", "ok", "chain", "ok"]);
  assert.equal(faults([one, three, two]), ["ok", "chain", "chain"]);
  assert.equal(faults([one, { ...two, text: "{}\n" }, three]), ["ok", "unreadable", "ok"]);
  const anew = sceneText(seal("ghjk-2", captureBody(capture(), ORIGIN, gzipSync) as Uint8Array) ?? []);
  assert.equal(faults([one, { ...two, text: anew }, three]), ["ok", "chain", "chain"]);
  assert.equal(faults([{ ...one, text: sceneText(seal("x", Buffer.from("no gzip")) ?? []) }]), ["no-scene"]);
});

test.run();
