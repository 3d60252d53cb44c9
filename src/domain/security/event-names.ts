/**
 * Security events whose name speaks of the Central System or the Charge Point in 1.6, and their 2.0.1 names.
 *
 * @see security extension edition 3 §6; OCPP 2.0.1 appendix 1
 */
export const RENAMED_EVENTS: { readonly [type16: string]: string } = {
  FailedToAuthenticateAtCentralSystem: "FailedToAuthenticateAtCsms",
  CentralSystemFailedToAuthenticate: "CsmsFailedToAuthenticate",
  InvalidCentralSystemCertificate: "InvalidCsmsCertificate",
  InvalidChargePointCertificate: "InvalidChargingStationCertificate",
};

/** What 1.6 calls it. */
export const eventName16 = (type: string): string =>
  Object.keys(RENAMED_EVENTS).find((type16) => RENAMED_EVENTS[type16] === type) ?? type;
