/** An analysis over a restart: what was learnt stays, and the session the restart fell into counts for nothing. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EvseAnalysis, type SessionResult } from "../../../src/domain/features/evse-analysis.ts";
import { DAY_MS, life, playSession, type SimulatedSession } from "../../support/simulated-evse.ts";

function play(analysis: EvseAnalysis, session: SimulatedSession): SessionResult {
  let last: SessionResult | undefined;
  playSession(session, (channel, at, value) => {
    last = analysis.observe(channel, at, value) ?? last;
  });
  if (last === undefined) throw new Error("the session did not end");
  return last;
}

const overDisk = (analysis: EvseAnalysis) => new EvseAnalysis(JSON.parse(JSON.stringify(analysis.state)));

test("wherever the restart falls, everything but the session after it is judged as without one", () => {
  const sessions = [...life({ seed: 7, days: 30, failureRate: () => 0.2, thetaFactor: (day) => (day < 20 ? 1 : 1.2) })];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: sessions.length - 2 }), (at) => {
      const whole = new EvseAnalysis();
      for (const session of sessions.toSpliced(at, 1)) play(whole, session);
      const before = new EvseAnalysis();
      for (const session of sessions.slice(0, at)) play(before, session);
      const after = overDisk(before);
      for (const session of sessions.slice(at)) play(after, session);
      assert.equal({ ...after.state, score: undefined }, { ...whole.state, score: undefined });
    }),
    { numRuns: 20 },
  );
});

test("a degraded EVSE is as degraded after the restart", () => {
  const analysis = new EvseAnalysis();
  for (const session of life({ seed: 8, days: 40, thetaFactor: (day) => (day < 20 ? 1 : 1.3) }))
    play(analysis, session);
  const [sound] = life({ seed: 9, days: 1 });
  if (sound === undefined) throw new Error("no session");
  const next = { ...sound, startMs: 40 * DAY_MS };
  assert.ok(play(overDisk(analysis), next).health.score <= 60);
  assert.is(play(new EvseAnalysis(), next).health.score, 100, "a cold start would know nothing");
});

test("the rest of a session that a restart cut is neither a warm contact nor a failure", () => {
  const analysis = overDisk(new EvseAnalysis());
  const [session] = life({ seed: 10, days: 1 });
  if (session === undefined) throw new Error("no session");
  const cut = play(analysis, { ...session, reason: "PowerLoss", minutes: 30 });
  assert.equal([cut.theta, cut.isFailed], [undefined, false]);
  assert.ok(play(analysis, { ...session, startMs: DAY_MS, minutes: 30 }).theta !== undefined);
});

test.run();
