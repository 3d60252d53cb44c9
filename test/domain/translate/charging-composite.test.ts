import { test } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { CHARGING } from "../../../src/domain/translate/charging-wiring.ts";
import type { Outcome, TranslationSettings } from "../../../src/domain/translate/contract.ts";
import { THREE_PHASES } from "../../support/charging.ts";
import { ChargingRig, setRequest } from "../../support/charging-rig.ts";

const said = (limit: number): Outcome => ({
  kind: "result",
  payload: {
    status: "Accepted",
    connectorId: 1,
    chargingSchedule: { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
  },
});
const REJECTED: Outcome = { kind: "result", payload: { status: "Rejected" } };

/** A station that has been given 16 A, and says something else of itself. */
function rigOf(source: TranslationSettings["compositeSource"] | undefined, composite: Outcome): ChargingRig {
  const rig = new ChargingRig();
  rig.ask("SetChargingProfile", setRequest(5, 0, 16));
  rig.settings = source === undefined ? {} : { compositeSource: source };
  rig.answer = (action) => (action === "GetCompositeSchedule" ? composite : undefined);
  rig.told.length = 0;
  return rig;
}

const limitOf = (rig: ChargingRig, request: Payload = { evseId: 1 }): unknown => {
  const answer = rig.ask("GetCompositeSchedule", { duration: 60, ...request }) as Payload;
  const schedule = answer["schedule"] as { chargingSchedulePeriod: { limit: number }[] } | undefined;
  return schedule?.chargingSchedulePeriod[0]?.limit ?? (answer["statusInfo"] as Payload)["reasonCode"];
};

for (const [source, composite, expected, isAsked] of [
  [undefined, said(6), 16, false],
  ["gateway", said(6), 16, false],
  ["charger", said(6), 6, true],
  ["charger", said(32), 32, true],
  ["charger", REJECTED, "Unspecified", true],
  ["charger", { kind: "none" }, "Unspecified", true],
  ["charger", { kind: "error", code: "NotSupported", description: "" }, "Unspecified", true],
  ["min", said(6), 6, true],
  ["min", said(32), 16, true],
  ["min", REJECTED, 16, true],
  ["min", { kind: "none" }, 16, true],
] as const) {
  test(`§5.11 - ${source ?? "default"}, the station says ${JSON.stringify(composite)}: ${expected}`, () => {
    const rig = rigOf(source, composite);
    assert.is(limitOf(rig), expected);
    assert.equal(
      rig.told.map(({ action, payload }) => [action, payload]),
      isAsked ? [["GetCompositeSchedule", { connectorId: 1, duration: 60 }]] : [],
    );
  });
}

test("§5.11 - what the gateway refuses, and a station that is away, are not asked about", () => {
  const rig = rigOf("charger", said(6));
  assert.is(limitOf(rig, { evseId: 9 }), "UnknownEvse");
  rig.isOnline = false;
  assert.is(limitOf(rig), 16);
  assert.equal(rig.told, []);
});

test("§5.11 - EVSE 0 is connector 0; a unit is passed on", () => {
  const rig = rigOf("charger", said(20));
  assert.is(limitOf(rig, { evseId: 0, chargingRateUnit: "A" }), 20);
  assert.equal(rig.told[0]?.payload, { connectorId: 0, duration: 60, chargingRateUnit: "A" });
});

test("a site's limit is what an EVSE can deliver at most, so the gateway's composite schedules know it", () => {
  const feed = (siteLimit: TranslationSettings["siteLimit"]) =>
    CHARGING.feedOf?.(1, {
      ...new ChargingRig().env,
      settings: { ...DEFAULTS.translate, ...(siteLimit === undefined ? {} : { siteLimit }) },
    });
  const supply = { ...THREE_PHASES, phases: 1 };
  assert.equal(feed({ limitA: 16, supply }), { supply, physicalMaxA: 16 });
  assert.equal(feed({ limitW: 2300, supply }), { supply, physicalMaxA: 10 });
  assert.equal(feed({ limitA: 500, supply })?.physicalMaxA, feed(undefined)?.physicalMaxA);
});

test.run();
