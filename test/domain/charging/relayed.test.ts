import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type InstalledProfile, install } from "../../../src/domain/charging/installed-profiles.ts";
import {
  parseProfile16,
  relayedComposite,
  relayedProfiles,
  withDefaultsOfConnectors,
} from "../../../src/domain/charging/relayed.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { CLOSED_AT, DAY, goodRequest, iso, profileIn, setRequest, THREE_PHASES } from "../../support/charging.ts";
import { messageSchema } from "../../support/schemas.ts";

const profile16 = (fields: Payload = {}, schedule: Payload = {}): Payload => ({
  ...{ chargingProfileId: 1, stackLevel: 0 },
  ...{ chargingProfilePurpose: "TxDefaultProfile", chargingProfileKind: "Absolute" },
  chargingSchedule: {
    ...{ startSchedule: iso(DAY), chargingRateUnit: "A" },
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
    ...schedule,
  },
  ...fields,
});
const place = { connectorId: 1, pointer: "/csChargingProfiles" };

test("1.6 §7.8 - a 1.6 profile is read field by field", () => {
  const payload = profile16(
    { transactionId: 12, chargingProfilePurpose: "TxProfile", stackLevel: 3 },
    { duration: 60 },
  );
  const parsed = parseProfile16(payload, place);
  assert.equal(parsed.ok && parsed.value, {
    ...{ id: 1, evseId: 1, stackLevel: 3, purpose: "TxProfile", kind: "Absolute", transactionId: "12", source: "CSO" },
    schedule: { unit: "A", startSchedule: DAY, duration: 60, periods: [{ startPeriod: 0, limit: 16 }] },
    original: payload,
  });
});

test("every purpose, kind, recurrency and unit of 1.6 is read", () => {
  const properties = messageSchema("ocpp1.6", "SetChargingProfile").properties?.["csChargingProfiles"]?.properties;
  const purposes = properties?.["chargingProfilePurpose"]?.enum ?? [];
  const read = (fields: Payload, schedule?: Payload) => {
    const parsed = parseProfile16(profile16(fields, schedule), place);
    return parsed.ok ? parsed.value : undefined;
  };
  assert.equal(
    purposes.map((chargingProfilePurpose) => read({ chargingProfilePurpose })?.purpose),
    purposes.map((purpose) => (purpose === "ChargePointMaxProfile" ? "ChargingStationMaxProfile" : purpose)),
  );
  assert.is(purposes.length, 3);
  for (const kind of properties?.["chargingProfileKind"]?.enum ?? []) {
    assert.is(read({ chargingProfileKind: kind })?.kind, kind);
  }
  for (const recurrencyKind of properties?.["recurrencyKind"]?.enum ?? []) {
    assert.is(read({ recurrencyKind })?.recurrencyKind, recurrencyKind);
  }
  for (const unit of properties?.["chargingSchedule"]?.properties?.["chargingRateUnit"]?.enum ?? []) {
    assert.is(read({}, { chargingRateUnit: unit })?.schedule.unit, unit);
  }
});

test("what cannot be read in a 1.6 profile is named in the words of 1.6", () => {
  const of = (payload: Payload) => {
    const parsed = parseProfile16(payload, place);
    return parsed.ok ? undefined : parsed.error.pointer;
  };
  assert.is(of(profile16({ chargingProfileId: "a" })), "/csChargingProfiles/chargingProfileId");
  assert.is(of(profile16({ chargingSchedule: undefined })), "/csChargingProfiles/chargingSchedule");
  const period = "/csChargingProfiles/chargingSchedule/chargingSchedulePeriod/0/limit";
  assert.is(of(profile16({}, { chargingSchedulePeriod: [{ startPeriod: 0, limit: "16" }] })), period);
});

const EVSES = [1, 2].map((evseId) => ({ evseId, supply: THREE_PHASES, physicalMaxA: 32 }));
const asked = (evseId: number) => ({
  ...{ evseId, from: DAY, durationSec: 3600, unit: "A" as const },
  ...{ evses: EVSES, stationSupply: THREE_PHASES },
});
const installed16 = (connectorId: number, fields: Payload = {}, schedule: Payload = {}): InstalledProfile => {
  const profile = profile16(fields, schedule);
  return {
    ...{ id: Number(profile["chargingProfileId"]), evseId: connectorId, stackLevel: Number(profile["stackLevel"]) },
    purpose: String(profile["chargingProfilePurpose"]),
    profile,
  };
};
const limitsOf = (list: readonly InstalledProfile[], evseId: number) =>
  relayedComposite(list, "ocpp1.6", asked(evseId)).composite?.periods.map(
    ({ startPeriod, limit }) => `${startPeriod}:${limit}`,
  );

test("a relayed 1.6 station's composite schedule comes from what was seen to be installed", () => {
  const list = [
    installed16(0, { chargingProfileId: 1, chargingProfilePurpose: "ChargePointMaxProfile" }),
    installed16(1, { chargingProfileId: 2 }, { duration: 60, chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] }),
  ].reduce<readonly InstalledProfile[]>(install, []);
  assert.equal(limitsOf(list, 1), ["0:6", "60:16"]);
  assert.equal(limitsOf(list, 2), ["0:16"]);
  assert.is(limitsOf(list, 3), undefined);
});

test("1.6 §5.16.3 - a connector's default takes the place of connector 0's of its level, even where it has no period", () => {
  const list = [
    installed16(0, { chargingProfileId: 1 }, { chargingSchedulePeriod: [{ startPeriod: 0, limit: 8 }] }),
    installed16(1, { chargingProfileId: 2 }, { duration: 60 }),
  ];
  assert.equal(limitsOf(list, 1), ["0:16", "60:32"]);
  assert.equal(limitsOf(list, 2), ["0:8"]);
  const other = [list[0], installed16(1, { chargingProfileId: 2, stackLevel: 1 }, { duration: 60 })].filter(
    (one) => one !== undefined,
  );
  assert.equal(limitsOf(other, 1), ["0:16", "60:8"]);
});

test("1.6 - an absolute profile without a start counts from the transaction's", () => {
  const list = [
    installed16(1, {}, { startSchedule: undefined, chargingSchedulePeriod: [{ startPeriod: 0, limit: 7 }] }),
  ];
  assert.equal(limitsOf(list, 1), ["0:7"]);
});

test("1.6 - a TxProfile that names no transaction is for whichever runs there, and none else", () => {
  const list = [installed16(1, { chargingProfilePurpose: "TxProfile" })];
  assert.equal(limitsOf(list, 1), ["0:32"]);
  const evses = EVSES.map((evse) => ({ ...evse, transaction: { id: "5", powerPathClosedAt: CLOSED_AT } }));
  const { composite } = relayedComposite(list, "ocpp1.6", { ...asked(1), evses });
  assert.is(composite?.periods[0]?.limit, 16);
});

test("a relayed 2.x station's profiles are what parsing them gives, and what cannot be read is named", () => {
  fc.assert(
    fc.property(fc.uniqueArray(goodRequest(), { selector: (one) => profileIn(one).id, maxLength: 4 }), (requests) => {
      const expected = requests.map(profileIn);
      const list = expected.map(({ id, evseId, stackLevel, purpose, transactionId, original }) => ({
        ...{ id, evseId, stackLevel, purpose, profile: original },
        ...(transactionId === undefined ? {} : { transactionId }),
      }));
      assert.equal(relayedProfiles(list, "ocpp2.0.1"), { profiles: expected, leftOut: [] });
    }),
  );
  const profile = setRequest({ id: 4, chargingProfileKind: "Dynamic" })["chargingProfile"] as Payload;
  const odd = { id: 4, evseId: 1, stackLevel: 0, purpose: "TxDefaultProfile", profile };
  const { profiles, leftOut } = relayedProfiles([odd], "ocpp2.1");
  assert.equal(profiles, []);
  assert.equal(
    leftOut.map(({ id, fault }) => [id, fault.reasonCode]),
    [[4, "UnsupportedKind"]],
  );
});

test("connector 0's defaults stay where no connector has its own", () => {
  const profiles = [profileIn(setRequest({ evseId: 0 })), profileIn(setRequest({ id: 2, evseId: 1, stackLevel: 1 }))];
  assert.equal(withDefaultsOfConnectors(profiles, [1, 2]), profiles);
});

test.run();
