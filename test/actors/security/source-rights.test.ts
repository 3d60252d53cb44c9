import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Incident } from "../../../src/actors/security/sentinel.ts";
import { sourceRights } from "../../../src/actors/security/source-rights.ts";
import type { FirewallDocument } from "../../../src/config/document.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { stationId } from "../../../src/domain/ids.ts";

const CP1 = stationId("CP1");

function asked(firewall: FirewallDocument) {
  const [rule] = parseConfig({ listen: { port: 0 }, firewall }).stations;
  const told: Incident[] = [];
  const may = sourceRights(() => rule, { report: (incident) => told.push(incident) });
  return { may, told };
}

const deny = { rights: { ems: { deny: ["SetChargingProfile"] } } };

test("R25 - energy management without the right to limit is refused, and told; the CSMS's rights are others", () => {
  const { may, told } = asked(deny);
  assert.equal([may("ems", "SetChargingProfile", CP1), may("csms", "SetChargingProfile", CP1)], [false, true]);
  assert.equal(told, [
    { rule: "R25", reason: "ems has no right to SetChargingProfile", mode: "enforce", stationId: CP1, isRefused: true },
  ]);
});

test("R25 - without rights, with the rule off or the firewall off everything may; `alert` only tells", () => {
  assert.ok(asked({}).may("ems", "SetChargingProfile", CP1));
  assert.ok(asked({ ...deny, modes: { R25: "off" } }).may("ems", "SetChargingProfile", CP1));
  assert.ok(asked({ ...deny, enabled: false }).may("ems", "SetChargingProfile", CP1));
  const alert = asked({ ...deny, modes: { R25: "alert" } });
  assert.equal([alert.may("ems", "SetChargingProfile", CP1), alert.told.length], [true, 1]);
});

// `deny` was taken for granted: with `allow` alone the rule failed of itself, and every command was refused.
test("R25 - a list of what is allowed is enough", () => {
  const { may } = asked({ rights: { ems: { allow: ["SetChargingProfile"] } } });
  assert.equal([may("ems", "SetChargingProfile", CP1), may("ems", "Reset", CP1)], [true, false]);
});

test.run();
