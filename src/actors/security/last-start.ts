/**
 * Whether the program or its configuration is another one than at the last start (R30). An update is told as such; a program that has
 * changed without a new version is not one.
 *
 * Digests are keyed with the key of the security log: a configuration has passwords, and nobody is to try them on its digest.
 *
 * @see SI 2021/1467 Schedule 1 (alert on a change that was not authorised); OCPP 2.0.1 appendices, security events
 */
import { createHash, createHmac } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GatewayConfig } from "../../config/types.ts";
import { readIfThere, writeDurably } from "../durable-file.ts";
import { loadPseudonymKey } from "../pseudonym-key.actor.ts";
import { SECURITY_LOG_KEY } from "../security-log.ts";
import type { Incident } from "./sentinel.ts";

export interface LastStartOptions {
  readonly config: GatewayConfig;
  readonly report: (incident: Incident) => void;
  /** Where the program lies; default: this one. */
  readonly program?: string;
}

interface Fingerprint {
  readonly version: string;
  readonly program: string;
  readonly config: string;
}

const FILE = "last-start.json";
const PROGRAM = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CODE: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs", ".ts", ".json"]);

/** Never rejects: what cannot be read here is not judged. */
export async function compareWithLastStart({ config, report, program = PROGRAM }: LastStartOptions): Promise<void> {
  const file = join(config.dataDir, FILE);
  try {
    const now = await fingerprintOf(config, program);
    const before = parse(await readIfThere(file));
    if (before !== undefined) for (const finding of changes(before, now)) report({ rule: "R30", ...finding });
    if (JSON.stringify(before) !== JSON.stringify(now)) await writeDurably(file, `${JSON.stringify(now)}\n`);
  } catch {
    // A disk that takes no file has been told of already.
  }
}

function changes(before: Fingerprint, now: Fingerprint): readonly Pick<Incident, "event" | "reason">[] {
  const found: Pick<Incident, "event" | "reason">[] = [];
  if (before.version !== now.version) {
    found.push({ event: "FirmwareUpdated", reason: `the gateway is now ${now.version}` });
  } else if (before.program !== now.program) {
    found.push({ event: "TamperDetectionActivated", reason: "the program has changed, and its version has not" });
  }
  if (before.config !== now.config) {
    found.push({
      event: "ReconfigurationOfSecurityParameters",
      reason: "another configuration than at the last start",
    });
  }
  return found;
}

async function fingerprintOf(config: GatewayConfig, program: string): Promise<Fingerprint> {
  const key = await loadPseudonymKey({ file: join(config.dataDir, SECURITY_LOG_KEY) });
  return {
    version: await versionOf(program),
    program: await digestOf(program),
    config: createHmac("sha256", key).update(JSON.stringify(config)).digest("hex"),
  };
}

async function versionOf(program: string): Promise<string> {
  const text = await readFile(join(dirname(program), "package.json"), "utf8").catch(() => "{}");
  const { version } = JSON.parse(text) as { readonly version?: string };
  return typeof version === "string" ? version.slice(0, 32) : "?";
}

/** One file after the other: it is no matter of haste, and others need the disk. */
async function digestOf(program: string): Promise<string> {
  const hash = createHash("sha256");
  const names = (await readdir(program, { recursive: true })).filter((name) => CODE.has(extname(name)));
  for (const name of names.sort()) {
    const content = await readFile(join(program, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function parse(text: string | undefined): Fingerprint | undefined {
  try {
    const { version, program, config } = JSON.parse(text ?? "") as Partial<Fingerprint>;
    const isWhole = [version, program, config].every((part) => typeof part === "string");
    return isWhole ? ({ version, program, config } as Fingerprint) : undefined;
  } catch {
    return undefined;
  }
}
