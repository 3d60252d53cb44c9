/**
 * What runs `twinlane` in tests: the build, which is what users have and starts five times as fast; the sources where coverage is
 * asked for, which is counted by source file.
 */
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Arguments for Node, in `ROOT`; the subcommand follows. */
export const CLI: readonly string[] =
  process.env["NODE_V8_COVERAGE"] === undefined ? ["dist/cli/main.js"] : ["--import", "tsx", "src/cli/main.ts"];
