import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CallOutcome, type Reply, RpcPeer } from "../../src/sim/rpc-peer.ts";
import type { Transport } from "../../src/sim/transport.ts";
import { ManualClock, settle } from "../support/manual-clock.ts";
import { transportPair } from "../support/memory-transport.ts";

interface Ends {
  readonly clock: ManualClock;
  readonly peer: RpcPeer;
  /** The other end, by hand. */
  readonly far: Transport;
  readonly heard: string[];
}

function ends(onCall: () => Reply | Promise<Reply> = () => ({ result: {} })): Ends {
  const clock = new ManualClock();
  const [near, far] = transportPair();
  const heard: string[] = [];
  let n = 0;
  far.onText = (text) => heard.push(text);
  const peer = new RpcPeer({
    transport: near,
    clock,
    callTimeoutMs: 30_000,
    nextId: () => {
      n += 1;
      return `id-${n}`;
    },
    onCall,
    onClose: () => undefined,
  });
  return { clock, peer, far, heard };
}

test("4.1.1 - a second CALL waits until the first was answered", async () => {
  const { peer, far, heard } = ends();
  const first = peer.call("Heartbeat", {});
  const second = peer.call("Authorize", { idTag: "x" });
  await settle();
  assert.equal(heard, ['[2,"id-1","Heartbeat",{}]']);
  far.send('[3,"id-1",{"currentTime":"t"}]');
  await settle();
  assert.is((await first).kind, "result");
  assert.equal(heard[1], '[2,"id-2","Authorize",{"idTag":"x"}]');
  far.send('[4,"id-2","InternalError","no",{}]');
  const outcome = await second;
  assert.is(outcome.kind, "error");
});

test("a CALL that crosses ours is answered while ours is outstanding", async () => {
  const { peer, far, heard } = ends(() => ({ result: { status: "Accepted" } }));
  const ours = peer.call("Heartbeat", {});
  far.send('[2,"theirs","Reset",{"type":"Soft"}]');
  await settle();
  assert.equal(heard, ['[2,"id-1","Heartbeat",{}]', '[3,"theirs",{"status":"Accepted"}]']);
  far.send('[3,"id-1",{}]');
  assert.is((await ours).kind, "result");
});

test("a late answer is counted and not taken for the next CALL's", async () => {
  const { clock, peer, far } = ends();
  const first = peer.call("Heartbeat", {});
  const second = peer.call("Heartbeat", {});
  await clock.advance(30_000);
  assert.equal(await first, { kind: "timeout" } satisfies CallOutcome);
  far.send('[3,"id-1",{"late":true}]');
  await settle();
  assert.is(peer.strayAnswers, 1);
  far.send('[3,"id-2",{"late":false}]');
  const outcome = await second;
  assert.equal(outcome.kind === "result" && outcome.payload, { late: false });
});

test("an end of the connection settles what is outstanding and what waits, and leaves no timer", async () => {
  const { clock, peer, far } = ends();
  const outcomes = [peer.call("Heartbeat", {}), peer.call("Heartbeat", {})];
  far.close(1001);
  assert.equal(await Promise.all(outcomes), [{ kind: "closed" }, { kind: "closed" }]);
  assert.is(clock.pending, 0);
  assert.equal(await peer.call("Heartbeat", {}), { kind: "closed" });
});

test("a handler that throws becomes CALLERROR InternalError", async () => {
  const { far, heard } = ends(() => {
    throw new Error("broken");
  });
  far.send('[2,"theirs","Reset",{}]');
  await settle();
  assert.equal(heard, ['[4,"theirs","InternalError","broken",{}]']);
});

test("malformed frames are not answered and change nothing", async () => {
  const { peer, far, heard } = ends();
  for (const text of ["", "{}", "[2]", '[2,"x","Reset"]', '[3,"x"]', '[9,"x",{}]', "[2,1,2,3]"]) far.send(text);
  await settle();
  assert.equal(heard, []);
  assert.is(peer.strayAnswers, 0);
});

test.run();
