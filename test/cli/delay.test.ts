/** The control socket's part about commands that are held back. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerDelays } from "../../src/cli/control-delays.ts";
import { openWorld } from "../support/e2e-world.ts";

const random = { next: () => 0.5, uuid: () => crypto.randomUUID() };
const stations = [{ match: "*", securityProfile: 0 as const, ukSmartCharging: {} }];

test("what is held is listed and goes by the owner's hand; what is incomplete is refused", async () => {
  await using world = await openWorld({ ports: { random }, config: { stations } });
  const { gateway } = world;
  const { station, csms } = await world.booted("CP1");
  station.answering(() => ({ status: "Accepted" }));
  await csms.ask("RemoteStartTransaction", { idTag: "TAG", connectorId: 1 });
  const { held, nowMs } = answerDelays(undefined, {}, gateway).body as {
    held: { stationId: string; action: string; dueAt: number }[];
    nowMs: number;
  };
  assert.equal(
    held.map(({ stationId, action }) => [stationId, action]),
    [["CP1", "RemoteStartTransaction"]],
  );
  const waits = (held[0]?.dueAt ?? 0) - nowMs;
  assert.ok(waits > 200_000 && waits <= 300_000, String(waits));
  for (const body of [
    {},
    { stationId: "CP1" },
    { stationId: "CP1", minutes: -1 },
    { stationId: "CP1", minutes: 1441 },
    { stationId: "CP1", minutes: "5" },
    { stationId: 5, minutes: 5 },
  ]) {
    assert.is(answerDelays("override", body, gateway).status, 400, JSON.stringify(body));
  }
  assert.is(answerDelays("other", {}, gateway).status, 404);
  assert.is(gateway.delays?.list().length, 1, "nothing of this has let it go");
  assert.equal(answerDelays("override", { stationId: "CP2", minutes: 0 }, gateway).body, { commands: 0 });
  const sent = station.call("RemoteStartTransaction");
  assert.equal(answerDelays("override", { stationId: "CP1", minutes: 0 }, gateway).body, { commands: 1 });
  await sent;
});

test("a gateway without the rule says so", async () => {
  await using world = await openWorld();
  assert.is(answerDelays(undefined, {}, world.gateway).status, 404);
  assert.is(answerDelays("override", { stationId: "CP1", minutes: 0 }, world.gateway).status, 404);
});

test.run();
