/** What one functional block has to tell another. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { initialTranslation, translationBlock } from "../../../src/domain/translate/blocks.ts";
import { TranslationRig } from "../../support/translation-rig.ts";

const BOOT = { chargePointVendor: "V", chargePointModel: "M" };
const BOOTED = { status: "Accepted", currentTime: "2026-01-01T10:00:00Z", interval: 300 };
const KEYS = { NumberOfConnectors: "2", SupportedFeatureProfiles: "Core,LocalAuthListManagement,Reservation" };

/** A station that has booted and told its keys. */
function known(): TranslationRig {
  const r = new TranslationRig({ block: translationBlock(), state: initialTranslation() });
  r.station("a", "BootNotification", BOOT).csmsAnswers(BOOTED);
  const configurationKey = Object.entries(KEYS).map(([key, value]) => ({ key, value, readonly: true }));
  r.stationAnswers({ kind: "result", payload: { configurationKey } });
  r.stationAnswers({ kind: "result", payload: { unknownKey: [] } });
  return r.clear();
}

const ACCEPTED = { kind: "result", payload: { status: "Accepted" } } as const;
const answerTo = (r: TranslationRig, id: string): Payload =>
  (r.toCsms.find(([type, known]) => type === 3 && known === id)?.[2] ?? {}) as Payload;

test("LocalAuthListCtrlr.Entries counts what the station has been given", () => {
  const r = known();
  const entries = () => {
    const place = { component: { name: "LocalAuthListCtrlr" }, variable: { name: "Entries" } };
    r.clear().csms("v", "GetVariables", { getVariableData: [place] });
    const [result] = answerTo(r, "v")["getVariableResult"] as readonly Payload[];
    return result?.["attributeValue"];
  };
  assert.is(entries(), "0");
  const card = (idToken: string) => ({
    idToken: { idToken, type: "ISO14443" },
    idTokenInfo: { status: "Accepted" },
  });
  const localAuthorizationList = [card("0A0A0A0A"), card("0B0B0B0B")];
  r.csms("l", "SendLocalList", { versionNumber: 1, updateType: "Full", localAuthorizationList }).stationAnswers(
    ACCEPTED,
  );
  assert.is(entries(), "2");
});

test("§3.6 - a remote start on a connector that is reserved for another card is rejected, and the station not asked", () => {
  const r = known();
  const mine = { idToken: "0A0A0A0A", type: "ISO14443" };
  r.csms("r", "ReserveNow", { id: 1, expiryDateTime: "2026-01-01T11:00:00Z", idToken: mine, evseId: 1 });
  r.stationAnswers(ACCEPTED).clear();
  const idToken = { idToken: "0B0B0B0B", type: "ISO14443" };
  r.csms("s", "RequestStartTransaction", { remoteStartId: 1, evseId: 1, idToken });
  assert.is(answerTo(r, "s")["status"], "Rejected");
  r.csms("t", "RequestStartTransaction", { remoteStartId: 2, evseId: 1, idToken: mine });
  assert.equal(
    r.toStation.map(([, , action]) => action),
    ["RemoteStartTransaction"],
  );
});

test.run();
