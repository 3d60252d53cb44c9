import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ClockDiscipline, JUMP_MS, MAX_ROUND_TRIP_MS } from "../../../src/domain/clock/discipline.ts";
import { epochMs } from "../../../src/domain/ids.ts";

const START = Date.UTC(2026, 5, 1, 8);

/** A local clock that is off by `-trueOffset`, and a way to the CSMS and back. */
class Link {
  readonly discipline = new ClockDiscipline();
  local = START;
  monotonicMs = 5000;

  pass(ms: number): void {
    this.local += ms;
    this.monotonicMs += ms;
  }

  /** One exchange: `offsetMs` is what the CSMS's clock is ahead, `asymmetry` the share of the way that comes first. */
  exchange(offsetMs: number, roundTripMs: number, asymmetry = 0.5): void {
    const sentAt = epochMs(this.local);
    const csmsTime = epochMs(this.local + roundTripMs * asymmetry + offsetMs);
    this.pass(roundTripMs);
    this.discipline.observe({ csmsTime, sentAt, receivedAt: epochMs(this.local), monotonicMs: this.monotonicMs });
  }
}

const offset = fc.integer({ min: -86_400_000, max: 86_400_000 });
const roundTrip = fc.integer({ min: 0, max: MAX_ROUND_TRIP_MS });

test("while nothing is known the local clock counts as it is", () => {
  const discipline = new ClockDiscipline();
  assert.is(discipline.offsetMs, 0);
  assert.not.ok(discipline.isKnown);
  assert.is(discipline.disciplined(epochMs(START)), START);
});

test("the error is at most half the longest round trip, whatever the way", () => {
  const exchanges = fc.array(fc.tuple(roundTrip, fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 30,
    size: "max",
  });
  fc.assert(
    fc.property(offset, exchanges, (ahead, list) => {
      const link = new Link();
      for (const [ms, asymmetry] of list) {
        link.pass(60_000);
        link.exchange(ahead, ms, asymmetry);
      }
      const worst = Math.max(...list.map(([ms]) => ms)) / 2;
      assert.ok(Math.abs(link.discipline.offsetMs - ahead) <= worst + 0.001);
      assert.ok(Math.abs(link.discipline.disciplined(epochMs(link.local)) - (link.local + ahead)) <= worst + 1);
    }),
  );
});

test("one lying answer among three or more changes nothing that matters, however fast it came", () => {
  fc.assert(
    fc.property(
      offset,
      fc.integer({ min: 2, max: 12 }),
      fc.nat(12),
      offset,
      fc.integer({ min: 0, max: 200 }),
      (ahead, honest, when, lie, speed) => {
        const link = new Link();
        for (let i = 0; i <= honest; i += 1) {
          link.pass(60_000);
          if (i === when % (honest + 1)) link.exchange(ahead + lie, speed);
          else link.exchange(ahead, 100);
        }
        assert.ok(Math.abs(link.discipline.offsetMs - ahead) <= 100, String(link.discipline.offsetMs - ahead));
      },
    ),
    { numRuns: 500 },
  );
});

test("slow answers are outvoted by fast ones", () => {
  const link = new Link();
  for (let i = 0; i < 4; i += 1) link.exchange(500, 9000, 1);
  for (let i = 0; i < 5; i += 1) link.exchange(500, 40, 1);
  assert.ok(Math.abs(link.discipline.offsetMs - 500) <= 20);
});

test("of two answers that disagree the one that moves the clock less wins", () => {
  for (const [first, second] of [
    [200, 90_000],
    [90_000, 200],
    [-90_000, -200],
    [-200, 90_000],
  ] as const) {
    const link = new Link();
    link.exchange(first, 50);
    link.exchange(second, 50);
    assert.is(Math.abs(link.discipline.offsetMs), 200);
  }
});

test("an answer that took too long, or comes from a clock that was never set, says nothing", () => {
  const link = new Link();
  link.exchange(5000, MAX_ROUND_TRIP_MS + 1);
  assert.not.ok(link.discipline.isKnown);
  const sentAt = epochMs(link.local);
  for (const csmsTime of [0, Number.NaN, Date.UTC(2019, 11, 31)]) {
    link.discipline.observe({ csmsTime: epochMs(csmsTime), sentAt, receivedAt: sentAt, monotonicMs: link.monotonicMs });
  }
  link.discipline.observe({
    csmsTime: sentAt,
    sentAt,
    receivedAt: epochMs(sentAt - 1),
    monotonicMs: link.monotonicMs - 1,
  });
  assert.not.ok(link.discipline.isKnown);
  link.exchange(5000, MAX_ROUND_TRIP_MS);
  assert.is(link.discipline.offsetMs, 5000);
});

test("a CSMS whose clock changes is followed after a few answers", () => {
  const link = new Link();
  for (let i = 0; i < 20; i += 1) link.exchange(1000, 100);
  for (let i = 0; i < 9; i += 1) link.exchange(61_000, 100);
  assert.is(link.discipline.offsetMs, 61_000);
});

test("a jump of the local clock forgets what was known; slewing and long silence do not", () => {
  for (const jump of [JUMP_MS + 200, -JUMP_MS - 200, 1_780_000_000_000]) {
    const link = new Link();
    for (let i = 0; i < 5; i += 1) link.exchange(7000, 100);
    link.local += jump;
    link.pass(1000);
    assert.is(link.discipline.disciplined(epochMs(link.local), link.monotonicMs), link.local);
    assert.not.ok(link.discipline.isKnown);
    link.exchange(300, 100);
    assert.is(link.discipline.offsetMs, 300);
  }
  const link = new Link();
  link.exchange(7000, 100);
  for (let i = 0; i < 48; i += 1) {
    link.pass(3_600_000);
    link.local += 1500;
    assert.is(link.discipline.disciplined(epochMs(link.local), link.monotonicMs), link.local + 7000);
  }
  link.pass(7 * 86_400_000);
  link.exchange(7000, 100);
  assert.is(link.discipline.offsetMs, 7000);
});

test("a jump between two answers is noticed at the second", () => {
  const link = new Link();
  for (let i = 0; i < 9; i += 1) link.exchange(3_600_000, 100);
  link.local += 3_600_000;
  link.exchange(0, 100);
  assert.is(link.discipline.offsetMs, 0);
});

test.run();
