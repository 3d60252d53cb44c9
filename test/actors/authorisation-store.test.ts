import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decideLocally, policyFor } from "../../src/domain/authorise/decide.ts";
import { type AuthorisationFact, authorisationFacts, type ListEntry } from "../../src/domain/authorise/facts.ts";
import { type TokenInfo, tokenKey } from "../../src/domain/authorise/token.ts";
import { epochMs } from "../../src/domain/ids.ts";
import {
  A,
  B,
  CSMS,
  card,
  differential,
  full,
  HOUR,
  listed,
  START,
  said,
  world,
} from "../support/authorisation-world.ts";
import { infoAround, tokenOf2x } from "../support/authorise.ts";
import { MemoryTable } from "../support/text-table.ts";

test("what the CSMS said last about a token counts at all stations of that CSMS, and at those of no other", () => {
  const { store, status, settle } = world();
  store.learn(A, CSMS, [said(card("04A1"), "Blocked")]);
  store.learn(B, CSMS, [said(card("04A1"), "Accepted")]);
  settle();
  assert.is(status(card("04a1"), A), "Accepted");
  assert.is(status(card("04A1"), B), "Accepted");
  assert.is(status(card("04A1"), A, "wss://other.example"), "Unknown");
  assert.is(status({ idToken: "04A1", type: "KeyCode" }), "Unknown");
});

test("what was learned counts before it is written", () => {
  const { store, status, table } = world();
  store.learn(A, CSMS, [said(card("04A1"), "Accepted")]);
  assert.is(table.records.size, 1, "the key check alone");
  assert.is(status(card("04A1")), "Accepted");
  store.learn(A, CSMS, [said(card("04a1"), "Blocked")]);
  assert.is(status(card("04A1")), "Blocked");
  assert.is(store.pending, 1);
});

test("everything the CSMS said comes back: expiry and group", () => {
  const { store, info, settle, advance } = world({ limits: { memory: 1 } });
  const group = card("FLEET-7");
  store.learn(A, CSMS, [
    said(card("04A1"), "Accepted", { expiresAt: epochMs(START + HOUR), group }),
    said(card("04A2"), "Accepted"),
  ]);
  settle();
  assert.equal(info(card("04A1")), { status: "Accepted", expiresAt: START + HOUR, group });
  advance(HOUR);
  assert.is(info(card("04A1")).status, "Expired");
});

test("1.6 - tokens without a type are remembered with their parent", () => {
  const { store, info, settle } = world({ limits: { memory: 1 } });
  const facts = authorisationFacts(
    "ocpp1.6",
    "Authorize",
    { idTag: "04A1" },
    { idTagInfo: { status: "Accepted", parentIdTag: "P" } },
  );
  store.learn(A, CSMS, [...facts, said(card("04A2"), "Accepted")]);
  settle();
  assert.is(info({ idToken: "04a1", type: undefined }).group?.idToken, "P");
  assert.is(info(card("04A1")).status, "Unknown");
});

test("C02, C05 - a start button is accepted, and so is a token that the CSMS made itself", () => {
  const { status } = world();
  assert.is(status({ idToken: "", type: "NoAuthorization" }), "Accepted");
  assert.is(status({ idToken: "R-1", type: "Central" }), "Accepted");
  assert.is(status({ idToken: "R-1", type: "Local" }), "Unknown");
});

test("1.6 §3.5.3 - the list of a station comes before the cache, and is that station's alone", () => {
  const { store, status, settle } = world();
  store.learn(A, CSMS, [
    said(card("04A1"), "Accepted"),
    full(3, listed("04A1", "Blocked"), listed("04A2", "Accepted")),
  ]);
  settle();
  assert.is(status(card("04A1"), A), "Blocked");
  assert.is(status(card("04a1"), B), "Accepted");
  assert.is(status(card("04A2"), B), "Unknown");
  assert.is(store.listVersion(A), 3);
  assert.is(store.listVersion(B), undefined);
});

test("D01 - a full list replaces everything, an empty one too", () => {
  const { store, status, settle, table } = world();
  store.learn(A, CSMS, [full(1, listed("04A1", "Accepted"), listed("04A2", "Accepted"))]);
  store.learn(A, CSMS, [full(2, listed("04A2", "Blocked"))]);
  settle();
  assert.is(status(card("04A1")), "Unknown");
  assert.is(status(card("04A2")), "Blocked");
  assert.is([...table.keys("l/")].length, 1);
  store.learn(A, CSMS, [full(3)]);
  settle();
  assert.is(status(card("04A2")), "Unknown");
  assert.is(store.listVersion(A), 3);
  assert.equal([...table.keys("l/"), ...table.keys("w/")], []);
});

test("D01 - a differential list adds, changes and removes", () => {
  const { store, status, settle } = world();
  store.learn(A, CSMS, [
    full(1, listed("04A1", "Accepted"), listed("04A2", "Accepted")),
    differential(2, listed("04A1"), listed("04a2", "Blocked"), listed("04A3", "Accepted")),
  ]);
  settle();
  assert.equal(
    ["04A1", "04A2", "04A3"].map((id) => status(card(id))),
    ["Unknown", "Blocked", "Accepted"],
  );
  assert.is(store.listVersion(A), 2);
});

interface ListFact {
  readonly mode: "Full" | "Differential";
  readonly entries: readonly ListEntry[];
}

/** The list after these facts, as a plain map. */
function listOf(facts: readonly ListFact[]): Map<string, TokenInfo> {
  const model = new Map<string, TokenInfo>();
  for (const { mode, entries } of facts) {
    if (mode === "Full") model.clear();
    for (const { token, info } of entries) {
      if (info !== undefined) model.set(tokenKey(token), info);
      else if (mode === "Differential") model.delete(tokenKey(token));
    }
  }
  return model;
}

const listEntry: fc.Arbitrary<ListEntry> = fc
  .tuple(tokenOf2x, fc.option(infoAround(START), { nil: undefined }))
  .map(([token, info]) => ({ token, info }));

const listFact: fc.Arbitrary<ListFact> = fc
  .tuple(fc.constantFrom("Full" as const, "Differential" as const), fc.array(listEntry, { maxLength: 6 }))
  .map(([mode, entries]) => ({ mode, entries }));

test("lists mean what a plain map would: full replaces, differential changes, twice is once", () => {
  const facts = fc.array(fc.tuple(listFact, fc.boolean()), { maxLength: 6 });
  fc.assert(
    fc.property(facts, fc.boolean(), tokenOf2x, (said, lags, token) => {
      const table = new MemoryTable();
      table.lags = lags;
      const { store, settle, info } = world({ table });
      for (const [i, [{ mode, entries }, twice]] of said.entries()) {
        const fact: AuthorisationFact = { kind: "list", listVersion: i + 1, mode, entries };
        store.learn(A, CSMS, twice ? [fact, fact] : [fact]);
        settle();
      }
      const onList = listOf(said.map(([fact]) => fact)).get(tokenKey(token));
      const policy = policyFor(token, { unknownTokens: "refuse" });
      assert.equal(info(token), decideLocally({ list: onList }, policy, epochMs(START)));
    }),
    { numRuns: 300 },
  );
});

test("a full list that is the one the gateway has costs the marker and one write, not one for each entry", () => {
  const { store, settle, table, status } = world();
  const entries = Array.from({ length: 50 }, (_, i) => listed(`04A${i}`, "Accepted"));
  store.learn(A, CSMS, [full(1, ...entries)]);
  settle();
  const before = table.writes;
  store.learn(A, CSMS, [full(2, ...entries)]);
  settle();
  assert.is(table.writes - before, 3);
  assert.is(store.listVersion(A), 2);
  store.learn(A, CSMS, [differential(3, listed("04A0", "Blocked")), full(4, ...entries)]);
  settle();
  assert.is(status(card("04A0")), "Accepted");
});

test("D02 - a station that reports another version than the copy's has lost or gained something: the copy is given up", () => {
  const { store, status, settle, counters, table } = world();
  store.learn(A, CSMS, [full(5, listed("04A1", "Accepted")), { kind: "list-version", listVersion: 5 }]);
  settle();
  assert.is(status(card("04A1")), "Accepted");
  store.learn(A, CSMS, [{ kind: "list-version", listVersion: 0 }]);
  settle();
  assert.is(status(card("04A1")), "Unknown");
  assert.is(store.listVersion(A), undefined);
  assert.is(counters.authorisationListsLost, 1);
  assert.equal([...table.keys("l/")], []);
  store.learn(A, CSMS, [differential(6, listed("04A2", "Blocked"))]);
  settle();
  assert.is(status(card("04A2")), "Blocked");
  assert.is(store.listVersion(A), undefined, "a change to an unknown list does not make it whole");
});

test("a list counts as a whole: the old one until the new one is written, never a part of each", () => {
  const { store, status, turn, settle } = world();
  store.learn(A, CSMS, [full(1, ...Array.from({ length: 40 }, (_, i) => listed(`04A${i}`, "Accepted")))]);
  settle();
  store.learn(A, CSMS, [full(2, ...Array.from({ length: 40 }, (_, i) => listed(`04A${i}`, "Blocked")))]);
  let turns = 0;
  for (let more = true; more; turns += 1) {
    const seen = new Set(["04A0", "04A20", "04A39"].map((id) => status(card(id))));
    assert.is(seen.size, 1);
    more = turn();
  }
  assert.ok(turns > 5);
  assert.is(status(card("04A0")), "Blocked");
});

test("C11 - a cleared cache knows nothing, at once; lists stay, other CSMSs stay, and it can learn again", () => {
  const { store, status, settle, table } = world();
  store.learn(A, CSMS, [said(card("04A1"), "Accepted"), full(1, listed("04A9", "Accepted"))]);
  store.learn(B, "wss://other.example", [said(card("04A1"), "Accepted")]);
  settle();
  store.learn(A, CSMS, [said(card("04A2"), "Accepted"), { kind: "cache-cleared" }, said(card("04A3"), "Accepted")]);
  assert.equal(
    ["04A1", "04A2", "04A3", "04A9"].map((id) => status(card(id))),
    ["Unknown", "Unknown", "Accepted", "Accepted"],
  );
  settle();
  assert.equal(
    ["04A1", "04A2", "04A3", "04A9"].map((id) => status(card(id))),
    ["Unknown", "Unknown", "Accepted", "Accepted"],
  );
  assert.is(status(card("04A1"), B, "wss://other.example"), "Accepted");
  assert.is([...table.keys("c/")].length, 2, "swept");
  store.learn(A, CSMS, [said(card("04A1"), "Accepted")]);
  settle();
  assert.is(status(card("04A1")), "Accepted");
});

test("a token that comes every day costs a write every few hours; what changes is written at once", () => {
  const { store, settle, table, advance, status } = world();
  const learn = (state: TokenInfo["status"]) => {
    const before = table.writes;
    store.learn(A, CSMS, [said(card("04A1"), state)]);
    settle();
    return table.writes - before;
  };
  assert.is(learn("Accepted"), 1);
  for (let i = 0; i < 7; i += 1) {
    advance(HOUR / 2);
    assert.is(learn("Accepted"), 0);
  }
  advance(HOUR / 2);
  assert.is(learn("Accepted"), 1);
  assert.is(learn("Blocked"), 1);
  assert.is(learn("Blocked"), 0);
  assert.is(status(card("04A1")), "Blocked");
});

test("what the CSMS said a moment ago is not taken up again, unless something else came in between", () => {
  const { store, settle, status, advance } = world();
  const learn = (state: TokenInfo["status"]) => store.learn(A, CSMS, [said(card("04A1"), state)]);
  learn("Accepted");
  settle();
  learn("Accepted");
  assert.is(store.pending, 0);
  learn("Blocked");
  learn("Accepted");
  settle();
  assert.is(status(card("04A1")), "Accepted");
  learn("Blocked");
  settle();
  learn("Accepted");
  settle();
  assert.is(status(card("04A1")), "Accepted");
  store.learn(A, CSMS, [{ kind: "cache-cleared" }]);
  learn("Accepted");
  settle();
  assert.is(status(card("04A1")), "Accepted");
  advance(5 * 60_000);
  learn("Accepted");
  assert.is(store.pending, 1);
  settle();
  advance(-1);
  learn("Accepted");
  assert.is(store.pending, 1);
});

test("a refusal that wears off counts from the last time it was said", () => {
  const { store, settle, advance, status } = world({ unknownTokens: "accept" });
  for (let i = 0; i < 5; i += 1) {
    store.learn(A, CSMS, [said(card("04A1"), "NoCredit")]);
    settle();
    advance(HOUR / 2);
    assert.is(status(card("04A1")), "NoCredit");
  }
  advance(HOUR / 2);
  assert.is(status(card("04A1")), "Accepted");
});

test("a flood of strange cards stays bounded and pushes out no customer", () => {
  const { store, settle, table, status, counters } = world({ limits: { entries: 80, backlog: 16, memory: 8 } });
  for (let i = 0; i < 60; i += 1) {
    store.learn(A, CSMS, [said(card(`CUSTOMER-${i}`), "Accepted")]);
    settle();
  }
  for (let i = 0; i < 2000; i += 1) {
    store.learn(A, CSMS, [said(card(`STRANGE-${i}`), "Unknown")]);
    assert.ok(store.pending <= 16);
    if (i % 10 === 0) settle();
  }
  settle();
  assert.is([...table.keys("c/")].length, 80);
  assert.ok(counters.authorisationEntriesEvicted > 1000);
  for (let i = 0; i < 60; i += 1) assert.is(status(card(`CUSTOMER-${i}`)), "Accepted");
});

test("1.6 §3.5.1, C10.FR.07 - room is made by the oldest refusal, then by the oldest acceptance", () => {
  const { store, settle, status } = world({ limits: { entries: 8 } });
  const learn = (id: string, state: TokenInfo["status"]) => {
    store.learn(A, CSMS, [said(card(id), state)]);
    settle();
  };
  for (const id of ["R1", "R2", "R3"]) learn(id, "Blocked");
  for (let i = 0; i < 5; i += 1) learn(`A${i}`, "Accepted");
  learn("A5", "Accepted");
  assert.equal(
    ["R1", "R2", "A0"].map((id) => status(card(id))),
    ["Unknown", "Blocked", "Accepted"],
  );
  learn("A6", "Accepted");
  learn("A7", "Accepted");
  assert.equal(
    ["R2", "R3", "A0", "A1"].map((id) => status(card(id))),
    ["Unknown", "Blocked", "Unknown", "Accepted"],
  );
  learn("A1", "Blocked");
  assert.is(status(card("A1")), "Blocked", "a customer who is blocked now keeps a place");
});

test("a full backlog drops the oldest tokens, counted, and no list", () => {
  const { store, settle, status, counters } = world({ limits: { backlog: 4 } });
  store.learn(A, CSMS, [full(1, listed("L1", "Blocked"))]);
  store.learn(
    A,
    CSMS,
    ["T1", "T2", "T3", "T4", "T5", "T6"].map((id) => said(card(id), "Accepted")),
  );
  assert.is(counters.authorisationFactsDropped, 2);
  settle();
  assert.equal(
    ["T1", "T2", "T3", "T6", "L1"].map((id) => status(card(id))),
    ["Unknown", "Unknown", "Accepted", "Accepted", "Blocked"],
  );
});

test("too many lists waiting: the oldest is given up with all its changes, never half applied", () => {
  const { store, settle, status, counters } = world({ limits: { listBacklog: 3 } });
  store.learn(A, CSMS, [full(1, listed("L1", "Accepted")), differential(2, listed("L1", "Blocked"))]);
  store.learn(B, CSMS, [full(1, listed("L1", "Accepted")), full(2, listed("L2", "Accepted"))]);
  settle();
  assert.is(counters.authorisationFactsDropped, 1);
  assert.is(counters.authorisationListsLost, 1);
  assert.is(store.listVersion(A), undefined);
  assert.is(status(card("L1"), A), "Unknown");
  assert.is(store.listVersion(B), 2);
});

test("a change that is dropped while the list before it is being written takes that list with it", () => {
  const { store, turn, settle, status } = world({ limits: { listBacklog: 1 } });
  store.learn(A, CSMS, [full(1, ...Array.from({ length: 40 }, (_, i) => listed(`L${i}`, "Accepted")))]);
  turn();
  store.learn(A, CSMS, [differential(2, listed("L1", "Blocked"))]);
  store.learn(B, CSMS, [full(1, listed("L1", "Accepted"))]);
  settle();
  assert.is(store.listVersion(A), undefined);
  assert.is(status(card("L1"), A), "Unknown");
  assert.is(status(card("L1"), B), "Accepted");
});

test("tokens that nobody knows push nothing out of memory", () => {
  const { store, settle, status, table } = world({ limits: { memory: 2 } });
  store.learn(A, CSMS, [said(card("T1"), "Accepted")]);
  settle();
  for (let i = 0; i < 10; i += 1) assert.is(status(card(`STRANGE-${i}`)), "Unknown");
  table.broken = true;
  assert.is(status(card("T1")), "Accepted");
});

test("a list that is too long keeps its refusals and as many acceptances as fit", () => {
  const { store, settle, status, counters, table } = world({ limits: { listEntries: 4 } });
  const entries = [..."12345"].map((n) => listed(`A${n}`, "Accepted"));
  store.learn(A, CSMS, [full(1, ...entries, listed("B1", "Blocked"), listed("B2", "Blocked"))]);
  settle();
  assert.equal(
    ["A1", "A2", "A3", "B1", "B2"].map((id) => status(card(id))),
    ["Accepted", "Accepted", "Unknown", "Blocked", "Blocked"],
  );
  assert.is(counters.authorisationEntriesEvicted, 3);
  const many = Array.from({ length: 20 }, (_, i) => listed(`D${i}`, i % 2 === 0 ? "Accepted" : "Blocked"));
  store.learn(A, CSMS, [differential(2, ...many)]);
  settle();
  assert.is([...table.keys("l/")].length, 8);
});

test("a station that is forgotten leaves nothing of its list", () => {
  const { store, settle, status, table } = world();
  store.learn(A, CSMS, [full(1, listed("L1", "Accepted"), listed("L2", "Accepted"))]);
  store.learn(B, CSMS, [full(1, listed("L1", "Accepted"))]);
  settle();
  store.forgetStation(A);
  assert.is(status(card("L1"), A), "Unknown");
  settle();
  assert.is(store.listVersion(A), undefined);
  assert.is(status(card("L1"), B), "Accepted");
  assert.is([...table.keys("l/")].length, 1);
  assert.is([...table.keys("m/")].length, 1);
  assert.is([...table.keys("w/")].length, 0);
});

test("learning costs the traffic a queue entry: nothing is read or written in its turn", () => {
  const { store, table } = world();
  table.broken = true;
  assert.not.throws(() =>
    store.learn(
      A,
      CSMS,
      Array.from({ length: 50 }, (_, i) => said(card(`T${i}`), "Accepted")),
    ),
  );
  assert.is(store.pending, 50);
});

test("a turn does a few steps, whatever waits", () => {
  const { store, turn } = world();
  store.learn(
    A,
    CSMS,
    Array.from({ length: 50 }, (_, i) => said(card(`T${i}`), "Accepted")),
  );
  store.learn(A, CSMS, [full(1, ...Array.from({ length: 50 }, (_, i) => listed(`L${i}`, "Accepted")))]);
  for (let before = store.pending; turn(); before = store.pending) assert.ok(before - store.pending <= 4);
  assert.is(store.pending, 0);
});

test.run();
