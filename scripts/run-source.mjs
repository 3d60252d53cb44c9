/** Runs a program of the sources with the arguments of this one: packages and build first; progress on stderr, the result alone on stdout. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

/** @param {string} file relative to the project */
export async function runSource(file) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..");
  await setup();
  const args = ["--import", "tsx", join(root, ...file.split("/")), ...argv.slice(2)];
  const child = spawn(execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 130;
  });
}
