/** What must hold for every scene: no word of a payload in it, memory bounded, a changed byte found. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CaptureLimit } from "../../../src/domain/dashcam/capture-limit.ts";
import { captureBody, captureText } from "../../../src/domain/dashcam/capture-text.ts";
import { MemoryBudget } from "../../../src/domain/dashcam/memory-budget.ts";
import { type Capture, frameRing, SceneRecorder } from "../../../src/domain/dashcam/scene-recorder.ts";
import { CHUNK_BYTES, MAX_SEALED_BYTES, type SealedChunk, seal, unseal } from "../../../src/domain/dashcam/seal.ts";
import { type FrameFacts, OTHER, packSkeleton, unpackSkeleton } from "../../../src/domain/dashcam/skeleton.ts";
import { TimedRing } from "../../../src/domain/dashcam/timed-ring.ts";
import { OUTLIER } from "../../../src/domain/dashcam/trigger.ts";
import { messageId } from "../../../src/domain/ids.ts";
import { classify } from "../../../src/domain/lanes/classify.ts";
import { actionSpec, CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import { rpcErrorCodes, rpcErrorKind } from "../../../src/domain/ocpp/error-codes.ts";
import type { Frame } from "../../../src/domain/ocpp/frame.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";
import { eventChannel } from "../../../src/domain/telemetry/channels.ts";
import { eventNo, eventValue } from "../../../src/domain/telemetry/event-lists.ts";

const ORIGIN = { asset: "asset", evse: 1, configHash: "0", previous: null };
const STATUS = eventChannel("status");
const FAULTED = eventValue(eventNo("status"), "Faulted");

const WINDOW = { beforeMs: 300_000, afterMs: 60_000 };

const HEARTBEAT: FrameFacts = {
  connection: { version: "ocpp1.6" },
  from: "south",
  frame: { type: 2, id: messageId("1"), action: "Heartbeat", payload: {} },
  bytes: { length: 20 },
  spec: actionSpec("ocpp1.6", "Heartbeat"),
  messageClass: 3,
};

/** A word that stands in no table of ours. */
const canary = fc.integer({ min: 0, max: 1e9 }).map((n) => `Canary${n}Yranac`);
const errorCode = fc.constantFrom(...OCPP_VERSIONS.flatMap(rpcErrorCodes));
const action = fc.oneof(fc.constantFrom(...CATALOGUE.map((spec) => spec.action)), canary);

/** A recorder with a station's ring of frames beside it. */
class Camera extends SceneRecorder {
  readonly #ring: TimedRing;

  constructor(limit: CaptureLimit, budget = new MemoryBudget(1e7), since = Number.NEGATIVE_INFINITY) {
    const frames = frameRing(budget, WINDOW);
    super({ window: WINDOW, limit, frames, budget, since: { observations: since, frames: since } });
    this.#ring = frames;
  }

  get frames(): number {
    return this.#ring.size;
  }

  frame(at: number, facts: FrameFacts = HEARTBEAT): Capture | undefined {
    const due = this.advance(at);
    this.#ring.push(at, packSkeleton(facts), -1);
    return due;
  }
}

/** Frames of every type with a canary wherever a peer can put text. */
const frame: fc.Arbitrary<Frame> = fc
  .tuple(canary, action, fc.constantFrom<Frame["type"]>(2, 3, 4, 5, 6), fc.oneof(canary, errorCode))
  .map(([word, name, type, code]): Frame => {
    const id = messageId(word);
    const payload = {
      idTag: word,
      [word]: { deep: [word] },
      meterValue: word,
      eventType: word,
      variable: { name: word },
    };
    if (type === 2 || type === 6) return { type, id, action: name, payload };
    return type === 3 ? { type, id, payload } : { type, id, code, description: word };
  });

const versionOf = fc.constantFrom(...OCPP_VERSIONS);

const passed: fc.Arbitrary<FrameFacts> = fc
  .record({
    version: versionOf,
    from: fc.constantFrom("south" as const, "north" as const),
    frame,
    bytes: fc.nat(0xffffff),
    asked: action,
  })
  .map(({ version, from, frame: each, bytes, asked }) => {
    const named = "action" in each ? each.action : asked;
    const spec = actionSpec(version, named);
    const { messageClass } = classify(version, each, spec);
    return { connection: { version }, from, frame: each, bytes: { length: bytes }, spec, messageClass };
  });

test("no text of a frame is in a sealed capture: id, action of a vendor, payload, error code, description", () => {
  fc.assert(
    fc.property(fc.array(passed, { minLength: 1, maxLength: 30, size: "max" }), (frames) => {
      const recorder = new Camera(new CaptureLimit());
      for (const [i, one] of frames.entries()) recorder.frame(1000 + i, one);
      recorder.mark(OUTLIER, 60_000);
      const capture = recorder.advance(200_000);
      assert.is(capture?.frames.length, frames.length);
      assert.not.match(captureText(capture as Capture, ORIGIN), /Canary|Yranac/);
    }),
  );
});

test("a skeleton says of a frame what the lists have words for, and nothing is bent on the way", () => {
  fc.assert(
    fc.property(passed, fc.integer({ min: -1, max: 1e9 }), (facts, afterMs) => {
      const { frame: each, spec, from, bytes, messageClass, connection } = facts;
      const { errorCode, afterMs: after, bytes: told, ...skeleton } = unpackSkeleton(7, packSkeleton(facts), afterMs);
      assert.equal(skeleton, {
        at: 7,
        version: connection.version,
        direction: from === "south" ? "up" : "down",
        type: each.type,
        action: spec?.action ?? OTHER,
        messageClass,
      });
      const isTold = spec?.token === false;
      assert.ok(isTold ? told >= Math.min(bytes.length, 0x800000) && Number.isInteger(Math.log2(told)) : told === 0);
      assert.ok(told <= Math.max(128, 2 * bytes.length));
      assert.is(errorCode, "code" in each ? (rpcErrorKind(each.code) ?? OTHER) : undefined);
      assert.is(after, afterMs < 0 ? undefined : afterMs);
    }),
  );
});

type Step = { readonly kind: "observe" | "frame" | "command" | "advance"; readonly by: number; readonly value: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("observe", "frame", "command", "advance"),
  by: fc.oneof(fc.integer({ min: -5000, max: 90_000 }), fc.constantFrom(Number.NaN, Infinity, -Infinity)),
  value: fc.oneof(fc.nat(12), fc.double()),
});

/** As drawn by default, lists have some three items: too few for one scene to end. */
const manySteps = fc.array(step, { minLength: 60, maxLength: 200, size: "max" });

function take(recorder: Camera, kind: Step["kind"], at: number, value: number): Capture | undefined {
  if (kind === "observe") return recorder.observe({ at, channel: STATUS, value, quality: 0 });
  if (kind === "frame") return recorder.frame(at);
  return kind === "command" ? recorder.mark(OUTLIER, at) : recorder.advance(at);
}

function capturesOf(steps: readonly Step[]): readonly Capture[] {
  const recorder = new Camera(new CaptureLimit());
  let at = 1_000_000;
  const captures = steps.flatMap(({ kind, by, value }) => {
    if (Number.isFinite(by)) at += by;
    return take(recorder, kind, Number.isFinite(by) ? at : by, value) ?? [];
  });
  assert.ok(recorder.frames <= 200 && recorder.observations <= 4800);
  return captures;
}

const isOrderedWithin = (items: readonly { readonly at: number }[], from: number, to: number): boolean =>
  items.every((item, i) => item.at >= from && item.at <= to && (items[i - 1]?.at ?? from) <= item.at);

test("whatever comes, a capture stays within its window, in order, and with the trigger that started it", () => {
  fc.assert(
    fc.property(manySteps, (steps) => {
      for (const { from, to, observations, frames, triggers } of capturesOf(steps)) {
        assert.is(to - from, 360_000);
        assert.is(triggers[0]?.at, from + 300_000);
        assert.ok(triggers.length <= 16);
        assert.ok(isOrderedWithin(observations, from, to) && isOrderedWithin(frames, from, to));
      }
    }),
  );
});

test("whatever comes, no code starts two captures within an hour, and all codes no more than six", () => {
  fc.assert(
    fc.property(manySteps, (steps) => {
      const starts = capturesOf(steps).map(({ from, triggers }) => ({ from, code: triggers[0]?.code }));
      for (const { from, code } of starts) {
        const within = starts.filter((other) => other.from > from - 3_600_000 && other.from <= from);
        assert.ok(within.length <= 6);
        assert.is(within.filter((other) => other.code === code).length, 1);
      }
    }),
  );
});

test("a capture that does not fit loses its oldest, says from when on it is whole, and then fits", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (count) => {
      const recorder = new Camera(new CaptureLimit());
      for (let i = 0; i < count; i += 1) recorder.observe({ at: 1000 + i, channel: 0, value: i / 7, quality: 0 });
      recorder.mark(OUTLIER, 5000);
      const capture = recorder.advance(100_000) as Capture;
      const body = captureBody(capture, ORIGIN, (text) => Buffer.from(text));
      assert.ok(body !== undefined && body.length <= MAX_SEALED_BYTES);
      const { from, observations } = JSON.parse(Buffer.from(body ?? []).toString());
      const kept = capture.observations.filter((one) => one.at >= from + observations.wholeFrom);
      assert.is(observations.rows.length, kept.length);
    }),
    { numRuns: 20 },
  );
});

const body = fc.integer({ min: 1, max: MAX_SEALED_BYTES }).chain((length) =>
  fc.integer({ min: 1, max: 0x7fffffff }).map((seed) => {
    let state = seed;
    return Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state >>> 16;
    });
  }),
);
const sealed = (bytes: Uint8Array): readonly SealedChunk[] => seal("a-1", bytes) ?? [];

test("what was sealed comes out as it was, in chunks of 16 kB", () => {
  fc.assert(
    fc.property(body, (bytes) => {
      const chunks = sealed(bytes);
      assert.ok(chunks.length > 0 && chunks.every(({ data }) => data.length <= CHUNK_BYTES));
      const back = unseal(chunks);
      assert.ok(back.ok && Buffer.from(bytes).equals(back.value.body));
      assert.ok(back.ok && back.value.head === chunks.at(-1)?.link);
    }),
    { numRuns: 25 },
  );
});

test("one changed bit is found, and the chunk it is in is named", () => {
  fc.assert(
    fc.property(body, fc.nat(), fc.integer({ min: 0, max: 7 }), (bytes, place, bit) => {
      const at = place % bytes.length;
      const n = Math.floor(at / CHUNK_BYTES) + 1;
      const changed = sealed(bytes).map((chunk) => {
        if (chunk.n !== n) return chunk;
        const data = chunk.data.slice();
        data[at % CHUNK_BYTES] = (data[at % CHUNK_BYTES] ?? 0) ^ (1 << bit);
        return { ...chunk, data };
      });
      assert.equal(unseal(changed), { ok: false, error: { fault: "wrong-digest", n } });
    }),
    { numRuns: 25 },
  );
});

test("a chunk that is lost, repeated, out of place, another capture's, or sealed anew alone is found", () => {
  const bytes = Uint8Array.from({ length: 40_000 }, (_, i) => i % 251);
  const [one, two, three] = sealed(bytes) as [SealedChunk, SealedChunk, SealedChunk];
  const other = seal("a-2", bytes.slice().reverse())?.[1] as SealedChunk;
  const alone = { ...other, id: "a-1" };
  const fault = (chunks: readonly SealedChunk[]) => {
    const result = unseal(chunks);
    return result.ok ? "none" : result.error.fault;
  };
  assert.is(fault([one, two, three]), "none");
  assert.is(fault([]), "no-chunks");
  assert.is(fault([one, two]), "missing");
  assert.is(fault([one, three, two]), "missing");
  assert.is(fault([one, one, three]), "missing");
  assert.is(fault([one, other, three]), "foreign");
  assert.is(fault([one, alone, three]), "wrong-link");
  assert.is(fault([one, two, { ...three, data: three.data.slice(1) }]), "wrong-digest");
});

test("a body too long or empty is not sealed", () => {
  assert.is(seal("a", new Uint8Array(MAX_SEALED_BYTES + 1)), undefined);
  assert.is(seal("a", new Uint8Array(0)), undefined);
  assert.is(seal("a", new Uint8Array(MAX_SEALED_BYTES))?.length, 4);
});

test("full rings keep to their number, and the capture tells from when on it is whole", () => {
  const recorder = new Camera(new CaptureLimit());
  for (let i = 0; i < 6000; i += 1) {
    recorder.observe({ at: 1000 + i, channel: 0, value: i, quality: 0 });
    recorder.frame(1000 + i);
  }
  assert.is(recorder.observations, 4800);
  assert.is(recorder.frames, 200);
  recorder.mark(OUTLIER, 7000);
  const capture = recorder.advance(67_001) as Capture;
  assert.is(capture.frames.length, 200);
  assert.is(capture.framesWholeFrom, capture.frames[0]?.at);
  assert.is(capture.observationsWholeFrom, capture.observations[0]?.at);
  assert.ok((captureBody(capture, ORIGIN, (text) => gzipSync(text))?.length ?? 0) > 0);
});

test("what no scene can reach any more is not kept", () => {
  const recorder = new Camera(new CaptureLimit());
  recorder.observe({ at: 1000, channel: 0, value: 1, quality: 0 });
  recorder.frame(1000);
  recorder.advance(371_000);
  assert.is(recorder.observations, 1);
  recorder.advance(371_001);
  assert.is(recorder.observations, 0);
  recorder.frame(371_001);
  assert.is(recorder.frames, 1);
});

test("the triggers: Faulted, an error code, an abnormal stop, the socket down, an outlier; and nothing else", () => {
  const started = (event: Parameters<typeof eventChannel>[0], word: string) => {
    const recorder = new Camera(new CaptureLimit());
    recorder.observe({ at: 1000, channel: eventChannel(event), value: eventValue(eventNo(event), word), quality: 0 });
    return recorder.advance(61_001)?.triggers[0]?.code;
  };
  assert.is(started("status", "Faulted"), "status:Faulted");
  assert.is(started("errorCode", "GroundFailure"), "errorCode:GroundFailure");
  assert.is(started("stoppedReason", "EmergencyStop"), "stoppedReason:EmergencyStop");
  assert.is(started("connection", "down"), "connection:down");
  for (const [event, word] of [
    ["status", "Charging"],
    ["errorCode", "NoError"],
    ["stoppedReason", "Local"],
    ["connection", "up"],
    ["firmwareStatus", "Installed"],
  ] as const) {
    assert.is(started(event, word), undefined, word);
  }
  const recorder = new Camera(new CaptureLimit());
  recorder.mark(OUTLIER, 1000);
  assert.is(recorder.advance(61_000), undefined);
  assert.is(recorder.advance(61_001)?.triggers[0]?.code, OUTLIER);
});

test("a scene notes sixteen triggers and no more", () => {
  const recorder = new Camera(new CaptureLimit());
  for (let i = 0; i < 30; i += 1) recorder.mark(OUTLIER, 1000 + i);
  assert.is(recorder.advance(61_001)?.triggers.length, 16);
});

test("an instant that is none does not stop the clock of the scenes", () => {
  const recorder = new Camera(new CaptureLimit());
  for (const none of [Number.POSITIVE_INFINITY, Number.NaN]) recorder.advance(none);
  recorder.mark(OUTLIER, 1000);
  assert.is(recorder.advance(61_001)?.to, 61_000);
});

test("a code within a scene starts no second one, and what is refused is counted", () => {
  const limit = new CaptureLimit();
  const recorder = new Camera(limit);
  recorder.mark(OUTLIER, 1000);
  recorder.observe({ at: 2000, channel: STATUS, value: FAULTED, quality: 0 });
  assert.equal(
    recorder.advance(61_001)?.triggers.map(({ code }) => code),
    [OUTLIER, "status:Faulted"],
  );
  recorder.observe({ at: 70_000, channel: STATUS, value: FAULTED, quality: 0 });
  assert.is(recorder.advance(200_000), undefined);
  assert.is(limit.duplicates, 1);
  const six = new CaptureLimit();
  assert.equal(
    ["a", "b", "c", "d", "e", "f", "g"].map((code, i) => six.ask(code, i)),
    [...Array.from({ length: 6 }, () => "granted"), "limited"],
  );
  assert.is(six.ask("g", 3_600_000), "granted");
  assert.is(six.limited, 1);
});

test("a ring holds what a list cut by age and number would, in order, whenever it grew or wrapped", () => {
  const step = fc.record({ by: fc.nat(120), burst: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40, size: "max" }), (steps) => {
      const ring = new TimedRing({ capacity: 100, keepMs: 200, budget: new MemoryBudget(1e6) });
      let at = 1_000;
      let n = 0;
      let kept: (readonly number[])[] = [];
      for (const { by, burst } of steps) {
        at += by;
        for (let i = 0; i < burst; i += 1) {
          ring.push(at, n, -n);
          kept = [...kept, [at, n, -n]].filter(([when = 0]) => when >= at - 200).slice(-100);
          n += 1;
        }
        assert.equal(
          ring.between(0, 1e9, (...row) => row),
          kept,
        );
      }
    }),
  );
});

test("where memory is spent the oldest go, the capture says so, and what is empty gives its memory back", () => {
  const budget = new MemoryBudget(64 * 3 * 8);
  const recorder = new Camera(new CaptureLimit(), budget);
  for (let i = 0; i < 500; i += 1) recorder.observe({ at: 1000 + i, channel: 0, value: i, quality: 0 });
  assert.ok(recorder.observations > 0 && recorder.observations <= 64, String(recorder.observations));
  recorder.mark(OUTLIER, 2000);
  const capture = recorder.advance(62_001) as Capture;
  assert.is(capture.observations.at(-1)?.value, 499);
  assert.is(capture.observationsWholeFrom, capture.observations[0]?.at);
  assert.ok(budget.used <= 64 * 3 * 8 && budget.forgotten > 0);
  recorder.advance(10_000_000);
  assert.is(budget.used, 0);
});

test("what was before a restart, or before a loss on the way, is not called whole", () => {
  const recorder = new Camera(new CaptureLimit(), undefined, 290_000);
  recorder.mark(OUTLIER, 400_000);
  const capture = recorder.advance(500_000);
  assert.equal([capture?.from, capture?.observationsWholeFrom, capture?.framesWholeFrom], [100_000, 290_000, 290_000]);
});

test("a scene that is ended before its time says how far it goes", () => {
  const recorder = new Camera(new CaptureLimit());
  recorder.mark(OUTLIER, 400_000);
  recorder.observe({ at: 410_000, channel: 0, value: 1, quality: 0 });
  const capture = recorder.finish();
  assert.equal([capture?.from, capture?.to, capture?.observations.length], [100_000, 410_000, 1]);
  assert.is(recorder.finish(), undefined);
});

test.run();
