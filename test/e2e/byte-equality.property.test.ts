// deadline: 60s
/**
 * A frame that is only relayed leaves as it came. Signed meter values depend on it: parsing and writing again turns `1.0` into
 * `1`, changes escapes and the order of keys, and the signature is void.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld, type World } from "../support/e2e-world.ts";
import { blank, oddId, oddObject } from "../support/odd-json.ts";
import { until } from "../support/until.ts";
import type { Peer } from "../support/ws-peer.ts";

const ROUNDS = 150;
const silent = () => undefined;

interface Exchange {
  readonly id: string;
  readonly request: string;
  readonly answer: string;
  readonly gap: string;
  readonly isError: boolean;
}

/** A CALL and its answer, `n` making the id unique. */
const exchange = (n: number): fc.Arbitrary<Exchange> =>
  fc.record({ id: oddId(n), request: oddObject(), answer: oddObject(), gap: blank, isError: fc.boolean() });

const callOf = ({ id, request, gap }: Exchange, action: string) =>
  `${gap}[${gap}2,${gap}${id}${gap},${gap}"${action}"${gap},${request}${gap}]${gap}`;

const answerOf = ({ id, answer, gap, isError }: Exchange) =>
  isError
    ? `[4${gap},${id},${gap}"GenericError","\\u00e9 \\/",${answer}${gap}]`
    : `${gap}[${gap}3${gap},${gap}${id},${answer}]`;

async function carry(from: Peer, to: Peer, frame: string): Promise<void> {
  const before = to.frames.length;
  from.send(frame);
  await until(`a frame like ${frame}`, () => to.frames.length > before);
  assert.is(to.frames.at(-1), frame);
}

/** A station and its CSMS, after a boot, both silent from then on. */
async function pair(world: World, version: string): Promise<[Peer, Peer]> {
  const { station, csms } = await world.booted("CP1", version);
  csms.answering(silent);
  return [station, csms];
}

for (const [version, action] of [
  ["ocpp1.6", "DataTransfer"],
  ["ocpp2.0.1", "com.vendor.Anything"],
  ["ocpp2.1", "NotifyReport-Signed"],
] as const) {
  test(`${version} - CALL, CALLRESULT and CALLERROR leave byte for byte, in both directions`, async () => {
    await using world = await openWorld();
    const [station, csms] = await pair(world, version);
    for (let n = 0; n < ROUNDS; n += 1) {
      const [one] = fc.sample(exchange(n), { seed: n, numRuns: 1 });
      if (one === undefined) throw new Error("no sample");
      const [from, to] = n % 2 === 0 ? [station, csms] : [csms, station];
      await carry(from, to, callOf(one, action));
      await carry(to, from, answerOf(one));
    }
    const { malformedFrames, unknownAnswers, rewrittenIds, laneErrors } = world.gateway.counters;
    assert.equal([malformedFrames, unknownAnswers, rewrittenIds, laneErrors], [0, 0, 0, 0]);
  });
}

test("a frame whose id had to change keeps every other byte, there and back", async () => {
  await using world = await openWorld();
  const [station, csms] = await pair(world, "ocpp1.6");
  for (let n = 0; n < 40; n += 1) {
    const [sample] = fc.sample(exchange(n), { seed: 1_000 + n, numRuns: 1 });
    if (sample === undefined) throw new Error("no sample");
    const before = station.calls().length;
    const ours = world.view("CP1").call("ClearCache", {});
    const [, taken] = await until("our own call", () => station.calls()[before]);
    const theirs = { ...sample, id: JSON.stringify(taken) };
    csms.send(callOf(theirs, "VendorAction"));
    await csms.barrier();
    station.send([3, taken, { status: "Accepted" }]);
    await ours;
    const [, fresh] = await until("the call of the CSMS", () => station.calls()[before + 1]);
    assert.is(station.frames.at(-1), callOf({ ...theirs, id: JSON.stringify(fresh) }, "VendorAction"));
    const answers = csms.frames.length;
    station.send(answerOf({ ...theirs, id: JSON.stringify(fresh) }));
    await until("the answer", () => csms.frames.length > answers);
    assert.is(csms.frames.at(-1), answerOf(theirs));
  }
  assert.is(world.gateway.counters.rewrittenIds, 40);
});

test.run();
