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

/** Answers of a station to what it is never asked. */
export const NEVER_ASKED: { readonly [action: string]: string } = {
  CertificateSigned: "the certificate of the link to the CSMS is the gateway's",
  GetCompositeSchedule: "answered from the profiles that the gateway keeps, exactly",
};

/** What no translated station ever says to its CSMS. */
export const NEVER_SAID: { readonly [action: string]: string } = {
  ClearedChargingLimit: "no limit of somebody else is known to the gateway",
  NotifyChargingLimit: "no limit of somebody else is known to the gateway",
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
