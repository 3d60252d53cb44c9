import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EventThrottle, eventDetail } from "../../../src/domain/intrusion/event-throttle.ts";
import { NeighbourWatch, parseArpTable } from "../../../src/domain/intrusion/neighbours.ts";
import { tlsChange } from "../../../src/domain/intrusion/peer-tls.ts";
import { Quarantine } from "../../../src/domain/intrusion/quarantine.ts";
import { Repeated } from "../../../src/domain/intrusion/repeated.ts";
import { ResourceWatch } from "../../../src/domain/intrusion/resources.ts";
import { SlidingWindow } from "../../../src/domain/intrusion/sliding-window.ts";

test("a window lets through exactly what a list of all instants would", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60, size: "max" });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 6 }), (gaps, limit) => {
      const window = new SlidingWindow(limit, 1000);
      const taken: number[] = [];
      let now = 5_000;
      for (const gap of gaps) {
        now += gap;
        const isOver = taken.filter((at) => now - at < 1000).length >= limit;
        assert.is(window.isOver(now), isOver);
        if (!isOver) taken.push(now);
        assert.is(window.count(now), taken.filter((at) => now - at < 1000).length);
      }
    }),
  );
});

test("a clock that is set back does not keep a window full", () => {
  const window = new SlidingWindow(1, 1000);
  assert.not(window.isOver(10_000));
  assert.not(window.isOver(1_000));
});

test("38 - a name alone is never locked by a rule: the pair of name and address is", () => {
  const quarantine = new Quarantine();
  quarantine.confine({ stationId: "CP1", address: "192.0.2.66" }, "wrong credentials", 1000, 0);
  assert.ok(quarantine.find("CP1", "192.0.2.66", 500));
  assert.is(quarantine.find("CP1", "192.0.2.1", 500), undefined);
  assert.is(quarantine.find("CP2", "192.0.2.66", 500), undefined);
  assert.is(quarantine.find(undefined, "192.0.2.66", 500), undefined);
  assert.is(quarantine.find("CP1", "192.0.2.66", 1000), undefined, "it ends");
});

test("a repeated confinement takes twice as long, up to a bound; released, everything is forgotten", () => {
  const quarantine = new Quarantine();
  const lasts = () => quarantine.confine({ address: "a" }, "flood", 1000, 0, 3000).untilMs;
  assert.equal([lasts(), lasts(), lasts()], [1000, 2000, 3000]);
  assert.is(quarantine.release("b"), 0);
  assert.is(quarantine.release("a"), 1);
  assert.equal(quarantine.list(0), []);
  assert.is(lasts(), 1000);
});

test("the quarantine is bounded: what would end first goes, and is counted", () => {
  const quarantine = new Quarantine();
  for (let i = 0; i < 1_200; i += 1) quarantine.confine({ address: `a${i}` }, "flood", 1000 + i, 0);
  assert.equal([quarantine.size, quarantine.evicted], [1000, 200]);
  assert.is(quarantine.find(undefined, "a0", 1), undefined);
  assert.ok(quarantine.find(undefined, "a1199", 1));
});

test("what is repeated is a pattern, for each subject by itself, in bounded memory", () => {
  const repeated = new Repeated(2, 1000);
  assert.equal(
    [1, 2, 3].map((now) => repeated.isPattern("a", now)),
    [false, false, true],
  );
  assert.not(repeated.isPattern("b", 4));
  for (let i = 0; i < 3_000; i += 1) repeated.isPattern(`s${i}`, 5);
  assert.is(repeated.size, 2_000);
});

test("one event of a kind in five minutes; the next one says how many there were", () => {
  const throttle = new EventThrottle();
  const told = [0, 1, 2, 300_000, 300_001].map((now) => throttle.tell("k", now));
  assert.equal(told, [1, undefined, undefined, 3, undefined]);
  assert.is(throttle.tell("other", 2), 1);
});

test("an event's detail fits the field of its message", () => {
  assert.is(eventDetail("R07", "malformed frames", 3), "ids=R07;malformed frames;n=3");
  const long = eventDetail("R07", "x".repeat(400), 12);
  assert.is(long.length, 255);
  assert.match(long, /;n=12$/);
});

test("R27 - one network card under two stations' addresses is told apart from a new one", () => {
  const table = (rows: readonly (readonly [string, string])[]) =>
    parseArpTable(`IP address\n${rows.map(([address, mac]) => `${address} 0x1 0x2 ${mac} * eth0`).join("\n")}\n`);
  const watch = new NeighbourWatch();
  const everybody = () => true;
  assert.equal(
    watch.look(
      table([
        ["a", "02:00:00:00:00:0A"],
        ["b", "02:00:00:00:00:0b"],
      ]),
      everybody,
    ),
    [],
  );
  assert.equal(watch.look(table([["a", "02:00:00:00:00:0b"]]), everybody), [{ kind: "shared", address: "a" }]);
  assert.equal(watch.look(table([["b", "02:00:00:00:00:0c"]]), everybody), [{ kind: "changed", address: "b" }]);
  assert.equal(parseArpTable("head\na 0x1 0x0 00:00:00:00:00:00 * eth0\n"), []);
});

test("R28 - another authority or an older TLS is told, a renewed certificate is not", () => {
  const seen = { fingerprint: "1", issuer: "CN=A", anchor: "a", protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" };
  assert.is(tlsChange(undefined, seen), undefined);
  assert.is(tlsChange(seen, { ...seen, fingerprint: "2" }), undefined);
  assert.ok(tlsChange(seen, { ...seen, issuer: "CN=B" }));
  assert.ok(tlsChange(seen, { ...seen, protocol: "TLSv1.2" }));
  assert.is(tlsChange({ ...seen, protocol: "TLSv1.2" }, seen), undefined);
});

test("R28 - another anchor of the same name is told, unless it was not seen or has been installed", () => {
  const seen = { fingerprint: "1", issuer: "CN=A", anchor: "a", protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" };
  assert.ok(tlsChange(seen, { ...seen, anchor: "b" }));
  assert.is(tlsChange(seen, { ...seen, anchor: undefined }), undefined);
  assert.is(tlsChange({ ...seen, anchor: undefined }, seen), undefined);
  const installed = { ...seen, issuer: "CN=B", anchor: "b", isInstalled: true };
  assert.is(tlsChange(seen, installed), undefined);
  assert.ok(tlsChange(seen, { ...installed, protocol: "TLSv1.2" }));
});

test("R28 - a cipher that hides less than the last one is told; another as good is not", () => {
  const order = ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"];
  const with12 = (cipher: string) => ({ fingerprint: "1", issuer: "A", anchor: "a", protocol: "TLSv1.2", cipher });
  fc.assert(
    fc.property(fc.nat(2), fc.nat(2), (before, now) => {
      const change = tlsChange(with12(order[before] ?? ""), with12(order[now] ?? ""));
      assert.is(change !== undefined, now < before);
    }),
  );
  assert.is(tlsChange(with12("ECDHE-RSA-AES128-GCM-SHA256"), with12("ECDHE-ECDSA-CHACHA20-POLY1305")), undefined);
  const with13 = { ...with12("TLS_AES_256_GCM_SHA384"), protocol: "TLSv1.3" };
  assert.is(tlsChange(with12("ECDHE-RSA-AES128-GCM-SHA256"), with13), undefined);
});

test("R30 - a resource is told once until it has recovered", () => {
  const watch = new ResourceWatch();
  const told = [0.95, 0.97, 0.85, 0.91, 0.7, 0.95].map((disk, i) => watch.look({ disk }, i, i).length);
  assert.equal(told, [1, 0, 0, 0, 0, 1]);
  assert.ok(watch.isShort);
});

test.run();
