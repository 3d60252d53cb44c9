import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseProfile } from "../../../src/domain/charging/parse-profile.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { DAY, goodRequest, profileIn, setRequest } from "../../support/charging.ts";
import { type JsonSchema, messageSchema } from "../../support/schemas.ts";

type Fields = { [field: string]: unknown };

const outcome = (request: Payload): string => {
  const parsed = parseProfile(request["chargingProfile"] as Payload, { evseId: 1, pointer: "/chargingProfile" });
  return parsed.ok ? "ok" : `${parsed.error.reasonCode} ${parsed.error.pointer}`;
};
const ofProfile = (fields: Fields): string => outcome(setRequest(fields));
const ofSchedule = (schedule: Fields): string => outcome(setRequest({ schedule }));
const ofPeriod = (period: Fields): string =>
  ofSchedule({ chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, ...period }] });

const definition = (version: OcppVersion, name: string): JsonSchema => {
  const found = messageSchema(version, "SetChargingProfile").definitions?.[name];
  if (found === undefined) throw new Error(`no ${name} in ${version}`);
  return found;
};

test("a profile is read field by field, and kept as it came", () => {
  const request = setRequest({
    ...{ id: -7, stackLevel: 2, evseId: 1, chargingProfilePurpose: "TxProfile", transactionId: "tx-1" },
    ...{ chargingProfileKind: "Recurring", recurrencyKind: "Weekly", validFrom: "2026-03-02T00:00:00Z" },
    schedule: {
      ...{ duration: 60, minChargingRate: 4.25, salesTariff: { id: 1 }, chargingRateUnit: "W" },
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 7.123456, numberPhases: 1 }],
    },
    customData: { vendorId: "x" },
  });
  assert.equal(profileIn(request), {
    ...{ id: -7, evseId: 1, stackLevel: 2, purpose: "TxProfile", kind: "Recurring", recurrencyKind: "Weekly" },
    ...{ validFrom: DAY, transactionId: "tx-1", source: "CSO" },
    schedule: {
      ...{ unit: "W", startSchedule: DAY, duration: 60, minChargingRate: 4.25 },
      periods: [{ startPeriod: 0, limit: 7.123456, numberPhases: 1 }],
    },
    original: request["chargingProfile"],
  });
});

/** What becomes of each value of each enumeration; a value that is in a schema and not here fails. */
const ENUMS: readonly [OcppVersion, string, (value: string) => string, Readonly<Record<string, string>>][] = [
  ...(["ocpp2.0.1", "ocpp2.1"] as const).flatMap((version): (typeof ENUMS)[number][] => [
    [
      version,
      "ChargingProfilePurposeEnumType",
      (chargingProfilePurpose) => ofProfile({ chargingProfilePurpose }),
      {
        ...{ ChargingStationExternalConstraints: "ok", ChargingStationMaxProfile: "ok" },
        ...{ TxDefaultProfile: "ok", TxProfile: "ok" },
        ...(version === "ocpp2.1" && {
          PriorityCharging: "UnsupportedPurpose /chargingProfile/chargingProfilePurpose",
          LocalGeneration: "UnsupportedPurpose /chargingProfile/chargingProfilePurpose",
        }),
      },
    ],
    [
      version,
      "ChargingProfileKindEnumType",
      (chargingProfileKind) => ofProfile({ chargingProfileKind }),
      {
        ...{ Absolute: "ok", Recurring: "ok", Relative: "ok" },
        ...(version === "ocpp2.1" && { Dynamic: "UnsupportedKind /chargingProfile/chargingProfileKind" }),
      },
    ],
    [
      version,
      "RecurrencyKindEnumType",
      (recurrencyKind) => String(profileIn(setRequest({ recurrencyKind })).recurrencyKind),
      { Daily: "Daily", Weekly: "Weekly" },
    ],
    [
      version,
      "ChargingRateUnitEnumType",
      (chargingRateUnit) => profileIn(setRequest({ schedule: { chargingRateUnit } })).schedule.unit,
      { A: "A", W: "W" },
    ],
  ]),
  [
    "ocpp2.1",
    "OperationModeEnumType",
    (operationMode) => ofPeriod({ operationMode }),
    Object.fromEntries(
      [
        ...["Idle", "CentralSetpoint", "ExternalSetpoint", "ExternalLimits", "CentralFrequency"],
        ...["LocalFrequency", "LocalLoadBalancing", "ChargingOnly"],
      ].map((mode) => [
        mode,
        mode === "ChargingOnly"
          ? "ok"
          : "InvalidSchedule /chargingProfile/chargingSchedule/0/chargingSchedulePeriod/0/operationMode",
      ]),
    ),
  ],
];

for (const [version, name, of, expected] of ENUMS) {
  test(`${version} ${name}: every value has its outcome`, () => {
    const values = definition(version, name).enum ?? [];
    assert.equal(Object.fromEntries(values.map((value) => [value, of(value)])), expected);
  });
}

/** Members that say something a limit alone does not, with a value that is not "as if it were not there". */
const REFUSED_PERIOD: Fields = {
  ...{ phaseToUse: 1, limit_L2: 16, limit_L3: 16, dischargeLimit: -1, dischargeLimit_L2: -1, dischargeLimit_L3: -1 },
  ...{ setpoint: 1, setpoint_L2: 1, setpoint_L3: 1, setpointReactive: 1, setpointReactive_L2: 1 },
  ...{ setpointReactive_L3: 1, preconditioningRequest: true, evseSleep: true, v2xBaseline: 1, operationMode: "Idle" },
  ...{ v2xFreqWattCurve: [], v2xSignalWattCurve: [] },
};
const READ_PERIOD = ["startPeriod", "limit", "numberPhases", "customData"];
const REFUSED_SCHEDULE: Fields = { useLocalTime: true, randomizedDelay: 1, limitAtSoC: { soc: 80, limit: 6 } };
const READ_SCHEDULE = [
  ...["id", "startSchedule", "duration", "chargingRateUnit", "minChargingRate", "chargingSchedulePeriod"],
  // Information for the EV and the driver: they limit nothing.
  ...["salesTariff", "absolutePriceSchedule", "priceLevelSchedule", "signatureId", "digestValue", "powerTolerance"],
  "customData",
];

test("K01.FR.48, FR.123-126 - every member of a 2.1 schedule and period is read, or refused where it would mean something", () => {
  const members = (name: string) => Object.keys(definition("ocpp2.1", name).properties ?? {}).sort();
  assert.equal(
    [...READ_PERIOD, ...Object.keys(REFUSED_PERIOD)].sort(),
    [...new Set([...members("ChargingSchedulePeriodType"), "phaseToUse"])].sort(),
  );
  assert.equal([...READ_SCHEDULE, ...Object.keys(REFUSED_SCHEDULE)].sort(), members("ChargingScheduleType"));
  const place = "InvalidSchedule /chargingProfile/chargingSchedule/0";
  for (const [name, value] of Object.entries(REFUSED_PERIOD)) {
    assert.is(ofPeriod({ [name]: value }), `${place}/chargingSchedulePeriod/0/${name}`);
  }
  for (const [name, value] of Object.entries(REFUSED_SCHEDULE)) {
    assert.is(ofSchedule({ [name]: value }), `${place}/${name}`);
  }
});

const REFUSED_PROFILE: Fields = { maxOfflineDuration: 60, invalidAfterOfflineDuration: true };
const READ_PROFILE = [
  ...["id", "stackLevel", "chargingProfilePurpose", "chargingProfileKind", "recurrencyKind", "validFrom", "validTo"],
  ...["transactionId", "chargingSchedule", "customData"],
  // Of kind Dynamic, which is refused, and of prices.
  ...["dynUpdateInterval", "dynUpdateTime", "priceScheduleSignature"],
];

test("K01 - every member of a 2.1 profile is read, or refused where it would end the profile while the CSMS is away", () => {
  const members = Object.keys(definition("ocpp2.1", "ChargingProfileType").properties ?? {}).sort();
  assert.equal([...READ_PROFILE, ...Object.keys(REFUSED_PROFILE)].sort(), members);
  for (const [name, value] of Object.entries(REFUSED_PROFILE)) {
    assert.is(ofProfile({ [name]: value }), `InvalidProfile /chargingProfile/${name}`);
  }
  assert.is(ofProfile({ invalidAfterOfflineDuration: false }), "ok");
});

test("a member that says the same as its absence is no reason to refuse", () => {
  assert.is(ofSchedule({ useLocalTime: false, randomizedDelay: 0 }), "ok");
  assert.is(ofPeriod({ preconditioningRequest: false, evseSleep: false, operationMode: "ChargingOnly" }), "ok");
});

test("K01.FR.34 - one schedule, not none and not three", () => {
  const one = (setRequest()["chargingProfile"] as Fields)["chargingSchedule"] as unknown[];
  const place = "InvalidSchedule /chargingProfile/chargingSchedule";
  assert.is(ofProfile({ chargingSchedule: [] }), place);
  assert.is(ofProfile({ chargingSchedule: [...one, ...one] }), place);
});

test("what cannot be read is named", () => {
  assert.is(ofProfile({ id: "1" }), "InvalidProfile /chargingProfile/id");
  assert.is(ofProfile({ stackLevel: 0.5 }), "InvalidStackLevel /chargingProfile/stackLevel");
  assert.is(ofProfile({ validFrom: "yesterday" }), "InvalidProfile /chargingProfile/validFrom");
  assert.is(ofProfile({ validTo: "2026-13-01T00:00:00Z" }), "InvalidProfile /chargingProfile/validTo");
  // Without a zone it is no instant.
  const local = { startSchedule: "2026-03-02T00:00:00" };
  assert.is(ofSchedule(local), "InvalidSchedule /chargingProfile/chargingSchedule/0/startSchedule");
  const unit = "UnsupportedRateUnit /chargingProfile/chargingSchedule/0/chargingRateUnit";
  assert.is(ofSchedule({ chargingRateUnit: "VA" }), unit);
  const period = "InvalidSchedule /chargingProfile/chargingSchedule/0/chargingSchedulePeriod/0";
  assert.is(ofPeriod({ startPeriod: "0" }), `${period}/startPeriod`);
  assert.is(ofPeriod({ limit: null }), `${period}/limit`);
});

test("whatever it is given, it answers and does not throw", () => {
  fc.assert(
    fc.property(fc.object(), goodRequest(), (odd, good) => {
      outcome({ chargingProfile: odd } as Payload);
      outcome({ chargingProfile: { ...(good["chargingProfile"] as Fields), ...odd } });
      outcome({ chargingProfile: { ...(good["chargingProfile"] as Fields), chargingSchedule: [odd] } });
    }),
  );
});

test("its result is JSON", () => {
  fc.assert(
    fc.property(goodRequest(), (request) => {
      const profile = profileIn(request);
      assert.equal(JSON.parse(JSON.stringify(profile)), profile);
    }),
  );
});

test.run();
