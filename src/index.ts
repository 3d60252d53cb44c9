/** The embedding API: a list of names. */
export { parseConfig } from "./config/parse.ts";
export type { GatewayConfig, StationRule } from "./config/types.ts";
export { Counters } from "./domain/counters.ts";
export { GatewayError, type GatewayErrorCode, type GatewayErrorDetails, isGatewayError } from "./domain/error.ts";
export type { KeyId } from "./domain/ids.ts";
export type { Confinement, Subject } from "./domain/intrusion/quarantine.ts";
export { loadValidators } from "./domain/ocpp/validate.ts";
export type { OcppVersion } from "./domain/ocpp/version.ts";
export type { KeyKind } from "./domain/pki/key-kind.ts";
export type { DecodedReading, HealthDecoder } from "./domain/telemetry/decoder.ts";
export {
  createGateway,
  type DelayControl,
  type Gateway,
  type GatewayEvents,
  type GatewayPorts,
  type GatewayStatus,
  type HeldView,
  type LetterChoice,
  type QuarantineDesk,
  type Queue,
  type QueuedMessage,
  type QueueOutcome,
  type QueueSummary,
  type ShowOptions,
  type StationLimit,
  type StationView,
  type ValueLaneStatus,
} from "./gateway.ts";
export type {
  Clock,
  HealthStats,
  HealthThrottle,
  HealthUplink,
  KeyStore,
  Logger,
  Random,
  SnapshotStore,
  SpoolStorage,
  SpoolTable,
  TlsKey,
} from "./ports.ts";
