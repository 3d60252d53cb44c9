/**
 * The security log on disk: every security event of the gateway, in lines that are chained (domain/security/log-chain.ts).
 *
 *     bus ─▶ waiting (bounded, oldest out, counted) ─▶ security.log ─ full ─▶ security.log.1 ─▶ … ─▶ .4 ─▶ gone
 *
 * Nothing is opened before the first event. Lines of one turn are one write, flushed. A line that a crash left unfinished is cut off at the
 * next start, and that is an event of its own. A disk that takes no lines stops nothing but the log.
 */
import { open, readFile, rename, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Counters } from "../domain/counters.ts";
import { GatewayError } from "../domain/error.ts";
import { BEGINNING, type ChainEnd, chainLine, parseLine, type SecurityRecord } from "../domain/security/log-chain.ts";
import type { Clock, Logger } from "../ports.ts";
import { readIfThere } from "./durable-file.ts";
import type { GatewayBus } from "./gateway-bus.ts";
import { loadPseudonymKey } from "./pseudonym-key.actor.ts";

export interface SecurityLogOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly bus: GatewayBus;
  /** Default 1 MiB. */
  readonly maxFileBytes?: number;
}

/** Name of the newest file. */
export const SECURITY_LOG = "security.log";
/** Name of the file with the key of its chain. */
export const SECURITY_LOG_KEY = "security-log.key";
/** Full files that are kept. */
const KEPT_FILES = 4;
const MAX_FILE_BYTES = 1024 * 1024;
/** Events that wait for the disk. */
const MOST_WAITING = 1_000;
const LONGEST_DETAIL = 500;

type Waiting = Omit<SecurityRecord, "seq">;

export class SecurityLog {
  readonly #options: SecurityLogOptions;
  readonly #file: string;
  #waiting: Waiting[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #chain: { readonly key: Uint8Array; end: ChainEnd; bytes: number } | undefined;
  #hasFailed = false;

  /** Listens from now on. */
  constructor(options: SecurityLogOptions) {
    this.#options = options;
    this.#file = join(options.dataDir, SECURITY_LOG);
    options.bus.on("security", ({ type, stationId, detail }) => {
      options.counters.securityEvents += 1;
      options.logger.warn({ type, stationId, detail }, "security event");
      this.#add({ type, stationId, detail });
    });
  }

  /** Resolves when everything so far is on disk, or will not be. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #add({ type, stationId, detail }: Omit<Waiting, "at">): void {
    const at = new Date(this.#options.clock.now()).toISOString();
    this.#waiting.push({ at, type, stationId, detail: detail.slice(0, LONGEST_DETAIL) });
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#writing ??= Promise.resolve().then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#write();
      this.#hasFailed = false;
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : "?");
      if (!this.#hasFailed) this.#options.logger.error({ code: "ERR_STORE", reason }, "security log not written");
      this.#hasFailed = true;
      // What the file holds is looked at again with the next event.
      this.#chain = undefined;
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(): Promise<void> {
    this.#chain ??= await this.#open();
    const chain = this.#chain;
    const batch = [...this.#waiting];
    if (this.#dropped > 0) {
      const at = batch[0]?.at ?? "";
      batch.unshift({ at, type: "SecurityEventsLost", detail: `${this.#dropped} events did not fit` });
    }
    let { end } = chain;
    const lines = batch.map((record) => {
      const next = chainLine(record, end, chain.key);
      end = next.end;
      return `${next.line}\n`;
    });
    await append(this.#file, lines.join(""));
    chain.end = end;
    chain.bytes += lines.reduce((sum, line) => sum + line.length, 0);
    const written = new Set(batch);
    this.#waiting = this.#waiting.filter((record) => !written.has(record));
    this.#dropped = 0;
    if (chain.bytes >= (this.#options.maxFileBytes ?? MAX_FILE_BYTES)) {
      await rotate(this.#file);
      chain.bytes = 0;
    }
  }

  async #open() {
    const { dataDir, clock } = this.#options;
    const key = await loadPseudonymKey({ file: join(dataDir, SECURITY_LOG_KEY) });
    const wasCut = await cutUnfinished(this.#file);
    const end = await endOf(this.#file);
    const bytes = (await stat(this.#file).catch(() => undefined))?.size ?? 0;
    if (wasCut) {
      const at = new Date(clock.now()).toISOString();
      this.#waiting.unshift({ at, type: "SecurityLogRepaired", detail: "an unfinished line was cut off" });
    }
    return { key, end, bytes };
  }
}

/**
 * The log as it lies on disk: its lines, oldest first, over all its files, and the key of its chain.
 *
 * @throws GatewayError `ERR_SECRET_UNREADABLE` when there are lines and no key
 */
export async function readSecurityLog(
  dataDir: string,
): Promise<{ readonly lines: readonly string[]; readonly key: Uint8Array }> {
  const file = join(dataDir, SECURITY_LOG);
  const older = Array.from({ length: KEPT_FILES }, (_, i) => `${file}.${KEPT_FILES - i}`);
  const texts = await Promise.all([...older, file].map(readIfThere));
  const lines = texts.flatMap((text) => (text ?? "").split("\n")).filter((line) => line !== "");
  const key = await readIfThere(join(dataDir, SECURITY_LOG_KEY));
  if (key === undefined && lines.length > 0)
    throw new GatewayError(
      "ERR_SECRET_UNREADABLE",
      `${SECURITY_LOG_KEY} is not beside the log: nothing can be verified`,
    );
  return { lines, key: Buffer.from((key ?? "").trim(), "hex") };
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, "a", 0o600);
  try {
    await handle.appendFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function rotate(file: string): Promise<void> {
  for (let i = KEPT_FILES; i >= 1; i -= 1) {
    const from = i === 1 ? file : `${file}.${i - 1}`;
    await rename(from, `${file}.${i}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

/** True when the file ended in the middle of a line. */
async function cutUnfinished(file: string): Promise<boolean> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined || bytes.length === 0 || bytes.at(-1) === 0x0a) return false;
  await truncate(file, bytes.lastIndexOf(0x0a) + 1);
  return true;
}

/** Where the chain goes on: after the last line of the newest file that has one. */
async function endOf(file: string): Promise<ChainEnd> {
  for (const name of [file, `${file}.1`]) {
    const last = ((await readIfThere(name)) ?? "").trimEnd().split("\n").at(-1) ?? "";
    const line = parseLine(last);
    if (line !== undefined) return { seq: line.seq, mac: line.mac };
  }
  return BEGINNING;
}
