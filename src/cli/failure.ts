/** An error that ended a subcommand: what to say, and with which exit code to end. Loaded only when there is one. */
import { type GatewayErrorCode, isGatewayError } from "../index.ts";
import { EXIT } from "./exit-codes.ts";
import { say } from "./output.ts";

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

/** What a person needs of an error: our own without a stack, any other with it. */
export function sayError(error: unknown): void {
  if (isGatewayError(error)) say(`twinlane: ${error.message} (${error.code})`);
  else say(`twinlane: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
