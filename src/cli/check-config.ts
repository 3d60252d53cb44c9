import type { Command } from "commander";
import { formatIssue, inspectConfig, type LocatedIssue } from "../config/load.ts";
import { DEFAULT_CONFIG_FILE } from "./config-file.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";

interface Options {
  readonly json?: boolean;
  /** commander turns `--no-environment` into false. */
  readonly environment: boolean;
}

/** `twinlane check-config [file] [--json] [--no-environment]`: exit code 78 when the configuration is not valid. */
export function registerCheckConfig(program: Command): void {
  program
    .command("check-config")
    .description("check a configuration file, and what it refers to")
    .argument("[file]", "configuration file", DEFAULT_CONFIG_FILE)
    .option("--json", "as one JSON object")
    .option("--no-environment", "check the file alone: no secrets, certificates, ports or connections")
    .action(checkConfig);
}

async function checkConfig(file: string, { json, environment }: Options): Promise<void> {
  const { config, issues, locate } = inspectConfig(file, { readSources: environment });
  const all: LocatedIssue[] = [...issues];
  if (config !== undefined && environment) {
    const { checkEnvironment } = await import("./check-environment.ts");
    const found = await checkEnvironment(config);
    all.push(...found.map((issue) => ({ ...issue, file, ...locate(issue.pointer) })));
  }
  const errors = all.filter(({ severity }) => severity === "error");
  const warnings = all.filter(({ severity }) => severity === "warning");
  if (json) printJson({ ok: errors.length === 0, file, errors: errors.map(brief), warnings: warnings.map(brief) });
  else report(file, errors, warnings);
  process.exitCode = errors.length === 0 ? EXIT.ok : EXIT.config;
}

const brief = ({ line, col, pointer, message, code, severity }: LocatedIssue) => ({
  line,
  col,
  pointer,
  message,
  ...(severity === "error" ? { code } : {}),
});

function report(file: string, errors: readonly LocatedIssue[], warnings: readonly LocatedIssue[]): void {
  for (const issue of [...errors, ...warnings]) say(formatIssue(issue));
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
  if (errors.length > 0)
    say(`${file} is not valid: ${count(errors.length, "error")}, ${count(warnings.length, "warning")}`);
  else say(`${file} is valid${warnings.length > 0 ? `, with ${count(warnings.length, "warning")}` : ""}`);
}
