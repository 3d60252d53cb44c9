/** Safety events latch: nothing but an acknowledgement lets go of them. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EvseAnalysis } from "../../../src/domain/features/evse-analysis.ts";
import { safetyEvent } from "../../../src/domain/features/safety.ts";
import { HALF_LIFE_MS, HealthScore, LATCHED_SCORE } from "../../../src/domain/features/state-of-health.ts";
import { deviceChannel, eventChannel } from "../../../src/domain/telemetry/channels.ts";
import { componentNo, variableNo } from "../../../src/domain/telemetry/components.ts";
import { EVENT_LISTS, type EventName, eventNo, eventValue } from "../../../src/domain/telemetry/event-lists.ts";
import { life, playSession } from "../../support/simulated-evse.ts";

const told = (list: EventName, word: string) => safetyEvent(eventChannel(list), eventValue(eventNo(list), word));
const device = (component: string, variable: string, mode = 0) =>
  deviceChannel({ component: componentNo(component), variable: variableNo(variable) }, 0, 0, mode);

test("which events are of safety: by error code, vendor code, stop reason and device model", () => {
  assert.is(told("errorCode", "GroundFailure"), "groundFailure");
  assert.is(told("errorCode", "HighTemperature"), "highTemperature");
  assert.is(told("vendorErrorCode", "CX022"), "isolation");
  assert.is(told("stoppedReason", "GroundFault"), "groundFailure");
  assert.is(safetyEvent(device("RCD", "Tripped"), 1), "rcdTrip");
  assert.is(safetyEvent(device("GroundIsolationProtection", "Problem", 1), 1), "isolation");
});

test("nothing else is: other words, an RCD that has not tripped, an alert that is over, a quantity", () => {
  assert.is(told("errorCode", "NoError"), undefined);
  assert.is(told("vendorErrorCode.cleared", "CX022"), undefined);
  assert.is(safetyEvent(device("RCD", "Tripped"), 0), undefined);
  assert.is(safetyEvent(device("RCD", "Tripped", 2), 1), undefined);
  assert.is(safetyEvent(device("RCD", "Enabled"), 1), undefined);
  const words = EVENT_LISTS.flatMap(({ name, values }) => values.map((word) => told(name, word)));
  assert.is(words.filter((event) => event !== undefined).length, 9);
});

test("however long and well it goes on, one safety event keeps the score down", () => {
  const analysis = new EvseAnalysis();
  assert.is(analysis.latch("rcdTrip", 0)?.score, LATCHED_SCORE);
  assert.is(analysis.latch("rcdTrip", 5), undefined, "the same again is no news");
  for (const session of life({ seed: 4, days: 100 })) {
    playSession(session, (...seen) => {
      const score = analysis.observe(...seen)?.health.score ?? 0;
      assert.ok(score <= LATCHED_SCORE);
    });
  }
});

test("an acknowledgement lets go of what was heard of until then, and of nothing later", () => {
  const times = fc.array(fc.tuple(fc.constantFrom("isolation", "rcdTrip"), fc.nat(100)), { minLength: 1 });
  fc.assert(
    fc.property(times, fc.nat(100), (events, until) => {
      const score = new HealthScore();
      for (const [event, at] of events) score.latch(event === "isolation" ? "isolation" : "rcdTrip", at);
      score.acknowledge(until);
      const isLater = events.some(([, at]) => at > until);
      assert.is(score.health.score, isLater ? LATCHED_SCORE : 100);
    }),
  );
});

test("confidence grows with the sessions it rests on, and never beyond the coverage", () => {
  const score = new HealthScore();
  let last = 0;
  for (let evidence = 0; evidence <= 60; evidence += 1) {
    const { confidence, coverage } = score.judge(
      [{ ind: "failureRate", z: 0, isAlarm: false, evidence }],
      HALF_LIFE_MS,
    );
    assert.ok(confidence >= last && confidence <= coverage);
    last = confidence;
  }
  assert.is(last, 50);
});

test.run();
