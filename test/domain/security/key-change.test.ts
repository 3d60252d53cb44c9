/** Commands by which a CSMS sets its password: recognised whatever their spelling, and nothing else is. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keyChange } from "../../../src/domain/security/key-change.ts";

const HEX = "00112233445566778899AABBCCDDEEFF";
const item = (name: string, variable: string, value = "a-password-of-20-chr") => ({
  attributeValue: value,
  component: { name },
  variable: { name: variable },
});

test("A01 1.6 - a hexadecimal AuthorizationKey is the bytes it spells", () => {
  const change = keyChange("ocpp1.6", "ChangeConfiguration", { key: "AuthorizationKey", value: HEX });
  assert.equal(change?.password, Buffer.from(HEX, "hex"));
  assert.equal([change?.answer(true), change?.answer(false)], [{ status: "Accepted" }, { status: "Rejected" }]);
});

test("A01 1.6 - another key of 16 to 40 characters is its text, a shorter or longer one is none", () => {
  const of = (value: unknown) =>
    keyChange("ocpp1.6", "ChangeConfiguration", { key: "authorizationkey", value })?.password;
  assert.equal(of("sixteen-letters!"), Buffer.from("sixteen-letters!"));
  assert.equal([of("short"), of("x".repeat(41)), of(5)], [undefined, undefined, undefined]);
});

test("A01 2.0.1 - SecurityCtrlr.BasicAuthPassword alone is a change, in any spelling", () => {
  const change = keyChange("ocpp2.0.1", "SetVariables", {
    setVariableData: [item("securityctrlr", "BASICAUTHPASSWORD")],
  });
  assert.equal(change?.password, Buffer.from("a-password-of-20-chr"));
  assert.equal(change?.answer(true), {
    setVariableResult: [
      { attributeStatus: "Accepted", component: { name: "securityctrlr" }, variable: { name: "BASICAUTHPASSWORD" } },
    ],
  });
});

test("A01 2.0.1 - together with other variables it cannot be taken, and is still not forwarded", () => {
  const payload = {
    setVariableData: [item("OCPPCommCtrlr", "HeartbeatInterval", "5"), item("SecurityCtrlr", "BasicAuthPassword")],
  };
  const change = keyChange("ocpp2.0.1", "SetVariables", payload);
  assert.is(change?.password, undefined);
  assert.is((change?.answer(false)["setVariableResult"] as unknown[] | undefined)?.length, 2);
});

test("no other command is a change of the password, whatever it holds", () => {
  const others = fc.tuple(
    fc.constantFrom("ocpp1.6" as const, "ocpp2.0.1" as const, "ocpp2.1" as const),
    fc.constantFrom("ChangeConfiguration", "SetVariables", "Reset", "GetVariables"),
    fc.dictionary(fc.constantFrom("key", "value", "setVariableData", "type"), fc.jsonValue()),
  );
  fc.assert(
    fc.property(others, ([version, action, payload]) => {
      const change = keyChange(version, action, payload);
      if (change !== undefined)
        assert.match(JSON.stringify(payload).toLowerCase(), /authorizationkey|basicauthpassword/);
    }),
  );
});

test.run();
