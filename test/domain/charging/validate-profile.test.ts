/** Each row of the table of refusals as a vector; the requests are good by the schema. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseProfile } from "../../../src/domain/charging/parse-profile.ts";
import type { ChargingStore } from "../../../src/domain/charging/profile.ts";
import { EMPTY_STORE } from "../../../src/domain/charging/profile.ts";
import { setAnswer, setProfile, withProfile } from "../../../src/domain/charging/store.ts";
import {
  faultOfProfile,
  faultOfStartProfile,
  type ProfileRules,
  SET_CHECKS,
} from "../../../src/domain/charging/validate-profile.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { DAY, goodRequest, iso, profileIn, RULES, setRequest, storeOf, THREE_PHASES } from "../../support/charging.ts";

const validators = await loadValidators("ocpp2.0.1");

type Fields = { [field: string]: unknown };
interface Vector {
  readonly row: string;
  readonly fields: Fields;
  readonly store?: ChargingStore;
  readonly rules?: Partial<ProfileRules>;
  /** reasonCode and place; undefined: it is taken. */
  readonly fault?: string;
}

const SCHEDULE = "/chargingProfile/chargingSchedule/0";
const PERIODS = `${SCHEDULE}/chargingSchedulePeriod`;
const TX = { chargingProfilePurpose: "TxProfile", transactionId: "tx-1" };
const MAX = { chargingProfilePurpose: "ChargingStationMaxProfile", evseId: 0 };
const RELATIVE = { chargingProfileKind: "Relative", schedule: { startSchedule: undefined } };
const RECURRING = { chargingProfileKind: "Recurring", recurrencyKind: "Daily" };
const periods = (...starts: number[]) => ({
  schedule: { chargingSchedulePeriod: starts.map((startPeriod, index) => ({ startPeriod, limit: 16 - index })) },
});
const phases = (numberPhases: number, unit = "A") => ({
  schedule: { chargingRateUnit: unit, chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, numberPhases }] },
});
const own = { ...profileIn(setRequest({ id: 9 })), source: "EMS" as const };
const fixed: Partial<ProfileRules> = { canSwitchPhases: false };
const dc: Partial<ProfileRules> = {
  ...fixed,
  evses: [{ evseId: 1, supply: { current: "DC", voltageV: 400, phases: 1 } }],
};

const VECTORS: readonly Vector[] = [
  { row: "a good default", fields: {} },
  { row: "a good TxProfile", fields: TX },
  { row: "a good station maximum", fields: MAX },
  { row: "a good recurring profile", fields: RECURRING },
  { row: "a good relative default", fields: RELATIVE },
  { row: "FR.28 unknown EVSE", fields: { evseId: 3 }, fault: "UnknownEvse /evseId" },
  { row: "FR.28 negative EVSE", fields: { evseId: -1 }, fault: "UnknownEvse /evseId" },
  {
    row: "FR.22 external constraints are the station's",
    fields: { evseId: 0, chargingProfilePurpose: "ChargingStationExternalConstraints" },
    fault: "InvalidProfile /chargingProfile/chargingProfilePurpose",
  },
  { row: "K04.FR.03 station maximum at an EVSE", fields: { ...MAX, evseId: 1 }, fault: "InvalidProfile /evseId" },
  {
    row: "FR.38 relative station maximum",
    fields: { ...MAX, ...RELATIVE },
    fault: "InvalidProfile /chargingProfile/chargingProfileKind",
  },
  { row: "FR.16 TxProfile at EVSE 0", fields: { ...TX, evseId: 0 }, fault: "InvalidProfile /evseId" },
  {
    row: "FR.03 TxProfile without transaction",
    fields: { ...TX, transactionId: undefined },
    fault: "MissingParam /chargingProfile/transactionId",
  },
  {
    row: "FR.09 unknown transaction",
    fields: { ...TX, transactionId: "tx-7" },
    fault: "TxNotFound /chargingProfile/transactionId",
  },
  {
    row: "FR.33 transaction of another EVSE",
    fields: { ...TX, evseId: 2 },
    fault: "TxNotFound /chargingProfile/transactionId",
  },
  {
    row: "FR.09 no transaction at all",
    fields: TX,
    rules: { transactions: [] },
    fault: "TxNotFound /chargingProfile/transactionId",
  },
  { row: "FR.31 first period later", fields: periods(1), fault: `InvalidSchedule ${PERIODS}/0/startPeriod` },
  { row: "FR.35 not in order", fields: periods(0, 60, 30), fault: `InvalidSchedule ${PERIODS}/2/startPeriod` },
  { row: "FR.35 twice the same", fields: periods(0, 60, 60), fault: `InvalidSchedule ${PERIODS}/2/startPeriod` },
  {
    row: "FR.40 absolute without start",
    fields: { schedule: { startSchedule: undefined } },
    fault: `InvalidSchedule ${SCHEDULE}/startSchedule`,
  },
  {
    row: "FR.40 recurring without start",
    fields: { ...RECURRING, schedule: { startSchedule: undefined } },
    fault: `InvalidSchedule ${SCHEDULE}/startSchedule`,
  },
  {
    row: "FR.41 relative with start",
    fields: { chargingProfileKind: "Relative" },
    fault: `InvalidSchedule ${SCHEDULE}/startSchedule`,
  },
  {
    row: "recurring without recurrencyKind",
    fields: { ...RECURRING, recurrencyKind: undefined },
    fault: "InvalidSchedule /chargingProfile/recurrencyKind",
  },
  {
    row: "never valid",
    fields: { validFrom: iso(DAY), validTo: iso(DAY) },
    fault: "InvalidSchedule /chargingProfile/validTo",
  },
  { row: "no duration", fields: { schedule: { duration: 0 } }, fault: `InvalidSchedule ${SCHEDULE}/duration` },
  {
    row: "a limit below 0",
    fields: { schedule: { chargingSchedulePeriod: [{ startPeriod: 0, limit: -0.1 }] } },
    fault: `InvalidSchedule ${PERIODS}/0/limit`,
  },
  { row: "a limit of 0", fields: { schedule: { chargingSchedulePeriod: [{ startPeriod: 0, limit: 0 }] } } },
  { row: "four phases", fields: phases(4), fault: `InvalidSchedule ${PERIODS}/0/numberPhases` },
  { row: "no phase", fields: phases(0), fault: `InvalidSchedule ${PERIODS}/0/numberPhases` },
  { row: "the highest level", fields: { stackLevel: 3 } },
  { row: "above it", fields: { stackLevel: 4 }, fault: "InvalidStackLevel /chargingProfile/stackLevel" },
  { row: "below 0", fields: { stackLevel: -1 }, fault: "InvalidStackLevel /chargingProfile/stackLevel" },
  {
    row: "FR.26 unit",
    fields: { schedule: { chargingRateUnit: "W" } },
    rules: { units: ["A"] },
    fault: `UnsupportedRateUnit ${SCHEDULE}/chargingRateUnit`,
  },
  { row: "as many periods as fit", fields: periods(0, 1, 2, 3, 4, 5) },
  { row: "one too many", fields: periods(0, 1, 2, 3, 4, 5, 6), fault: `TooManyElements ${PERIODS}` },
  {
    row: "seven periods that are six, for two are equal",
    fields: {
      schedule: {
        chargingSchedulePeriod: [16, 15, 14, 13, 12, 11, 11].map((limit, startPeriod) => ({ startPeriod, limit })),
      },
    },
  },
  {
    row: "no room: a default of EVSE 0 is one for each connector",
    fields: { evseId: 0 },
    rules: { maxEntries: 1 },
    fault: "TooManyElements /chargingProfile",
  },
  { row: "room for one", fields: {}, rules: { maxEntries: 1 } },
  {
    row: "no room beside others",
    fields: { id: 2, stackLevel: 1 },
    store: storeOf([setRequest({ id: 1 })]),
    rules: { maxEntries: 1 },
    fault: "TooManyElements /chargingProfile",
  },
  {
    row: "room in the place of the one it replaces",
    fields: { id: 1, stackLevel: 1 },
    store: storeOf([setRequest({ id: 1 })]),
    rules: { maxEntries: 1 },
  },
  {
    row: "the image counts, where somebody knows it",
    fields: {},
    rules: { entriesOf: () => 13 },
    fault: "TooManyElements /chargingProfile",
  },
  {
    row: "FR.05 id of a limit of the station's own",
    fields: { id: 9 },
    store: withProfile(EMPTY_STORE, own),
    fault: "InvalidProfile /chargingProfile/id",
  },
  {
    row: "FR.05 the same id replaces, whatever its purpose",
    fields: { ...MAX, id: 1 },
    store: storeOf([setRequest({ id: 1 })]),
  },
  {
    row: "FR.06 another id of the same level and purpose",
    fields: { id: 2 },
    store: storeOf([setRequest({ id: 1 })]),
    fault: "DuplicateProfile /chargingProfile/stackLevel",
  },
  {
    row: "FR.06 also where they are never valid together, for 1.6 holds one alone",
    fields: { id: 2, validFrom: iso(DAY) },
    store: storeOf([setRequest({ id: 1, validTo: iso(DAY) })]),
    fault: "DuplicateProfile /chargingProfile/stackLevel",
  },
  {
    row: "FR.52 a default of EVSE 0 where an EVSE has one",
    fields: { id: 2, evseId: 0 },
    store: storeOf([setRequest({ id: 1, evseId: 2 })]),
    fault: "DuplicateProfile /chargingProfile/stackLevel",
  },
  {
    row: "FR.53 a default of an EVSE where EVSE 0 has one",
    fields: { id: 2, evseId: 2 },
    store: storeOf([setRequest({ id: 1, evseId: 0 })]),
    fault: "DuplicateProfile /chargingProfile/stackLevel",
  },
  {
    row: "FR.39 two for one transaction",
    fields: { ...TX, id: 2 },
    store: storeOf([setRequest({ ...TX, id: 1 })]),
    fault: "DuplicateProfile /chargingProfile/stackLevel",
  },
  {
    row: "one for each transaction",
    fields: { ...TX, id: 2 },
    store: storeOf([setRequest({ ...TX, id: 1, evseId: 2, transactionId: "tx-2" })]),
  },
  { row: "defaults of two EVSEs", fields: { id: 2 }, store: storeOf([setRequest({ id: 1, evseId: 2 })]) },
  { row: "of two levels", fields: { id: 2, stackLevel: 1 }, store: storeOf([setRequest({ id: 1 })]) },
  { row: "of two purposes", fields: { ...MAX, id: 2 }, store: storeOf([setRequest({ id: 1 })]) },
  {
    row: "FR.48 phaseToUse",
    fields: {
      schedule: { chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, numberPhases: 1, phaseToUse: 2 }] },
    },
    fault: `InvalidSchedule ${PERIODS}/0/phaseToUse`,
  },
  {
    row: "FR.43 fewer phases, A, that cannot be switched",
    fields: phases(1),
    rules: fixed,
    fault: `InvalidSchedule ${PERIODS}/0/numberPhases`,
  },
  {
    row: "FR.43 fewer phases, W",
    fields: phases(2, "W"),
    rules: fixed,
    fault: `InvalidSchedule ${PERIODS}/0/numberPhases`,
  },
  {
    row: "FR.43 fewer phases at EVSE 0",
    fields: { ...phases(1), evseId: 0 },
    rules: fixed,
    fault: `InvalidSchedule ${PERIODS}/0/numberPhases`,
  },
  { row: "FR.43 as many as are wired", fields: phases(3), rules: fixed },
  { row: "FR.43 the station can switch", fields: phases(1), rules: { canSwitchPhases: true } },
  { row: "FR.43 in conservative mode", fields: phases(1), rules: { ...fixed, fewerPhases: "conservative" } },
  {
    row: "one phase where one is wired",
    fields: phases(1),
    rules: { ...fixed, evses: [{ evseId: 1, supply: { ...THREE_PHASES, phases: 1 } }] },
  },
  { row: "FR.44 direct current has no phases", fields: phases(1), rules: dc },
];

for (const { row, fields, store = EMPTY_STORE, rules, fault } of VECTORS) {
  test(`${row}: ${fault ?? "taken"}`, () => {
    const request = setRequest(fields);
    assert.is(validators.validate("SetChargingProfile", "request", request), undefined);
    const step = setProfile(store, request, { ...RULES, ...rules });
    assert.is(step.ok ? undefined : `${step.error.reasonCode} ${step.error.pointer}`, fault);
    const answer = setAnswer(step.ok ? undefined : step.error);
    assert.is(validators.validate("SetChargingProfile", "response", answer), undefined);
  });
}

test("two schedules: InvalidSchedule", () => {
  const request = JSON.parse(JSON.stringify(setRequest())) as { chargingProfile: { chargingSchedule: unknown[] } };
  request.chargingProfile.chargingSchedule.push(...request.chargingProfile.chargingSchedule);
  const step = setProfile(EMPTY_STORE, request as unknown as Payload, RULES);
  assert.is(step.ok ? "" : step.error.reasonCode, "InvalidSchedule");
});

test("no period, which the schema does not let through: InvalidSchedule", () => {
  const step = setProfile(EMPTY_STORE, setRequest({ schedule: { chargingSchedulePeriod: [] } }), RULES);
  assert.is(step.ok ? "" : step.error.pointer, PERIODS);
});

test("every check of the table can find something", () => {
  const finding = new Set<string>();
  for (const { fields, store = EMPTY_STORE, rules } of VECTORS) {
    const request = setRequest(fields);
    const parsed = parseProfile(request["chargingProfile"] as Payload, {
      evseId: request["evseId"] as number,
      pointer: "/chargingProfile",
    });
    if (!parsed.ok) continue;
    const at = { evseId: "/evseId", profile: "/chargingProfile" };
    const of = { profile: parsed.value, store, rules: { ...RULES, ...rules }, at };
    for (const [rule, check] of Object.entries(SET_CHECKS)) if (check(of) !== undefined) finding.add(rule);
  }
  assert.equal([...finding].sort(), Object.keys(SET_CHECKS).sort());
});

test("F01 - a start takes a TxProfile that names no transaction", () => {
  const of = (fields: Fields, store = EMPTY_STORE) => {
    const fault = faultOfStartProfile(profileIn(setRequest(fields)), store, RULES);
    return fault && `${fault.reasonCode} ${fault.pointer}`;
  };
  const start = { ...TX, transactionId: undefined };
  assert.is(of(start), undefined);
  assert.is(of({ ...start, ...RELATIVE }), undefined);
  assert.is(of({}), "InvalidProfile /chargingProfile/chargingProfilePurpose");
  assert.is(of(TX), "InvalidProfile /chargingProfile/transactionId");
  assert.is(of({ ...start, ...periods(1) }), `InvalidSchedule ${PERIODS}/0/startPeriod`);
  assert.is(of({ ...start, stackLevel: 9 }), "InvalidStackLevel /chargingProfile/stackLevel");
});

test("what the generator of good requests makes is good for an empty station", () => {
  fc.assert(
    fc.property(goodRequest(), (request) => {
      assert.is(validators.validate("SetChargingProfile", "request", request), undefined);
      assert.is(faultOfProfile(profileIn(request), EMPTY_STORE, RULES), undefined);
    }),
  );
});

test.run();
