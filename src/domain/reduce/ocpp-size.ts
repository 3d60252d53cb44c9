/** What samples cost as OCPP: the baseline that a reduction is measured against. */
import type { Series } from "./replay.ts";

/** WebSocket header of a client's frame of this size (RFC 6455 §5.2): opcode, length, mask. */
const WEB_SOCKET_BYTES = 8;

/**
 * Bytes of the series as MeterValues of OCPP 1.6, one CALL for each instant with all its values. Requests alone: the
 * answers go the other way.
 *
 * @see OCPP 1.6 edition 2 §6.31 MeterValues.req, OCPP-J 1.6 §4.2.1
 */
export function ocppJsonBytes(series: readonly Series[]): number {
  const byInstant = new Map<number, string[]>();
  for (const { name, unit, t, v } of series) {
    for (const [i, at] of t.entries()) {
      const value = {
        value: String(v[i]),
        context: "Sample.Periodic",
        format: "Raw",
        measurand: name,
        location: "Outlet",
        unit,
      };
      const known = byInstant.get(at);
      if (known === undefined) byInstant.set(at, [JSON.stringify(value)]);
      else known.push(JSON.stringify(value));
    }
  }
  return [...byInstant].reduce((sum, [at, values]) => sum + frame(at, values).length + WEB_SOCKET_BYTES, 0);
}

const frame = (at: number, values: readonly string[]): string =>
  `[2,"1f0c1bbe-7d2c-4c0a-9c49-0b3a7c1f2d55","MeterValues",{"connectorId":1,"transactionId":123456,"meterValue":[{"timestamp":"${new Date(at).toISOString()}","sampledValue":[${values.join(",")}]}]}]`;
