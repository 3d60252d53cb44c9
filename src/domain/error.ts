/**
 * The one error type of this package.
 *
 * Callers branch on `code`, never on the text of `message`. A code, once published, is not renamed or reused.
 */
export type GatewayErrorCode =
  | "ERR_CALL_REFUSED"
  | "ERR_CALL_TIMEOUT"
  | "ERR_CONFIG_INVALID"
  | "ERR_CONFIG_UNREADABLE"
  | "ERR_KEY_ENGINE_MISSING"
  | "ERR_KEY_MISSING"
  | "ERR_KEY_PIN"
  | "ERR_KEY_TOKEN"
  | "ERR_KEY_TOKEN_MISSING"
  | "ERR_LISTEN"
  | "ERR_NOT_CONNECTED"
  | "ERR_NOT_PROVIDED"
  | "ERR_NOT_TAKEN"
  | "ERR_OPTIONAL_PACKAGE_MISSING"
  | "ERR_QUEUE_FULL"
  | "ERR_SECRET_UNREADABLE"
  | "ERR_SNAPSHOT_INCOMPATIBLE"
  | "ERR_STORE"
  | "ERR_STOPPED"
  | "ERR_UPLINK";

/** What every error carries beyond code and text: enough to act on, nothing that identifies a driver. */
export interface GatewayErrorDetails {
  /** Station the failure belongs to, when there is one. */
  readonly stationId?: string;
  /** JSON Pointer to the offending place, e.g. `/chargingSchedule/0`. */
  readonly pointer?: string;
  /** Name of the setting that helps, e.g. `limits.callTimeoutSec`. */
  readonly setting?: string;
}

const kGatewayError: unique symbol = Symbol.for("twinlane.GatewayError");

export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly [kGatewayError] = true;
  readonly code: GatewayErrorCode;
  readonly details: GatewayErrorDetails;

  constructor(code: GatewayErrorCode, message: string, details: GatewayErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** True for a {@link GatewayError} from any copy of this package in the process (hence not `instanceof`). */
export function isGatewayError(value: unknown, code?: GatewayErrorCode): value is GatewayError {
  return (
    value instanceof Error && kGatewayError in value && (code === undefined || (value as GatewayError).code === code)
  );
}
