/** Exit codes of every subcommand (sysexits(3) where it has one). */
import { type GatewayErrorCode, isGatewayError } from "../index.ts";

export const EXIT = {
  ok: 0,
  /** A check or an assertion failed. */
  failed: 1,
  usage: 2,
  /** The other side cannot be reached. */
  unavailable: 69,
  /** A fault of the program. */
  software: 70,
  cannotCreate: 73,
  io: 74,
  /** Worth trying again, e.g. a port still in use. */
  temporary: 75,
  permission: 77,
  /** The configuration is not valid; starting again will not help. */
  config: 78,
  interrupted: 130,
  terminated: 143,
} as const;

const BY_CODE: Readonly<Partial<Record<GatewayErrorCode, number>>> = {
  ERR_CONFIG_INVALID: EXIT.config,
  ERR_CONFIG_UNREADABLE: EXIT.config,
  ERR_SECRET_UNREADABLE: EXIT.config,
  ERR_LISTEN: EXIT.temporary,
  ERR_STORE: EXIT.io,
  ERR_UPLINK: EXIT.unavailable,
  ERR_OPTIONAL_PACKAGE_MISSING: EXIT.unavailable,
};

/** The exit code for an error that ended a subcommand. */
export function exitCodeOf(error: unknown): number {
  if (!isGatewayError(error)) return EXIT.software;
  if (error.code === "ERR_LISTEN" && causeCode(error) === "EACCES") return EXIT.permission;
  return BY_CODE[error.code] ?? EXIT.software;
}

const causeCode = (error: Error): unknown => (error.cause as { readonly code?: unknown } | undefined)?.code;
