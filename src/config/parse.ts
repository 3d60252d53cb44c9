import { GatewayError } from "../domain/error.ts";
import { buildConfig } from "./build.ts";
import type { GatewayConfig } from "./types.ts";

export interface ParseOptions {
  /** Relative paths in the document start here. Default: the working directory. */
  readonly baseDir?: string;
  /** Told about each thing that is allowed but not advisable, e.g. a literal secret. */
  readonly onWarning?: (pointer: string, message: string) => void;
  /** Variables for `{env: …}` and `$CREDENTIALS_DIRECTORY`. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Turns a configuration document (the object a YAML file holds) into a frozen {@link GatewayConfig}: checked against the
 * schema, defaults filled in, secrets read.
 *
 * @throws GatewayError `ERR_CONFIG_INVALID` or `ERR_SECRET_UNREADABLE`: `details.pointer` is the first error's place, the
 *   message names every error, one a line. No value of the document is quoted.
 */
export function parseConfig(document: unknown, options: ParseOptions = {}): GatewayConfig {
  const { config, issues } = buildConfig(document, {
    baseDir: options.baseDir ?? process.cwd(),
    environment: options.environment ?? process.env,
    readSources: true,
  });
  for (const { severity, pointer, message } of issues) {
    if (severity === "warning") options.onWarning?.(pointer, message);
  }
  if (config !== undefined) return config;
  const errors = issues.filter(({ severity }) => severity === "error");
  const lines = errors.map(({ pointer, message }) => `${pointer === "" ? "/" : pointer} ${message}`);
  throw new GatewayError(errors[0]?.code ?? "ERR_CONFIG_INVALID", lines.join("\n"), {
    pointer: errors[0]?.pointer ?? "",
  });
}
