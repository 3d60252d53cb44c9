/** The key of the health lane's pseudonyms: given by the configuration, or made once and kept in a file. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { GatewayError } from "../domain/error.ts";
import { syncDirectory } from "./durable-file.ts";

const KEY_BYTES = 32;

/** `HealthSettings.pseudonymKey` of the configuration. */
export type PseudonymKeySource = Uint8Array | { readonly file: string };

/**
 * The key itself, from the configuration or from its file; a file that does not exist is made with 32 random bytes in
 * hex, mode 0600, in a directory of mode 0700, and is on disk when this resolves.
 *
 * @throws GatewayError `ERR_SECRET_UNREADABLE` when the file cannot be read or made, is too short, or others may read it
 */
export async function loadPseudonymKey(key: PseudonymKeySource): Promise<Uint8Array> {
  if (key instanceof Uint8Array) return key;
  try {
    return await readKey(key.file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unreadable(key.file, error);
  }
  try {
    await makeKey(key.file);
    return await readKey(key.file);
  } catch (error) {
    throw unreadable(key.file, error);
  }
}

async function readKey(file: string): Promise<Uint8Array> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) throw new Error(`others may read it; run: chmod 600 ${file}`);
  const bytes = Buffer.from((await readFile(file, "utf8")).trim(), "hex");
  if (bytes.length < KEY_BYTES) throw new Error(`holds less than ${KEY_BYTES} bytes in hex`);
  return new Uint8Array(bytes);
}

/** Written beside its place and linked into it, so that a crash leaves a whole key or none, and two starts agree on one. */
async function makeKey(file: string): Promise<void> {
  const directory = dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString("hex")}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncDirectory(directory);
}

function unreadable(file: string, cause: unknown): GatewayError {
  const reason = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
  return new GatewayError("ERR_SECRET_UNREADABLE", `${file}: ${reason}`, { setting: "health.pseudonymKey" }, { cause });
}
