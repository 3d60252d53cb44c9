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
    const expected = version === 1 ? "Accepted" : version === 2 ? "Blocked" : "Unknown";
    assert.equal([...seen], [expected], `after ${survived} writes, version ${version}`);
    assert.equal([...table.keys("w/")], []);
    two.store.learn(A, CSMS, [last]);
    two.settle();
    assert.is(two.status(card("T0")), "Unknown");
    assert.is([...table.keys("l/")].length, 1, `after ${survived} writes`);
  }
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
