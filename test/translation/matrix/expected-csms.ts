/**
 * What has to become of each field of what a CSMS of 2.0.1 says, reviewed against the tables of the translation; the test compares it with what is
 * observed. Where some values fare otherwise, all of it is said, the more telling first.
 */
import type { Expected } from "./expected.ts";

export const OF_CSMS: Expected = {
  CancelReservationRequest: {
    mapped: "reservationId",
    lost: "customData",
  },
  CertificateSignedRequest: {
    mapped: "certificateChain certificateType",
    lost: "customData",
  },
  ChangeAvailabilityRequest: {
    "mapped, refused": "evse.id evse.connectorId",
    mapped: "operationalStatus",
    lost: "customData",
  },
  ClearCacheRequest: {
    lost: "customData",
  },
  ClearChargingProfileRequest: {
    mapped: [
      "chargingProfileId chargingProfileCriteria.evseId chargingProfileCriteria.chargingProfilePurpose",
      "chargingProfileCriteria.stackLevel",
    ].join(" "),
    lost: "customData",
  },
  ClearDisplayMessageRequest: {
    refused: "id customData",
  },
  ClearVariableMonitoringRequest: {
    refused: "id customData",
  },
  CostUpdatedRequest: {
    mapped: "totalCost",
    "mapped, refused": "transactionId",
    lost: "customData",
  },
  CustomerInformationRequest: {
    refused: [
      "customerCertificate.hashAlgorithm customerCertificate.issuerNameHash customerCertificate.issuerKeyHash",
      "customerCertificate.serialNumber idToken.additionalInfo.additionalIdToken idToken.additionalInfo.type",
      "idToken.idToken idToken.type requestId report clear customerIdentifier customData",
    ].join(" "),
  },
  DataTransferRequest: {
    mapped: "messageId data vendorId",
    lost: "customData",
  },
  DeleteCertificateRequest: {
    mapped: [
      "certificateHashData.hashAlgorithm certificateHashData.issuerNameHash certificateHashData.issuerKeyHash",
      "certificateHashData.serialNumber",
    ].join(" "),
    lost: "customData",
  },
  GetBaseReportRequest: {
    answered: "requestId reportBase",
    lost: "customData",
  },
  GetChargingProfilesRequest: {
    answered: [
      "requestId evseId chargingProfile.chargingProfilePurpose chargingProfile.stackLevel",
      "chargingProfile.chargingProfileId chargingProfile.chargingLimitSource",
    ].join(" "),
    lost: "customData",
  },
  GetCompositeScheduleRequest: {
    answered: "duration chargingRateUnit evseId",
    lost: "customData",
  },
  GetDisplayMessagesRequest: {
    refused: "id requestId priority state customData",
  },
  GetInstalledCertificateIdsRequest: {
    mapped: "certificateType",
    lost: "customData",
  },
  GetLocalListVersionRequest: {
    lost: "customData",
  },
  GetLogRequest: {
    mapped: "log.remoteLocation log.oldestTimestamp log.latestTimestamp requestId retries retryInterval",
    "mapped, answered": "logType",
    lost: "customData",
  },
  GetMonitoringReportRequest: {
    refused: [
      "componentVariable.component.evse.id componentVariable.component.evse.connectorId",
      "componentVariable.component.name componentVariable.component.instance componentVariable.variable.name",
      "componentVariable.variable.instance requestId monitoringCriteria customData",
    ].join(" "),
  },
  GetReportRequest: {
    answered: [
      "componentVariable.component.evse.id componentVariable.component.evse.connectorId",
      "componentVariable.component.name componentVariable.component.instance componentVariable.variable.name",
      "componentVariable.variable.instance requestId componentCriteria",
    ].join(" "),
    lost: "customData",
  },
  GetTransactionStatusRequest: {
    answered: "transactionId",
    lost: "customData",
  },
  GetVariablesRequest: {
    "refused, answered": "getVariableData.attributeType getVariableData.component.name",
    answered: [
      "getVariableData.component.evse.id getVariableData.component.evse.connectorId",
      "getVariableData.component.instance getVariableData.variable.instance",
    ].join(" "),
    "mapped, refused, answered": "getVariableData.variable.name",
    lost: "customData",
  },
  InstallCertificateRequest: {
    mapped: "certificate",
    lost: "customData",
    "mapped, refused": "certificateType",
  },
  PublishFirmwareRequest: {
    refused: "location retries checksum requestId retryInterval customData",
  },
  RequestStartTransactionRequest: {
    "mapped, refused, answered": "evseId",
    lost: [
      "groupIdToken.additionalInfo.additionalIdToken groupIdToken.additionalInfo.type",
      "idToken.additionalInfo.additionalIdToken idToken.additionalInfo.type customData",
    ].join(" "),
    answered: [
      "groupIdToken.idToken groupIdToken.type idToken.type remoteStartId chargingProfile.id",
      "chargingProfile.stackLevel chargingProfile.validTo chargingProfile.chargingSchedule.id",
      "chargingProfile.chargingSchedule.minChargingRate chargingProfile.chargingSchedule.salesTariff.id",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffDescription",
      "chargingProfile.chargingSchedule.salesTariff.numEPriceLevels",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.relativeTimeInterval.start",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.relativeTimeInterval.duration",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.ePriceLevel",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.startValue",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.cost.costKind",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.cost.amount",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.cost.amountMultiplier",
    ].join(" "),
    mapped: [
      "idToken.idToken chargingProfile.validFrom chargingProfile.chargingSchedule.chargingRateUnit",
      "chargingProfile.chargingSchedule.chargingSchedulePeriod.limit",
    ].join(" "),
    "refused, answered": "chargingProfile.chargingProfilePurpose",
    "mapped, refused": [
      "chargingProfile.chargingProfileKind chargingProfile.recurrencyKind",
      "chargingProfile.chargingSchedule.startSchedule chargingProfile.chargingSchedule.duration",
      "chargingProfile.chargingSchedule.chargingSchedulePeriod.startPeriod",
      "chargingProfile.chargingSchedule.chargingSchedulePeriod.numberPhases",
    ].join(" "),
    refused: "chargingProfile.chargingSchedule.chargingSchedulePeriod.phaseToUse chargingProfile.transactionId",
  },
  RequestStopTransactionRequest: {
    "mapped, refused": "transactionId",
    lost: "customData",
  },
  ReserveNowRequest: {
    mapped: "id expiryDateTime idToken.idToken groupIdToken.idToken",
    "mapped, refused": "connectorType evseId",
    lost: [
      "idToken.additionalInfo.additionalIdToken idToken.additionalInfo.type",
      "groupIdToken.additionalInfo.additionalIdToken groupIdToken.additionalInfo.type customData",
    ].join(" "),
    answered: "idToken.type groupIdToken.type",
  },
  ResetRequest: {
    mapped: "type",
    refused: "evseId",
    lost: "customData",
  },
  SendLocalListRequest: {
    lost: [
      "localAuthorizationList.idToken.additionalInfo.additionalIdToken",
      "localAuthorizationList.idToken.additionalInfo.type localAuthorizationList.idTokenInfo.chargingPriority",
      "localAuthorizationList.idTokenInfo.language1",
      "localAuthorizationList.idTokenInfo.groupIdToken.additionalInfo.additionalIdToken",
      "localAuthorizationList.idTokenInfo.groupIdToken.additionalInfo.type",
      "localAuthorizationList.idTokenInfo.groupIdToken.type localAuthorizationList.idTokenInfo.language2",
      "localAuthorizationList.idTokenInfo.personalMessage.format",
      "localAuthorizationList.idTokenInfo.personalMessage.language",
      "localAuthorizationList.idTokenInfo.personalMessage.content customData",
    ].join(" "),
    mapped: [
      "localAuthorizationList.idToken.idToken",
      "localAuthorizationList.idTokenInfo.cacheExpiryDateTime localAuthorizationList.idTokenInfo.evseId",
      "localAuthorizationList.idTokenInfo.groupIdToken.idToken updateType",
    ].join(" "),
    answered: "localAuthorizationList.idToken.type",
    "mapped, refused": "versionNumber",
    "mapped, lost": "localAuthorizationList.idTokenInfo.status",
  },
  SetChargingProfileRequest: {
    "mapped, refused": [
      "evseId chargingProfile.chargingProfilePurpose chargingProfile.chargingProfileKind",
      "chargingProfile.recurrencyKind chargingProfile.chargingSchedule.startSchedule",
      "chargingProfile.chargingSchedule.duration",
      "chargingProfile.chargingSchedule.chargingSchedulePeriod.startPeriod",
      "chargingProfile.chargingSchedule.chargingSchedulePeriod.numberPhases chargingProfile.transactionId",
    ].join(" "),
    "mapped, answered": [
      "chargingProfile.id chargingProfile.stackLevel chargingProfile.validFrom chargingProfile.validTo",
      "chargingProfile.chargingSchedule.minChargingRate",
    ].join(" "),
    answered: [
      "chargingProfile.chargingSchedule.id chargingProfile.chargingSchedule.salesTariff.id",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffDescription",
      "chargingProfile.chargingSchedule.salesTariff.numEPriceLevels",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.relativeTimeInterval.start",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.relativeTimeInterval.duration",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.ePriceLevel",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.startValue",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.cost.costKind",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.cost.amount",
      "chargingProfile.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.cost.amountMultiplier",
    ].join(" "),
    mapped: [
      "chargingProfile.chargingSchedule.chargingRateUnit",
      "chargingProfile.chargingSchedule.chargingSchedulePeriod.limit",
    ].join(" "),
    refused: "chargingProfile.chargingSchedule.chargingSchedulePeriod.phaseToUse",
    lost: "customData",
  },
  SetDisplayMessageRequest: {
    refused: [
      "message.display.evse.id message.display.evse.connectorId message.display.name message.display.instance",
      "message.id message.priority message.state message.startDateTime message.endDateTime",
      "message.transactionId message.message.format message.message.language message.message.content customData",
    ].join(" "),
  },
  SetMonitoringBaseRequest: {
    refused: "monitoringBase customData",
  },
  SetMonitoringLevelRequest: {
    answered: "severity",
    lost: "customData",
  },
  SetNetworkProfileRequest: {
    refused: [
      "configurationSlot connectionData.apn.apn connectionData.apn.apnUserName connectionData.apn.apnPassword",
      "connectionData.apn.simPin connectionData.apn.preferredNetwork connectionData.apn.useOnlyPreferredNetwork",
      "connectionData.apn.apnAuthentication connectionData.ocppVersion connectionData.ocppTransport",
      "connectionData.ocppCsmsUrl connectionData.messageTimeout connectionData.securityProfile",
      "connectionData.ocppInterface connectionData.vpn.server connectionData.vpn.user connectionData.vpn.group",
      "connectionData.vpn.password connectionData.vpn.key connectionData.vpn.type customData",
    ].join(" "),
  },
  SetVariableMonitoringRequest: {
    refused: [
      "setMonitoringData.id setMonitoringData.transaction setMonitoringData.value setMonitoringData.type",
      "setMonitoringData.severity setMonitoringData.component.evse.id",
      "setMonitoringData.component.evse.connectorId setMonitoringData.component.name",
      "setMonitoringData.component.instance setMonitoringData.variable.name setMonitoringData.variable.instance",
      "customData",
    ].join(" "),
  },
  SetVariablesRequest: {
    "refused, answered": "setVariableData.attributeType",
    mapped: "setVariableData.attributeValue",
    answered: [
      "setVariableData.component.evse.id setVariableData.component.evse.connectorId",
      "setVariableData.component.instance setVariableData.variable.instance",
    ].join(" "),
    lost: "customData",
    "mapped, refused, answered": "setVariableData.variable.name setVariableData.component.name",
  },
  TriggerMessageRequest: {
    "mapped, refused": "evse.id evse.connectorId requestedMessage",
    lost: "customData",
  },
  UnlockConnectorRequest: {
    "mapped, refused": "evseId connectorId",
    lost: "customData",
  },
  UnpublishFirmwareRequest: {
    refused: "checksum customData",
  },
  UpdateFirmwareRequest: {
    mapped: "retries retryInterval requestId firmware.location firmware.retrieveDateTime firmware.installDateTime",
    "mapped, refused": "firmware.signingCertificate firmware.signature",
    lost: "customData",
  },
  AuthorizeResponse: {
    mapped: "idTokenInfo.cacheExpiryDateTime idTokenInfo.evseId idTokenInfo.groupIdToken.idToken",
    lost: [
      "idTokenInfo.chargingPriority idTokenInfo.language1",
      "idTokenInfo.groupIdToken.additionalInfo.additionalIdToken idTokenInfo.groupIdToken.additionalInfo.type",
      "idTokenInfo.language2 idTokenInfo.personalMessage.format idTokenInfo.personalMessage.language",
      "idTokenInfo.personalMessage.content certificateStatus customData",
    ].join(" "),
    answered: "idTokenInfo.groupIdToken.type",
    "mapped, lost": "idTokenInfo.status",
  },
  BootNotificationResponse: {
    mapped: "currentTime interval status",
    lost: "statusInfo.reasonCode statusInfo.additionalInfo customData",
  },
  DataTransferResponse: {
    mapped: "status data",
    lost: "statusInfo.reasonCode statusInfo.additionalInfo customData",
  },
  FirmwareStatusNotificationResponse: {
    lost: "customData",
  },
  HeartbeatResponse: {
    lost: "currentTime customData",
  },
  LogStatusNotificationResponse: {
    lost: "customData",
  },
  MeterValuesResponse: {
    lost: "customData",
  },
  NotifyEventResponse: {
    lost: "customData",
  },
  NotifyReportResponse: {
    lost: "customData",
  },
  ReportChargingProfilesResponse: {
    lost: "customData",
  },
  ReservationStatusUpdateResponse: {
    lost: "customData",
  },
  SecurityEventNotificationResponse: {
    lost: "customData",
  },
  StatusNotificationResponse: {
    lost: "customData",
  },
  TransactionEventResponse: {
    lost: [
      "totalCost chargingPriority idTokenInfo.chargingPriority idTokenInfo.language1",
      "idTokenInfo.groupIdToken.additionalInfo.additionalIdToken idTokenInfo.groupIdToken.additionalInfo.type",
      "idTokenInfo.language2 idTokenInfo.personalMessage.format idTokenInfo.personalMessage.language",
      "idTokenInfo.personalMessage.content updatedPersonalMessage.format updatedPersonalMessage.language",
      "updatedPersonalMessage.content customData",
    ].join(" "),
    mapped: "idTokenInfo.cacheExpiryDateTime idTokenInfo.evseId idTokenInfo.groupIdToken.idToken",
    answered: "idTokenInfo.groupIdToken.type",
    "mapped, lost": "idTokenInfo.status",
  },
};
