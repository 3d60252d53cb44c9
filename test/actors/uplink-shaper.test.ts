/** One line for all: strict order, the bandwidth kept, nothing lost, nobody held for ever. Simulated time, no sockets. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type UplinkPort, UplinkShaper, type UplinkShaperOptions } from "../../src/actors/uplink-shaper.ts";
import { Counters } from "../../src/domain/counters.ts";
import type { MessageClass } from "../../src/domain/ocpp/catalogue.ts";
import type { HealthThrottle, HealthUplink } from "../../src/ports.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

/** 32 000 bytes a second; burst and reserve 3 000 bytes; no overhead, so that numbers are round. */
const LINE = { bandwidthBps: 256_000, overheadBytes: 0, healthShare: 0, health: undefined };

interface Departure {
  readonly name: string;
  readonly at: number;
  readonly bytes: number;
  readonly urgent: boolean;
}

interface Station extends UplinkPort {
  rooms: number;
}

function line(options: Partial<UplinkShaperOptions> = {}) {
  const clock = new SimulatedClock(0);
  const counters = new Counters(0);
  const shaper = new UplinkShaper({ ...LINE, clock, counters, ...options });
  const left: Departure[] = [];
  const station = (): Station => {
    const port = shaper.port({
      deliver: (frame, urgent) => {
        const name = String(frame).split(" ")[0] as string;
        left.push({ name, at: clock.monotonicMs(), bytes: frame.length, urgent });
      },
      onRoom: () => {
        facade.rooms += 1;
      },
    });
    const facade: Station = Object.assign(port, { rooms: 0 });
    return facade;
  };
  return { clock, counters, shaper, left, station, names: () => left.map(({ name }) => name).join(" ") };
}

/** A frame of `bytes` that begins with its name. */
const frame = (name: string, bytes: number): string => `${name} `.padEnd(bytes, "x");

const queued = ({
  uplinkBytesV0Now,
  uplinkBytesV1Now,
  uplinkBytesV2Now,
  uplinkBytesV3Now,
  uplinkBytesV4Now,
}: Counters) => [uplinkBytesV0Now, uplinkBytesV1Now, uplinkBytesV2Now, uplinkBytesV3Now, uplinkBytesV4Now];

test("an idle line sends at once and keeps nothing", () => {
  const { station, left, clock, counters } = line();
  station().push(frame("a", 1_000), 4);
  assert.equal(left, [{ name: "a", at: 0, bytes: 1_000, urgent: false }]);
  assert.is(clock.waiting, 0);
  assert.equal(queued(counters), [0, 0, 0, 0, 0]);
});

test("a busy line sends class before class, and within a class what came first, whoever sent it", () => {
  const { station, clock, names, counters } = line();
  station().push(frame("before", 6_000), 4);
  const [a, b] = [station(), station()];
  a.push(frame("bulk", 100), 4);
  b.push(frame("boot", 100), 3);
  a.push(frame("command", 100), 2);
  b.push(frame("meter1", 100), 1);
  a.push(frame("meter2", 100), 1);
  assert.equal(queued(counters), [0, 200, 100, 100, 100]);
  clock.advance(1_000);
  assert.is(names(), "before meter1 meter2 command boot bulk");
  assert.equal(queued(counters), [0, 0, 0, 0, 0]);
});

test("V0 goes at once while others wait, as long as the reserve lasts, and then at the line's rate", () => {
  const { station, clock, left } = line();
  for (let i = 0; i < 20; i += 1) station().push(frame(`bulk${i}`, 8_000), 1);
  clock.advance(10);
  for (let i = 0; i < 8; i += 1) station().push(frame("card", 1_000), 0);
  clock.advance(10_000);
  const cards = left.filter(({ name }) => name === "card");
  assert.ok(cards.every(({ urgent }) => urgent));
  // Three from the reserve; each further one when 1 000 bytes more have gone by.
  assert.equal(
    cards.map(({ at }) => at),
    [10, 10, 10, 42, 73, 104, 135, 167],
  );
});

test("every byte of overhead is charged, for each segment", () => {
  const { station, clock, left } = line({ overheadBytes: 90 });
  station().push(frame("first", 2_720), 1);
  station().push(frame("second", 910), 1);
  clock.advance(1_000);
  // 2 900 of the burst of 3 000 were gone, 1 000 are needed: 900 more at 32 bytes a millisecond.
  assert.equal(
    left.map(({ at }) => at),
    [0, 29],
  );
});

test("V0 and V1 of one connection never change places; those of others do", () => {
  const { station, clock, names } = line();
  station().push(frame("before", 9_000), 1);
  const [own, other] = [station(), station()];
  other.push(frame("other-meter", 100), 1);
  own.push(frame("own-meter", 100), 1);
  own.push(frame("own-bulk", 100), 4);
  own.push(frame("own-start", 100), 0);
  assert.is(names(), "before own-meter own-start");
  clock.advance(1_000);
  assert.is(names(), "before own-meter own-start other-meter own-bulk");
});

test("what stands before an urgent call of its own station goes as urgently", () => {
  const { station, clock, names, counters } = line();
  station().push(frame("before", 9_000), 1);
  const [own, other] = [station(), station()];
  other.push(frame("meter", 2_000), 1);
  own.push(frame("report", 2_000), 4);
  own.promote(4);
  assert.equal(queued(counters), [0, 2_000, 0, 0, 2_000]);
  own.promote(0);
  assert.is(names(), "before report");
  clock.advance(1_000);
  assert.is(names(), "before report meter");
});

test("a frame is taken back while it waits, and not when it has left", () => {
  const { station, clock, names, counters } = line();
  station().push(frame("before", 9_000), 1);
  const port = station();
  const text = frame("given-up", 500);
  port.push(text, 1);
  assert.is(port.waiting, 1);
  assert.ok(port.withdraw(text));
  assert.not.ok(port.withdraw(text));
  assert.equal([port.waiting, counters.uplinkTakenBack, counters.uplinkBytesV1Now], [0, 1, 0]);
  clock.advance(1_000);
  assert.is(names(), "before");
});

test("the end of a link takes back what it had waiting, and lets its station go", () => {
  const { station, clock, names, counters } = line({ queueBytes: 1_000 });
  station().push(frame("before", 9_000), 1);
  const port = station();
  for (const name of ["a", "b", "c"]) port.push(frame(name, 600), 4);
  assert.ok(port.isFull);
  port.clear();
  assert.equal([port.isFull, port.rooms, port.waiting], [false, 1, 0]);
  assert.equal([counters.uplinkTakenBack, counters.uplinkHeldStationsNow, counters.uplinkBytesV4Now], [3, 0, 0]);
  clock.advance(1_000);
  assert.is(names(), "before");
});

test("too much of a class holds the stations that send it, and lets them go one by one as it drains", () => {
  const { station, clock, counters } = line({ queueBytes: 10_000 });
  station().push(frame("before", 3_000), 1);
  const stations = Array.from({ length: 30 }, station);
  for (const port of stations) port.push(frame("bulk", 1_000), 4);
  const isHeld = () => stations.filter(({ isFull }) => isFull).length;
  assert.equal([isHeld(), counters.uplinkHeldStationsNow], [20, 20]);
  const card = station();
  card.push(frame("card", 100), 0);
  assert.not.ok(card.isFull);
  // 25 of 30 have to leave before half of the room is free.
  clock.advance((24 * 1000) / 32);
  assert.is(isHeld(), 20);
  clock.advance(1000 / 32 + 20);
  assert.is(isHeld(), 19);
  clock.advance(1_000);
  assert.equal([isHeld(), counters.uplinkHeldStationsNow], [0, 0]);
  assert.ok(stations.slice(10).every(({ rooms }) => rooms === 1));
});

test("what a delivery sets off finds its place in the queue", () => {
  const clock = new SimulatedClock(0);
  const shaper = new UplinkShaper({ ...LINE, clock, counters: new Counters(0) });
  const left: string[] = [];
  const port: UplinkPort = shaper.port({
    deliver: (text) => {
      left.push(String(text));
      if (text === "second") {
        port.push("fourth", 4);
        port.push("third", 0);
      }
    },
    onRoom: () => undefined,
  });
  shaper.port({ deliver: () => undefined, onRoom: () => undefined }).push(frame("before", 9_000), 1);
  port.push("second", 2);
  clock.advance(1_000);
  assert.equal(left, ["second", "third", "fourth"]);
});

test("a closed line sends nothing more", () => {
  const { station, clock, shaper, names } = line();
  station().push(frame("before", 9_000), 1);
  station().push(frame("after", 100), 1);
  shaper.close();
  station().push(frame("urgent", 100), 0);
  clock.advance(1_000);
  assert.equal([names(), clock.waiting], ["before", 0]);
});

interface Arrival {
  readonly station: number;
  readonly afterMs: number;
  readonly bytes: number;
  readonly messageClass: MessageClass;
}

const arrivals = fc.array(
  fc.record({
    station: fc.nat(3),
    afterMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(200) }),
    bytes: fc.integer({ min: 10, max: 9_000 }),
    messageClass: fc.constantFrom<MessageClass>(0, 1, 2, 3, 4),
  }),
  { maxLength: 50, size: "max" },
);

test("everything leaves, in an order that strict priority allows, at no more than the line's rate, and nobody stays held", () => {
  fc.assert(
    fc.property(arrivals, (all) => {
      const { station, clock, left, counters } = line({ queueBytes: 20_000 });
      const stations = Array.from({ length: 4 }, station);
      const came: number[] = [];
      for (const [i, { station: no, afterMs, bytes, messageClass }] of all.entries()) {
        clock.advance(afterMs);
        came.push(clock.monotonicMs());
        stations[no]?.push(frame(String(i), bytes), messageClass);
      }
      clock.advance(60_000);
      assert.is(left.length, all.length);
      assert.ok(stations.every(({ isFull, waiting }) => !isFull && waiting === 0));
      assert.equal([queued(counters), counters.uplinkHeldStationsNow, clock.waiting], [[0, 0, 0, 0, 0], 0, 0]);
      const order = left.map(({ name }) => Number(name));
      for (const [at, i] of order.entries()) {
        for (const j of order.slice(at + 1)) assertMayGoBefore(i, j, all, came, left[at]?.at ?? 0);
      }
      assertRate(left);
    }),
    { numRuns: 300 },
  );
});

/** Frame `i` left at `leftAt`, before frame `j` did. */
function assertMayGoBefore(i: number, j: number, all: readonly Arrival[], came: readonly number[], leftAt: number) {
  const [a, b] = [all[i], all[j]];
  if (a === undefined || b === undefined) throw new Error("a frame nobody sent");
  // The one that left first had come first, or is of a better class …
  if (i < j || a.messageClass < b.messageClass) {
    const isTransactional = a.messageClass <= 1 && b.messageClass <= 1;
    if (a.station === b.station && isTransactional) assert.ok(i < j, "V0 and V1 of one connection changed places");
    return;
  }
  // … or a V0 of its own station came behind it.
  const urged = all.some(
    (c, k) => k > i && c.station === a.station && c.messageClass === 0 && (came[k] ?? 0) <= leftAt,
  );
  assert.ok(a.messageClass === 1 && urged, `${i} (V${a.messageClass}) left before ${j} (V${b.messageClass})`);
}

function assertRate(left: readonly Departure[]) {
  for (let from = 0; from < left.length; from += 1) {
    let total = 0;
    for (const { at, bytes } of left.slice(from)) {
      total += bytes;
      // Two buckets of 3 000, or frames of up to 9 000 in their place.
      assert.ok(total <= 18_000 + 32 * (at - (left[from]?.at ?? 0)) + 1e-6);
    }
  }
}

/** A health lane that always has something to say: each message of `messageBytes`. */
function hungryLane(messageBytes: number, clock: SimulatedClock) {
  const sent: number[] = [];
  let credit = 0;
  const health = {
    throttle: (throttle: HealthThrottle) => {
      if (throttle.kind !== "budget") throw new Error("a shaped line gives budgets");
      credit += throttle.bytes;
      while (credit > 0) {
        sent.push(clock.monotonicMs());
        credit -= messageBytes;
      }
      throttle.onSpent();
    },
  } as unknown as HealthUplink;
  return { health, sent };
}

test("the health lane gets the whole line while nobody else wants it", () => {
  const clock = new SimulatedClock(0);
  const { health, sent } = hungryLane(2_000, clock);
  new UplinkShaper({ ...LINE, clock, counters: new Counters(0), health });
  clock.advance(10_000);
  // 320 000 bytes, a burst, and a message that overdraws.
  assert.ok(sent.length >= 159 && sent.length <= 163, String(sent.length));
});

/** Keeps the line busy with V1 from `clock`'s now on. */
function saturate({ station, clock }: ReturnType<typeof line>, forMs: number) {
  for (let ms = 0; ms < forMs; ms += 100) {
    station().push(frame("meter", 4_000), 1);
    clock.advance(100);
  }
}

function lineWithHealth(healthShare: number) {
  const clock = new SimulatedClock(0);
  const counters = new Counters(0);
  const lane = hungryLane(2_000, clock);
  const shaper = new UplinkShaper({ ...LINE, clock, counters, health: lane.health, healthShare });
  const left: number[] = [];
  const station = () => {
    const owner = { deliver: () => void left.push(clock.monotonicMs()), onRoom: () => undefined };
    return Object.assign(shaper.port(owner), { rooms: 0 });
  };
  return { ...lane, clock, counters, station, left };
}

test("the health lane gets nothing while value messages wait, and that is counted", () => {
  const world = lineWithHealth(0);
  const before = world.sent.length;
  saturate(world as never, 30_000);
  assert.is(world.sent.length, before);
  assert.is(world.counters.healthYields, 1);
  world.clock.advance(60_000);
  assert.ok(world.sent.length > before + 500);
});

test("a guaranteed share begins after five seconds of nothing, and is no more than that", () => {
  const world = lineWithHealth(0.1);
  const before = world.sent.length;
  saturate(world as never, 35_000);
  const shared = world.sent.slice(before);
  assert.ok((shared[0] ?? 0) >= 5_000 && (shared[0] ?? 0) < 5_100, String(shared[0]));
  // 3 200 bytes a second for 30 seconds, in messages of 2 000.
  assert.ok(shared.length >= 46 && shared.length <= 50, String(shared.length));
});

test("both lanes together keep to the line's rate", () => {
  const world = lineWithHealth(0.5);
  saturate(world as never, 20_000);
  world.clock.advance(20_000);
  const total = world.left.length * 4_000 + world.sent.length * 2_000;
  assert.ok(total <= 3_000 + 3_000 + 32 * 40_000 + 4_000, String(total));
  assert.ok(total >= 32 * 40_000 - 4_000, String(total));
});

test.run();
