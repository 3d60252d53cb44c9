import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { printJson } from "./output.ts";

/** Version of this package, from its package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** `twinlane version [--json]` */
export function registerVersion(program: Command): void {
  program
    .command("version")
    .description("print the version")
    .option("--json", "as one JSON object")
    .action(({ json }: { readonly json?: boolean }) => {
      const about = {
        version: packageVersion(),
        node: process.version,
        platform: process.platform,
        arch: process.arch,
      };
      if (json) printJson(about);
      else process.stdout.write(`twinlane ${about.version} (Node ${about.node}, ${about.platform}-${about.arch})\n`);
    });
}
