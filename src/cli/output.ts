/** Standard output is for data, standard error for people. */
import { isGatewayError } from "../index.ts";

/** One JSON object on standard output. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A line for a person. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What a person needs of an error: our own without a stack, any other with it. */
export function sayError(error: unknown): void {
  if (isGatewayError(error)) say(`twinlane: ${error.message} (${error.code})`);
  else say(`twinlane: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
