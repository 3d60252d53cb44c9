import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  beginTransaction,
  clear,
  endOfTransaction,
  type InstalledProfile,
  install,
  MAX_INSTALLED,
} from "../../../src/domain/charging/installed-profiles.ts";
import { epochMs } from "../../../src/domain/ids.ts";

const profile: fc.Arbitrary<InstalledProfile> = fc
  .record({
    id: fc.nat(8),
    evseId: fc.nat(2),
    stackLevel: fc.nat(2),
    purpose: fc.constantFrom("TxProfile", "TxDefaultProfile", "ChargePointMaxProfile"),
    transactionId: fc.option(fc.nat(2).map(String), { nil: undefined }),
  })
  .map(({ transactionId, ...rest }) => ({
    ...rest,
    ...(transactionId === undefined ? {} : { transactionId }),
    profile: {},
  }));

const list = fc
  .array(profile, { maxLength: 20, size: "max" })
  .map((all) => all.reduce<readonly InstalledProfile[]>(install, []));

test("K01.FR.05 - ids stay unique, the latest is in, and installing it again changes nothing", () => {
  fc.assert(
    fc.property(list, profile, (installed, added) => {
      const after = install(installed, added);
      assert.is(new Set(after.map(({ id }) => id)).size, after.length);
      assert.equal(after.at(-1), added);
      assert.equal(install(after, added), after);
    }),
  );
});

test("1.6 §5.16.4 - a profile of equal connector, stackLevel and purpose replaces", () => {
  const slot = (p: InstalledProfile) =>
    JSON.stringify([p.evseId, p.stackLevel, p.purpose, p.purpose === "TxProfile" ? p.transactionId : 0]);
  fc.assert(
    fc.property(list, (installed) => {
      assert.is(new Set(installed.map(slot)).size, installed.length);
    }),
  );
});

test("clearing leaves exactly what the criteria do not match, and clearing everything leaves nothing", () => {
  fc.assert(
    fc.property(
      list,
      fc.record({ evseId: fc.nat(2), stackLevel: fc.nat(2) }, { requiredKeys: [] }),
      (installed, criteria) => {
        const left = clear(installed, criteria);
        for (const p of installed) {
          const matches =
            (criteria.evseId ?? p.evseId) === p.evseId && (criteria.stackLevel ?? p.stackLevel) === p.stackLevel;
          assert.is(left.includes(p), !matches);
        }
      },
    ),
  );
  const one: InstalledProfile = { id: 1, evseId: 1, stackLevel: 0, purpose: "TxProfile", profile: {} };
  assert.equal(clear([one], {}), []);
  assert.equal(clear([one], { id: 2, evseId: 1 }), [one], "an id decides alone");
});

test("the end of a transaction takes its TxProfiles and no other", () => {
  fc.assert(
    fc.property(list, fc.nat(2), fc.nat(2).map(String), (installed, evseId, transactionId) => {
      const gone = installed.filter((p) => !endOfTransaction(installed, evseId, transactionId).includes(p));
      assert.ok(gone.every((p) => p.purpose === "TxProfile" && (p.transactionId ?? transactionId) === transactionId));
      assert.ok(gone.every((p) => p.transactionId !== undefined || p.evseId === evseId));
    }),
  );
});

const waiting = (id: number, evseId: number, start: NonNullable<InstalledProfile["start"]>): InstalledProfile => ({
  id,
  evseId,
  stackLevel: 0,
  purpose: "TxProfile",
  start,
  profile: {},
});
const NOW = epochMs(1_000_000);

test("F01, 1.6 §5.11 - a remote start's profile becomes that of the transaction that answers it", () => {
  const begun = { evseId: 1, transactionId: "t", at: NOW };
  const own = (id: number) => ({ id, evseId: 1, stackLevel: 0, purpose: "TxProfile", transactionId: "t", profile: {} });
  const [a, b] = [waiting(1, 1, { remoteStartId: 5, at: NOW }), waiting(2, 1, { remoteStartId: 6, at: NOW })];
  assert.equal(beginTransaction([a, b], { ...begun, remoteStartId: 6 }), [a, own(2)]);
  assert.equal(beginTransaction([a, b], begun), [a, b], "a card's own transaction has none of them");
  const anywhere = waiting(3, 0, { at: NOW });
  assert.equal(beginTransaction([anywhere], begun), [own(3)], "1.6, the station chose the connector");
  const elsewhere = waiting(4, 2, { at: NOW });
  assert.equal(beginTransaction([elsewhere], begun), [elsewhere]);
});

test("a remote start that no transaction answered is forgotten with the next one that begins", () => {
  const stale = waiting(1, 1, { at: epochMs(NOW - 600_000) });
  const late = waiting(2, 2, { at: epochMs(NOW - 599_999) });
  assert.equal(beginTransaction([stale, late], { evseId: 1, transactionId: "t", at: NOW }), [late]);
});

test("a profile that waits for its transaction outlives the one before it, and another start elsewhere", () => {
  const first = waiting(1, 0, { at: NOW });
  const second = waiting(2, 0, { at: NOW });
  assert.equal(install([first], second), [first, second]);
  assert.equal(endOfTransaction([first], 0, "t"), [first]);
});

test("the list is bounded: the oldest is forgotten", () => {
  const many = Array.from(
    { length: MAX_INSTALLED + 5 },
    (_, id): InstalledProfile => ({ id, evseId: id, stackLevel: 0, purpose: "TxProfile", profile: {} }),
  );
  const installed = many.reduce<readonly InstalledProfile[]>(install, []);
  assert.is(installed.length, MAX_INSTALLED);
  assert.is(installed[0]?.id, 5);
});

test.run();
