/** The gateway's time follows what the CSMS says, and tells what is wrong with a station's clock. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GatewayTime } from "../../../src/actors/spool/gateway-time.ts";
import type { StationConnection } from "../../../src/actors/station-connection.ts";
import { messageId } from "../../../src/domain/ids.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { Inspected } from "../../../src/streams/messages.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const URL_A = "wss://a.example";
const HOUR_MS = 3_600_000;

/** An answer of the CSMS to a call that was offered `rttMs` ago. */
function answer(
  clock: ManualClock,
  payload: Payload,
  more: Partial<Record<"action" | "from" | "url", string>> = {},
  rttMs = 0,
) {
  return {
    frame: { type: 3, id: messageId("1"), payload },
    from: more.from ?? "north",
    action: more.action ?? "Heartbeat",
    answers: { offeredAt: clock.monotonicMs() - rttMs },
    connection: { rule: { csms: { url: more.url ?? URL_A } } },
  } as unknown as Inspected<StationConnection>;
}

const at = (clock: ManualClock, offsetMs: number) => new Date(clock.now() + offsetMs).toISOString();

test("a CSMS that has said nothing leaves the local clock as it is", () => {
  const clock = new ManualClock();
  assert.is(new GatewayTime(clock).now(URL_A), clock.now());
});

test("the time of a Heartbeat or boot is followed, for that CSMS's stations only", async () => {
  const clock = new ManualClock();
  const time = new GatewayTime(clock);
  for (let i = 0; i < 10; i += 1) {
    time.learn(
      answer(clock, { currentTime: at(clock, HOUR_MS) }, { action: i === 0 ? "BootNotification" : "Heartbeat" }),
    );
    await clock.advance(60_000);
  }
  assert.ok(Math.abs(time.now(URL_A) - clock.now() - HOUR_MS) < 2_000);
  assert.is(time.now("wss://b.example"), clock.now());
});

test("what is no time of a CSMS teaches nothing, and throws nothing", () => {
  const clock = new ManualClock();
  const time = new GatewayTime(clock);
  const good = { currentTime: at(clock, HOUR_MS) };
  const strange: readonly Inspected<StationConnection>[] = [
    answer(clock, good, { from: "south" }),
    answer(clock, good, { action: "DataTransfer" }),
    answer(clock, { currentTime: 5 }),
    answer(clock, { currentTime: "noon" }),
    answer(clock, {}),
    { ...answer(clock, good), answers: undefined },
    {
      ...answer(clock, good),
      frame: { type: 4, id: messageId("1"), code: "X", description: "", details: {} },
    } as never,
  ];
  for (const message of strange) time.learn(message);
  assert.is(time.now(URL_A), clock.now());
});

test("a station that is behind may be sending what it kept; one that is ahead, was never set or names no zone is wrong", () => {
  const clock = new ManualClock();
  const time = new GatewayTime(clock);
  const fault = (timestamp: string) => time.faultAt(timestamp, time.now(URL_A));
  assert.is(fault(at(clock, 0)), undefined);
  assert.is(fault(at(clock, -5 * HOUR_MS)), undefined);
  assert.is(fault(at(clock, HOUR_MS)), "drift");
  assert.is(fault("1970-01-01T00:12:00Z"), "epoch");
  assert.is(fault("2026-06-01T08:00:00"), "no-zone");
  assert.is(fault("yesterday"), "unreadable");
});

test("more CSMSs than are followed do no harm", () => {
  const clock = new ManualClock();
  const time = new GatewayTime(clock);
  for (let i = 0; i < 100; i += 1)
    time.learn(answer(clock, { currentTime: at(clock, HOUR_MS) }, { url: `wss://${i}` }));
  assert.is(time.now("wss://99"), clock.now());
  assert.is.not(time.now("wss://1"), clock.now());
});

test.run();
