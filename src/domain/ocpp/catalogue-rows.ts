/**
 * The rows of the action catalogue, one line per action. `catalogue.ts` makes its entries of them; read that, not this.
 *
 * `personal` follows from the schemas: `test/domain/ocpp/catalogue.test.ts` derives it again and compares. Actions,
 * versions and SEND are compared with the schemas there as well; directions and classes are stated here only.
 *
 * @see OCPP 1.6 edition 2 §4, §5; security extension edition 3 §5; OCPP 2.0.1 Part 2 and OCPP 2.1 Part 2, use cases
 */
import { OCPP_VERSIONS, type OcppVersion } from "./version.ts";

/**
 * `health`: nothing but condition data · `observable`: can hold observations · `explains`: its answer says what others' numbers are
 * of · `token`: names a card · `send`: SEND, not CALL.
 */
export type Trait = "personal" | "observable" | "explains" | "health" | "token" | "send";

export type CatalogueRow = readonly [
  action: string,
  versions: readonly OcppVersion[],
  messageClass: 0 | 1 | 2 | 3 | 4,
  ...traits: Trait[],
];

const ALL = OCPP_VERSIONS;
const V16 = ["ocpp1.6"] as const;
const V2 = ["ocpp2.0.1", "ocpp2.1"] as const;
const V21 = ["ocpp2.1"] as const;

/** What a station sends. */
export const FROM_STATION: readonly CatalogueRow[] = [
  // authorisation and transactions
  ["Authorize", ALL, 0, "personal", "token"],
  ["StartTransaction", V16, 0, "personal", "token"],
  ["StopTransaction", V16, 1, "personal", "token", "observable"],
  ["TransactionEvent", V2, 1, "personal", "token", "observable"],
  ["MeterValues", ALL, 1, "personal", "observable"],
  ["SecurityEventNotification", ALL, 1, "personal", "observable"],
  // Money and goods changed hands: as little to be lost as a transaction.
  ["NotifySettlement", V21, 1, "personal"],
  ["BatterySwap", V21, 1, "personal", "token"],
  // certificates, and what a vehicle at the plug waits for
  ["SignCertificate", ALL, 2, "personal"],
  ["Get15118EVCertificate", V2, 2, "personal"],
  ["GetCertificateStatus", V2, 2, "personal"],
  ["GetCertificateChainStatus", V21, 2, "personal"],
  ["VatNumberValidation", V21, 2, "personal"],
  ["NotifyEVChargingNeeds", V2, 2, "personal"],
  ["NotifyEVChargingSchedule", V2, 2, "personal"],
  // load control
  ["NotifyChargingLimit", V2, 2, "personal"],
  ["ClearedChargingLimit", V2, 2],
  ["NotifyPriorityCharging", V21, 2, "personal"],
  ["PullDynamicScheduleUpdate", V21, 2, "personal"],
  ["NotifyDERAlarm", V21, 2, "personal"],
  ["NotifyDERStartStop", V21, 2, "personal"],
  ["ReservationStatusUpdate", V2, 2, "personal"],
  // state, of which the last value counts
  ["BootNotification", ALL, 3, "personal", "observable"],
  ["StatusNotification", ALL, 3, "personal", "observable"],
  ["Heartbeat", ALL, 3],
  ["FirmwareStatusNotification", ALL, 3, "personal", "observable"],
  ["SignedFirmwareStatusNotification", V16, 3, "observable"],
  ["PublishFirmwareStatusNotification", V2, 3, "personal"],
  ["DiagnosticsStatusNotification", V16, 3, "observable"],
  ["LogStatusNotification", ALL, 3, "personal", "observable"],
  // bulk
  ["NotifyEvent", V2, 4, "personal", "observable", "health"],
  ["NotifyPeriodicEventStream", V21, 4, "personal", "observable", "health", "send"],
  ["OpenPeriodicEventStream", V21, 4, "personal", "observable"],
  ["ClosePeriodicEventStream", V21, 4, "observable"],
  ["NotifyReport", V2, 4, "personal"],
  ["NotifyMonitoringReport", V2, 4, "observable"],
  ["NotifyCustomerInformation", V2, 4, "personal"],
  ["NotifyDisplayMessages", V2, 4, "personal"],
  ["ReportChargingProfiles", V2, 4, "personal"],
  ["ReportDERControl", V21, 4, "personal"],
];

/** What a CSMS sends. */
export const FROM_CSMS: readonly CatalogueRow[] = [
  // remote start and stop
  ["RemoteStartTransaction", V16, 0, "personal", "token"],
  ["RemoteStopTransaction", V16, 0, "personal"],
  ["RequestStartTransaction", V2, 0, "personal", "token"],
  ["RequestStopTransaction", V2, 0, "personal"],
  // availability, reservation, local authorisation
  ["ChangeAvailability", ALL, 2, "personal"],
  ["UnlockConnector", ALL, 2, "personal"],
  ["Reset", ALL, 2, "personal"],
  ["TriggerMessage", ALL, 2, "personal"],
  ["ExtendedTriggerMessage", V16, 2],
  ["ReserveNow", ALL, 2, "personal", "token"],
  ["CancelReservation", ALL, 2, "personal"],
  ["SendLocalList", ALL, 2, "personal", "token"],
  ["GetLocalListVersion", ALL, 2],
  ["ClearCache", ALL, 2, "personal"],
  ["GetTransactionStatus", V2, 2, "personal"],
  // load control
  ["SetChargingProfile", ALL, 2, "personal"],
  ["ClearChargingProfile", ALL, 2, "personal"],
  ["GetChargingProfiles", V2, 2, "personal"],
  ["GetCompositeSchedule", ALL, 2, "personal"],
  ["UpdateDynamicSchedule", V21, 2, "personal"],
  ["UsePriorityCharging", V21, 2, "personal"],
  ["NotifyAllowedEnergyTransfer", V21, 2, "personal"],
  ["AFRRSignal", V21, 2, "personal"],
  ["SetDERControl", V21, 2, "personal"],
  ["GetDERControl", V21, 2, "personal"],
  ["ClearDERControl", V21, 2, "personal"],
  // configuration, device model, monitoring
  ["GetConfiguration", V16, 2, "personal"],
  ["ChangeConfiguration", V16, 2, "personal"],
  ["GetVariables", V2, 2, "personal"],
  ["SetVariables", V2, 2, "personal"],
  ["GetBaseReport", V2, 2, "personal"],
  ["GetReport", V2, 2, "personal"],
  ["SetNetworkProfile", V2, 2, "personal"],
  ["SetMonitoringBase", V2, 2, "personal"],
  ["SetMonitoringLevel", V2, 2, "personal"],
  ["SetVariableMonitoring", V2, 2, "personal", "explains"],
  ["ClearVariableMonitoring", V2, 2, "personal", "explains"],
  ["GetMonitoringReport", V2, 2, "personal"],
  ["GetPeriodicEventStream", V21, 2, "explains"],
  ["AdjustPeriodicEventStream", V21, 2, "personal"],
  // firmware and logs
  ["UpdateFirmware", ALL, 2, "personal"],
  ["SignedUpdateFirmware", V16, 2, "personal"],
  ["PublishFirmware", V2, 2, "personal"],
  ["UnpublishFirmware", V2, 2],
  ["GetDiagnostics", V16, 2, "personal"],
  ["GetLog", ALL, 2, "personal"],
  // certificates
  ["CertificateSigned", ALL, 2, "personal"],
  ["InstallCertificate", ALL, 2, "personal"],
  ["DeleteCertificate", ALL, 2, "personal"],
  ["GetInstalledCertificateIds", ALL, 2, "personal"],
  // driver, display, tariff, payment
  ["CustomerInformation", V2, 2, "personal", "token"],
  ["SetDisplayMessage", V2, 2, "personal"],
  ["GetDisplayMessages", V2, 2, "personal"],
  ["ClearDisplayMessage", V2, 2, "personal"],
  ["CostUpdated", V2, 2, "personal"],
  ["SetDefaultTariff", V21, 2, "personal"],
  ["GetTariffs", V21, 2, "personal"],
  ["ClearTariffs", V21, 2, "personal"],
  ["ChangeTransactionTariff", V21, 2, "personal"],
  ["NotifyWebPaymentStarted", V21, 2],
  ["RequestBatterySwap", V21, 2, "personal", "token"],
];

/** What either side sends. */
export const FROM_BOTH: readonly CatalogueRow[] = [["DataTransfer", ALL, 4, "personal", "observable"]];
