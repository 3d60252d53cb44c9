/** The lane's tap: what it takes, what it lets pass by, and that nothing ends it. */
import { Subject } from "rxjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { unpackSkeleton } from "../../src/domain/dashcam/skeleton.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import { type ActionSpec, actionSpec } from "../../src/domain/ocpp/catalogue.ts";
import type { Frame } from "../../src/domain/ocpp/frame.ts";
import { type HealthLaneOptions, healthLane } from "../../src/streams/health-lane.ts";
import type { Connection, Inspected } from "../../src/streams/messages.ts";
import { memorySink } from "../support/health.ts";
import { call, meterValues16 } from "../support/ocpp-messages.ts";
import { pending } from "../support/pending.ts";

const AT = "2026-04-01T12:00:00Z";

const spec = (observable: boolean): ActionSpec => ({
  action: "MeterValues",
  versions: ["ocpp1.6"],
  from: "station",
  send: false,
  lane: "value",
  messageClass: 1,
  personal: false,
  token: false,
  observable,
  explains: false,
  index: 0,
});

function setUp(more: Partial<HealthLaneOptions> = {}) {
  const counters = { laneErrors: 0, observationsLeftOut: 0, healthBytesIn: 0 };
  const inspected$ = new Subject<Inspected>();
  const left: number[] = [];
  let ended: string | undefined;
  const subscription = healthLane(inspected$, { counters, monotonicMs: () => 0, ...more }).subscribe({
    next: (count) => left.push(count),
    error: () => {
      ended = "error";
    },
    complete: () => {
      ended = "complete";
    },
  });
  return { counters, inspected$, left, subscription, ended: () => ended };
}

/** The parts of a connection that the lane looks at. */
const connection = (health: Connection["health"]): Connection => {
  const parts: Partial<Connection> = { stationId: stationId("CP-1"), no: 1, version: "ocpp1.6", health };
  return parts as Connection;
};

/** The parts of a message that the lane looks at. */
const inspected = (over: Partial<Inspected> & { connection: Connection }): Inspected => {
  const parts: Partial<Inspected> = {
    from: "south",
    frame: meterValues16(AT, 1_000),
    bytes: new Uint8Array(200),
    receivedAt: epochMs(Date.parse(AT)),
    spec: spec(true),
    ...over,
  };
  return parts as Inspected;
};

test("a station's observable CALL reaches the sink of its connection", () => {
  const { inspected$, left, counters } = setUp();
  const sink = memorySink();
  inspected$.next(inspected({ connection: connection(sink) }));
  assert.equal(
    sink.seen.map(({ value }) => value),
    [1_000, 41.5],
  );
  assert.equal(left, [0]);
  assert.is(counters.healthBytesIn, 200);
});

test("answers, the CSMS's messages, unobservable and unknown actions, and stations without a sink pass by", () => {
  const { inspected$, left, counters } = setUp();
  const sink = memorySink();
  const answer: Frame = { type: 3, id: call("X", {}).id, payload: { meterValue: [] } };
  const mine = connection(sink);
  inspected$.next(inspected({ connection: mine, frame: answer }));
  inspected$.next(inspected({ connection: mine, from: "north" }));
  inspected$.next(inspected({ connection: mine, spec: spec(false) }));
  inspected$.next(inspected({ connection: mine, spec: undefined }));
  inspected$.next(inspected({ connection: connection(undefined) }));
  assert.equal([sink.seen.length, left.length], [0, 0]);
  assert.equal(counters, { laneErrors: 0, observationsLeftOut: 0, healthBytesIn: 0 });
});

test("an answer about monitors explains the streams of the station's later connections, and only that station's", () => {
  const { inspected$, counters } = setUp();
  const component = { name: "TemperatureSensor", evse: { id: 1 } };
  const result = {
    id: 9,
    status: "Accepted",
    type: "Periodic",
    severity: 5,
    component,
    variable: { name: "Temperature" },
  };
  const answer: Frame = { type: 3, id: call("X", {}).id, payload: { setMonitoringResult: [result] } };
  const asked = actionSpec("ocpp2.1", "SetVariableMonitoring");
  const opening = call("OpenPeriodicEventStream", {
    constantStreamData: { id: 5, variableMonitoringId: 9, params: {} },
  });
  const stream: Frame = { ...call("NotifyPeriodicEventStream", { id: 5, data: [{ t: 0, v: "41" }] }), type: 6 };
  const connect = (sink: Connection["health"]): Connection => ({ ...connection(sink), version: "ocpp2.1" });
  const [mine, other] = [memorySink(), memorySink()];
  inspected$.next(
    inspected({ connection: connect(mine), frame: answer, spec: asked, action: "SetVariableMonitoring" }),
  );
  for (const sink of [mine, other]) {
    const again = connect(sink);
    for (const frame of [opening, stream]) inspected$.next(inspected({ connection: again, frame }));
  }
  assert.equal([mine.seen.map(({ value }) => value), other.seen.length], [[41], 0]);
  assert.equal([counters.laneErrors, counters.observationsLeftOut], [0, 1]);
});

test("a sink that wants frames gets one number for each, of both directions, before what the frame says; an answer with its time", () => {
  const { inspected$ } = setUp({ monotonicMs: () => 1_500 });
  const seen: string[] = [];
  const sink = {
    observe: () => void seen.push("observed"),
    passed: (at: number, skeleton: number, afterMs: number) => {
      const { direction, type, action, bytes } = unpackSkeleton(at, skeleton, afterMs);
      seen.push([at === Date.parse(AT), direction, type, action, bytes, afterMs].join(" "));
    },
  };
  const mine = connection(sink);
  const message = { connection: mine, messageClass: 1 as const, spec: actionSpec("ocpp1.6", "MeterValues") };
  inspected$.next(inspected(message));
  const answer: Frame = { type: 3, id: call("X", {}).id, payload: {} };
  const answers = pending("1", { offeredAt: 1_200 });
  inspected$.next(inspected({ ...message, from: "north", frame: answer, bytes: new Uint8Array(12), answers }));
  assert.equal(seen, ["true up 2 MeterValues 256 -1", "observed", "observed", "true down 3 MeterValues 128 300"]);
});

test("values left out are counted", () => {
  const { inspected$, left, counters } = setUp();
  const frame = call("MeterValues", {
    connectorId: 1,
    meterValue: [{ sampledValue: [{ value: "x" }, { value: "1" }] }],
  });
  inspected$.next(inspected({ connection: connection(memorySink()), frame }));
  assert.equal([left, counters.observationsLeftOut], [[1], 1]);
});

test("a throw inside costs one message and is counted; the lane goes on", () => {
  let calls = 0;
  const { inspected$, left, counters, ended } = setUp({
    extract: () => {
      calls += 1;
      if (calls === 1) throw new Error("idTag 04A2B3C4");
      return 0;
    },
  });
  for (let i = 0; i < 3; i += 1) inspected$.next(inspected({ connection: connection(memorySink()) }));
  assert.is(counters.laneErrors, 1);
  assert.equal(left, [0, 0, 0]);
  assert.is(ended(), undefined);
});

test("a sink that throws is such a throw", () => {
  const { inspected$, counters, ended } = setUp();
  const observe = () => {
    throw new Error("broken");
  };
  inspected$.next(inspected({ connection: connection({ observe }) }));
  inspected$.next(inspected({ connection: connection(memorySink()) }));
  assert.equal([counters.laneErrors, ended()], [1, undefined]);
});

test("what a connection has taught is its own: another connection of the same station starts afresh", () => {
  const { inspected$ } = setUp();
  const stop = call("StopTransaction", { transactionId: 91_234_567, timestamp: AT, meterStop: 1, reason: "PowerLoss" });
  const [first, second] = [memorySink(), memorySink()];
  const known = connection(first);
  inspected$.next(inspected({ connection: known }));
  inspected$.next(inspected({ connection: known, frame: stop }));
  inspected$.next(inspected({ connection: connection(second), frame: stop }));
  assert.equal([first.seen.at(-1)?.evseId, second.seen.at(-1)?.evseId], [1, 0]);
});

test("100 000 synchronous messages pass without anything waiting in the lane", () => {
  const { inspected$, left } = setUp();
  let observed = 0;
  const observe = () => {
    observed += 1;
  };
  const message = inspected({ connection: connection({ observe }) });
  for (let i = 1; i <= 100_000; i += 1) {
    inspected$.next(message);
    if (observed !== 2 * i || left.length !== i) throw new Error(`message ${i} waits`);
  }
});

test("the lane completes and unsubscribes with its source", () => {
  const { inspected$, ended, subscription } = setUp();
  inspected$.complete();
  assert.is(ended(), "complete");
  const other = setUp();
  other.subscription.unsubscribe();
  assert.not.ok(other.inspected$.observed);
  assert.ok(subscription.closed);
});

test.run();
