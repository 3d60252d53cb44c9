/**
 * The properties of the translation for longer than the tests: packages and build, then `test/translation/main.ts` with the same arguments. Progress on stderr, the result
 * alone on stdout.
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
await setup();
const args = ["--import", "tsx", join(root, "test", "translation", "main.ts"), ...argv.slice(2)];
const child = spawn(execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
child.once("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 130;
});
