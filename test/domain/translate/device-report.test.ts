import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { MAX_REPORTS, REPORT_LIFE_MS } from "../../../src/domain/translate/device-report.ts";
import { CRITERIA, REPORT_BASES, reportRows } from "../../../src/domain/translate/device-report-filter.ts";
import { computed } from "../../../src/domain/translate/device-rows.ts";
import { deviceOf } from "../../../src/domain/translate/device-state.ts";
import { DeviceRig, NOON, place, Station16, usualKeys } from "../../support/device-rig.ts";
import { messageSchema } from "../../support/schemas.ts";

const booted = (): DeviceRig => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot();
  rig.sent.length = 0;
  return rig;
};

const parts = (rig: DeviceRig): readonly Payload[] => rig.sentTo("csms", "NotifyReport");

interface Datum {
  readonly component: { readonly name: string; readonly evse?: { readonly id: number; readonly connectorId?: number } };
  readonly variable: { readonly name: string; readonly instance?: string };
  readonly variableAttribute: readonly Payload[];
  readonly variableCharacteristics: Payload;
}

const data = (rig: DeviceRig): readonly Datum[] =>
  parts(rig).flatMap(({ reportData }) => (reportData ?? []) as readonly Datum[]);

const name = ({ component, variable }: Datum): string => {
  const evse = component.evse === undefined ? "" : `@${component.evse.id}.${component.evse.connectorId ?? ""}`;
  return `${component.name}${evse}.${variable.name}${variable.instance === undefined ? "" : `[${variable.instance}]`}`;
};

const report = (rig: DeviceRig, reportBase: string, requestId = 7): Payload =>
  rig.ask("GetBaseReport", { requestId, reportBase });

const custom = (rig: DeviceRig, filter: Payload, requestId = 8): Payload =>
  rig.ask("GetReport", { requestId, ...filter });

test("a full inventory is Accepted, then told in parts: seqNo from 0, tbc until the last, one generatedAt (B07.FR.02–04)", () => {
  const rig = booted();
  assert.equal(report(rig, "FullInventory"), { status: "Accepted" });
  const told = parts(rig);
  assert.ok(told.length > 2);
  assert.equal(
    told.map(({ seqNo }) => seqNo),
    told.map((_, index) => index),
  );
  assert.equal(
    told.map(({ tbc }) => tbc),
    told.map((_, index) => index < told.length - 1),
  );
  assert.equal(new Set(told.map(({ requestId }) => requestId)), new Set([7]));
  assert.equal(new Set(told.map(({ generatedAt }) => generatedAt)), new Set(["2026-03-01T12:00:00.000Z"]));
  const names = data(rig).map(name);
  assert.is(new Set(names).size, names.length);
  assert.ok(names.length > 90);
  assert.equal(deviceOf(rig.state).reports, {});
});

test("a row says its value, how it can be set, and what it may be", () => {
  const rig = booted();
  report(rig, "FullInventory");
  const rows = new Map(data(rig).map((datum) => [name(datum), datum]));
  assert.equal(rows.get("AlignedDataCtrlr.Interval"), {
    component: { name: "AlignedDataCtrlr" },
    variable: { name: "Interval" },
    variableAttribute: [{ type: "Actual", value: "900", mutability: "ReadWrite", persistent: true, constant: false }],
    variableCharacteristics: { dataType: "integer", unit: "s", supportsMonitoring: false },
  });
  assert.equal(rows.get("SecurityCtrlr.BasicAuthPassword")?.variableAttribute, [
    { type: "Actual", mutability: "WriteOnly", persistent: true, constant: false },
  ]);
  assert.equal(rows.get("EVSE@1..Power")?.variableCharacteristics, {
    dataType: "decimal",
    unit: "W",
    maxLimit: 22_000,
    supportsMonitoring: false,
  });
  assert.is(rows.get("TxCtrlr.TxStopPoint")?.variableAttribute[0]?.["constant"], true);
});

test("a configuration inventory is what can be set; a summary is availability and problems (B07.FR.08, FR.09)", () => {
  const rig = booted();
  report(rig, "ConfigurationInventory");
  const mutabilities = new Set(data(rig).map((datum) => datum.variableAttribute[0]?.["mutability"]));
  assert.equal(mutabilities, new Set(["ReadWrite", "WriteOnly"]));
  rig.sent.length = 0;
  report(rig, "SummaryInventory");
  const variables = new Set(data(rig).map(({ variable }) => variable.name));
  assert.equal(variables, new Set(["AvailabilityState", "Available", "Problem"]));
});

test("every report base and criterion of the schemas is known", () => {
  const definitions = (action: string) => JSON.stringify(messageSchema("ocpp2.0.1", action));
  for (const base of REPORT_BASES) assert.match(definitions("GetBaseReport"), `"${base}"`);
  for (const criterion of CRITERIA) assert.match(definitions("GetReport"), `"${criterion}"`);
  const enums = (action: string): number =>
    (definitions(action).match(/"enum":\[([^\]]*)\]/)?.[1] ?? "").split(",").length;
  assert.is(enums("GetBaseReport"), REPORT_BASES.length);
  assert.is(enums("GetReport"), CRITERIA.length);
});

test("the requestId of a report under way is refused, and free again after its last part (§4.4)", () => {
  const rig = booted();
  rig.csms = () => {
    rig.csms = () => ({ kind: "result", payload: {} });
    seen = rig.state;
    return { kind: "result", payload: {} };
  };
  let seen = rig.state;
  report(rig, "FullInventory");
  const during = booted();
  during.state = seen;
  assert.equal(report(during, "SummaryInventory"), {
    status: "Rejected",
    statusInfo: { reasonCode: "DuplicateRequestId" },
  });
  assert.equal(custom(during, {}, 7), { status: "Rejected", statusInfo: { reasonCode: "DuplicateRequestId" } });
  assert.is(during.sent.length, 0);
  assert.equal(report(rig, "SummaryInventory"), { status: "Accepted" });
});

test("no more than four reports are under way; one whose job was lost gives its place back", () => {
  const rig = booted();
  const since = Object.fromEntries(Array.from({ length: MAX_REPORTS }, (_, index) => [String(100 + index), NOON]));
  rig.state = { ...rig.state, device: { ...rig.state.device, reports: since } };
  assert.is(report(rig, "FullInventory")["status"], "Rejected");
  rig.now = epochMs(NOON + REPORT_LIFE_MS);
  assert.is(report(rig, "FullInventory")["status"], "Accepted");
});

test("a part that the CSMS does not take ends the report (§6.7)", () => {
  for (const outcome of [{ kind: "none" }, { kind: "error", code: "InternalError", description: "" }] as const) {
    const rig = booted();
    rig.csms = () => outcome;
    report(rig, "FullInventory");
    assert.is(parts(rig).length, 1);
    assert.ok(rig.lost.includes("NotifyReport"));
    assert.equal(deviceOf(rig.state).reports, {});
  }
});

test("old keys are read again first; while the station is away the cache is served", () => {
  const rig = booted();
  rig.station.keys.set("connectiontimeout", { key: "ConnectionTimeOut", value: "99", readonly: false });
  rig.now = epochMs(NOON + 3_600_000);
  const timeOut = () =>
    data(rig).find((datum) => name(datum) === "TxCtrlr.EVConnectionTimeOut")?.variableAttribute[0]?.["value"];
  rig.isOnline = false;
  assert.equal(report(rig, "FullInventory"), { status: "Accepted" });
  assert.is(timeOut(), "60");
  rig.sent.length = 0;
  rig.isOnline = true;
  report(rig, "FullInventory");
  assert.equal(rig.sentTo("station"), [{}]);
  assert.is(timeOut(), "99");
});

test("a station that was never read: Rejected while it is away (B07.FR.13), read first while it is there", () => {
  const rig = new DeviceRig(new Station16(usualKeys()));
  rig.isOnline = false;
  assert.is(report(rig, "FullInventory")["status"], "Rejected");
  rig.isOnline = true;
  rig.station.override = () => ({ kind: "none" });
  assert.is(report(rig, "FullInventory")["status"], "Rejected");
  assert.equal(deviceOf(rig.state).reports, {});
  rig.station.override = undefined;
  assert.is(report(rig, "FullInventory")["status"], "Accepted");
  assert.ok(data(rig).some((datum) => name(datum) === "TxCtrlr.EVConnectionTimeOut"));
});

test("an empty list of keys does not empty the cache", () => {
  const rig = booted();
  rig.now = epochMs(NOON + 3_600_000);
  rig.station.override = () => ({ kind: "result", payload: { configurationKey: [] } });
  report(rig, "FullInventory");
  assert.ok(data(rig).some((datum) => name(datum) === "TxCtrlr.EVConnectionTimeOut"));
});

test("GetReport names components and variables; what is left out means any (B08.FR.05)", () => {
  const rig = booted();
  const names = (filter: Payload): readonly string[] => {
    rig.sent.length = 0;
    custom(rig, filter);
    return data(rig).map(name);
  };
  assert.equal(names({ componentVariable: [{ component: { name: "evse" }, variable: { name: "power" } }] }), [
    "EVSE@1..Power",
    "EVSE@2..Power",
  ]);
  assert.equal(
    names({ componentVariable: [{ component: { name: "EVSE", evse: { id: 2 } }, variable: { name: "Power" } }] }),
    ["EVSE@2..Power"],
  );
  assert.equal(
    names({
      componentVariable: [{ component: place("OCPPCommCtrlr.X").component, variable: { name: "MessageAttempts" } }],
    }),
    ["OCPPCommCtrlr.MessageAttempts[TransactionEvent]"],
  );
  assert.ok(names({ componentVariable: [{ component: { name: "TxCtrlr" } }] }).length >= 5);
  assert.ok(names({}).length > 90);
});

test("GetReport with criteria: true, or, of Available and Enabled, absent (B08.FR.07–10)", () => {
  const rig = booted();
  rig.state = {
    ...rig.state,
    tx: { ...rig.state.tx, connectors: { 2: { status: "Faulted", errorCode: "GroundFailure", at: NOON } } },
  };
  const components = (criteria: readonly string[], filter: Payload = {}): readonly string[] => {
    rig.sent.length = 0;
    custom(rig, { componentCriteria: criteria, ...filter });
    return [
      ...new Set(
        data(rig).map(({ component, ...rest }) =>
          name({ component, ...rest })
            .split(".")
            .slice(0, -1)
            .join("."),
        ),
      ),
    ];
  };
  assert.equal([...components(["Problem"])].sort(), ["Connector@2.1", "EVSE@2."]);
  assert.equal(components(["Active"]), []);
  const available = components(["Available"]);
  assert.ok(available.includes("SmartChargingCtrlr") && available.includes("TxCtrlr"));
  assert.not.ok(available.includes("DisplayMessageCtrlr") || available.includes("TariffCostCtrlr"));
  assert.equal(components(["Problem", "Active"], { componentVariable: [{ component: { name: "EVSE" } }] }), [
    "EVSE@2.",
  ]);
});

test("of a criterion's instances one that is true is enough, in whatever order they come", () => {
  const available = (instance: string, value: string) =>
    computed({ name: "TariffCostCtrlr" }, "Available", "boolean", value, { variable: { name: "Available", instance } });
  const rows = [available("Cost", "true"), available("Tariff", "false")];
  for (const order of [rows, [...rows].reverse()]) assert.is(reportRows(order, { criteria: ["Available"] }).length, 2);
});

test("GetReport that nothing answers to is an EmptyResultSet", () => {
  const rig = booted();
  assert.equal(custom(rig, { componentVariable: [{ component: { name: "CHAdeMOCtrlr" } }] }), {
    status: "EmptyResultSet",
  });
  assert.equal(custom(rig, { componentCriteria: ["Active"] }), { status: "EmptyResultSet" });
  assert.is(rig.sent.length, 0);
});

test("GetReport with one item too many is a CALLERROR of 2.x", () => {
  const componentVariable = Array.from({ length: 101 }, () => ({ component: { name: "TxCtrlr" } }));
  assert.is(booted().refusal("GetReport", { requestId: 1, componentVariable }), "OccurrenceConstraintViolation");
});

test("availability of station, EVSE and connector is what was notified", () => {
  const rig = booted();
  const at = NOON;
  rig.state = {
    ...rig.state,
    tx: {
      ...rig.state.tx,
      connectors: {
        0: { status: "Unavailable", errorCode: "NoError", at },
        1: { status: "Finishing", errorCode: "NoError", at },
        2: { status: "Charging", errorCode: "NoError", at, reported: "Reserved" },
      },
    },
  };
  report(rig, "SummaryInventory");
  const states = data(rig)
    .filter(({ variable }) => variable.name === "AvailabilityState")
    .map((datum) => [name(datum), datum.variableAttribute[0]?.["value"]]);
  assert.equal(Object.fromEntries(states), {
    "ChargingStation.AvailabilityState": "Unavailable",
    "EVSE@1..AvailabilityState": "Occupied",
    "EVSE@2..AvailabilityState": "Reserved",
    "Connector@1.1.AvailabilityState": "Occupied",
    "Connector@2.1.AvailabilityState": "Reserved",
  });
});

test("keys that come and go while a report is under way: each of the others is told once, and it ends", () => {
  const vendorKeys = fc.array(fc.tuple(fc.nat(3), fc.boolean(), fc.nat(199)), { maxLength: 12 });
  const many = Array.from({ length: 200 }, (_, index) => ({
    key: `V${index}`,
    value: "x".repeat(index),
    readonly: false,
  }));
  fc.assert(
    fc.property(vendorKeys, (changes) => {
      const rig = new DeviceRig(new Station16([...usualKeys(), ...many])).boot();
      rig.sent.length = 0;
      let told = 0;
      const touched = new Set<string>();
      rig.csms = () => {
        for (const [when, isNew, number] of changes)
          if (when === told) touch(rig, isNew ? `N${number}` : `V${number}`, isNew);
        told += 1;
        return { kind: "result", payload: {} };
      };
      const touch = (at: DeviceRig, key: string, isNew: boolean): void => {
        touched.add(key);
        const keys: Record<string, unknown> = { ...deviceOf(at.state).keys };
        if (isNew) keys[key.toLowerCase()] = { key, value: "", isReadOnly: false, at: NOON };
        else delete keys[key.toLowerCase()];
        at.state = { ...at.state, device: { ...at.state.device, keys } };
      };
      report(rig, "FullInventory");
      const names = data(rig).map(name);
      assert.is(new Set(names).size, names.length);
      for (const { key } of many) assert.ok(touched.has(key) || names.includes(`LegacyConfig.${key}`), key);
      assert.equal(
        parts(rig).map(({ tbc }) => tbc),
        parts(rig).map((_, index) => index < parts(rig).length - 1),
      );
    }),
    { numRuns: 60 },
  );
});

test.run();
