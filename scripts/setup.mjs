/**
 * Makes a fresh clone ready: packages as the lock file says, generated sources, and (with `build`) `dist/`.
 * Plain Node without packages, since it runs before there are any. Quiet when there is nothing to do.
 */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Runs `npm ci` when packages are missing or older than the lock file. */
export function ensureInstalled() {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  process.stderr.write("installing packages (npm ci)\n");
  // npm's own output goes to standard error: standard output may be somebody's data.
  const { status } = spawnSync("npm", ["ci"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`npm ci failed with exit code ${status}`);
}

/** Packages and build; every step is skipped when it is up to date. */
export async function setup() {
  ensureInstalled();
  const { build } = await import("./build.mjs");
  await build();
}
