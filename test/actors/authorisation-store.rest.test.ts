/** The authorisation store at rest: restarts, crashes, secrecy, damage. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { A, B, CSMS, card, differential, full, listed, START, said, world } from "../support/authorisation-world.ts";
import { tempDir } from "../support/temp-dir.ts";
import { lmdbTable, MemoryTable } from "../support/text-table.ts";

test("what was learned survives a restart, in LMDB", async () => {
  const path = tempDir();
  const before = lmdbTable(path);
  const one = world({ table: before });
  one.store.learn(A, CSMS, [said(card("04A1"), "Accepted", { group: card("FLEET") }), said(card("04A2"), "Blocked")]);
  one.store.learn(A, CSMS, [full(4, listed("L1", "Accepted")), differential(5, listed("L2", "Blocked"))]);
  one.store.learn(A, "other", [said(card("04A1"), "Accepted"), { kind: "cache-cleared" }]);
  one.store.flush();
  await before.close();

  const after = lmdbTable(path);
  const two = world({ table: after });
  assert.equal(two.info(card("04A1")), { status: "Accepted", group: card("FLEET") });
  assert.equal(
    ["04A2", "L1", "L2"].map((id) => two.status(card(id))),
    ["Blocked", "Accepted", "Blocked"],
  );
  assert.is(two.store.listVersion(A), 5);
  assert.is(two.status(card("04A1"), A, "other"), "Unknown");
  await after.close();
});

test("after a restart the oldest still go first", () => {
  const table = new MemoryTable();
  const one = world({ table, limits: { entries: 40 } });
  for (let i = 0; i < 40; i += 1) one.store.learn(A, CSMS, [said(card(`T${i}`), "Accepted")]);
  one.settle();
  const two = world({ table, limits: { entries: 10 } });
  assert.is([...table.keys("c/")].length, 10);
  assert.equal(
    ["T0", "T29", "T30", "T39"].map((id) => two.status(card(id))),
    ["Unknown", "Unknown", "Accepted", "Accepted"],
  );
  two.store.learn(A, CSMS, [said(card("NEW"), "Accepted")]);
  two.settle();
  assert.equal(
    ["T30", "T31", "NEW"].map((id) => two.status(card(id))),
    ["Unknown", "Accepted", "Accepted"],
  );
});

test("a crash at any write leaves a list that is whole, or none; nothing of an old one comes back", () => {
  const old = full(1, ...Array.from({ length: 5 }, (_, i) => listed(`T${i}`, "Accepted")));
  const next = full(2, ...Array.from({ length: 5 }, (_, i) => listed(`T${i}`, "Blocked")));
  const last = full(3, listed("T9", "Accepted"));
  for (let survived = 0; survived < 30; survived += 1) {
    const table = new MemoryTable();
    const one = world({ table });
    one.store.learn(A, CSMS, [old]);
    one.settle();
    table.lags = true;
    const before = table.writes;
    one.store.learn(A, CSMS, [next]);
    for (let more = true; more && table.writes - before < survived; more = one.turn()) table.commit();
    table.loseWaiting();
    table.lags = false;

    const two = world({ table, startAt: START + 1000 });
    two.settle();
    const version = two.store.listVersion(A);
    const seen = new Set([0, 1, 2, 3, 4].map((i) => two.status(card(`T${i}`))));
    // The first write that lasts says that the copy is about to be another.
    assert.ok(version !== 1 || survived <= 1, `before ${survived} writes: the old list still counts`);
    const expected = version === 1 ? "Accepted" : version === 2 ? "Blocked" : "Unknown";
    assert.equal([...seen], [expected], `after ${survived} writes, version ${version}`);
    assert.equal([...table.keys("w/")], []);
    two.store.learn(A, CSMS, [last]);
    two.settle();
    assert.is(two.status(card("T0")), "Unknown");
    assert.is([...table.keys("l/")].length, 1, `after ${survived} writes`);
  }
});

test("a crash between two changes of a list leaves no list that misses the second", () => {
  let cuts = 0;
  for (let turns = 1; turns < 40; turns += 1) {
    const table = new MemoryTable();
    const one = world({ table });
    one.store.learn(A, CSMS, [full(1, ...[..."123456789"].map((n) => listed(`T${n}`, "Accepted")))]);
    one.store.learn(A, CSMS, [differential(2, ...[..."123456789"].map((n) => listed(`T${n}`, "Blocked")))]);
    for (let i = 0; i < turns; i += 1) one.turn();
    if (one.store.listVersion(A) === 1) cuts += 1;
    const two = world({ table });
    assert.ok(two.store.listVersion(A) === undefined || two.store.listVersion(A) === 2);
  }
  assert.ok(cuts > 0, "no turn ended between the two");
});

test("a crash before a cleared cache is swept leaves nothing of it, and what is learned afterwards counts", () => {
  const table = new MemoryTable();
  const one = world({ table });
  one.store.learn(A, CSMS, [said(card("T1"), "Accepted"), said(card("T2"), "Blocked")]);
  one.settle();
  one.store.learn(A, CSMS, [{ kind: "cache-cleared" }]);
  assert.is([...table.keys("c/")].length, 2);

  const two = world({ table });
  assert.equal([...table.keys("c/")], []);
  two.store.learn(A, CSMS, [said(card("T1"), "Accepted")]);
  two.settle();
  assert.is(two.status(card("T1")), "Accepted");
  assert.is(world({ table }).status(card("T1")), "Accepted");
});

test("the order of learning outlasts several restarts", () => {
  const table = new MemoryTable();
  for (const id of ["T1", "T2", "T3", "T4"]) {
    const { store, settle } = world({ table, limits: { entries: 3 } });
    store.learn(A, CSMS, [said(card(id), "Accepted")]);
    settle();
  }
  const last = world({ table, limits: { entries: 3 } });
  assert.equal(
    ["T1", "T2", "T3", "T4"].map((id) => last.status(card(id))),
    ["Unknown", "Accepted", "Accepted", "Accepted"],
  );
});

test("a list that did not fit is written anew when it is sent again with more room", () => {
  const table = new MemoryTable();
  const list = full(1, ...[..."12345"].map((n) => listed(`T${n}`, "Accepted")));
  const one = world({ table, limits: { listEntries: 2 } });
  one.store.learn(A, CSMS, [list]);
  one.settle();
  assert.is(one.status(card("T5")), "Unknown");
  const two = world({ table, startAt: START + 1000 });
  two.store.learn(A, CSMS, [list]);
  two.settle();
  assert.is(two.status(card("T5")), "Accepted");
});

test("a list that was forgotten before the table showed it does not come back with a later one", () => {
  const table = new MemoryTable();
  table.lags = true;
  const { store, settle, status, advance } = world({ table, limits: { memory: 1 } });
  store.learn(A, CSMS, [full(1, listed("T1", "Accepted"))]);
  settle();
  store.forgetStation(A);
  settle();
  table.commit();
  advance(1000);
  store.learn(A, CSMS, [full(1, listed("T2", "Accepted"))]);
  settle();
  table.commit();
  assert.equal(
    ["T1", "T2"].map((id) => status(card(id))),
    ["Unknown", "Accepted"],
  );
});

test("nothing of a token, a group, a station or a CSMS can be read at rest, in any encoding", () => {
  const { store, settle, table } = world();
  const tokens = ["04A1B2C3D4E5F6", "NL-TNM-C00122045-K", "pin-4711-secret", "DEADBEEFCAFE"];
  store.learn(
    A,
    CSMS,
    tokens.map((id) => said(card(id), "Accepted", { group: card("GROUP-OF-DRIVERS") })),
  );
  store.learn(A, CSMS, [
    full(1, ...tokens.map((id) => listed(id, "Blocked"))),
    differential(2, listed("LISTED-LATER", "Accepted")),
  ]);
  settle();
  const secrets = [...tokens, "GROUP-OF-DRIVERS", "LISTED-LATER", A, CSMS, "ISO14443"];
  const dump = [...table.records].flat().join("\n");
  // Sealed values as bytes too: base64 hides text that is not encrypted.
  const bytes = [...table.records.values()].map((value) =>
    Buffer.from(value.slice(value.indexOf(".") + 1), "base64url").toString("latin1"),
  );
  const places = [dump, dump.toLowerCase(), ...bytes, ...bytes.map((text) => text.toLowerCase())];
  assert.ok(table.records.size > 8);
  for (const secret of secrets) {
    for (const text of [secret, secret.toLowerCase(), secret.toUpperCase()]) {
      const raw = Buffer.from(text);
      // The base64 of a text depends on where it begins; the inner part of each of the three alignments does not.
      const shifted = [0, 1, 2].map((n) =>
        Buffer.concat([Buffer.alloc(n), raw])
          .toString("base64url")
          .slice(4, -4),
      );
      const forms = [
        text,
        raw.toString("hex"),
        raw.toString("base64"),
        raw.toString("base64url"),
        ...shifted,
        encodeURIComponent(text),
      ];
      for (const form of forms.filter(({ length }) => length >= 4)) {
        assert.not.ok(
          places.some((place) => place.includes(form)),
          `${secret} as ${form}`,
        );
      }
    }
  }
});

test("the same card has unrelated names at two stations and two CSMSs", () => {
  const { store, settle, table } = world();
  store.learn(A, "one", [said(card("04A1"), "Accepted"), full(1, listed("04A1", "Accepted"))]);
  store.learn(B, "two", [said(card("04A1"), "Accepted"), full(1, listed("04A1", "Accepted"))]);
  settle();
  const names = [...table.keys("c/"), ...table.keys("l/")].map((key) => key.slice(key.lastIndexOf("/")));
  assert.is(new Set(names).size, 4);
});

test("another key opens nothing, and what it cannot open does not stay", () => {
  const table = new MemoryTable();
  const one = world({ table });
  one.store.learn(A, CSMS, [said(card("04A1"), "Accepted"), full(1, listed("L1", "Accepted"))]);
  one.settle();
  const two = world({ table, key: new Uint8Array(32).fill(8) });
  assert.equal(
    ["04A1", "L1"].map((id) => two.status(card(id))),
    ["Unknown", "Unknown"],
  );
  assert.is(two.counters.authorisationKeyChanges, 1);
  assert.is(table.records.size, 1);
  assert.is(world({ table, key: new Uint8Array(32).fill(8) }).counters.authorisationKeyChanges, 0);
});

test("a value that was moved to another token's record, or changed, counts as unknown", () => {
  const table = new MemoryTable();
  const one = world({ table });
  one.store.learn(A, CSMS, [said(card("GOOD"), "Accepted"), said(card("BAD"), "Blocked")]);
  one.settle();
  const [good = "", bad = ""] = [...table.keys("c/")].sort((a, b) =>
    (table.get(b) ?? "").localeCompare(table.get(a) ?? ""),
  );
  const swap = new Map([
    [good, table.get(bad) ?? ""],
    [bad, table.get(good) ?? ""],
  ]);
  for (const [key, value] of swap) table.put(key, value);
  const two = world({ table });
  assert.equal(
    ["GOOD", "BAD"].map((id) => two.status(card(id))),
    ["Unknown", "Unknown"],
  );
  for (const key of table.keys("c/")) table.put(key, "+1.AAAA");
  for (const key of table.keys("m/")) table.put(key, "nonsense");
  assert.is(world({ table }).status(card("GOOD")), "Unknown");
});

test("a table that fails breaks nothing: what is in memory counts, the rest is unknown, and failures are counted", () => {
  const { store, settle, status, table, counters } = world({ unknownTokens: "refuse" });
  store.learn(A, CSMS, [said(card("04A1"), "Accepted")]);
  settle();
  table.broken = true;
  store.learn(A, CSMS, [said(card("04A1"), "Blocked"), full(1, listed("L1", "Accepted")), { kind: "cache-cleared" }]);
  store.learn(A, CSMS, [said(card("04A1"), "Blocked")]);
  settle();
  store.forgetStation(A);
  store.flush();
  assert.is(status(card("04A1")), "Blocked");
  assert.is(status(card("04A2")), "Unknown");
  assert.ok(counters.authorisationStoreFailures > 0);
  table.broken = false;
  store.learn(A, CSMS, [said(card("04A1"), "Accepted"), full(2, listed("L1", "Accepted"))]);
  settle();
  assert.equal(
    ["04A1", "L1"].map((id) => status(card(id))),
    ["Accepted", "Accepted"],
  );
});

test("where the list cannot be read, the cache does not accept in its stead", () => {
  const table = new MemoryTable();
  const one = world({ table });
  one.store.learn(A, CSMS, [said(card("04A1"), "Accepted"), full(1, listed("04A1", "Blocked"))]);
  one.settle();
  const two = world({ table });
  assert.is(two.status(card("04A1"), B), "Accepted");
  table.broken = true;
  assert.is(two.status(card("04A1"), A), "Unknown");
});

test.run();
