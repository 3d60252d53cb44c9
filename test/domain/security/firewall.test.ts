import { test } from "uvu";
import * as assert from "uvu/assert";
import { actionSpec } from "../../../src/domain/ocpp/catalogue.ts";
import { DEFAULT_RULES, type Examined, examine, type FirewallRule } from "../../../src/domain/security/firewall.ts";

const message = (from: "south" | "north", action: string, type = 2): Examined => ({
  from,
  action,
  spec: actionSpec("ocpp1.6", action),
  type,
});
const rule = (id: string, kind: "note" | "reject" | "drop" | "pass"): FirewallRule => ({
  id,
  examine: () => (kind === "pass" ? "pass" : { kind, reason: `${id} says so` }),
});

test("R23 - a call against its direction is noted and passes; with its direction, and as vendor's action, it is not", () => {
  assert.is(examine(DEFAULT_RULES, message("north", "StartTransaction")).kind, "note");
  assert.is(examine(DEFAULT_RULES, message("south", "Reset")).kind, "note");
  assert.is(examine(DEFAULT_RULES, message("south", "StartTransaction")).kind, "pass");
  assert.is(examine(DEFAULT_RULES, message("north", "Reset")).kind, "pass");
  assert.is(examine(DEFAULT_RULES, message("north", "StartTransaction", 3)).kind, "pass", "an answer travels back");
  assert.is(examine(DEFAULT_RULES, message("north", "DataTransfer")).kind, "pass");
  assert.is(examine(DEFAULT_RULES, message("south", "VendorThing")).kind, "pass");
});

test("the first verdict that ends the message counts, and names its rule; a note does not end it", () => {
  const rules = [rule("a", "pass"), rule("b", "note"), rule("c", "reject"), rule("d", "drop")];
  assert.equal(examine(rules, message("south", "Reset")), { kind: "reject", rule: "c", reason: "c says so" });
  assert.equal(examine(rules.slice(0, 2), message("south", "Reset")), { kind: "note", rule: "b", reason: "b says so" });
  assert.is(examine([], message("south", "Reset")).kind, "pass");
});

test.run();
