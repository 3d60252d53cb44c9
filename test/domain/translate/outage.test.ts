import { test } from "uvu";
import * as assert from "uvu/assert";
import { initialTranslation, translationBlock } from "../../../src/domain/translate/blocks.ts";
import { TranslationRig } from "../../support/translation-rig.ts";

const BLOCK = translationBlock();
const ACCEPTED = { status: "Accepted", currentTime: "2026-01-01T10:00:00Z", interval: 86_400 };
const status = (connectorId: number, name = "Available") => ({ connectorId, errorCode: "NoError", status: name });

/** A station that has booted and told two connectors, which the CSMS has heard. */
function told(): TranslationRig {
  const r = new TranslationRig({ block: BLOCK, state: initialTranslation() });
  r.station("a", "BootNotification", { chargePointVendor: "V", chargePointModel: "M" }).csmsAnswers(ACCEPTED);
  r.stationAnswers({ kind: "result", payload: { configurationKey: [] } });
  r.station("b", "StatusNotification", status(1)).csmsAnswers({});
  r.station("c", "StatusNotification", status(2)).csmsAnswers({});
  r.pass(60_000);
  return r.clear();
}

const statuses = (r: TranslationRig) =>
  r.toCsms
    .filter(([, , action]) => action === "StatusNotification")
    .map(([, , , payload]) => {
      const { evseId, connectorStatus } = payload as { evseId: number; connectorStatus: string };
      return [evseId, connectorStatus];
    });

/** Lets the time pass in which the station may speak for itself, and answers what the CSMS is told. */
function settle(r: TranslationRig): void {
  r.pass(30_000);
  for (let i = 0; i < 4; i += 1) r.csmsAnswers({});
}

test("B04 - after an outage longer than OfflineThreshold every connector is told, what the station says itself first", () => {
  const r = told().down().pass(301_000).up();
  assert.equal(statuses(r), [], "the spool and the station may know better");
  r.station("d", "StatusNotification", status(2, "Preparing"), true).csmsAnswers({});
  settle(r);
  assert.equal(statuses(r), [
    [2, "Occupied"],
    [1, "Available"],
  ]);
});

test("B04 - after a short one only what has changed, or has not arrived", () => {
  const r = told();
  r.station("d", "StatusNotification", status(2, "Faulted"));
  assert.equal(statuses(r), [[2, "Faulted"]]);
  r.clear().down().pass(299_000).up();
  settle(r);
  assert.equal(statuses(r), [[2, "Faulted"]], "nobody has answered it");
});

test("B04 - the threshold is the CSMS's to set", () => {
  const r = told();
  const OfflineThreshold = {
    component: { name: "OCPPCommCtrlr" },
    variable: { name: "OfflineThreshold" },
    attributeValue: "10",
  };
  r.csms("v", "SetVariables", { setVariableData: [OfflineThreshold] });
  r.clear().down().pass(11_000).up();
  settle(r);
  assert.is(statuses(r).length, 2);
});

test("B04 - an outage that a restart has hidden counts as a long one", () => {
  const r = told().restart().up("another process");
  settle(r);
  assert.is(statuses(r).length, 2);
});

test("a station that was never accepted is not spoken for", () => {
  const r = new TranslationRig({ block: BLOCK, state: initialTranslation() });
  r.station("b", "StatusNotification", status(1));
  r.clear().down().pass(301_000).up();
  settle(r);
  assert.equal(statuses(r), []);
});

test.run();
