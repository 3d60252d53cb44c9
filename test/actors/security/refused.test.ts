import { test } from "uvu";
import * as assert from "uvu/assert";
import { GatewayBus } from "../../../src/actors/gateway-bus.ts";
import { Refusals } from "../../../src/actors/security/refused.ts";
import { Counters } from "../../../src/domain/counters.ts";
import { stationId } from "../../../src/domain/ids.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { quietSentinel } from "../../support/quiet-sentinel.ts";

function rig() {
  const clock = new ManualClock();
  const counters = new Counters(1);
  const lines: object[] = [];
  const note = (fields: object) => void lines.push(fields);
  const logger = { debug: note, info: note, warn: note, error: note };
  const bus = new GatewayBus(logger);
  const events: string[] = [];
  bus.on("security", ({ type, detail }) => events.push(`${type} ${detail}`));
  const refusals = new Refusals({ clock, counters, bus, logger, sentinel: quietSentinel(counters, clock) });
  return { clock, counters, lines, events, refusals };
}

// Each wrong password was a line of the chained log, flushed, and a line of the daemon's: a thousand a second held up the stations.
test("of a flood of refusals each is counted, and twenty a minute of each kind are told", async () => {
  const { clock, counters, lines, events, refusals } = rig();
  const wrong = { ok: false, status: 401, reason: "wrong credentials", stationId: stationId("CP1") } as const;
  const unknown = { ok: false, status: 404, reason: "unknown station", stationId: stationId("XP1") } as const;
  for (let i = 0; i < 1_000; i += 1) {
    refusals.add(wrong, `10.0.${i >> 8}.${i & 255}`);
    refusals.add(unknown, `10.1.${i >> 8}.${i & 255}`);
    refusals.add({ status: 429, reason: "too many" }, "10.2.0.1");
  }
  assert.is(counters.connectionsRefused, 3_000);
  assert.is(events.filter((event) => event.startsWith("LanAuthFailure")).length, 20);
  assert.is(lines.length, 20);
  await clock.advance(60_000);
  refusals.add(wrong, "10.0.0.1");
  assert.is(events.at(-1), "LanAuthFailure wrong credentials, 10.0.0.1;n=981");
});

test.run();
