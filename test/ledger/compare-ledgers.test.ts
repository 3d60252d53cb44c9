/** A check that cannot fail is none: each kind of damage is done to books that agree, and must be found, by name. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Comparison, compareLedgers, type Damage } from "../support/compare-ledgers.ts";
import { LedgerBooks, type LedgerVersion, type Payload } from "../support/ledger-books.ts";
import { dialectOf, type Moment } from "../support/ledger-dialects.ts";
import type { StationTruth, TruthKind, TruthMessage } from "../support/ledger-truth.ts";

const STARTED_AT = Date.UTC(2026, 0, 1);
const STATION = "CP-1";

/** Two transactions with two readings each, 300 Wh and 500 Wh, all of it answered at once. */
function truthOf(version: LedgerVersion): StationTruth {
  const dialect = dialectOf(version);
  const truth: StationTruth = {
    station: STATION,
    version,
    transactions: [],
    others: [],
    unknownStops: [],
    retired: false,
    reboots: 0,
  };
  let at = STARTED_AT;
  for (const [nth, stepWh] of [100, 250].entries()) {
    const moment = (step: number): Moment => ({
      connectorId: 1,
      token: "TAG-1",
      at: new Date(at + step).toISOString(),
      registerWh: 5000 + nth * 1000 + step * stepWh,
      transactionId: `uuid-${nth}`,
      seqNo: step,
      offline: false,
    });
    const message = (kind: TruthKind, [action, payload]: readonly [string, Payload], step: number): TruthMessage => ({
      kind,
      action,
      payload,
      madeAt: at + step,
      attempts: [`m${nth}-${step}`],
      ackedAt: at + step + 5,
    });
    const messages = [
      message("start", dialect.start(moment(0)), 0),
      message("reading", dialect.reading(moment(1)), 1),
      message("reading", dialect.reading(moment(2)), 2),
      message("stop", dialect.stop(moment(3), "Local"), 3),
    ];
    truth.transactions.push({
      nth: nth + 1,
      connectorId: 1,
      token: "TAG-1",
      startedAt: at,
      meterStartWh: 5000 + nth * 1000,
      transactionId: version === "ocpp1.6" ? 2_000_000_000 + nth : `uuid-${nth}`,
      meterStopWh: 5000 + nth * 1000 + 3 * stepWh,
      endedAt: at + 3,
      reason: "Local",
      messages,
    });
    at += 10_000;
  }
  return truth;
}

interface Delivery {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
  /** Index of the transaction; the gateway puts in the id that the CSMS has given it. */
  readonly of: number;
}

/** What a faultless gateway delivers. */
function deliveriesOf(truth: StationTruth): Delivery[] {
  return truth.transactions.flatMap(({ messages }, of) =>
    messages.map(({ action, payload, attempts: [id = ""] }) => ({ id, action, payload, of })),
  );
}

function deliver(truth: StationTruth, deliveries: readonly Delivery[]): LedgerBooks {
  const books = new LedgerBooks(() => false);
  const book = books.book(truth.station, truth.version);
  const given = new Map<number, unknown>();
  for (const { id, action, payload, of } of deliveries) {
    const needsId = action === "StopTransaction" || action === "MeterValues";
    const sent = needsId && !("transactionId" in payload) ? { transactionId: given.get(of), ...payload } : payload;
    const text = JSON.stringify([2, id, action, sent]);
    const answer = books.accept(book, { id, text, action, payload: sent }, STARTED_AT);
    if (action === "StartTransaction" && !given.has(of)) given.set(of, answer?.["transactionId"]);
  }
  return books;
}

/** Compares after the deliveries, and perhaps the truth, were tampered with. */
function judged(
  version: LedgerVersion,
  tamper: (deliveries: Delivery[], truth: StationTruth) => readonly Delivery[] = (deliveries) => deliveries,
): Comparison {
  const truth = truthOf(version);
  const deliveries = tamper(deliveriesOf(truth), truth);
  return compareLedgers([truth], deliver(truth, deliveries));
}

const found = ({ counts }: Comparison): Partial<Record<Damage, number>> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  test(`${version}: books that agree are found to agree`, () => {
    const comparison = judged(version);
    assert.equal(found(comparison), {});
    assert.ok(comparison.ok);
    assert.is(comparison.transactions, 2);
    assert.is(comparison.messages, 8);
    assert.is(comparison.energyDiffWh, 0);
  });

  test(`${version}: a reading that never came is lost, and named`, () => {
    const comparison = judged(version, (all) => all.filter((_, i) => i !== 2));
    assert.equal(found(comparison), { lost: 1 });
    assert.match(comparison.findings[0]?.text ?? "", /CP-1 .*transaction 1 .*3\/4.*never reached the CSMS/);
  });

  test(`${version}: one that the station still holds is undelivered, not lost; of a retired station it is neither`, () => {
    const tamper = (retired: boolean) => (all: Delivery[], truth: StationTruth) => {
      const last = truth.transactions[1]?.messages.at(-1);
      if (last !== undefined) last.ackedAt = undefined;
      truth.retired = retired;
      return all.slice(0, -1);
    };
    assert.equal(found(judged(version, tamper(false))), { undelivered: 1, energy: 1 });
    assert.equal(found(judged(version, tamper(true))), {});
  });

  test(`${version}: a stop that was lost costs its whole energy`, () => {
    const comparison = judged(version, (all) => all.slice(0, -1));
    assert.equal(found(comparison), { lost: 1, energy: 1 });
    assert.is(comparison.energyDiffWh, 750);
  });

  test(`${version}: the same frame twice has one effect, the same content under another id has two`, () => {
    const again = (id: string) => (all: Delivery[]) => [...all, { ...(all[1] as Delivery), id }];
    const harmless = judged(version, again("m0-1"));
    assert.equal(found(harmless), {});
    assert.is(harmless.notes.repeatsOnTheWire, 1);
    const doubled = judged(version, again("another"));
    assert.equal(found(doubled), { duplicated: 1 });
    assert.match(doubled.findings[0]?.text ?? "", /came as m0-1 and .* as another/);
  });

  test(`${version}: messages of a transaction that change places are found, those of different ones are noted`, () => {
    const swapped = judged(version, ([a, b, c, ...rest]) => [a, c, b, ...rest] as Delivery[]);
    assert.equal(found(swapped), { reordered: 1 });
    const interleaved = judged(version, ([a, b, c, d, ...rest]) => [a, b, c, ...rest, d] as Delivery[]);
    assert.equal(found(interleaved), {});
    assert.is(interleaved.notes.stationInversions, 4 - 3);
  });

  test(`${version}: a value that was changed is altered, one that was spelled anew is respelled`, () => {
    const altered = judged(version, (all) => {
      const payload = JSON.parse(JSON.stringify(all[1]?.payload).replace(/51\d\d/, "9999")) as Payload;
      return all.map((delivery, i) => (i === 1 ? { ...delivery, payload } : delivery));
    });
    assert.equal(found(altered), { altered: 1, lost: 1 });
    const respelled = judged(version, (all) => {
      const payload = Object.fromEntries(Object.entries(all[1]?.payload ?? {}).reverse());
      return all.map((delivery, i) => (i === 1 ? { ...delivery, payload } : delivery));
    });
    assert.equal(found(respelled), { respelled: 1 });
  });

  test(`${version}: what nobody said is invented`, () => {
    const stranger = { type: "Tampering", timestamp: "2026-05-05T00:00:00.000Z" };
    const add = (all: Delivery[]) => [
      ...all,
      { id: "x", action: "SecurityEventNotification", payload: stranger, of: 0 },
    ];
    assert.equal(found(judged(version, add)), { invented: 1 });
  });
}

test("1.6: a start that has its effect twice bills a transaction twice when both are stopped", () => {
  const comparison = judged("ocpp1.6", ([start, ...rest]) => [start, { ...start, id: "again" }, ...rest] as Delivery[]);
  assert.equal(found(comparison), { duplicated: 1 });
  const truth = truthOf("ocpp1.6");
  const [start, ...rest] = deliveriesOf(truth) as [Delivery, ...Delivery[]];
  const books = deliver(truth, [start, { ...start, id: "again" }, ...rest]);
  const second = books.stations.get(STATION)?.accepted[1]?.givenId;
  const stop = { transactionId: second, ...rest[2]?.payload };
  const text = JSON.stringify([2, "s", "StopTransaction", stop]);
  books.accept(books.book(STATION, "ocpp1.6"), { id: "s", text, action: "StopTransaction", payload: stop }, STARTED_AT);
  assert.is(compareLedgers([truth], books).energyDiffWh, 300);
});

test("1.6: a reading or stop under the wrong transaction id is misattributed", () => {
  const provisional = judged("ocpp1.6", (all) =>
    all.map((delivery, i) =>
      i === 1 ? { ...delivery, payload: { transactionId: 2_000_000_000, ...delivery.payload } } : delivery,
    ),
  );
  assert.equal(found(provisional), { misattributed: 1 });
  assert.match(provisional.findings[0]?.text ?? "", /2000000000, which is nobody's/);
  const crossed = judged("ocpp1.6", (all) => all.map((delivery, i) => (i === 7 ? { ...delivery, of: 0 } : delivery)));
  assert.is(crossed.counts.misattributed, 1);
  assert.is(crossed.energyDiffWh, 750);
});

test("1.6: a remote stop under an id that the station was never given is misdirected", () => {
  const stops = (id: number) => (all: Delivery[], truth: StationTruth) => {
    truth.unknownStops.push(id);
    return all;
  };
  const theirs = 107_919;
  assert.equal(found(judged("ocpp1.6", stops(theirs))), { misdirected: 1 });
  // Its own id, of a transaction that had just ended: the driver was faster.
  assert.equal(found(judged("ocpp1.6", stops(2_000_000_000))), {});
});

test("2.0.1: what was delivered after its answer should carry offline, which is noted", () => {
  const late = (offline: boolean) => (all: Delivery[], truth: StationTruth) => {
    const last = truth.transactions[1]?.messages.at(-1);
    if (last !== undefined) last.ackedAt = STARTED_AT - 1000;
    return all.map((delivery, i) =>
      i === 7 && offline ? { ...delivery, payload: { ...delivery.payload, offline } } : delivery,
    );
  };
  assert.is(judged("ocpp2.0.1", late(false)).notes.offlineMarkMissing, 1);
  const marked = judged("ocpp2.0.1", late(true));
  assert.is(marked.notes.offlineMarkMissing, 0);
  assert.equal(found(marked), {});
});

test("whatever is dropped, doubled and shuffled, the counts say it exactly", () => {
  const fate = fc.record({ copies: fc.integer({ min: 0, max: 3 }), rank: fc.integer({ min: 0, max: 1000 }) });
  fc.assert(
    fc.property(fc.array(fate, { minLength: 8, maxLength: 8 }), (fates) => {
      const shuffled = (all: Delivery[]) =>
        all
          .flatMap((delivery, i) =>
            Array.from({ length: fates[i]?.copies ?? 0 }, (_, copy) => ({
              delivery: { ...delivery, id: `${delivery.id}-${copy}` },
              rank: (fates[i]?.rank ?? 0) + copy * 10_000,
              i,
            })),
          )
          .sort((a, b) => a.rank - b.rank || a.i - b.i)
          .map(({ delivery }) => delivery);
      const { counts } = judged("ocpp2.0.1", shuffled);
      assert.is(counts.lost, fates.filter(({ copies }) => copies === 0).length);
      assert.is(
        counts.duplicated,
        fates.reduce((sum, { copies }) => sum + Math.max(0, copies - 1), 0),
      );
      const arrived = fates.map(({ copies, rank }) => (copies === 0 ? undefined : rank));
      const overtaken = arrived.filter((rank, i) => {
        const last = i < 4 ? 4 : 8;
        return rank !== undefined && arrived.slice(i + 1, last).some((later) => later !== undefined && later < rank);
      });
      assert.is(counts.reordered, overtaken.length);
    }),
  );
});

test.run();
