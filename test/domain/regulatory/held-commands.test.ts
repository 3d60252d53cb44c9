import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import {
  type HeldCommand,
  hold,
  isDelayedElsewhere,
  isOfTheRule,
  isStillGood,
  MOST_HELD,
  readHeld,
} from "../../../src/domain/regulatory/held-commands.ts";
import { mondayOf, offPeakRequest } from "../../../src/domain/regulatory/uk-smart-charging.ts";

const IDLE = { charging: new Set<number>(), outOfOrder: new Set<number>(), hasProfiles: false };
const version = "ocpp1.6" as const;
const set = (id: number, purpose = "TxDefaultProfile") => ({
  action: "SetChargingProfile",
  payload: {
    connectorId: 1,
    csChargingProfiles: { chargingProfileId: id, stackLevel: 0, chargingProfilePurpose: purpose },
  },
});
const start = { action: "RemoteStartTransaction", payload: { connectorId: 1 } };
const clear = { action: "ClearChargingProfile", payload: {} };

const step = fc.record({
  command: fc.constantFrom(set(1), set(2), start, clear),
  waitMs: fc.integer({ min: 0, max: 900_000 }),
  delayMs: fc.integer({ min: 0, max: 1_800_000 }),
});

test("reg. 11 - commands go in the order in which they came, none later than the longest delay after it came", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      let held: readonly HeldCommand[] = [];
      let now = 0;
      for (const [i, { command, waitMs, delayMs }] of steps.entries()) {
        now += waitMs;
        held = held.filter(({ dueAt }) => dueAt > now);
        const next = hold(held, { id: String(i), version, ...command }, { now, freshDueAt: now + delayMs });
        if (next === undefined) assert.is(held.length, MOST_HELD);
        else {
          held = next;
          assert.is(held.at(-1)?.id, String(i));
          assert.ok((held.at(-1)?.dueAt ?? 0) <= now + 1_800_000);
        }
        const due = held.map(({ dueAt }) => dueAt);
        assert.equal(
          due,
          [...due].sort((a, b) => a - b),
        );
        const ids = held.map(({ id }) => Number(id));
        assert.equal(
          ids,
          [...ids].sort((a, b) => a - b),
        );
      }
    }),
  );
});

test("reg. 11 - a profile every minute is not put off for ever, and only the latest of one place is kept", () => {
  let held: readonly HeldCommand[] = [];
  for (let minute = 0; minute < 5; minute += 1) {
    const at = { now: minute * 60_000, freshDueAt: minute * 60_000 + 300_000 };
    held = hold(held, { id: String(minute), version, ...set(1) }, at) ?? [];
  }
  assert.equal(
    held.map(({ id, dueAt }) => [id, dueAt]),
    [["4", 300_000]],
  );
  assert.is(hold(held, { id: "5", version, ...set(2) }, { now: 0, freshDueAt: 1 })?.length, 2);
});

test("reg. 11 - what is delayed: starts and rates; not limits of the installation, stops, what the station will refuse", () => {
  const is = (command: { action: string; payload: object }, now = IDLE) =>
    isOfTheRule(command.action, command.payload as never, now);
  assert.ok(is(start) && is(set(1)) && is(set(1, "TxProfile")));
  assert.not(is(set(1, "ChargePointMaxProfile")) || is(set(1, "ChargingStationMaxProfile")));
  assert.not(is({ action: "RemoteStopTransaction", payload: {} }) || is({ action: "Reset", payload: {} }));
  assert.not(is(start, { ...IDLE, charging: new Set([1]) }) || is(start, { ...IDLE, outOfOrder: new Set([1]) }));
  assert.ok(is(start, { ...IDLE, charging: new Set([2]) }));
  assert.not(is({ ...start, payload: {} }, { ...IDLE, charging: new Set([2]) }));
  assert.ok(is(clear, { ...IDLE, hasProfiles: true }) && !is(clear));
});

test("reg. 11 - a delay that the CSMS has the station draw is not added to (OCPP 2.1)", () => {
  const profile = (delay: number | undefined) => ({
    chargingProfile: { chargingSchedule: [{ randomizedDelay: delay }] },
  });
  assert.equal(
    [600, 0, undefined].map((delay) => isDelayedElsewhere(profile(delay))),
    [true, false, false],
  );
});

test("a start is good for five minutes after its time, a profile for a day", () => {
  const at = { id: "1", version, dueAt: 0 };
  const good = (command: typeof start, ms: number) => isStillGood({ ...at, ...command } as HeldCommand, ms);
  assert.ok(good(start, 300_000) && !good(start, 300_001));
  assert.ok(good(set(1) as never, 86_400_000) && !good(set(1) as never, 86_400_001));
});

test("what is read back is what was written, and nothing that is broken", () => {
  const command = { id: "1", version, ...start, dueAt: 5 };
  assert.equal(readHeld(JSON.parse(JSON.stringify([command, { id: 1 }, null, 7]))), [command]);
  assert.equal(readHeld("x"), []);
});

test("reg. 10 - the hours are local: Monday midnight with the offset of now, over both changes of the clock", () => {
  const london = (at: string) => mondayOf("Europe/London", Date.parse(at));
  assert.is(london("2026-01-07T12:00:00Z"), "2026-01-05T00:00:00+00:00");
  assert.is(london("2026-07-05T22:59:59Z"), "2026-06-29T00:00:00+01:00", "Sunday, a second before midnight");
  assert.is(london("2026-07-05T23:00:00Z"), "2026-07-06T00:00:00+01:00");
  assert.is(mondayOf("America/St_Johns", Date.parse("2026-01-07T12:00:00Z")), "2026-01-05T00:00:00-03:30");
});

test("reg. 10 - the default hours are a request of each version", async () => {
  const options = { stackLevel: 0, limitA: 32, monday: "2026-01-05T00:00:00+00:00" };
  for (const each of ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"] as const) {
    const validators = await loadValidators(each);
    assert.is(validators.validate("SetChargingProfile", "request", offPeakRequest(each, options)), undefined, each);
  }
});

test.run();
