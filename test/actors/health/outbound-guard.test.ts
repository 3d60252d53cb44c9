/** What may leave: the worker's guard, and the watch on the gateway's thread that feeds it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OutboundGuard } from "../../../src/actors/health/outbound-guard.ts";
import { TokenWatch } from "../../../src/actors/health/token-watch.ts";
import { TOKEN_TTL_MS } from "../../../src/domain/privacy/seen-tokens.ts";

const KEY = new Uint8Array(32).fill(7);
const TOPIC = "oh/v1/tenant/edge/abcdefghijklmnop/ev";

function setUp() {
  const time = { now: 1_000_000 };
  const alarms: string[] = [];
  const watch = new TokenWatch(KEY);
  const guard = new OutboundGuard({
    tokenKey: KEY,
    wallClock: () => time.now,
    onHit: (shape, message) => alarms.push(`${shape} in ${message}`),
  });
  /** One hand-over. */
  const tell = () => guard.learn(watch.take(time.now));
  return { time, alarms, watch, guard, tell };
}

test("a card that is in use does not leave, in a payload or a topic, in any case, alone or within a text", () => {
  const { guard, watch, tell, alarms } = setUp();
  const leaks = ['{"x":"Mueller7"}', '{"x":"for MUELLER7!"}', '{"mueller7":1}'];
  for (const payload of leaks) assert.not.ok(guard.holdsBack(TOPIC, payload, "event"), payload);
  watch.note("MUELLER7");
  tell();
  for (const payload of leaks) assert.ok(guard.holdsBack(TOPIC, payload, "event"), payload);
  assert.ok(guard.holdsBack("oh/v1/tenant/edge/MUELLER7/ev", "{}", "event"));
  assert.is(guard.hits, 4);
  assert.equal(alarms[0], "card in event");
  assert.not.ok(JSON.stringify(alarms).includes("MUELLER7"), "the alarm does not repeat it");
  for (const payload of ['{"x":"MUELLER8"}', '{"m":{"0":[0,7]}}'])
    assert.not.ok(guard.holdsBack(TOPIC, payload, "event"));
});

test("shapes of personal data are found in topics, too", () => {
  const { guard } = setUp();
  assert.ok(guard.holdsBack("oh/v1/tenant/edge/DE-8AA-C12345678-9/ev", "{}", "event"));
});

test("a card that is named like a word of the lane, is a mere number, or is very short, silences nothing", () => {
  const { guard, watch, tell } = setUp();
  for (const card of ["Charging", "connector", "Temperature", "230000", "1", "7f", "t0"]) watch.note(card);
  tell();
  const event = '{"b":"ghjkmnpqrs","q":7,"t":1775044740000,"e":{"status":"Charging"},"c":1}';
  const batch = '{"b":"ghjkmnpqrs","q":8,"t0":1775044740000,"m":{"1":[0,230000,1000,1]}}';
  for (const payload of [event, batch]) assert.not.ok(guard.holdsBack(TOPIC, payload, "event"), payload);
  assert.is(guard.hits, 0);
});

test("after a day a card is forgotten", () => {
  const { guard, watch, tell, time } = setUp();
  watch.note("MUELLER7");
  tell();
  time.now += TOKEN_TTL_MS;
  assert.not.ok(guard.holdsBack(TOPIC, '{"x":"MUELLER7"}', "event"));
});

test("a hand-over makes few digests, the rest waits; a new worker is told all that are known", () => {
  const { watch } = setUp();
  for (let i = 0; i < 100; i += 1) watch.note(`CARD-${i}`);
  const first = watch.take(5);
  assert.equal([first.length, first[1]], [64, 5]);
  watch.tellAll();
  assert.is(watch.take(6).length, 128);
  assert.is(watch.take(7).length, 64);
  assert.is(watch.take(8).length, 8);
  assert.is(watch.take(9).length, 0);
});

test("cards beyond what may wait are forgotten, oldest first, and counted", () => {
  const { watch } = setUp();
  for (let i = 0; i < 5_000; i += 1) watch.note(`CARD-${i}`);
  assert.is(watch.forgotten, 904);
});

test.run();
