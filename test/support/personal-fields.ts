/**
 * Every string field of the OCPP schemas that is neither an enum nor a timestamp, sorted into those that can hold
 * something about a person and those that cannot. A name may be qualified by the field it stands in (`company.name`).
 * A schema field that is in neither list fails `test/domain/ocpp/catalogue.test.ts`: somebody has to decide.
 *
 * `customData` is not walked: every OCPP 2.x object may have it, and nothing of ours reads it.
 */
export const PERSONAL_FIELDS: ReadonlySet<string> = new Set([
  // tokens, people, companies
  ...["idTag", "parentIdTag", "idToken", "idTokens", "additionalIdToken", "customerIdentifier", "prioritizedEMAIDs"],
  ...["vatNumber", "company.name", "vatCompany.name", "address1", "address2", "city", "postalCode", "country"],
  ...["pspRef", "receiptId", "receiptUrl"],
  // vehicle and contract
  ...["certificate", "certificateChain", "csr", "exiRequest", "exiResponse", "issuerNameHash", "issuerKeyHash"],
  ...["evInverterSerialNumber", "evInverterModel", "evInverterManufacturer"],
  // what links a message to a charging session
  ...["transactionId", "reservationId", "remoteStartId"],
  // text for or about the driver
  ...["content", "language1", "language2", "salesTariffDescription", "overstayRuleDescription"],
  "priceScheduleDescription",
  // may contain anything
  ...["data", "info", "vendorErrorCode", "fileName", "filename", "value", "attributeValue", "actualValue", "v"],
  ...["additionalInfo", "techInfo", "statusInfo", "extraInfo", "vendorInfo", "failureReason"],
  ...["controlId", "supersededIds", "id"],
  // secrets and addresses that can hold them
  ...["location", "remoteLocation", "ocppCsmsUrl", "apnUserName", "apnPassword", "user", "password", "key", "server"],
  ...["basicAuthPassword", "identity"],
  // devices that belong to one household
  ...["chargeBoxSerialNumber", "chargePointSerialNumber", "meterSerialNumber", "serialNumber", "iccid", "imsi"],
  // signed readings name the token inside
  ...["signedMeterData", "publicKey"],
]);

export const TECHNICAL_FIELDS: ReadonlySet<string> = new Set([
  ...["apn", "chargePointModel", "chargePointVendor", "chargingLimitSource", "checksum", "connectorType", "currency"],
  ...["customTrigger", "digestValue", "encodingMethod", "endTimeOfDay", "evInverterHwVersion", "evInverterSwVersion"],
  ...["firmwareVersion", "group", "instance", "iso15118SchemaVersion", "language", "messageId", "meterType", "model"],
  ...["name", "ocspResult", "paymentBrand", "paymentRecognition", "preferredNetwork", "priceAlgorithm"],
  ...["priceScheduleSignature", "reasonCode", "responderURL", "serviceName", "signature", "signingCertificate"],
  ...["signingMethod", "startTimeOfDay", "tariffId", "tariffIds", "taxRuleName", "techCode", "type", "unit"],
  ...["unknownKey", "urls", "validFromDate", "validToDate", "valuesList", "vendorId", "vendorName"],
]);
