import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type OwnLimit, withOwnLimit } from "../../../src/domain/charging/own-limits.ts";
import { getProfilesAnswer, profileReports, wantedProfiles } from "../../../src/domain/charging/report.ts";
import { withProfile } from "../../../src/domain/charging/store.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { DAY, goodStore, profileIn, setRequest, storeOf } from "../../support/charging.ts";

const validators = await loadValidators("ocpp2.0.1");

const CSMS_SET = [
  setRequest({ id: 1, evseId: 0, chargingProfilePurpose: "ChargingStationMaxProfile" }),
  setRequest({ id: 2, evseId: 1, customData: { vendorId: "kept" } }),
  setRequest({ id: 3, evseId: 1, stackLevel: 1 }),
  setRequest({ id: 4, evseId: 2 }),
];
const LIMIT: OwnLimit = {
  schedule: { unit: "A", startSchedule: DAY, periods: [{ startPeriod: 0, limit: 10 }] },
  ...{ number: 1, evseId: 1 },
  source: "EMS",
};
const STORE = withOwnLimit(storeOf(CSMS_SET), LIMIT);

const ids = (criterion: Payload, evseId?: number) => {
  const request = { requestId: 5, chargingProfile: criterion, ...(evseId === undefined ? {} : { evseId }) };
  assert.is(validators.validate("GetChargingProfiles", "request", request), undefined);
  return wantedProfiles(STORE, request).map(({ id }) => id);
};

test("K09.FR.04-06 - no EVSE is all of them, EVSE 0 what is the station's own, and every criterion narrows it", () => {
  assert.equal(ids({}), [-1001, 1, 2, 3, 4]);
  assert.equal(ids({}, 0), [1]);
  assert.equal(ids({}, 1), [-1001, 2, 3]);
  assert.equal(ids({ chargingProfileId: [4, 2, 99] }), [2, 4]);
  assert.equal(ids({ stackLevel: 1 }), [3]);
  assert.equal(ids({ chargingProfilePurpose: "TxDefaultProfile" }, 2), [4]);
  assert.equal(ids({ chargingLimitSource: ["EMS", "SO"] }), [-1001]);
  assert.equal(ids({ chargingLimitSource: ["CSO"], stackLevel: 0 }), [1, 2, 4]);
  assert.equal(ids({ chargingLimitSource: ["Other"] }), []);
});

test("K09 - profiles are reported by EVSE and source, as they came, all but the last report to be continued", () => {
  const reports = profileReports(wantedProfiles(STORE, {}), 5);
  assert.equal(
    reports.map(({ requestId, evseId, chargingLimitSource, tbc }) => [requestId, evseId, chargingLimitSource, tbc]),
    [
      [5, 1, "EMS", true],
      [5, 0, "CSO", true],
      [5, 1, "CSO", true],
      [5, 2, "CSO", undefined],
    ],
  );
  assert.equal(
    reports.flatMap(({ chargingLimitSource, chargingProfile }) =>
      chargingLimitSource === "CSO" ? chargingProfile : [],
    ),
    CSMS_SET.map(({ chargingProfile }) => chargingProfile),
  );
});

test("nothing is reported where nothing is found", () => {
  assert.equal(profileReports([], 5), []);
  assert.equal(getProfilesAnswer([]), { status: "NoProfiles" });
  assert.equal(getProfilesAnswer(STORE.profiles), { status: "Accepted" });
});

test("every profile is in exactly one report, and every report is good by the schema", () => {
  fc.assert(
    fc.property(goodStore(), fc.nat(40), (store, more) => {
      const many = Array.from({ length: more }, (_, index) => profileIn(setRequest({ id: 100 + index })));
      const { profiles } = many.reduce(withProfile, withOwnLimit(store, LIMIT));
      const reports = profileReports(profiles, 1);
      for (const [index, report] of reports.entries()) {
        assert.is(validators.validate("ReportChargingProfiles", "request", report), undefined);
        assert.is(report["tbc"], index === reports.length - 1 ? undefined : true);
      }
      const reported = reports.flatMap(({ chargingProfile }) => chargingProfile as { id: number }[]);
      assert.equal(
        reported.map(({ id }) => id).sort((a, b) => a - b),
        profiles.map(({ id }) => id),
      );
    }),
  );
});

test.run();
