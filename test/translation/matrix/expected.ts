/** What has to become of each field, and which messages the translation never has to do with. */
import { OF_CSMS } from "./expected-csms.ts";
import { OF_STATION } from "./expected-station.ts";

/** Fields, by message and by what becomes of them. A message without fields is not in it. */
export type Expected = { readonly [message: string]: { readonly [fates: string]: string } };

const ALL: Expected = { ...OF_STATION, ...OF_CSMS };

/** `mapped`, `mapped, refused`, by message and field. */
export const expectedFates: ReadonlyMap<string, string> = new Map(
  Object.entries(ALL).flatMap(([message, groups]) =>
    Object.entries(groups).flatMap(([fates, fields]) =>
      fields.split(" ").map((field): [string, string] => [`${message} ${field}`, fates]),
    ),
  ),
);

const NONE_THERE = "no such profile is in the story's store";

/** Words that need not be told apart, by field. */
export const ALIKE: { readonly [field: string]: readonly [pairs: string, reason: string] } = {
  "MeterValues.req meterValue.sampledValue.unit": ["Celcius=Celsius", "two spellings of one unit"],
  "StopTransaction.req transactionData.sampledValue.unit": ["Celcius=Celsius", "two spellings of one unit"],
  "StatusNotification.req status": ["Finishing=Preparing", "Occupied, and a car that is connected, in 2.x"],
  "ClearChargingProfileRequest chargingProfileCriteria.chargingProfilePurpose": [
    "ChargingStationExternalConstraints=ChargingStationMaxProfile ChargingStationExternalConstraints=TxProfile ChargingStationMaxProfile=TxProfile",
    NONE_THERE,
  ],
  "GetChargingProfilesRequest chargingProfile.chargingProfilePurpose": [
    "ChargingStationExternalConstraints=ChargingStationMaxProfile ChargingStationExternalConstraints=TxProfile ChargingStationMaxProfile=TxProfile",
    NONE_THERE,
  ],
  "GetChargingProfilesRequest chargingProfile.chargingLimitSource": ["EMS=Other EMS=SO Other=SO", NONE_THERE],
  "GetInstalledCertificateIdsRequest certificateType": [
    "MORootCertificate=V2GRootCertificate CSMSRootCertificate=V2GRootCertificate V2GCertificateChain=V2GRootCertificate CSMSRootCertificate=MORootCertificate MORootCertificate=V2GCertificateChain CSMSRootCertificate=V2GCertificateChain",
    "none of these is in a station without ISO 15118",
  ],
  "GetReportRequest componentCriteria": ["Active=Problem", "the story's station has neither"],
  "AuthorizeResponse idTokenInfo.groupIdToken.type": [
    "Central=NoAuthorization",
    "neither is asked about (C02, C05.FR.01)",
  ],
  "TransactionEventResponse idTokenInfo.groupIdToken.type": [
    "Central=NoAuthorization",
    "neither is asked about (C02, C05.FR.01)",
  ],
};

/** Answers of a station to what it is never asked. */
export const NEVER_ASKED: { readonly [action: string]: string } = {
  CertificateSigned: "the certificate of the link to the CSMS is the gateway's",
  GetCompositeSchedule: "answered from the profiles that the gateway keeps, exactly",
};

/** What no translated station ever says to its CSMS. */
export const NEVER_SAID: { readonly [action: string]: string } = {
  ClearedChargingLimit: "said of the limits that an operator gives (`limitStation`), not of a message",
  NotifyChargingLimit: "said of the limits that an operator gives (`limitStation`), not of a message",
  Get15118EVCertificate: "only through the tunnel of ISO 15118",
  GetCertificateStatus: "only through the tunnel of ISO 15118",
  SignCertificate: "only through the tunnel of ISO 15118",
  NotifyCustomerInformation: "no records of customers",
  NotifyDisplayMessages: "no display",
  NotifyEVChargingNeeds: "1.6 does not know what the car needs",
  NotifyEVChargingSchedule: "1.6 does not know what the car plans",
  NotifyMonitoringReport: "no monitors",
  PublishFirmwareStatusNotification: "firmware is not published",
};
