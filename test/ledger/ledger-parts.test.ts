/**
 * The parts of the proof without a gateway: stations straight at the CSMS, through a faulty network. What a station can do alone,
 * with the same message id at every repeat, loses and doubles nothing; so whatever is found with a gateway is the gateway's.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Comparison, compareLedgers } from "../support/compare-ledgers.ts";
import { FaultyNetwork } from "../support/faulty-network.ts";
import { type CsmsFaults, LedgerCsms } from "../support/ledger-csms.ts";
import type { LedgerStation, LedgerStationOptions } from "../support/ledger-station.ts";
import { ledgerFleet } from "../support/ledger-stations.ts";
import { until } from "../support/until.ts";

interface Play {
  readonly count?: number;
  readonly ocppRpc?: number;
  readonly customise?: (options: LedgerStationOptions, nth: number) => LedgerStationOptions;
  readonly act: (world: {
    readonly network: FaultyNetwork;
    readonly csms: LedgerCsms;
    readonly stations: readonly LedgerStation[];
    /** Resolves when the CSMS has accepted so many more messages. */
    more(messages: number): Promise<unknown>;
  }) => Promise<void>;
}

const sameIds = (options: LedgerStationOptions): LedgerStationOptions => ({ ...options, repeatIds: "same" });
const TIMES = { thinkMs: 20, idleMs: 30, callTimeoutMs: 150, retryMs: 20, reconnectMs: 20, pingMs: 100 };

async function play({ count = 6, ocppRpc = 0, customise = sameIds, act }: Play) {
  const csms = await LedgerCsms.listen();
  const network = new FaultyNetwork();
  const link = await network.link(csms.port);
  const stations = ledgerFleet({
    url: `ws://127.0.0.1:${link.port}`,
    count,
    ocppRpc,
    seed: 7,
    times: TIMES,
    customise,
  });
  for (const station of stations) station.start();
  const more = (messages: number) => {
    const goal = csms.books.accepted + messages;
    return until(`${messages} more messages`, () => csms.books.accepted >= goal, 20_000);
  };
  try {
    await more(30);
    await act({ network, csms, stations, more });
    network.set({});
    csms.set({});
    await Promise.all(stations.map((station) => station.finish()));
    await until(
      "every station to be rid of its messages",
      () => stations.every(({ outbox }) => outbox.size === 0),
      20_000,
    );
  } finally {
    for (const station of stations) station.stop();
    await network.close();
    await csms.close();
  }
  return {
    comparison: compareLedgers(
      stations.map(({ truth }) => truth),
      csms.books,
    ),
    csms,
    stations,
  };
}

function assertSound({ findings, transactions }: Comparison): void {
  assert.equal(
    findings.map(({ damage, text }) => `${damage}: ${text}`),
    [],
  );
  assert.ok(transactions > 5);
}

test("a quiet network: every version, client and habit, and the books agree", async () => {
  const { comparison, stations } = await play({ ocppRpc: 2, act: async ({ more }) => void (await more(100)) });
  assertSound(comparison);
  assert.ok(stations.some(({ authorizations }) => authorizations.some(({ ms }) => ms !== undefined)));
});

test("cuts, half-open links, stalls, refusals and reboots are survived by repeating under the same id", async () => {
  const { comparison } = await play({
    // A number that begins anew after a reboot is another id for the same content.
    customise: (options) => ({ ...sameIds(options), ids: "random" }),
    act: async ({ network, more }) => {
      const [link] = network.links;
      for (const how of ["rst", "fin"] as const) {
        link?.cut(how, (nth) => nth % 2 === 0);
        await more(10);
      }
      network.set({ halfOpen: "down" });
      await until("answers to vanish", () => (link?.swallowed ?? 0) > 300);
      network.set({ stalled: true });
      const taken = link?.bytes("up") ?? 0;
      await until("stations to talk to nobody", () => (link?.bytes("up") ?? 0) > taken + 300);
      network.set({});
      await more(30);
    },
  });
  assertSound(comparison);
  assert.ok(comparison.notes.repeatsOnTheWire > 0, "no answer was lost: the test tested nothing");
});

test("a CSMS that refuses, forgets, keeps silent, closes or says nothing at all is survived as well", async () => {
  const faults: readonly CsmsFaults[] = [
    { errors: 10 },
    { silences: 5 },
    { silences: 5, forgets: true },
    { closeAfter: 10 },
    { slowMs: 60 },
  ];
  const { comparison } = await play({
    act: async ({ csms, more }) => {
      for (const fault of faults) {
        csms.set(fault);
        await more(20);
      }
      csms.set({ mute: true });
      const dials = () => [...csms.books.stations.values()].reduce((sum, { connections }) => sum + connections, 0);
      const before = dials();
      await until("stations to notice by their pings and dial anew", () => dials() >= before + 6);
      csms.set({});
      await more(20);
    },
  });
  assertSound(comparison);
  assert.ok(comparison.notes.repeatsOnTheWire > 0);
});

test("the proof can fail: repeats under new ids, with nobody who recognises them, are effects of their own", async () => {
  const { comparison } = await play({
    customise: (options) => ({ ...options, repeatIds: "alternate" }),
    act: async ({ csms, more }) => {
      csms.set({ silences: 12 });
      await more(60);
    },
  });
  assert.ok(comparison.counts.duplicated > 0);
});

test("a message that the CSMS accepts and the station never sent to it is not overlooked", async () => {
  const { comparison } = await play({
    act: async ({ csms, more }) => {
      await more(10);
      const book = csms.books.book("CP-001", "ocpp1.6");
      const payload = { type: "Invented", timestamp: "2026-01-01T00:00:00.000Z" };
      csms.books.accept(
        book,
        { id: "x", text: JSON.stringify(payload), action: "SecurityEventNotification", payload },
        0,
      );
    },
  });
  assert.is(comparison.counts.invented, 1);
});

test("remote stops end transactions, under the ids that the CSMS gave", async () => {
  const { csms, stations } = await play({
    customise: (options) => ({ ...sameIds(options), readings: undefined }),
    act: async ({ csms: world, stations: fleet }) => {
      const open = () =>
        fleet.flatMap(({ truth }) => truth.transactions.filter(({ endedAt }) => endedAt === undefined));
      const known = await until("a transaction with an id", () => open().find(({ transactionId }) => transactionId));
      const owner = fleet.find(({ truth }) => truth.transactions.includes(known));
      await world.remoteStop(owner?.truth.station ?? "", known.transactionId ?? "");
      await until("its end", () => known.endedAt);
    },
  });
  assert.equal(
    csms.books.remoteStops.map(({ answer }) => answer),
    ["Accepted"],
  );
  assert.is(stations.flatMap(({ truth }) => truth.transactions).filter(({ reason }) => reason === "Remote").length, 1);
});

test("a start that is answered Invalid ends its transaction, and all of it arrives", async () => {
  const { comparison, stations } = await play({
    count: 8,
    act: async ({ stations: fleet }) => {
      const refused = () =>
        fleet.flatMap(({ truth }) => truth.transactions).find(({ reason }) => reason === "DeAuthorized");
      await until("a refused card that charged nevertheless", refused, 30_000);
    },
  });
  assertSound(comparison);
  assert.ok(stations.flatMap(({ truth }) => truth.transactions).some(({ token }) => token.startsWith("BAD")));
});

test("registration that is pending or rejected holds everything back, and loses nothing", async () => {
  const { comparison, csms } = await play({
    act: async ({ csms: world, stations, more }) => {
      world.set({ boot: "Pending" });
      for (const station of stations) station.reboot();
      const accepted = world.books.accepted;
      await until("each to register in vain", () =>
        [...world.books.stations.values()].every(({ boots }) => boots >= 3),
      );
      assert.ok(world.books.accepted <= accepted + stations.length);
      world.set({});
      await more(20);
    },
    customise: (options) => ({ ...sameIds(options), ids: "random" }),
  });
  assertSound(comparison);
  assert.ok(csms.books.accepted > 50);
});

test.run();
