/**
 * `npm start`: from a fresh clone to traffic on the screen. Installs and builds what is missing or out of date, then runs
 * the demonstration with the arguments given. Plain Node without packages, since it runs before there are any.
 *
 * Progress on standard error; standard output is the demonstration's. It runs in this process, so that a signal has one
 * receiver and the exit code needs no passing on.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = [20, 19];
const main = new URL("../dist/cli/main.js", import.meta.url);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(`twinlane needs Node.js ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}

try {
  const { setup } = await import("./setup.mjs");
  await setup();
  if (!existsSync(main)) throw new Error("the build made no dist/cli/main.js");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

// The command line reads process.argv as if it had been started by itself.
process.argv = [process.execPath, fileURLToPath(main), "demo", ...process.argv.slice(2)];
await import(main.href);
