import { test } from "uvu";
import * as assert from "uvu/assert";
import { disagreements } from "../../src/sim/agreement.ts";
import { createScaledClock } from "../../src/sim/clock.ts";
import { type Csms, startCsms } from "../../src/sim/csms.ts";
import { startFleet } from "../../src/sim/fleet.ts";
import type { StationEvent } from "../../src/sim/station-options.ts";

const TOKENS = ["TOKEN-A", "TOKEN-B"];

/** Resolves when the fleet has ended so many transactions. */
function transactionsEnded(wanted: number): {
  readonly onEvent: (event: StationEvent) => void;
  readonly reached: Promise<void>;
} {
  let ended = 0;
  let done: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    done = resolve;
  });
  const onEvent = ({ kind }: StationEvent): void => {
    if (kind === "transaction.ended") ended += 1;
    if (ended >= wanted) done();
  };
  return { onEvent, reached };
}

function fleetAgainst(csms: Csms, onEvent: (event: StationEvent) => void, count = 6) {
  return startFleet({
    url: csms.url,
    count,
    tokens: [...TOKENS, "UNKNOWN"],
    localTokens: TOKENS,
    clock: createScaledClock({ speed: 60 }),
    idleSec: [2, 5],
    sessionSec: [8, 20],
    reconnectMs: [5, 40],
    callTimeoutMs: 300,
    retry: { attempts: 50, intervalMs: 10 },
    faults: { connectorFaultRate: 0.2, dropEverySec: [15, 40], slowAnswerRate: 0.2, slowAnswerMs: [10, 60] },
    onEvent,
  });
}

test("over real sockets with lost connections, slow and failing answers, every message arrives, in order, to the Wh", async () => {
  const csms = await startCsms({ tokens: TOKENS });
  const { onEvent, reached } = transactionsEnded(30);
  const fleet = fleetAgainst(csms, onEvent);
  csms.fault({ kind: "error", action: "MeterValues", times: 5 });
  csms.fault({ kind: "silent", action: "TransactionEvent", times: 5 });
  csms.fault({ kind: "close", action: "StartTransaction", times: 2 });
  csms.fault({ kind: "slow", ms: 100, times: 10 });
  await reached;
  assert.is(await fleet.stop(), 0);
  const ledgers = fleet.ledger();
  for (const ledger of ledgers) assert.equal(disagreements(ledger, csms.ledger(ledger.stationId)), []);
  assert.equal(
    ledgers.map(({ version }) => version),
    [0, 1, 2].flatMap(() => ["ocpp1.6", "ocpp2.0.1"]),
  );
  assert.ok(ledgers.some(({ counts }) => counts.connects > 1));
  assert.ok(ledgers.some(({ messages }) => messages.some(({ attempts }) => attempts.length > 1)));
  assert.ok(ledgers.some(({ counts }) => counts.authorizeRefused > 0));
  await csms.stop();
});

test("a CSMS that goes away and comes back loses nothing", async () => {
  const first = await startCsms({ tokens: TOKENS });
  const phases = [transactionsEnded(5), transactionsEnded(14)] as const;
  const fleet = fleetAgainst(first, (event) => phases.forEach(({ onEvent }) => void onEvent(event)), 3);
  await phases[0].reached;
  const before = new Map(fleet.ledger().map(({ stationId }) => [stationId, first.ledger(stationId)]));
  await first.stop();
  const second = await startCsms({ port: first.port, tokens: TOKENS });
  await phases[1].reached;
  assert.is(await fleet.stop(), 0);
  for (const ledger of fleet.ledger()) {
    const there = [before.get(ledger.stationId), second.ledger(ledger.stationId)];
    const keys = new Set(there.flatMap((book) => book?.arrivals.map(({ key }) => key) ?? []));
    assert.ok(ledger.messages.every(({ key, outcome }) => outcome === "delivered" && keys.has(key ?? "")));
  }
  await second.stop();
});

test("a fleet that is stopped while it starts stops", async () => {
  const csms = await startCsms();
  const fleet = startFleet({ url: csms.url, count: 50, staggerMs: 5 });
  assert.is(await fleet.stop(), 0);
  await csms.stop();
});

test.run();
