/** Smart charging of a 2.0.1 CSMS towards a 1.6 station (translation.md §5; field lessons, cases 41 to 45). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withOwnLimit, withoutOwnLimit } from "../../../src/domain/charging/own-limits.ts";
import { NO_QUIRKS } from "../../../src/domain/charging/projection-input.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { chargingFollower, startProfile } from "../../../src/domain/translate/charging-hooks.ts";
import { ownLimitsChanged } from "../../../src/domain/translate/charging-own.ts";
import { chargingOf, MAX_WAITING } from "../../../src/domain/translate/charging-state.ts";
import { ChargingRig, setRequest } from "../../support/charging-rig.ts";
import { READINGS } from "../../support/charging-station-16.ts";

const limitAt = (rig: ChargingRig, connector16: number, tx16?: number, startedAt = rig.now): number =>
  Math.min(
    ...rig.station
      .limitsAt(connector16, epochMs(rig.now), {
        startedAt: epochMs(startedAt),
        ...(tx16 === undefined ? {} : { tx16 }),
      })
      .map(({ limit }) => limit),
  );

const statusOf = (answer: unknown): unknown =>
  typeof answer === "string" ? answer : (answer as Payload | undefined)?.["status"];
const reasonOf = (answer: unknown): unknown =>
  ((answer as Payload)["statusInfo"] as Payload | undefined)?.["reasonCode"];
const ABSOLUTE = {
  chargingSchedule: [
    {
      id: 7,
      startSchedule: "2020-01-01T00:00:00Z",
      chargingRateUnit: "A",
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 12 }],
    },
  ],
};
const TX = { chargingProfilePurpose: "TxProfile", transactionId: "tx-1" };

test("a new station is cleared once, and then told the image, each connector its own", () => {
  const rig = new ChargingRig();
  assert.equal(rig.ask("SetChargingProfile", setRequest(5, 0, 16)), { status: "Accepted" });
  assert.equal(
    rig.told.map(({ action }) => action),
    ["ClearChargingProfile", "SetChargingProfile", "SetChargingProfile"],
  );
  assert.is(limitAt(rig, 1), 16);
  assert.is(limitAt(rig, 2), 16);
});

test("the same request a thousand times is one message to the station and the same answer", () => {
  const rig = new ChargingRig({ connectors: 1 });
  const answers = Array.from({ length: 1000 }, () => rig.ask("SetChargingProfile", setRequest(5, 0, 16)));
  assert.is(rig.told.filter(({ action }) => action === "SetChargingProfile").length, 1);
  assert.is(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
});

test("a TxProfile is for its transaction alone, and gone with it", () => {
  const rig = new ChargingRig();
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  const tx = rig.begin({ connector16: 1 });
  assert.equal(rig.ask("SetChargingProfile", setRequest(6, 1, 10, TX)), { status: "Accepted" });
  assert.is(limitAt(rig, 1, tx.tx16), 10);
  assert.is(limitAt(rig, 2), 16);
  rig.end(tx.id);
  assert.is(limitAt(rig, 1), 16);
  assert.equal(
    chargingOf(rig.state).store.profiles.map(({ id }) => id),
    [5],
  );
  assert.not.ok(rig.station.profiles.some(({ profile }) => profile.chargingProfilePurpose === "TxProfile"));
});

test("an unknown transaction, a spoilt schedule: refused with the reason, and the station hears nothing", () => {
  const rig = new ChargingRig();
  assert.is(reasonOf(rig.ask("SetChargingProfile", setRequest(6, 1, 10, TX))), "TxNotFound");
  assert.is(reasonOf(rig.ask("SetChargingProfile", setRequest(6, 9, 10))), "UnknownEvse");
  assert.equal(rig.told, []);
});

test("without smart charging there is no such function (K01.FR.29)", () => {
  const rig = new ChargingRig();
  rig.state = { ...rig.state, capabilities: { featureProfiles: ["Core"], hasSecurityExtension: false } };
  assert.is(rig.ask("SetChargingProfile", setRequest(5, 0, 16)), "NotSupported");
  assert.equal(rig.ask("ClearChargingProfile", { chargingProfileId: 5 }), { status: "Unknown" });
});

test("clears are by id, and Unknown of the station means that it is gone", () => {
  const rig = new ChargingRig({ connectors: 1 });
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  rig.station.clear(5);
  assert.equal(
    rig.ask("ClearChargingProfile", { chargingProfileCriteria: { chargingProfilePurpose: "TxDefaultProfile" } }),
    { status: "Accepted" },
  );
  assert.equal(rig.told[rig.told.length - 1], { action: "ClearChargingProfile", payload: { id: 5 } });
  assert.equal(rig.ask("ClearChargingProfile", { chargingProfileId: 5 }), { status: "Unknown" });
});

test("profiles are reported as they came, and the composite schedule is the store's", () => {
  const rig = new ChargingRig();
  const request = setRequest(5, 1, 16.25);
  rig.ask("SetChargingProfile", request);
  assert.equal(rig.ask("GetChargingProfiles", { requestId: 7, chargingProfile: {} }), { status: "Accepted" });
  assert.equal(rig.reports[0]?.["chargingProfile"], [request["chargingProfile"]]);
  assert.is(statusOf(rig.ask("GetCompositeSchedule", { duration: 60, evseId: 1, chargingRateUnit: "A" })), "Accepted");
});

test("requests wait while a plan runs, a bounded number of them, in their order", () => {
  const rig = new ChargingRig({ connectors: 1 });
  rig.ask("SetChargingProfile", setRequest(1, 0, 16));
  // A station that takes its time: the answer to the first comes after the others have been asked.
  const later: (() => void)[] = [];
  const { take } = rig;
  rig.take = function (this: ChargingRig, step) {
    const asks = step.wants.filter((want) => want.do === "ask");
    if (later.length > 0 || asks.length === 0) return take.call(this, step);
    later.push(() => take.call(this, { state: this.state, wants: asks }));
    return take.call(this, { state: step.state, wants: step.wants.filter((want) => want.do !== "ask") });
  };
  const refs = Array.from({ length: MAX_WAITING + 2 }, (_, index) =>
    rig.send("SetChargingProfile", setRequest(1, 0, 15 - index / 10)),
  );
  assert.is(statusOf(rig.answers.get(refs[refs.length - 1] ?? "")), "Rejected");
  later[0]?.();
  assert.equal(
    refs.slice(0, -1).map((ref) => statusOf(rig.answers.get(ref))),
    refs.slice(0, -1).map(() => "Accepted"),
  );
  assert.is(limitAt(rig, 1), Math.round((15 - MAX_WAITING / 10) * 10) / 10);
});

test("a restart of the station: everything is said again, for it may have forgotten", () => {
  const rig = new ChargingRig();
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  rig.station.clear();
  rig.take(chargingFollower(rig.options).stationBooted(rig.state, rig.env));
  assert.is(limitAt(rig, 1), 16);
  const before = rig.told.length;
  rig.hear("StatusNotification");
  assert.is(rig.told.length, before);
});

test("a profile that comes with a remote start holds from the first moment, and gives way to its transaction's", () => {
  const rig = new ChargingRig({ readings: READINGS[15] ?? ({} as never) });
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  const { chargingProfile } = setRequest(8, 2, 10, { chargingProfilePurpose: "TxProfile" }) as {
    chargingProfile: Payload;
  };
  const start = startProfile(rig.state, chargingProfile, { evseId: 2, connector16: 2 }, rig.env, rig.options, 77);
  if ("reject" in start || start.profile16 === undefined) throw new Error("no profile");
  rig.state = start.state;
  assert.not.ok("transactionId" in start.profile16);
  const schedule = start.profile16["chargingSchedule"] as { chargingSchedulePeriod: { limit: number }[] };
  assert.equal(
    schedule.chargingSchedulePeriod.map(({ limit }) => limit),
    [10],
  );
  const tx = rig.begin({ connector16: 2, remoteStartId: 77 });
  assert.is(limitAt(rig, 2, tx.tx16), 10);
  assert.equal(
    chargingOf(rig.state).store.profiles.map(({ id, transactionId }) => [id, transactionId]),
    [
      [5, undefined],
      [8, tx.id],
    ],
  );
});

test("a limit of the site's is folded in at once, the CSMS is told, and its own profiles stay as they came", () => {
  const rig = new ChargingRig();
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  const schedule = { unit: "A", startSchedule: epochMs(rig.now), periods: [{ startPeriod: 0, limit: 20 }] } as const;
  const limit = { number: 1, evseId: 0, source: "EMS", schedule } as const;
  const around = () => ({
    env: rig.env,
    options: rig.options,
    notices: { significancePercent: 10, withSchedules: false },
  });
  rig.take(ownLimitsChanged(rig.state, (store) => withOwnLimit(store, limit), around()));
  assert.equal(rig.reports, [{ chargingLimit: { chargingLimitSource: "EMS" } }]);
  assert.equal(
    rig.station.stationLimitsAt(epochMs(rig.now)).map(({ limit }) => limit),
    [20],
  );
  rig.ask("GetChargingProfiles", { requestId: 1, evseId: 0, chargingProfile: { chargingLimitSource: ["EMS"] } });
  rig.take(ownLimitsChanged(rig.state, (store) => withoutOwnLimit(store, limit), around()));
  assert.equal(rig.reports[rig.reports.length - 1], { chargingLimitSource: "EMS" });
  assert.equal(rig.station.stationLimitsAt(epochMs(rig.now)), []);
  assert.is(limitAt(rig, 1), 16);
});

// --- field lessons ----------------------------------------------------------------------------------------------------

test("case 41: a CSMS sets and clears on our level and purpose, and the safe limit stays", () => {
  const rig = new ChargingRig({ readings: READINGS[15] ?? ({} as never) });
  rig.safeLimitA = 8;
  rig.hear("StatusNotification");
  assert.equal([limitAt(rig, 1), limitAt(rig, 2)], [8, 8]);
  rig.ask("SetChargingProfile", setRequest(5, 0, 20));
  assert.equal([limitAt(rig, 1), limitAt(rig, 2)], [20, 20]);
  rig.ask("ClearChargingProfile", { chargingProfileCriteria: {} });
  assert.equal([limitAt(rig, 1), limitAt(rig, 2)], [8, 8]);
  assert.not.ok(chargingOf(rig.state).store.profiles.some(({ stackLevel }) => stackLevel < 0));
});

test("case 42: a SetChargingProfile that the station rejects changes nothing that is believed, and what was is said again", () => {
  const rig = new ChargingRig({ connectors: 1 });
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  const { store } = chargingOf(rig.state);
  rig.answer = (action, payload) =>
    JSON.stringify(payload).includes("19") && action === "SetChargingProfile"
      ? { kind: "result", payload: { status: "Rejected" } }
      : undefined;
  const answer = rig.ask("SetChargingProfile", setRequest(5, 0, 19));
  assert.is(statusOf(answer), "Rejected");
  assert.equal(chargingOf(rig.state).store, store);
  assert.is(limitAt(rig, 1), 16);
});

test("case 42: a station that does not answer may have it or not: InternalError, and the old one is said again", () => {
  const rig = new ChargingRig({ connectors: 1 });
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  rig.answer = (_action, payload) => {
    if (!JSON.stringify(payload).includes("19")) return undefined;
    // It has taken it, and its answer is lost.
    rig.station.set(1, payload["csChargingProfiles"] as never, epochMs(rig.now));
    return { kind: "none" };
  };
  assert.is(rig.ask("SetChargingProfile", setRequest(5, 0, 19)), "InternalError");
  assert.is(limitAt(rig, 1), 16);
});

test("case 43: when nobody plans any more the station ends in the lowest limit, never in none", () => {
  const rig = new ChargingRig({ connectors: 1 });
  rig.safeLimitA = 8;
  rig.hear("StatusNotification");
  const tx = rig.begin({ connector16: 1 });
  rig.ask(
    "SetChargingProfile",
    setRequest(6, 1, 25, {
      ...TX,
      chargingProfileKind: "Absolute",
      chargingSchedule: [
        {
          id: 6,
          startSchedule: new Date(rig.now).toISOString(),
          duration: 3600,
          chargingRateUnit: "A",
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 25 }],
        },
      ],
    }),
  );
  const startedAt = rig.now;
  assert.is(limitAt(rig, 1, tx.tx16), 25);
  for (const hours of [1, 24, 24 * 30]) {
    rig.now = startedAt + hours * 3_600_000;
    assert.is(limitAt(rig, 1, tx.tx16, startedAt), 8);
  }
});

test("case 44: amperes only, no ChargePointMaxProfile: what it can not do is made of what it can, or refused", () => {
  const caps = { units: ["A"] as const, hasStationMax: false };
  const max = (id: number) =>
    setRequest(id, 0, 11_040, {
      chargingProfilePurpose: "ChargingStationMaxProfile",
      chargingProfileKind: "Absolute",
      chargingSchedule: [
        {
          id,
          startSchedule: "2026-01-01T00:00:00Z",
          chargingRateUnit: "W",
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 11_040 }],
        },
      ],
    });
  const lone = new ChargingRig({ connectors: 1, caps });
  assert.equal(lone.ask("SetChargingProfile", max(1)), { status: "Accepted" });
  assert.is(limitAt(lone, 1), 16);
  const two = new ChargingRig({ caps });
  assert.is(reasonOf(two.ask("SetChargingProfile", max(1))), "UnsupportedRequest");
  const learns = new ChargingRig({ connectors: 1, caps: { units: ["A"] } });
  learns.answer = (_action, payload) =>
    JSON.stringify(payload).includes("ChargePointMax")
      ? { kind: "result", payload: { status: "NotSupported" } }
      : undefined;
  assert.is(reasonOf(learns.ask("SetChargingProfile", max(1))), "UnsupportedRequest");
  assert.equal(learns.ask("SetChargingProfile", max(1)), { status: "Accepted" });
  assert.is(limitAt(learns, 1), 16);
});

test("case 45: what a pilot cannot say becomes 0, and fewer phases than can be switched are refused", () => {
  const rig = new ChargingRig({ connectors: 1, caps: { canSwitchPhases: false, quirks: NO_QUIRKS } });
  rig.ask("SetChargingProfile", setRequest(5, 0, 4));
  assert.is(limitAt(rig, 1), 0);
  const onePhase = setRequest(5, 0, 16, {
    chargingSchedule: [
      { id: 5, chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, numberPhases: 1 }] },
    ],
  });
  assert.is(reasonOf(rig.ask("SetChargingProfile", onePhase)), "InvalidSchedule");
});

test("a station that is away is told nothing, and the request is refused at once", () => {
  const rig = new ChargingRig();
  rig.isOnline = false;
  assert.is(statusOf(rig.ask("SetChargingProfile", setRequest(5, 0, 16))), "Rejected");
  assert.equal(rig.told, []);
});

test("a model that takes profiles only in a transaction: all limits are in the schedule of the transaction, in every reading", () => {
  for (const readings of READINGS) {
    const caps = { hasStationMax: false, quirks: { ...NO_QUIRKS, onlyInTransaction: true, divideEqually: true } };
    const rig = new ChargingRig({ readings, caps });
    assert.equal(statusOf(rig.ask("SetChargingProfile", setRequest(5, 0, 16))), "Accepted");
    const isSet = ({ action }: { action: string }) => action === "SetChargingProfile";
    assert.not(rig.told.some(isSet), "nobody charges");
    const { tx16, id } = rig.begin({ connector16: 1 });
    assert.is(rig.told.filter(isSet).length, 1);
    assert.is(limitAt(rig, 1, tx16), 16);
    rig.ask("SetChargingProfile", setRequest(6, 1, 10, TX));
    assert.is(limitAt(rig, 1, tx16), 10);
    rig.ask(
      "SetChargingProfile",
      setRequest(7, 0, 12, {
        chargingProfilePurpose: "ChargingStationMaxProfile",
        chargingProfileKind: "Absolute",
        ...ABSOLUTE,
      }),
    );
    assert.is(limitAt(rig, 1, tx16), 6, "its part of the station's");
    rig.end(id);
    assert.is(rig.told.at(-1)?.action, "ClearChargingProfile");
    assert.equal(
      rig.told.filter(isSet).map(({ payload }) => (payload["csChargingProfiles"] as Payload)["chargingProfilePurpose"]),
      ["TxProfile", "TxProfile", "TxProfile"],
    );
  }
});

test("a model that may lose a profile when it refuses another is told the old one again", () => {
  for (const rejectMayErase of [false, true]) {
    const rig = new ChargingRig({ connectors: 1, caps: { quirks: { ...NO_QUIRKS, rejectMayErase } } });
    rig.ask("SetChargingProfile", setRequest(5, 1, 16));
    rig.told.length = 0;
    rig.answer = (_action, { csChargingProfiles: profile }) =>
      JSON.stringify(profile).includes('"limit":20') ? { kind: "result", payload: { status: "Rejected" } } : undefined;
    assert.is(statusOf(rig.ask("SetChargingProfile", setRequest(5, 1, 20))), "Rejected");
    const limits = rig.told.map(({ payload }) => JSON.stringify(payload).match(/"limit":(\d+)/)?.[1]);
    assert.equal(limits, rejectMayErase ? ["20", "16"] : ["20"]);
  }
});

test.run();
