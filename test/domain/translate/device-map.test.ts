/** Every row of the key table, and its names against the published ones. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KEY_ROWS, KNOWN_KEYS, showingOf } from "../../../src/domain/translate/device-map.ts";
import { modelOf } from "../../../src/domain/translate/device-model.ts";
import { OWN_ROWS } from "../../../src/domain/translate/device-own.ts";
import { type Row, rowId } from "../../../src/domain/translate/device-rows.ts";
import { folded } from "../../../src/domain/translate/device-state.ts";
import { SHARED_MEASURANDS } from "../../../src/domain/translate/device-values.ts";
import { DeviceRig, place, Station16, usualKeys } from "../../support/device-rig.ts";
import { messageSchema } from "../../support/schemas.ts";

/** 1.6 key | where it is in 2.x | what GetVariables says with `usualKeys` | mutability */
const VECTORS: readonly (readonly [string, string, string, "ReadWrite" | "ReadOnly"])[] = [
  ["AllowOfflineTxForUnknownId", "AuthCtrlr.OfflineTxForUnknownIdEnabled", "false", "ReadWrite"],
  ["AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled", "true", "ReadWrite"],
  ["AuthorizeRemoteTxRequests", "AuthCtrlr.AuthorizeRemoteStart", "false", "ReadWrite"],
  ["BlinkRepeat", "ChargingStatusIndicator.Tries", "3", "ReadWrite"],
  ["LightIntensity", "ChargingStatusIndicator.Percent", "50", "ReadWrite"],
  ["ClockAlignedDataInterval", "AlignedDataCtrlr.Interval", "900", "ReadWrite"],
  ["ClockAlignedDataInterval", "AlignedDataCtrlr.TxEndedInterval", "900", "ReadOnly"],
  ["ConnectionTimeOut", "TxCtrlr.EVConnectionTimeOut", "60", "ReadWrite"],
  ["ConnectorPhaseRotation", "ChargingStation.PhaseRotation", "RST", "ReadWrite"],
  ["ConnectorPhaseRotation", "Connector@1.1.PhaseRotation", "RST", "ReadWrite"],
  ["ConnectorPhaseRotation", "Connector@2.1.PhaseRotation", "RTS", "ReadWrite"],
  ["LocalAuthorizeOffline", "AuthCtrlr.LocalAuthorizeOffline", "true", "ReadWrite"],
  ["LocalPreAuthorize", "AuthCtrlr.LocalPreAuthorize", "false", "ReadWrite"],
  ["MaxEnergyOnInvalidId", "TxCtrlr.MaxEnergyOnInvalidId", "500", "ReadWrite"],
  ["MessageTimeout", "OCPPCommCtrlr.MessageTimeout[Default]", "25", "ReadWrite"],
  ["MeterValuesAlignedData", "AlignedDataCtrlr.Measurands", "Energy.Active.Import.Register", "ReadWrite"],
  [
    "MeterValuesSampledData",
    "SampledDataCtrlr.TxUpdatedMeasurands",
    "Energy.Active.Import.Register,Current.Import",
    "ReadWrite",
  ],
  ["MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval", "60", "ReadWrite"],
  ["MeterValueSampleInterval", "SampledDataCtrlr.TxEndedInterval", "60", "ReadOnly"],
  ["MinimumStatusDuration", "Connector.MinimumStatusDuration", "2", "ReadWrite"],
  ["ResetRetries", "OCPPCommCtrlr.ResetRetries", "2", "ReadWrite"],
  ["StopTransactionOnEVSideDisconnect", "TxCtrlr.StopTxOnEVSideDisconnect", "true", "ReadWrite"],
  ["StopTransactionOnInvalidId", "TxCtrlr.StopTxOnInvalidId", "true", "ReadWrite"],
  ["StopTxnAlignedData", "AlignedDataCtrlr.TxEndedMeasurands", "", "ReadWrite"],
  ["StopTxnSampledData", "SampledDataCtrlr.TxEndedMeasurands", "Energy.Active.Import.Register", "ReadWrite"],
  ["SupportedFileTransferProtocols", "OCPPCommCtrlr.FileTransferProtocols", "FTP,HTTPS", "ReadOnly"],
  ["UnlockConnectorOnEVSideDisconnect", "OCPPCommCtrlr.UnlockOnEVSideDisconnect", "true", "ReadWrite"],
  ["LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled", "true", "ReadWrite"],
  ["LocalAuthListMaxLength", "LocalAuthListCtrlr.Entries", "0", "ReadOnly"],
  ["SendLocalListMaxLength", "LocalAuthListCtrlr.ItemsPerMessage", "50", "ReadOnly"],
  ["ReserveConnectorZeroSupported", "ReservationCtrlr.NonEvseSpecific", "true", "ReadOnly"],
  ["ChargeProfileMaxStackLevel", "SmartChargingCtrlr.ProfileStackLevel", "8", "ReadOnly"],
  ["ChargingScheduleAllowedChargingRateUnit", "SmartChargingCtrlr.RateUnit", "A,W", "ReadOnly"],
  ["ChargingScheduleMaxPeriods", "SmartChargingCtrlr.PeriodsPerSchedule", "24", "ReadOnly"],
  ["ConnectorSwitch3to1PhaseSupported", "SmartChargingCtrlr.Phases3to1", "false", "ReadOnly"],
  ["MaxChargingProfilesInstalled", "SmartChargingCtrlr.Entries[ChargingProfiles]", "0", "ReadOnly"],
  ["SampledDataSignReadings", "SampledDataCtrlr.SignReadings", "false", "ReadWrite"],
  ["AlignedDataSignReadings", "AlignedDataCtrlr.SignReadings", "false", "ReadWrite"],
  ["PublicKeyWithSignedMeterValue", "OCPPCommCtrlr.PublicKeyWithSignedMeterValue", "Never", "ReadWrite"],
  ["HeartbeatInterval", "LegacyConfig.HeartbeatInterval", "600", "ReadOnly"],
  ["WebSocketPingInterval", "LegacyConfig.WebSocketPingInterval", "30", "ReadOnly"],
  ["TransactionMessageAttempts", "LegacyConfig.TransactionMessageAttempts", "3", "ReadOnly"],
  ["TransactionMessageRetryInterval", "LegacyConfig.TransactionMessageRetryInterval", "20", "ReadOnly"],
  ["SecurityProfile", "LegacyConfig.SecurityProfile", "2", "ReadOnly"],
  ["CpoName", "LegacyConfig.CpoName", "Somebody", "ReadOnly"],
  ["AdditionalRootCertificateCheck", "LegacyConfig.AdditionalRootCertificateCheck", "true", "ReadOnly"],
  ["CertificateStoreMaxLength", "LegacyConfig.CertificateStoreMaxLength", "4", "ReadOnly"],
  ["CertificateSignedMaxChainSize", "LegacyConfig.CertificateSignedMaxChainSize", "10000", "ReadOnly"],
  ["Ack.MaxRetries", "LegacyConfig.Ack.MaxRetries", "7", "ReadWrite"],
  ["Free Vend", "LegacyConfig.Free_20Vend", "off", "ReadOnly"],
];

const booted = new DeviceRig(new Station16(usualKeys())).boot();
const rows = modelOf({ state: booted.state, env: booted.env, options: {} }).rows;

for (const [key, where, value, mutability] of VECTORS) {
  test(`${key} is ${where}`, () => {
    const { component, variable } = place(where);
    const answer = booted.ask("GetVariables", { getVariableData: [{ component, variable }] });
    assert.equal(answer, {
      getVariableResult: [{ component, variable, attributeStatus: "Accepted", attributeValue: value }],
    });
    const row = rows.find((known) => rowId(known) === rowId(place(where) as never));
    assert.is(row?.mutability, mutability);
  });
}

test("every row of the table has its vector", () => {
  const covered = new Set(VECTORS.map(([key]) => key));
  assert.equal(
    KEY_ROWS.map(({ key }) => key).filter((key) => !covered.has(key)),
    [],
  );
});

test("keys that are no variables are shown nowhere, least of all the station's credential", () => {
  for (const key of ["AuthorizationKey", "GetConfigurationMaxKeys", "SupportedFeatureProfiles", "NumberOfConnectors"]) {
    assert.is(showingOf(key), "otherwise");
    assert.not.ok(
      rows.some(({ variable }) => folded(variable.name) === folded(key)),
      key,
    );
  }
  assert.not.ok(KNOWN_KEYS.includes("AuthorizationKey"));
  assert.not.ok(JSON.stringify(rows).includes("do not tell"));
  const { component, variable } = place("LegacyConfig.AuthorizationKey");
  const answer = booted.ask("GetVariables", { getVariableData: [{ component, variable }] });
  assert.match(JSON.stringify(answer), "UnknownVariable");
});

test("no two rows of a model have the same name", () => {
  assert.is(new Set(rows.map(rowId)).size, rows.length);
});

test("limits that 1.6 gives as keys are maxLimit", () => {
  const maxOf = (where: string) => rows.find((row) => rowId(row) === rowId(place(where) as never))?.maxLimit;
  assert.is(maxOf("AlignedDataCtrlr.Measurands"), 4);
  assert.is(maxOf("SampledDataCtrlr.TxUpdatedMeasurands"), 6);
  assert.is(maxOf("LocalAuthListCtrlr.Entries"), 200);
  assert.is(maxOf("SmartChargingCtrlr.Entries[ChargingProfiles]"), 10);
  assert.is(maxOf("EVSE@1.Power"), 22_000);
});

test("measurands are those that both versions have", () => {
  const enumOf = (version: "ocpp1.6" | "ocpp2.0.1"): readonly string[] => {
    const text = JSON.stringify(messageSchema(version, "MeterValues"));
    const list = /"enum":(\[[^\]]*"Current\.Export"[^\]]*\])/.exec(text)?.[1] ?? "[]";
    return JSON.parse(list);
  };
  const shared = enumOf("ocpp1.6").filter((name) => enumOf("ocpp2.0.1").includes(name));
  assert.ok(shared.length > 15);
  assert.equal([...SHARED_MEASURANDS].sort(), shared.sort());
});

/** Variables that 2.0.1 requires of the components a 1.6 station has (appendix 3, tables v1.4). */
const REQUIRED: readonly string[] = [
  "AlignedDataCtrlr.Interval",
  "AlignedDataCtrlr.Measurands",
  "AlignedDataCtrlr.TxEndedInterval",
  "AlignedDataCtrlr.TxEndedMeasurands",
  "AuthCtrlr.AuthorizeRemoteStart",
  "AuthCtrlr.LocalAuthorizeOffline",
  "AuthCtrlr.LocalPreAuthorize",
  "ChargingStation.AvailabilityState",
  "ChargingStation.Available",
  "ChargingStation.SupplyPhases",
  "ClockCtrlr.DateTime",
  "ClockCtrlr.TimeSource",
  "Connector.Available",
  "Connector.ConnectorType",
  "Connector.SupplyPhases",
  "DeviceDataCtrlr.BytesPerMessage[GetReport]",
  "DeviceDataCtrlr.BytesPerMessage[GetVariables]",
  "DeviceDataCtrlr.BytesPerMessage[SetVariables]",
  "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
  "DeviceDataCtrlr.ItemsPerMessage[GetVariables]",
  "DeviceDataCtrlr.ItemsPerMessage[SetVariables]",
  "EVSE.AvailabilityState",
  "EVSE.Available",
  "EVSE.Power",
  "EVSE.SupplyPhases",
  "LocalAuthListCtrlr.BytesPerMessage",
  "LocalAuthListCtrlr.Entries",
  "LocalAuthListCtrlr.ItemsPerMessage",
  "OCPPCommCtrlr.FileTransferProtocols",
  "OCPPCommCtrlr.MessageTimeout[Default]",
  "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
  "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
  "OCPPCommCtrlr.NetworkConfigurationPriority",
  "OCPPCommCtrlr.NetworkProfileConnectionAttempts",
  "OCPPCommCtrlr.OfflineThreshold",
  "OCPPCommCtrlr.ResetRetries",
  "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
  "SampledDataCtrlr.TxEndedInterval",
  "SampledDataCtrlr.TxEndedMeasurands",
  "SampledDataCtrlr.TxStartedMeasurands",
  "SampledDataCtrlr.TxUpdatedInterval",
  "SampledDataCtrlr.TxUpdatedMeasurands",
  "SecurityCtrlr.CertificateEntries",
  "SecurityCtrlr.OrganizationName",
  "SecurityCtrlr.SecurityProfile",
  "SmartChargingCtrlr.Entries[ChargingProfiles]",
  "SmartChargingCtrlr.LimitChangeSignificance",
  "SmartChargingCtrlr.PeriodsPerSchedule",
  "SmartChargingCtrlr.ProfileStackLevel",
  "SmartChargingCtrlr.RateUnit",
  "TxCtrlr.EVConnectionTimeOut",
  "TxCtrlr.StopTxOnEVSideDisconnect",
  "TxCtrlr.StopTxOnInvalidId",
  "TxCtrlr.TxStartPoint",
  "TxCtrlr.TxStopPoint",
];

const nameOf = ({ component, variable }: Row): string =>
  `${component.name}.${variable.name}${variable.instance === undefined ? "" : `[${variable.instance}]`}`;

test("every required variable of a component that is there is reported, with a value or its limit", () => {
  const reported = new Set(
    rows
      .filter(({ isThere, value, maxLimit }) => isThere && (value !== undefined || maxLimit !== undefined))
      .map(nameOf),
  );
  assert.equal(
    REQUIRED.filter((name) => !reported.has(name)),
    [],
  );
});

test("variables of functions that the station lacks are not there", () => {
  const poor = usualKeys().map((entry) =>
    entry.key === "SupportedFeatureProfiles" ? { ...entry, value: "Core" } : entry,
  );
  const rig = new DeviceRig(new Station16(poor)).boot();
  const names = modelOf({ state: rig.state, env: rig.env, options: {} })
    .rows.map(nameOf)
    .filter((name) => /^(SmartCharging|Reservation|LocalAuthList)Ctrlr/.test(name));
  assert.equal(names.sort(), [
    "LocalAuthListCtrlr.Available",
    "ReservationCtrlr.Available",
    "SmartChargingCtrlr.Available",
  ]);
});

/** Available of each controller, with what the station has. */
const AVAILABLE: readonly (readonly [string, string])[] = [
  ["AuthCacheCtrlr.Available", "true"],
  ["LocalAuthListCtrlr.Available", "true"],
  ["ReservationCtrlr.Available", "true"],
  ["SmartChargingCtrlr.Available", "true"],
  ["DisplayMessageCtrlr.Available", "false"],
  ["MonitoringCtrlr.Available", "false"],
  ["TariffCostCtrlr.Available[Tariff]", "false"],
  ["TariffCostCtrlr.Available[Cost]", "false"],
  ["ISO15118Ctrlr.Available", "false"],
  ["SampledDataCtrlr.Available", "true"],
  ["AlignedDataCtrlr.Available", "true"],
];

for (const [name, value] of AVAILABLE) {
  test(`${name} is ${value}`, () => {
    assert.is(rows.find((row) => nameOf(row) === name)?.value, value);
  });
}

test("Available follows the key of the cache, of costs, and the option of contract certificates", () => {
  const keys = usualKeys().filter(({ key }) => key !== "AuthorizationCacheEnabled");
  const rig = new DeviceRig(new Station16([...keys, { key: "CustomDisplayCostAndPrice", value: "True" }])).boot();
  const found = modelOf({ state: rig.state, env: rig.env, options: { hasPlugAndCharge: true } }).rows;
  const read = (name: string) => found.find((row) => nameOf(row) === name)?.value;
  assert.is(read("AuthCacheCtrlr.Available"), "false");
  assert.is(read("TariffCostCtrlr.Available[Cost]"), "true");
  assert.is(read("ISO15118Ctrlr.Available"), "true");
});

test("what the operator says of the site and of contract certificates is in the model", () => {
  const rig = new DeviceRig(new Station16(usualKeys())).boot();
  const read = (settings: Partial<DeviceRig["settings"]>) => {
    const env = { ...rig.env, settings: { ...rig.env.settings, ...settings } };
    const found = modelOf({ state: rig.state, env, options: {} }).rows;
    const row = (name: string) => found.find((one) => nameOf(one) === name);
    return [
      row("ChargingStation.SupplyPhases")?.value,
      found.find(({ component, variable }) => component.name === "EVSE" && variable.name === "Power")?.maxLimit,
      row("ISO15118Ctrlr.Available")?.value,
    ];
  };
  const supply = { current: "AC", voltageV: 230, phases: 1 } as const;
  assert.equal(read({}), ["3", 22_000, "false"]);
  assert.equal(read({ siteLimit: { limitA: 16, supply }, plugAndCharge: true }), ["1", 3680, "true"]);
  assert.equal(read({ siteLimit: { limitA: 16, limitW: 2000, supply } }), ["1", 2000, "false"]);
});

// Against the published tables, where `TWINLANE_OCPP_ORACLE` names the schemas beside them.

const TABLES = join(dirname(process.env["TWINLANE_OCPP_ORACLE"] ?? "/nowhere/schemas"), "tables");

const published = (name: string, edition = "2.0.1_Appendices_CSV_v1.4"): readonly (readonly string[])[] =>
  readFileSync(join(TABLES, `${edition}_${name}.csv`), "utf8")
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(";").map((cell) => cell.trim()));

if (existsSync(TABLES)) {
  test("names, instances, types and units are the published ones", () => {
    const variables = new Map<string, readonly string[]>();
    for (const [component, variable, instance, , dataType = "", unit = ""] of published("dm_components_vars")) {
      variables.set(`${component}.${variable}[${instance}]`, [dataType, unit]);
    }
    const components = new Set(published("components").map(([name]) => name));
    const strangers = rows
      .filter(({ component }) => component.name !== "LegacyConfig")
      .filter(({ component, variable, dataType, unit }) => {
        const names = [component.name, "<generic>"].map((of) => `${of}.${variable.name}[${variable.instance ?? ""}]`);
        const [type, units = ""] = names.map((name) => variables.get(name)).find((found) => found !== undefined) ?? [];
        const hasUnit = unit === undefined || units === "" || units.split(",").some((known) => known.trim() === unit);
        const isType = type === dataType || (type === "passwordString" && dataType === "string");
        return !(components.has(component.name) && isType && hasUnit);
      })
      .map(nameOf);
    assert.equal(strangers, []);
  });

  test("2.1 has them all", () => {
    const edition = "2.1_Appendices_CSV_v2.0";
    const variables = new Set(
      published("dm_components_vars", edition).map(
        ([component, name, instance]) => `${component}.${name}[${instance}]`,
      ),
    );
    const strangers = rows.filter(({ component, variable }) => {
      const place = `${variable.name}[${variable.instance ?? ""}]`;
      return !(variables.has(`${component.name}.${place}`) || variables.has(`<generic>.${place}`));
    });
    assert.equal(strangers.filter(({ component }) => component.name !== "LegacyConfig").map(nameOf), []);
  });

  test("the required ones are those that the tables call required", () => {
    const absent = ["DisplayMessageCtrlr", "MonitoringCtrlr", "TariffCostCtrlr", "ISO15118Ctrlr"];
    const required = published("dm_components_vars")
      .filter(([component = "", , , isRequired]) => isRequired === "yes" && !absent.includes(component))
      .map(([component, variable, instance]) => `${component}.${variable}${instance === "" ? "" : `[${instance}]`}`);
    assert.equal(REQUIRED, required);
  });
}

test("each of the gateway's own rows has a name of its own", () => {
  assert.is(new Set(OWN_ROWS.map(({ name }) => name)).size, OWN_ROWS.length);
});

test.run();
