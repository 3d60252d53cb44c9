/**
 * StatusNotification: status and error codes of a connector. `vendorErrorCode` is free text, and read only to look it up in the
 * closed table of standard vendor codes, of which it may list several; where none of its is standard, `info` is looked at in the same way.
 *
 * @see OCPP 1.6 edition 2 §6.47 StatusNotification.req; OCPP 2.0.1 Part 2 G01
 */
import type { Carrier } from "./carrier.ts";
import { eventChannel, MAX_CONNECTOR_ID, MAX_EVSE_ID } from "./channels.ts";
import { eventNo, eventValue, vendorErrorValue } from "./event-lists.ts";
import { observedAt } from "./parse-timestamp.ts";
import { smallInteger, type Wire } from "./wire.ts";

const STATUS = eventChannel("status");
const STATUSES = eventNo("status");
const ERROR_CODE = eventChannel("errorCode");
const ERROR_CODES = eventNo("errorCode");
const VENDOR_ERROR = eventChannel("vendorErrorCode");

type StatusNotification16 = Wire<
  "connectorId" | "status" | "errorCode" | "vendorErrorCode" | "info" | "vendorId" | "timestamp"
>;

export const statusNotification16: Carrier = (payload, { sink, receivedAt }) => {
  const message: StatusNotification16 = payload;
  const evseId = smallInteger(message.connectorId, MAX_EVSE_ID);
  if (evseId < 0) return 1;
  const connectorId = evseId === 0 ? 0 : 1;
  const { at, quality } = observedAt(message.timestamp, receivedAt);
  const status = eventValue(STATUSES, message.status);
  const errorCode = eventValue(ERROR_CODES, message.errorCode);
  if (status >= 0) sink.observe(evseId, connectorId, STATUS, at, status, quality);
  if (errorCode >= 0) sink.observe(evseId, connectorId, ERROR_CODE, at, errorCode, quality);
  const isEvgo = message.vendorId === EVGO;
  const codes = vendorErrors(message.vendorErrorCode, isEvgo);
  for (const code of codes.length > 0 ? codes : vendorErrors(message.info, isEvgo)) {
    sink.observe(evseId, connectorId, VENDOR_ERROR, at, code, quality);
  }
  return (status < 0 ? 1 : 0) + (errorCode < 0 ? 1 : 0);
};

export const statusNotification2x: Carrier = (payload, { sink, receivedAt }) => {
  const message: Wire<"evseId" | "connectorId" | "connectorStatus" | "timestamp"> = payload;
  const evseId = smallInteger(message.evseId, MAX_EVSE_ID);
  const connectorId = smallInteger(message.connectorId, MAX_CONNECTOR_ID);
  const status = eventValue(STATUSES, message.connectorStatus);
  if (evseId < 0 || connectorId < 0 || status < 0) return 1;
  const { at, quality } = observedAt(message.timestamp, receivedAt);
  sink.observe(evseId, connectorId, STATUS, at, status, quality);
  return 0;
};

const EVGO = "com.evgo.mrec";
/** As long as `vendorErrorCode` and `info` may be in 1.6, and `techCode` in 2.x. */
const MAX_LENGTH = 50;

const NONE: readonly number[] = [];

/** Indices, in the closed table, of the codes in a comma list. Unknown codes are a vendor's own words and not read. */
export function vendorErrors(text: unknown, isEvgo: boolean): readonly number[] {
  if (typeof text !== "string" || text.length < 4 || text.length > MAX_LENGTH) return NONE;
  const found = text
    .split(",")
    .map((code) => vendorErrorValue(code.trim(), isEvgo))
    .filter((code) => code >= 0);
  return found.length === 0 ? NONE : found;
}
