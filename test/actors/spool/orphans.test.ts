/** Messages of a station that stays away are delivered without it, after a while, a few stations at a time. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Orphans } from "../../../src/actors/spool/orphans.ts";
import type { ValueSpool } from "../../../src/actors/spool/value-spool.ts";
import type { StationHost } from "../../../src/actors/station-host.ts";
import type { StationRule } from "../../../src/config/types.ts";
import { stationId } from "../../../src/domain/ids.ts";

const RULE = { csms: { url: "wss://a.example" } } as StationRule;

function world(count: number, rule: StationRule | undefined = RULE) {
  const hosts = Array.from({ length: count }, (_, i) => ({ stationId: stationId(`CP${i}`) }) as StationHost);
  const orphaned = new Set<StationHost>(hosts);
  const opened: StationHost[] = [];
  const orphans = new Orphans({
    spool: { isOrphaned: (host: StationHost) => orphaned.has(host) } as ValueSpool,
    orphanSec: 60,
    hosts: () => hosts,
    ruleFor: () => rule,
    openGhost: (host) => {
      opened.push(host);
      // Its link delivers: it is no orphan any more.
      orphaned.delete(host);
    },
  });
  return { orphans, hosts, orphaned, opened };
}

test("not before the time is over, then once", () => {
  const { orphans, hosts, opened } = world(1);
  orphans.check(5_000);
  orphans.check(64_999);
  assert.is(opened.length, 0);
  orphans.check(65_000);
  orphans.check(66_000);
  assert.equal(opened, hosts);
});

test("a station that came back in between begins anew", () => {
  const { orphans, hosts, orphaned, opened } = world(1);
  orphans.check(0);
  orphaned.clear();
  orphans.check(30_000);
  orphaned.add(hosts[0] as StationHost);
  orphans.check(59_000);
  orphans.check(100_000);
  assert.is(opened.length, 0);
  orphans.check(119_000);
  assert.is(opened.length, 1);
});

test("many stations are taken a few at a time, and none is forgotten", () => {
  const { orphans, opened } = world(150);
  orphans.check(0);
  orphans.check(60_000);
  assert.is(opened.length, 64);
  orphans.check(61_000);
  assert.is(opened.length, 128);
  orphans.check(62_000);
  assert.is(new Set(opened).size, 150);
});

test("without a CSMS they are kept until one is configured", () => {
  const without = world(1, { csms: undefined } as StationRule);
  without.orphans.check(0);
  without.orphans.check(1e9);
  assert.is(without.opened.length, 0);
});

test.run();
