/** θ from a session: known contacts are found, and sessions that do not tell give none. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ThermalFit } from "../../../src/domain/features/thermal-fit.ts";
import { CURRENT, playSession, TEMPERATURE } from "../../support/simulated-evse.ts";

function fitOf(rest: Partial<Parameters<typeof playSession>[0]>, holeAtMin = Number.NaN): ThermalFit {
  const fit = new ThermalFit();
  const session = { startMs: 0, theta: 0.0008, ambient: 15, ampere: 200, minutes: 45, reason: "Local", ...rest };
  playSession(session, (channel, at, value) => {
    if (at >= holeAtMin * 60_000 && at < (holeAtMin + 6) * 60_000) return;
    if (channel === CURRENT) fit.current(at, value);
    if (channel === TEMPERATURE) fit.temperature(at, value);
  });
  return fit;
}

test("θ of any contact, load and ambient is found within 5 % through a sensor of whole degrees", () => {
  const contact = fc.record({
    theta: fc.double({ min: 0.0004, max: 0.004, noNaN: true }),
    ambient: fc.double({ min: -20, max: 40, noNaN: true }),
    ampere: fc.double({ min: 220, max: 400, noNaN: true }),
    minutes: fc.integer({ min: 20, max: 90 }),
  });
  fc.assert(
    fc.property(contact, (session) => {
      const theta = fitOf(session).theta ?? 0;
      assert.ok(Math.abs(theta / session.theta - 1) < 0.05, `${theta} for ${session.theta}`);
    }),
  );
});

test("a session that is too short, too cool, or has a hole gives no θ", () => {
  assert.is.not(fitOf({}).theta, undefined);
  assert.is(fitOf({ minutes: 2 }).theta, undefined);
  assert.is(fitOf({ ampere: 16 }).theta, undefined);
  assert.is(fitOf({}, 10).theta, undefined);
});

test("temperatures with times of their own, as NotifyEvent of 2.x has them, give the same θ", () => {
  const session = { startMs: 0, theta: 0.0008, ambient: 15, ampere: 250, minutes: 90, reason: "Local" };
  const seen: (readonly [channel: number, at: number, value: number])[] = [];
  playSession(session, (...sample) => seen.push(sample));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 29 }), fc.integer({ min: 1, max: 4 }), (offsetSec, every) => {
      const fit = new ThermalFit();
      let n = 0;
      for (const [channel, at, value] of seen) {
        if (channel === CURRENT) fit.current(at, value);
        if (channel !== TEMPERATURE) continue;
        n += 1;
        // Some seconds later it is hardly another, to a sensor of whole degrees.
        if (n % every === 0) fit.temperature(at + offsetSec * 1_000, value);
      }
      assert.ok(Math.abs((fit.theta ?? 0) / 0.0008 - 1) < 0.08, String(fit.theta));
    }),
  );
});

test("samples that come twice or late change nothing", () => {
  const plain = fitOf({}).theta;
  const fit = new ThermalFit();
  playSession(
    { startMs: 0, theta: 0.0008, ambient: 15, ampere: 200, minutes: 45, reason: "Local" },
    (channel, at, value) => {
      const add = channel === CURRENT ? "current" : channel === TEMPERATURE ? "temperature" : undefined;
      if (add === undefined) return;
      fit[add](at, value);
      fit[add](at, value + 50);
      fit[add](at - 45_000, value + 50);
    },
  );
  assert.is(fit.theta, plain);
});

test.run();
