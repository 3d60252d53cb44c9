import { test } from "uvu";
import * as assert from "uvu/assert";
import { disagreements } from "../../src/sim/agreement.ts";
import type { Arrival, CsmsLedger, CsmsTransaction } from "../../src/sim/csms-ledger.ts";
import { LedgerBook } from "../../src/sim/ledger.ts";

/** Books of one transaction of three messages that went through without a hitch. */
function books(): { station: LedgerBook; arrivals: Arrival[]; transactions: CsmsTransaction[]; csms: CsmsLedger } {
  const station = new LedgerBook("S", "ocpp2.0.1");
  const transaction = station.open({
    connectorId: 1,
    token: "T",
    transactionId: "tx",
    startedAt: 0,
    meterStartWh: 100,
  });
  const arrivals: Arrival[] = [];
  for (let n = 0; n < 3; n += 1) {
    const record = station.write(transaction, "TransactionEvent");
    record.key = `tx:${n}`;
    record.attempts.push(`id-${n}`);
    record.outcome = "delivered";
    arrivals.push({ key: `tx:${n}`, messageId: `id-${n}`, action: "TransactionEvent" });
  }
  station.end(transaction, 10, 150);
  const transactions: CsmsTransaction[] = [
    { transactionId: "tx", token: "T", meterStartWh: 100, meterStopWh: 150, ended: true },
  ];
  const csms: CsmsLedger = {
    stationId: "S",
    version: "ocpp2.0.1",
    connections: 1,
    messages: [],
    total: 3,
    arrivals,
    transactions,
    energyWh: 50,
  };
  return { station, arrivals, transactions, csms };
}

function kinds({ station, csms }: Pick<ReturnType<typeof books>, "station" | "csms">): readonly string[] {
  return disagreements(station, csms).map(({ kind }) => kind);
}

test("books that agree have no disagreement", () => {
  assert.equal(kinds(books()), []);
});

test("a message that never came is lost", () => {
  const all = books();
  all.arrivals.splice(1, 1);
  assert.equal(kinds(all), ["lost"]);
});

test("a message that came twice from one sending is a duplicate", () => {
  const all = books();
  all.arrivals.splice(2, 0, { key: "tx:1", messageId: "id-1", action: "TransactionEvent" });
  assert.equal(kinds(all), ["duplicate"]);
});

test("a message that the station repeated may come twice, but neither sending twice, nor three times", () => {
  const all = books();
  all.station.messages[1]?.attempts.push("id-1b");
  all.arrivals.push({ key: "tx:1", messageId: "id-1b", action: "TransactionEvent" });
  assert.equal(kinds(all), []);
  all.arrivals.pop();
  all.arrivals.push({ key: "tx:1", messageId: "id-1", action: "TransactionEvent" });
  assert.equal(kinds(all), ["duplicate"]);
  all.arrivals.push({ key: "tx:1", messageId: "id-1b", action: "TransactionEvent" });
  assert.equal(kinds(all), ["duplicate"]);
});

test("a repeat under the same message id may come as often as it was sent", () => {
  const all = books();
  all.station.messages[1]?.attempts.push("id-1");
  all.arrivals.push({ key: "tx:1", messageId: "id-1", action: "TransactionEvent" });
  assert.equal(kinds(all), []);
});

test("messages that overtook one another are out of order", () => {
  const all = books();
  all.arrivals.reverse();
  assert.ok(kinds(all).includes("order"));
});

test("a message that nobody sent is unknown", () => {
  const all = books();
  all.arrivals.push({ key: "tx:9", messageId: "id-9", action: "TransactionEvent" });
  assert.equal(kinds(all), ["unknown"]);
});

test("a Wh more or less, or a transaction that has not ended over there, is an energy disagreement", () => {
  const wrong = books();
  const [transaction] = wrong.transactions;
  if (transaction !== undefined) transaction.meterStopWh = 151;
  assert.equal(kinds(wrong), ["energy"]);
  const open = books();
  const [still] = open.transactions;
  if (still !== undefined) still.ended = false;
  assert.equal(kinds(open), ["energy"]);
});

test("books that the CSMS does not have at all lack everything", () => {
  const { station } = books();
  assert.equal(
    disagreements(station, undefined).map(({ kind }) => kind),
    ["lost", "lost", "lost", "energy"],
  );
});

test.run();
