/** Variables of the gateway's link to the CSMS, as it is configured: what the device model says of them. */
import type { CsmsConfig } from "../../config/types.ts";
import { type OwnValues, type Retry, valuesOfRetry } from "../../domain/translate/device-own.ts";

export const ownValuesOf = (csms: CsmsConfig, retry: Retry, pingIntervalSec: number): OwnValues => ({
  ...valuesOfRetry(retry),
  "OCPPCommCtrlr.WebSocketPingInterval": String(Math.round(pingIntervalSec)),
  "SecurityCtrlr.SecurityProfile": String(securityProfileOf(csms)),
});

/** 0, which OCPP 2.0.1 has no name for, where nobody authenticates. */
function securityProfileOf({ tls, password }: CsmsConfig): 0 | 1 | 2 | 3 {
  if (tls !== undefined) return tls.cert === undefined ? 2 : 3;
  return password === undefined ? 0 : 1;
}
