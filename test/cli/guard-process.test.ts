import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const FIXTURE = fileURLToPath(new URL("../fixtures/guarded.ts", import.meta.url));

async function failing(how: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", FIXTURE, how], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

test("an exception that nobody caught is logged with its stack and stops the gateway in order", async () => {
  const { code, output } = await failing("exception");
  assert.match(output, "an exception that nobody caught");
  assert.match(output, "TypeError: broken");
  assert.match(output, "stopping");
  assert.is(code, 70);
});

test("a rejected promise that nobody awaited is logged, and the process stays up", async () => {
  const { code, output } = await failing("rejection");
  assert.match(output, "nobody waits");
  assert.match(output, "still here");
  assert.not.match(output, "stopping");
  assert.is(code, 0);
});

test("a connection error without an owner is logged with its code, and the process stays up", async () => {
  const { code, output } = await failing("socket");
  assert.match(output, '"code":"ECONNRESET"');
  assert.match(output, "still here");
  assert.not.match(output, "stopping");
  assert.is(code, 0);
});

test.run();
