import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import { withDevice } from "../../../src/domain/translate/device-state.ts";
import { BOOT_WAIT_MS, StationPace } from "../../../src/domain/translate/engine-station.ts";
import type { Tolerances } from "../../../src/domain/translate/quirks.ts";
import { emptyTranslation, TranslationRig } from "../../support/translation-rig.ts";
import { SLICE } from "../../support/translation-slice.ts";

const rig = (tolerances: Tolerances): TranslationRig =>
  new TranslationRig({ block: SLICE, state: withDevice(emptyTranslation(), { tolerances }) });
const sent = (r: TranslationRig) => r.toStation.filter(([type]) => type === 2).map(([, , action]) => action);
const DONE = { kind: "result", payload: { status: "Accepted" } } as const;
const BOOT = { chargePointVendor: "V", chargePointModel: "M" };
const BOOTED = { status: "Accepted", currentTime: "2026-01-01T10:00:00Z", interval: 300 };

test("case 44 - what a model must not be sent does not leave, and the CSMS has the answer of one that does not have it", () => {
  const r = rig({ neverSend: ["ClearCache"] }).csms("1", "ClearCache");
  assert.equal(sent(r), []);
  assert.equal(r.toCsms.length, 1);
  assert.is(r.toCsms[0]?.[1], "1");
  assert.equal(sent(rig({ neverSend: ["Reset"] }).csms("1", "ClearCache")), ["ClearCache"]);
});

test("case 43 - between two calls there is the gap the model needs", () => {
  const r = rig({ callGapMs: 500 }).csms("1", "ClearCache");
  r.pass(100).stationAnswers(DONE).csms("2", "ClearCache");
  assert.is(sent(r).length, 1);
  r.pass(399);
  assert.is(sent(r).length, 1);
  r.pass(1);
  assert.is(sent(r).length, 2);
  const plain = rig({}).csms("1", "ClearCache").stationAnswers(DONE).csms("2", "ClearCache");
  assert.is(sent(plain).length, 2);
});

test("case 13 - a model that must boot first is called when its boot was answered, and not before", () => {
  const r = rig({ waitsForBoot: true }).csms("1", "ClearCache");
  assert.equal(sent(r), []);
  r.station("b", "BootNotification", BOOT);
  assert.equal(sent(r), []);
  r.csmsAnswers(BOOTED);
  assert.equal(
    r.toStation.map(([type]) => type),
    [3, 2],
    "the answer first",
  );
});

test("case 13 - one that comes back without a boot is called after a while; a CSMS that comes back changes nothing", () => {
  const r = rig({ waitsForBoot: true }).csms("1", "ClearCache").pass(BOOT_WAIT_MS);
  r.csms("2", "ClearCache");
  assert.ok(sent(r).length >= 1);
  r.station("b", "BootNotification", BOOT).csmsAnswers(BOOTED).stationAnswers(DONE);
  r.clear().down().up().csms("3", "ClearCache");
  assert.is(sent(r).length, 1, "the same connection of the station");
  r.clear().down().up("connection 2").csms("4", "ClearCache");
  assert.equal(sent(r), [], "it has to boot on this one");
});

test("a call never comes sooner than the gap behind the last one, and never later than that because of it", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.array(fc.nat(3000), { minLength: 1 }), (callGapMs, waits) => {
      const pace = new StationPace();
      let now = 1_000_000;
      pace.connected("c", epochMs(now));
      let last: number | undefined;
      for (const wait of waits) {
        now += wait;
        const from = pace.notBefore({ callGapMs });
        assert.is(from, last === undefined || callGapMs === 0 ? undefined : last + callGapMs);
        if (from !== undefined && from > now) continue;
        pace.called(epochMs(now));
        last = now;
      }
    }),
  );
});

test.run();
