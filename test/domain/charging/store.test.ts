import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withOwnLimit } from "../../../src/domain/charging/own-limits.ts";
import type { ChargingStore } from "../../../src/domain/charging/profile.ts";
import { limitAt } from "../../../src/domain/charging/reference.ts";
import {
  bindToTransaction,
  clearProfiles,
  endOfTransaction,
  refusedBehind,
  setAnswer,
  setProfile,
  statusInfoOf,
} from "../../../src/domain/charging/store.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import {
  CLOSED_AT,
  DAY,
  goodRequest,
  goodStore,
  profileIn,
  question,
  RULES,
  setRequest,
  storeOf,
} from "../../support/charging.ts";

const validators = await loadValidators("ocpp2.0.1");

/** What a SetChargingProfile makes of a store, and says. */
function apply(store: ChargingStore, request: Payload): { readonly store: ChargingStore; readonly answer: Payload } {
  const step = setProfile(store, request, RULES);
  return { store: step.ok ? step.value.store : store, answer: setAnswer(step.ok ? undefined : step.error) };
}

/** Good requests, and such as are refused for one reason or another. */
const anyRequest = fc.oneof(
  { weight: 5, arbitrary: goodRequest() },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        goodRequest(),
        fc.constantFrom<Payload>(
          { stackLevel: 9 },
          { id: 1, chargingProfilePurpose: "ChargingStationExternalConstraints" },
          { chargingSchedule: [] },
          { chargingProfileKind: "Dynamic" },
          { validFrom: "2026-03-02T00:00:00Z", validTo: "2026-03-01T00:00:00Z" },
        ),
      )
      .map(([request, wrong]) => ({
        ...request,
        chargingProfile: { ...(request["chargingProfile"] as object), ...wrong },
      })),
  },
);

test("I4 - the same request once more changes nothing and is answered the same", () => {
  fc.assert(
    fc.property(goodStore(), anyRequest, (store, request) => {
      const once = apply(store, request);
      const twice = apply(once.store, request);
      assert.equal(twice, once);
      assert.is(JSON.stringify(twice.store), JSON.stringify(once.store));
    }),
  );
});

test("I11 - of two profiles of different ids, taken in both orders, the order leaves no trace", () => {
  let bothTaken = 0;
  fc.assert(
    fc.property(goodStore(), goodRequest(), goodRequest(), (store, a, b) => {
      fc.pre(profileIn(a).id !== profileIn(b).id);
      const [ab, ba] = [
        [a, b],
        [b, a],
      ].map((requests) =>
        requests.reduce<{ store: ChargingStore; taken: number }>(
          (so, request) => {
            const { store: next, answer } = apply(so.store, request);
            return { store: next, taken: so.taken + (answer["status"] === "Accepted" ? 1 : 0) };
          },
          { store, taken: 0 },
        ),
      );
      if (ab?.taken !== 2 || ba?.taken !== 2) return;
      bothTaken += 1;
      assert.is(JSON.stringify(ab.store), JSON.stringify(ba.store));
    }),
    { numRuns: 300 },
  );
  assert.ok(bothTaken > 30, `both were taken ${bothTaken} times`);
});

test("I11 - of one id the last one stays, of conflicting ones the first", () => {
  const [a, b] = [setRequest({ id: 1, stackLevel: 0 }), setRequest({ id: 1, stackLevel: 1 })];
  assert.is(storeOf([a, b]).profiles[0]?.stackLevel, 1);
  assert.is(storeOf([b, a]).profiles[0]?.stackLevel, 0);
  const [c, d] = [setRequest({ id: 1 }), setRequest({ id: 2 })];
  assert.equal(storeOf([c, d]), storeOf([c]));
  assert.equal(storeOf([d, c]), storeOf([d]));
});

test("I12 - clearing what was not there before brings back the store", () => {
  fc.assert(
    fc.property(goodStore(), goodRequest(), (store, request) => {
      const chargingProfileId = profileIn(request).id;
      fc.pre(!store.profiles.some(({ id }) => id === chargingProfileId));
      const { store: with1, answer } = apply(store, request);
      fc.pre(answer["status"] === "Accepted");
      const cleared = clearProfiles(with1, { chargingProfileId });
      assert.is(cleared.status, "Accepted");
      assert.is(JSON.stringify(cleared.store), JSON.stringify(store));
    }),
  );
});

test("I19 - what is refused leaves the store as it was", () => {
  let refused = 0;
  fc.assert(
    fc.property(goodStore(), anyRequest, (store, request) => {
      const before = JSON.stringify(store);
      const step = setProfile(store, request, RULES);
      if (step.ok) return;
      refused += 1;
      assert.is(JSON.stringify(store), before);
      assert.is(apply(store, request).store, store);
    }),
  );
  assert.ok(refused > 10, `${refused} were refused`);
});

test("K01.FR.05 - ids are unique, and no two profiles have one place", () => {
  fc.assert(
    fc.property(goodStore(), ({ profiles }) => {
      assert.is(new Set(profiles.map(({ id }) => id)).size, profiles.length);
      const places = profiles.map(({ purpose, stackLevel, evseId, transactionId }) =>
        [purpose, stackLevel, evseId, transactionId].join(),
      );
      assert.is(new Set(places).size, profiles.length);
    }),
  );
});

const STORE = withOwnLimit(
  storeOf([
    setRequest({ id: 1, evseId: 0, chargingProfilePurpose: "ChargingStationMaxProfile" }),
    setRequest({ id: 2, evseId: 1 }),
    setRequest({ id: 3, evseId: 1, stackLevel: 1 }),
    setRequest({ id: 4, evseId: 2 }),
    setRequest({ id: 5, evseId: 1, chargingProfilePurpose: "TxProfile", transactionId: "tx-1" }),
  ]),
  {
    ...{ number: 1, evseId: 0, source: "EMS" },
    schedule: { unit: "A", startSchedule: DAY, periods: [{ startPeriod: 0, limit: 10 }] },
  },
);
const left = (request: Payload) => {
  const { store, status } = clearProfiles(STORE, request);
  assert.is(validators.validate("ClearChargingProfile", "request", request), undefined);
  return `${status} ${store.profiles.map(({ id }) => id).join()}`;
};
const criteria = (chargingProfileCriteria: Payload) => left({ chargingProfileCriteria });

test("K10 - a profile is cleared by id, else by all criteria that are given; limits of the station's own stay", () => {
  assert.is(left({ chargingProfileId: 2 }), "Accepted -1,1,3,4,5");
  assert.is(left({ chargingProfileId: 7 }), "Unknown -1,1,2,3,4,5");
  assert.is(left({ chargingProfileId: -1 }), "Unknown -1,1,2,3,4,5");
  assert.is(criteria({ evseId: 1 }), "Accepted -1,1,4");
  assert.is(criteria({ evseId: 0 }), "Accepted -1,2,3,4,5");
  assert.is(criteria({ stackLevel: 1 }), "Accepted -1,1,2,4,5");
  assert.is(criteria({ chargingProfilePurpose: "TxDefaultProfile" }), "Accepted -1,1,5");
  assert.is(criteria({ chargingProfilePurpose: "TxDefaultProfile", evseId: 1, stackLevel: 0 }), "Accepted -1,1,3,4,5");
  assert.is(criteria({ chargingProfilePurpose: "TxDefaultProfile", evseId: 2, stackLevel: 1 }), "Unknown -1,1,2,3,4,5");
  assert.is(criteria({ chargingProfilePurpose: "ChargingStationExternalConstraints" }), "Unknown -1,1,2,3,4,5");
  assert.is(left({}), "Accepted -1");
});

test("I4 - clearing once more finds nothing and changes nothing", () => {
  const once = clearProfiles(STORE, { chargingProfileId: 2 }).store;
  const twice = clearProfiles(once, { chargingProfileId: 2 });
  assert.is(twice.store, once);
  assert.is(twice.status, "Unknown");
});

test("I18 - a transaction takes its profiles with it, and no others", () => {
  const ids = endOfTransaction(STORE, "tx-1").profiles.map(({ id }) => id);
  assert.equal(ids, [-1, 1, 2, 3, 4]);
  assert.equal(endOfTransaction(STORE, "tx-2"), STORE);
});

test("the profile of a remote start binds to the transaction it brings about", () => {
  const fields = { id: 8, evseId: 0, chargingProfilePurpose: "TxProfile", stackLevel: 0 };
  const brought = profileIn(
    setRequest({ ...fields, schedule: { chargingSchedulePeriod: [{ startPeriod: 0, limit: 7 }] } }),
  );
  const bound = bindToTransaction(storeOf([setRequest({ id: 2 })]), brought, { id: "tx-1", evseId: 1 });
  assert.equal(
    bound.profiles.map(({ id, evseId, transactionId }) => [id, evseId, transactionId]),
    [
      [2, 1, undefined],
      [8, 1, "tx-1"],
    ],
  );
  assert.is(limitAt(bound.profiles, CLOSED_AT, question("A")).limit, 7);
  assert.equal(bindToTransaction(bound, brought, { id: "tx-1", evseId: 1 }), bound);
});

test("a refusal says why within what the schema allows, and one of the station behind with its words", () => {
  const fault = { reasonCode: "InvalidProfile", pointer: "/x", text: "y".repeat(900) } as const;
  assert.is(String(statusInfoOf(fault)["additionalInfo"]).length, 512);
  for (const answer of [setAnswer(fault), refusedBehind("NotSupported"), refusedBehind("z".repeat(900))]) {
    assert.is(validators.validate("SetChargingProfile", "response", answer), undefined);
  }
  assert.equal(refusedBehind("NotSupported")["statusInfo"], {
    reasonCode: "Unspecified",
    additionalInfo: "NotSupported",
  });
});

test("nothing of a request is changed", () => {
  fc.assert(
    fc.property(goodStore(), anyRequest, (store, request) => {
      const before = JSON.stringify(request);
      apply(store, request);
      assert.is(JSON.stringify(request), before);
    }),
  );
});

test.run();
