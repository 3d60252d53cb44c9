/**
 * What has to become of each field of what a station of 1.6 says, reviewed against the tables of the translation; the test compares it with what is
 * observed. Where some values fare otherwise, all of it is said, the more telling first.
 */
import type { Expected } from "./expected.ts";

export const OF_STATION: Expected = {
  "Authorize.req": {
    mapped: "idTag",
  },
  "BootNotification.req": {
    mapped: [
      "chargePointVendor chargePointModel chargePointSerialNumber chargeBoxSerialNumber firmwareVersion iccid",
      "imsi",
    ].join(" "),
    "mapped, lost": "meterType meterSerialNumber",
  },
  "DataTransfer.req": {
    mapped: "vendorId messageId data",
  },
  "DiagnosticsStatusNotification.req": {
    "mapped, lost": "status",
  },
  "FirmwareStatusNotification.req": {
    "mapped, lost": "status",
  },
  "LogStatusNotification.req": {
    mapped: "status requestId",
  },
  "MeterValues.req": {
    mapped: [
      "connectorId transactionId meterValue.timestamp meterValue.sampledValue.value",
      "meterValue.sampledValue.context meterValue.sampledValue.phase meterValue.sampledValue.location",
      "meterValue.sampledValue.unit",
    ].join(" "),
    "mapped, lost": "meterValue.sampledValue.format meterValue.sampledValue.measurand",
  },
  "SecurityEventNotification.req": {
    mapped: "type timestamp techInfo",
  },
  "SignCertificate.req": {
    refused: "csr",
  },
  "SignedFirmwareStatusNotification.req": {
    mapped: "status requestId",
  },
  "StartTransaction.req": {
    "mapped, refused": "connectorId",
    mapped: "idTag meterStart reservationId timestamp",
  },
  "StatusNotification.req": {
    mapped: "connectorId errorCode info status timestamp vendorId vendorErrorCode",
  },
  "StopTransaction.req": {
    mapped: [
      "idTag meterStop timestamp transactionData.timestamp transactionData.sampledValue.value",
      "transactionData.sampledValue.context transactionData.sampledValue.phase",
      "transactionData.sampledValue.location transactionData.sampledValue.unit",
    ].join(" "),
    "mapped, lost": "reason transactionId transactionData.sampledValue.format transactionData.sampledValue.measurand",
  },
  "CancelReservation.conf": {
    mapped: "status",
  },
  "ChangeAvailability.conf": {
    mapped: "status",
  },
  "ChangeConfiguration.conf": {
    mapped: "status",
  },
  "ClearCache.conf": {
    mapped: "status",
  },
  "ClearChargingProfile.conf": {
    lost: "status",
  },
  "DataTransfer.conf": {
    mapped: "status data",
  },
  "DeleteCertificate.conf": {
    mapped: "status",
  },
  "ExtendedTriggerMessage.conf": {
    mapped: "status",
  },
  "GetConfiguration.conf": {
    mapped: "configurationKey.key configurationKey.readonly configurationKey.value",
    lost: "unknownKey",
  },
  "GetDiagnostics.conf": {
    mapped: "fileName",
  },
  "GetInstalledCertificateIds.conf": {
    mapped: [
      "certificateHashData.hashAlgorithm certificateHashData.issuerNameHash certificateHashData.issuerKeyHash",
      "certificateHashData.serialNumber status",
    ].join(" "),
  },
  "GetLocalListVersion.conf": {
    mapped: "listVersion",
  },
  "GetLog.conf": {
    mapped: "status filename",
  },
  "InstallCertificate.conf": {
    mapped: "status",
  },
  "RemoteStartTransaction.conf": {
    mapped: "status",
  },
  "RemoteStopTransaction.conf": {
    mapped: "status",
  },
  "ReserveNow.conf": {
    mapped: "status",
  },
  "Reset.conf": {
    mapped: "status",
  },
  "SendLocalList.conf": {
    mapped: "status",
  },
  "SetChargingProfile.conf": {
    mapped: "status",
  },
  "SignedUpdateFirmware.conf": {
    mapped: "status",
  },
  "TriggerMessage.conf": {
    mapped: "status",
  },
  "UnlockConnector.conf": {
    mapped: "status",
  },
};
