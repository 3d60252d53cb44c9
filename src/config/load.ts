/** File → configuration, with the place of every issue in the file. */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { GatewayError } from "../domain/error.ts";
import { buildConfig } from "./build.ts";
import type { ConfigIssue } from "./issues.ts";
import { LITERAL_SECRET } from "./secrets.ts";
import type { GatewayConfig } from "./types.ts";
import { readYaml } from "./yaml.ts";

export interface LocatedIssue extends ConfigIssue {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly col: number;
}

export interface LoadOptions {
  /** False: files, credentials and variables that the configuration refers to are not looked at. Default true. */
  readonly readSources?: boolean;
  /** Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface InspectedConfig {
  /** Undefined when an issue is an error. */
  readonly config: GatewayConfig | undefined;
  readonly issues: readonly LocatedIssue[];
  /** Where a JSON Pointer's value stands in the file; the file's beginning when that is not known. */
  locate(pointer: string): { readonly line: number; readonly col: number };
}

const beginning = () => ({ line: 1, col: 1 });

/** Reads and checks a configuration file; all that is wrong is in `issues`. Never throws. */
export function inspectConfig(file: string, options: LoadOptions = {}): InspectedConfig {
  const text = readText(file);
  if (typeof text !== "string") return { config: undefined, issues: [text], locate: beginning };
  const yaml = readYaml(text);
  if (!yaml.ok) {
    const issues = yaml.problems.map(({ message, line, col }) => invalid(file, message, { line, col }));
    return { config: undefined, issues, locate: beginning };
  }
  const { config, issues } = buildConfig(yaml.document.value, {
    baseDir: dirname(resolve(file)),
    environment: options.environment ?? process.env,
    readSources: options.readSources ?? true,
  });
  const located = issues.map((issue) => ({ ...issue, file, ...yaml.document.positionOf(issue.pointer, issue.at) }));
  return {
    config,
    issues: [...located, ...exposure(file, located)].sort((a, b) => a.line - b.line || a.col - b.col),
    locate: (pointer) => yaml.document.positionOf(pointer, "value"),
  };
}

/**
 * Reads a configuration file.
 *
 * @throws GatewayError `ERR_CONFIG_INVALID`, `ERR_CONFIG_UNREADABLE`, `ERR_SECRET_UNREADABLE`; the message holds one
 *   {@link formatIssue} line for each error
 */
export function loadConfig(
  file: string,
  options: LoadOptions = {},
): { readonly config: GatewayConfig; readonly warnings: readonly LocatedIssue[] } {
  const { config, issues } = inspectConfig(file, options);
  if (config !== undefined) return { config, warnings: issues };
  const errors = issues.filter(({ severity }) => severity === "error");
  throw new GatewayError(errors[0]?.code ?? "ERR_CONFIG_INVALID", errors.map(formatIssue).join("\n"), {
    pointer: errors[0]?.pointer ?? "",
  });
}

/** `twinlane.yaml:4:9 /listen/port must be <= 65535` */
export const formatIssue = ({ file, line, col, pointer, message, severity }: LocatedIssue): string =>
  `${file}:${line}:${col} ${pointer === "" ? "/" : pointer} ${severity === "warning" ? "warning: " : ""}${message}`;

function readText(file: string): string | LocatedIssue {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as { readonly code?: string };
    const reason = code === "ENOENT" ? "there is no such file" : `cannot be read (${code ?? "failed"})`;
    return { ...invalid(file, reason, { line: 1, col: 1 }), code: "ERR_CONFIG_UNREADABLE" };
  }
}

function invalid(file: string, message: string, place: { readonly line: number; readonly col: number }): LocatedIssue {
  return { severity: "error", pointer: "", at: "value", code: "ERR_CONFIG_INVALID", file, message, ...place };
}

/** A file with a secret in it is itself a secret file. */
function exposure(file: string, issues: readonly LocatedIssue[]): LocatedIssue[] {
  const literal = issues.find(({ message }) => message === LITERAL_SECRET);
  if (literal === undefined || (statSync(file).mode & 0o077) === 0) return [];
  return [{ ...literal, message: `others may read ${file}, which holds secrets; run: chmod 600 ${file}` }];
}
