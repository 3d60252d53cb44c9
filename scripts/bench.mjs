/**
 * Sets up and runs the bench harness: dependencies, the product's build, the harness's own build (nothing that is measured
 * runs through a transpiler), then `bench/dist/main.js` with the same arguments. Progress on stderr, the result on stdout.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Runs a step with its output on stderr; a step that fails ends everything. */
function step(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    console.error(`failed: ${command} ${args.join(" ")}`);
    exit(status ?? 1);
  }
}

if (!existsSync(join(root, "node_modules", "ws"))) step("npm", ["ci", "--no-progress"]);
step("npm", ["run", "--silent", "build"]);
step(execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.bench.json"]);

const { status } = spawnSync(execPath, [join(root, "bench", "dist", "main.js"), ...argv.slice(2)], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
exit(status ?? 1);
