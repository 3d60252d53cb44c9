/**
 * What `twinlane password hash` does. A password comes through standard input only: an argument would stand in the list of processes and
 * in the shell's history.
 */
import { randomBytes } from "node:crypto";
import { makeRecord } from "../actors/security/scrypt-record.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import type { HashFlags } from "./password.ts";

/** OCPP 1.6 has 16 bytes at least, OCPP 2.0.1 sixteen characters. */
const SHORTEST = 16;
/** As the errata of 2.0.1 have it; a 1.6 key is 40 hex digits at most. */
const LONGEST = 64;
const GENERATED_BYTES = 20;

export async function hash({ generate, cost, json }: HashFlags): Promise<void> {
  const key = generate ? randomBytes(GENERATED_BYTES).toString("hex") : await fromStandardInput();
  if (key.length < SHORTEST || key.length > LONGEST) {
    say(`a password has ${SHORTEST} to ${LONGEST} characters; this one has ${key.length}`);
    process.exitCode = EXIT.usage;
    return;
  }
  const record = await makeRecord(Buffer.from(key), cost);
  if (json) printJson({ ...(generate ? { password: key } : {}), record });
  else process.stdout.write(generate ? `${key}\n${record}\n` : `${record}\n`);
}

async function fromStandardInput(): Promise<string> {
  if (process.stdin.isTTY) say("the password, then Enter:");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > 1024 || chunk.includes(0x0a)) break;
  }
  return (Buffer.concat(chunks).toString("utf8").split(/\r?\n/)[0] ?? "").slice(0, 1024);
}
