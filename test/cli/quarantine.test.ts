/** The control socket's part about the quarantine. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerQuarantine } from "../../src/cli/control-quarantine.ts";
import { openWorld } from "../support/e2e-world.ts";
import { statusOf } from "../support/ws-peer.ts";

test("a station is kept out by hand, its connection ends, and it is let in again", async () => {
  await using world = await openWorld();
  const { gateway } = world;
  const { station } = await world.booted("CP1");
  const body = { stationId: "CP1", minutes: 5, reason: "looks odd" };
  assert.is(answerQuarantine("add", body, gateway).status, 200);
  assert.is(await station.closeCode(), 1008);
  assert.is(await statusOf(world.url("CP1"), ["ocpp1.6"]), 429);
  assert.is(await statusOf(world.url("CP2"), ["ocpp1.6"]), 101);
  const { confined } = answerQuarantine(undefined, {}, gateway).body as { confined: readonly object[] };
  assert.is(confined.length, 1);
  assert.equal(answerQuarantine("release", { name: "CP1" }, gateway).body, { released: 1 });
  assert.is(await statusOf(world.url("CP1"), ["ocpp1.6"]), 101);
});

test("what is incomplete is refused", async () => {
  await using world = await openWorld();
  for (const body of [
    {},
    { stationId: "CP1" },
    { minutes: 5, reason: "x" },
    { address: "::1", minutes: -1, reason: "x" },
  ]) {
    assert.is(answerQuarantine("add", body, world.gateway).status, 400);
  }
  assert.is(answerQuarantine("release", {}, world.gateway).status, 400);
  assert.is(answerQuarantine("other", {}, world.gateway).status, 404);
});

test.run();
