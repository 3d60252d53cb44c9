/** Calls about settings, taken apart and put together again. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { type LinkCall, linkCall } from "../../../src/domain/security/link-call.ts";
import { reportPart } from "../../../src/domain/security/link-report.ts";
import { type LinkFacts, linkVariables } from "../../../src/domain/security/link-variables.ts";
import { passwordBytes } from "../../../src/domain/security/password-text.ts";

const facts: LinkFacts = {
  profile: 2,
  priority: [0],
  certificates: {
    organisation: "Test CPO",
    maxChainLength: 10_000,
    additionalRootCheck: false,
    entries: 2,
    maxEntries: 8,
    waitMinimumSec: 30,
    repeatTimes: 3,
  },
};
const rows16 = linkVariables("ocpp1.6", facts);
const rows20 = linkVariables("ocpp2.0.1", facts);

const call = (version: OcppVersion, action: string, payload: Payload): LinkCall | undefined =>
  linkCall(version, { type: 2, id: "m" as never, action, payload }, version === "ocpp1.6" ? rows16 : rows20);

function of<K extends LinkCall["kind"]>(kind: K, found: LinkCall | undefined): Extract<LinkCall, { kind: K }> {
  assert.is(found?.kind, kind);
  return found as Extract<LinkCall, { kind: K }>;
}

const place = (name: string, variable: string) => ({ component: { name }, variable: { name: variable } });

test("1.6 - keys of ours are answered here, others are the station's, and the answers are one", () => {
  const { rest, join } = of(
    "get",
    call("ocpp1.6", "GetConfiguration", { key: ["securityPROFILE", "A", "CpoName", "B"] }),
  );
  assert.equal(rest, { key: ["A", "B"] });
  assert.equal(join({ configurationKey: [{ key: "A", readonly: true, value: "1" }], unknownKey: ["B"] }), {
    configurationKey: [
      { key: "A", readonly: true, value: "1" },
      { key: "SecurityProfile", readonly: false, value: "2" },
      { key: "CpoName", readonly: false, value: "Test CPO" },
    ],
    unknownKey: ["B"],
  });
  assert.is(of("get", call("ocpp1.6", "GetConfiguration", { key: ["CpoName"] })).rest, undefined);
});

test("1.6 - all keys are the station's without what it says of our link, and ours; the password has no value", () => {
  const { rest, join } = of("get", call("ocpp1.6", "GetConfiguration", {}));
  assert.equal(rest, {});
  const { configurationKey } = join({
    configurationKey: [
      { key: "AuthorizationKey", readonly: false, value: "of the station" },
      { key: "HeartbeatInterval", readonly: false, value: "5" },
    ],
  }) as { configurationKey: readonly { key: string; value?: string }[] };
  assert.equal(
    configurationKey.map(({ key }) => key),
    ["HeartbeatInterval", ...rows16.map(({ key }) => key)],
  );
  assert.equal(
    configurationKey.find(({ key }) => key === "AuthorizationKey"),
    {
      key: "AuthorizationKey",
      readonly: false,
    },
  );
});

test("B06 - what can only be written is Rejected, and other attributes than Actual are none of ours", () => {
  const data = [
    place("SecurityCtrlr", "BasicAuthPassword"),
    { ...place("SecurityCtrlr", "SecurityProfile"), attributeType: "MaxSet" },
    place("securityctrlr", "organizationname"),
  ];
  const { rest, join } = of("get", call("ocpp2.0.1", "GetVariables", { getVariableData: data }));
  assert.is(rest, undefined);
  assert.equal(join({}), {
    getVariableResult: [
      { ...data[0], attributeStatus: "Rejected" },
      { ...data[1], attributeStatus: "NotSupportedAttributeType" },
      { ...data[2], attributeStatus: "Accepted", attributeValue: "Test CPO" },
    ],
  });
});

test("B05 - of a mixed SetVariables the station gets its own items only, and the results are in the order of the call", () => {
  const theirs = { ...place("OCPPCommCtrlr", "HeartbeatInterval"), attributeValue: "60" };
  const ours = { ...place("SecurityCtrlr", "OrganizationName"), attributeValue: "Other" };
  const other = { ...place("SecurityCtrlr", "OrganizationName"), attributeValue: "X" };
  const elsewhere = { ...other, component: { name: "SecurityCtrlr", evse: { id: 1 } } };
  const { rest, sets, join } = of(
    "set",
    call("ocpp2.0.1", "SetVariables", { setVariableData: [theirs, ours, elsewhere] }),
  );
  assert.equal(rest, { setVariableData: [theirs, elsewhere] });
  assert.equal(
    sets.map(({ row, value }) => [row.variable, value]),
    [["OrganizationName", "Other"]],
  );
  const found = [
    { ...place("OCPPCommCtrlr", "HeartbeatInterval"), attributeStatus: "RebootRequired" },
    { component: elsewhere.component, variable: other.variable, attributeStatus: "UnknownVariable" },
  ];
  assert.equal(join([{ status: "Rejected", reason: "InvalidValue" }], { setVariableResult: found }), {
    setVariableResult: [
      found[0],
      {
        ...place("SecurityCtrlr", "OrganizationName"),
        attributeStatus: "Rejected",
        attributeStatusInfo: { reasonCode: "InvalidValue" },
      },
      found[1],
    ],
  });
});

test("whatever is asked for, in whatever order: each item is answered once, by whom it belongs to", () => {
  const names = fc.constantFrom("SecurityProfile", "BasicAuthPassword", "OrganizationName", "Other", "Next");
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 40, size: "max" }), (asked) => {
      const getVariableData = asked.map((name) => place("SecurityCtrlr", name));
      const found = call("ocpp2.0.1", "GetVariables", { getVariableData });
      const isOurs = (name: string) => rows20.some(({ variable }) => variable === name);
      if (!asked.some(isOurs)) return assert.is(found, undefined);
      const { rest, join } = of("get", found);
      const theirs = ((rest?.["getVariableData"] ?? []) as typeof getVariableData).map((item) => ({
        ...item,
        attributeStatus: "Accepted",
        attributeValue: "station",
      }));
      const { getVariableResult } = join({ getVariableResult: theirs }) as { getVariableResult: typeof theirs };
      assert.equal(
        getVariableResult.map(({ variable }) => variable.name),
        asked,
      );
      for (const { variable, attributeValue } of getVariableResult)
        assert.is(attributeValue === "station", !isOurs(variable.name));
      assert.not.match(JSON.stringify(rest ?? {}), /BasicAuthPassword|SecurityProfile|OrganizationName/);
    }),
  );
});

test("B07, B08 - the last part of a report holds our rows, and no part holds the station's word on them", () => {
  const full = of("report", call("ocpp2.0.1", "GetBaseReport", { requestId: 7, reportBase: "FullInventory" }));
  const station = { ...place("SecurityCtrlr", "SecurityProfile"), variableAttribute: [{ value: "1" }] };
  const other = { ...place("EVSE", "Power"), variableAttribute: [{}] };
  const head = { requestId: 7, generatedAt: "2026-01-01T00:00:00Z", seqNo: 0 };
  const first = reportPart({ ...head, tbc: true, reportData: [station, other] }, full.rows, rows20);
  assert.equal(first["reportData"], [other]);
  const last = reportPart({ ...head, tbc: false, reportData: [station] }, full.rows, rows20);
  assert.is((last["reportData"] as readonly unknown[]).length, rows20.length);
  const empty = reportPart({ ...head, tbc: true, reportData: [station] }, full.rows, rows20);
  assert.not("reportData" in empty);
  const settable = of(
    "report",
    call("ocpp2.0.1", "GetBaseReport", { requestId: 7, reportBase: "ConfigurationInventory" }),
  );
  assert.equal(
    settable.rows.map(({ variable }) => variable),
    ["BasicAuthPassword", "NetworkConfigurationPriority", "OrganizationName"],
  );
  const asked = {
    requestId: 1,
    componentVariable: [{ component: { name: "SecurityCtrlr" }, variable: { name: "securityprofile" } }],
  };
  assert.is(of("report", call("ocpp2.0.1", "GetReport", asked)).rows.length, 1);
});

test("a call that has nothing of ours is the station's, whole", () => {
  for (const [version, action, payload] of [
    ["ocpp1.6", "GetConfiguration", { key: ["HeartbeatInterval"] }],
    ["ocpp1.6", "ChangeConfiguration", { key: "HeartbeatInterval", value: "5" }],
    ["ocpp1.6", "GetVariables", { getVariableData: [place("SecurityCtrlr", "SecurityProfile")] }],
    ["ocpp2.0.1", "SetVariables", { setVariableData: [{ ...place("A", "B"), attributeValue: "1" }] }],
    ["ocpp2.0.1", "Reset", { type: "Immediate" }],
  ] as const)
    assert.is(call(version, action, payload), undefined, action);
});

test("without certificates of the CSMS's there are no settings about them", () => {
  const few = linkVariables("ocpp1.6", { ...facts, certificates: undefined });
  assert.equal(
    few.map(({ key }) => key),
    ["SecurityProfile", "AuthorizationKey"],
  );
});

test("A01 - a password is hexadecimal bytes in 1.6, or the text of 16 to 40 characters", () => {
  const hex = "00112233445566778899AABBCCDDEEFF";
  assert.equal(passwordBytes("ocpp1.6", hex), Buffer.from(hex, "hex"));
  assert.equal(passwordBytes("ocpp2.0.1", hex), Buffer.from(hex));
  assert.equal(passwordBytes("ocpp1.6", "sixteen-letters!"), Buffer.from("sixteen-letters!"));
  assert.equal(
    ["short", "x".repeat(41)].map((text) => passwordBytes("ocpp1.6", text)),
    [undefined, undefined],
  );
});

test.run();
