import type { Command } from "commander";
import { DEFAULT_CONFIG_FILE } from "./config-file.ts";

/** `twinlane run [--config file]`: the gateway in the foreground, as systemd and containers want it. */
export function registerRun(program: Command): void {
  program
    .command("run")
    .description("run the gateway in the foreground")
    .option("-c, --config <file>", "configuration file", DEFAULT_CONFIG_FILE)
    .action(async ({ config }: { readonly config: string }) => {
      const { runDaemon } = await import("./daemon.ts");
      await runDaemon(config);
    });
}
