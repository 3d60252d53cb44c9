/**
 * Sets up and runs the bench harness: packages and the product's build, the harness's own build (nothing that is measured
 * runs through a transpiler), then `bench/dist/main.js` with the same arguments. Progress on stderr, the result on stdout.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const harness = join(root, "bench", "dist", "main.js");

/** Runs Node with its output where `stdout` says, and returns its exit code. */
const node = (args, stdout) =>
  spawnSync(execPath, args, { cwd: root, stdio: ["ignore", stdout, "inherit"] }).status ?? 1;

await setup();
const compiled = node([tsc, "-p", "tsconfig.bench.json"], 2);
process.exitCode = compiled === 0 ? node([harness, ...argv.slice(2)], "inherit") : compiled;
