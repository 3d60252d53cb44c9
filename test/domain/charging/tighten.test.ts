import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mostIn, type SiteLimit } from "../../../src/domain/charging/site-limit.ts";
import { type CallText, tighten } from "../../../src/domain/charging/tighten.ts";
import { textAt } from "../../../src/domain/ocpp/edit-json.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { goodRequest, setRequest, THREE_PHASES } from "../../support/charging.ts";
import { blank } from "../../support/odd-json.ts";

const ONE_PHASE = { ...THREE_PHASES, phases: 1 };
const site: fc.Arbitrary<SiteLimit> = fc.record(
  {
    limitA: fc.integer({ min: 0, max: 640 }).map((tenths) => tenths / 10),
    limitW: fc.double({ min: 0, max: 44_000, noNaN: true }),
    supply: fc.constantFrom(THREE_PHASES, ONE_PHASE),
  },
  { requiredKeys: ["supply"] },
);

const callOf = (frame: string, version: OcppVersion): CallText => {
  const [, , action, payload] = JSON.parse(frame) as [number, string, string, Payload];
  return { version, action, payload, frame };
};

/** The 1.6 spelling of a 2.0.1 request. */
function in16({ evseId, chargingProfile }: Payload): Payload {
  const { id, chargingSchedule, chargingProfilePurpose, transactionId, ...same } = chargingProfile as Payload;
  const [schedule] = chargingSchedule as Payload[];
  const purpose = String(chargingProfilePurpose).replace("ChargingStationMax", "ChargePointMax");
  const { id: _, ...schedule16 } = schedule ?? {};
  return {
    connectorId: evseId,
    csChargingProfiles: {
      ...same,
      chargingProfileId: id,
      chargingProfilePurpose: purpose,
      ...(transactionId === undefined ? {} : { transactionId: 7 }),
      chargingSchedule: schedule16,
    },
  };
}

/** A CALL with blanks and members nobody knows. */
const call: fc.Arbitrary<CallText> = fc
  .record({
    request: goodRequest(),
    version: fc.constantFrom<OcppVersion>("ocpp1.6", "ocpp2.0.1", "ocpp2.1"),
    unknown: fc.jsonValue({ maxDepth: 2 }),
    isStart: fc.boolean(),
    gap: blank,
  })
  .map(({ request, version, unknown, isStart, gap }) => {
    const payload = version === "ocpp1.6" ? in16(request) : request;
    const start = version === "ocpp1.6" ? "RemoteStartTransaction" : "RequestStartTransaction";
    const body = isStart
      ? { idTag: "x", chargingProfile: payload["csChargingProfiles"] ?? payload["chargingProfile"] }
      : payload;
    const known = JSON.stringify(body).slice(1).replaceAll(",", `${gap},`);
    const text = `{"customData":${gap}${JSON.stringify(unknown)},${known}`;
    return callOf(`[2,${gap}"17","${isStart ? start : "SetChargingProfile"}",${text}]${gap}`, version);
  });

const scheduleOf = ({ payload, version }: CallText): { readonly unit: "A" | "W"; readonly limits: number[] } => {
  const profile = (payload["csChargingProfiles"] ?? payload["chargingProfile"]) as Payload;
  const found = profile["chargingSchedule"] as Payload | Payload[];
  const schedule = (version === "ocpp1.6" ? found : (found as Payload[])[0]) as Payload;
  return {
    unit: schedule["chargingRateUnit"] as "A" | "W",
    limits: (schedule["chargingSchedulePeriod"] as { limit: number }[]).map(({ limit }) => limit),
  };
};

const again = (before: CallText, limit: SiteLimit): CallText => callOf(tighten(before, limit).frame, before.version);

test("every limit is the lower one of what was said and what the site allows, and never higher", () => {
  let lowered = 0;
  fc.assert(
    fc.property(call, site, (before, limit) => {
      const after = again(before, limit);
      const [was, is] = [scheduleOf(before), scheduleOf(after)];
      const most = mostIn(was.unit, limit);
      assert.equal(
        is.limits,
        was.limits.map((value) => Math.min(value, most)),
      );
      lowered += was.limits.some((value) => value > most) ? 1 : 0;
    }),
  );
  assert.ok(lowered > 20, `${lowered} were lowered`);
});

test("twice is once, and of two sites the order does not matter", () => {
  fc.assert(
    fc.property(call, site, site, (before, a, b) => {
      const once = again(before, a);
      assert.is(tighten(once, a).frame, once.frame);
      assert.is(tighten(once, a).lowered, 0);
      assert.is(again(once, b).frame, again(again(before, b), a).frame);
    }),
  );
});

test("a site that allows less never leaves more", () => {
  fc.assert(
    fc.property(call, site, fc.double({ min: 0, max: 1, noNaN: true }), (before, limit, share) => {
      const less = {
        ...limit,
        ...(limit.limitA === undefined ? {} : { limitA: limit.limitA * share }),
        ...(limit.limitW === undefined ? {} : { limitW: limit.limitW * share }),
      };
      const [wide, narrow] = [limit, less].map((one) => scheduleOf(again(before, one)).limits);
      assert.ok((narrow ?? []).every((value, index) => value <= (wide?.[index] ?? 0)));
    }),
  );
});

test("only characters of limits that are too high change", () => {
  fc.assert(
    fc.property(call, site, (before, limit) => {
      const { frame, lowered } = tighten(before, limit);
      const most = mostIn(scheduleOf(before).unit, limit);
      const high = scheduleOf(before).limits.filter((value) => value > most).length;
      assert.is(lowered, high);
      if (lowered === 0) assert.is(frame, before.frame);
      // Where every limit's characters are the same, nothing else differs.
      const blind = (text: string) => text.replace(/"limit":[^,}\s]+/g, '"limit":0');
      assert.is(blind(frame), blind(before.frame));
      const kept = (text: string) => textAt(text, [3, "customData"]);
      assert.is(kept(frame), kept(before.frame));
    }),
  );
});

const A16: SiteLimit = { limitA: 16, supply: THREE_PHASES };

test("the spelling of whatever is not too high stays", () => {
  const frame =
    '[2,"17","SetChargingProfile", {"connectorId":1,"csChargingProfiles":{"x":1.0,"chargingSchedule":{"chargingRateUnit":"A",' +
    '"chargingSchedulePeriod":[ {"startPeriod":0,"limit": 32.0 } ,{"startPeriod":6.0e1,"l\\u0069mit":1.60e1}, {"startPeriod":120,"l\\u0069mit":16.1}]}}} ]';
  assert.is(
    tighten(callOf(frame, "ocpp1.6"), A16).frame,
    frame.replace("32.0 ", "16 ").replace('l\\u0069mit":16.1', 'l\\u0069mit":16'),
  );
});

test("where nothing limits, where there is no profile, in answers to nobody's question: the very same text", () => {
  const of = (action: string, payload: object, version: OcppVersion = "ocpp2.0.1") =>
    callOf(JSON.stringify([2, "1", action, payload]), version);
  const same = (one: CallText, limit = A16) => assert.is(tighten(one, limit).frame, one.frame);
  same(of("SetChargingProfile", setRequest()), { supply: THREE_PHASES });
  same(of("RequestStartTransaction", { idToken: {} }));
  same(of("SetChargingProfile", {}));
  same(of("SetChargingProfile", { chargingProfile: { chargingSchedule: 7 } }));
  same(of("SetChargingProfile", setRequest({ schedule: { chargingRateUnit: "VA" } })));
  // Another version's member, another action.
  same(of("SetChargingProfile", setRequest(), "ocpp1.6"));
  const high = setRequest({ schedule: { chargingSchedulePeriod: [{ startPeriod: 0, limit: 99 }] } });
  same(of("DataTransfer", high));
});

test("all three schedules of an ISO 15118 profile are lowered", () => {
  const schedule = (limit: number, chargingRateUnit = "A") => ({
    ...{ id: limit, chargingRateUnit },
    chargingSchedulePeriod: [{ startPeriod: 0, limit }],
  });
  const payload = { chargingProfile: { chargingSchedule: [schedule(32), schedule(10), schedule(22_000, "W")] } };
  const before = callOf(JSON.stringify([2, "1", "SetChargingProfile", payload]), "ocpp2.0.1");
  const { frame, lowered } = tighten(before, A16);
  assert.is(lowered, 2);
  // One phase may carry all of the watts.
  assert.is(frame, before.frame.replace('"limit":32', '"limit":16').replace('"limit":22000', '"limit":3680'));
});

test("2.1 - phases, setpoints and a limit for a state of charge are lowered, discharging is not, no limit becomes one", () => {
  const lower = (period: object, schedule: object = {}) => {
    const payload = setRequest({ schedule: { chargingSchedulePeriod: [{ startPeriod: 0, ...period }], ...schedule } });
    const after = again(callOf(JSON.stringify([2, "1", "SetChargingProfile", payload]), "ocpp2.1"), A16);
    const [made = {}] = (after.payload["chargingProfile"] as Payload)["chargingSchedule"] as Payload[];
    const { startPeriod: _, ...rest } = (made["chargingSchedulePeriod"] as Payload[])[0] ?? {};
    return { ...rest, ...(made["limitAtSoC"] === undefined ? {} : { limitAtSoC: made["limitAtSoC"] }) };
  };
  assert.equal(lower({ limit: 32, limit_L2: 20, limit_L3: 6 }), { limit: 16, limit_L2: 16, limit_L3: 6 });
  const central = { operationMode: "CentralSetpoint" };
  assert.equal(lower({ ...central, setpoint: 32, setpoint_L2: -32 }), { ...central, setpoint: 16, setpoint_L2: -32 });
  assert.equal(lower({ limit: 10, dischargeLimit: -32 }), { limit: 10, dischargeLimit: -32 });
  assert.equal(lower({}), { limit: 16 });
  assert.equal(lower({ operationMode: "LocalFrequency" }), { operationMode: "LocalFrequency" });
  assert.equal(lower({ limit: 6 }, { limitAtSoC: { soc: 80, limit: 32 } }), {
    limit: 6,
    limitAtSoC: { soc: 80, limit: 16 },
  });
});

test("2.1 - an update of a dynamic profile is lowered in its unit, or to what is safe in either", () => {
  const update = { limit: 32, limit_L2: 3, setpoint: 9000, dischargeLimit: -32 };
  const payload = { chargingProfileId: 3, scheduleUpdate: update };
  const before = callOf(JSON.stringify([2, "1", "UpdateDynamicSchedule", payload]), "ocpp2.1");
  const lower = (more: object) => {
    const made = callOf(tighten({ ...before, ...more }, A16).frame, "ocpp2.1");
    assert.is(made.payload["chargingProfileId"], 3);
    return made.payload["scheduleUpdate"];
  };
  assert.equal(lower({}), { ...update, limit: 16, setpoint: 16 });
  assert.equal(lower({ dynamicUnit: "A" }), { ...update, limit: 16, setpoint: 16 });
  assert.equal(lower({ dynamicUnit: "W" }), { ...update, setpoint: 3680 });
  assert.is(tighten(before, { supply: THREE_PHASES }).frame, before.frame);
});

test("what was good by the schema is good afterwards", async () => {
  for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
    const validators = await loadValidators(version);
    fc.assert(
      fc.property(goodRequest(), site, (request, limit) => {
        const tenths = JSON.parse(JSON.stringify(request), (name, value: unknown) =>
          name === "limit" ? Math.floor(Number(value) * 10) / 10 : value,
        ) as Payload;
        const payload = version === "ocpp1.6" ? in16(tenths) : tenths;
        const before = callOf(JSON.stringify([2, "1", "SetChargingProfile", payload]), version);
        assert.is(validators.validate(before.action, "request", before.payload), undefined);
        assert.is(validators.validate(before.action, "request", again(before, limit).payload), undefined);
      }),
    );
  }
});

test("what a site allows holds on every phase and in total, whatever the EV uses", () => {
  fc.assert(
    fc.property(site, ({ limitA = Number.POSITIVE_INFINITY, limitW = Number.POSITIVE_INFINITY, supply }) => {
      const limit = { limitA, limitW, supply };
      const ampere = mostIn("A", limit);
      const watt = mostIn("W", limit);
      for (let used = 1; used <= supply.phases; used += 1) {
        // What is within rounding of a tenth is that tenth.
        assert.ok(ampere <= limitA * (1 + 1e-11) && ampere * supply.voltageV * used <= limitW * (1 + 1e-9));
        assert.ok(watt <= limitW * (1 + 1e-11) && watt / supply.voltageV / used <= limitA * (1 + 1e-9));
      }
    }),
  );
  assert.is(mostIn("W", { ...A16, supply: { ...THREE_PHASES, isFixedPhases: true } }), 11_040);
  assert.is(mostIn("A", { limitW: 11_000, supply: THREE_PHASES }), 15.9);
  assert.is(mostIn("A", { limitA: -1, supply: THREE_PHASES }), 0);
});

test("a profile of 1024 periods takes no time that a driver would notice", () => {
  const chargingSchedulePeriod = Array.from({ length: 1024 }, (_, index) => ({ startPeriod: index, limit: 32 }));
  const frame = JSON.stringify([2, "1", "SetChargingProfile", setRequest({ schedule: { chargingSchedulePeriod } })]);
  const started = process.hrtime.bigint();
  assert.is(tighten(callOf(frame, "ocpp2.0.1"), A16).lowered, 1024);
  assert.ok(Number(process.hrtime.bigint() - started) < 200e6);
});

test.run();
