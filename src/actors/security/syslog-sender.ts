/**
 * Sends the security log to a syslog server, as it is written. The queue is the log itself: what waits for a server that is away costs
 * disk that is there anyway, and what is rotated away before it was sent is lost, and counted.
 *
 *     security.log ─▶ records after the position ─▶ TCP or TLS ─▶ two seconds without a fault ─▶ position on disk
 *
 * Syslog has no acknowledgement: what was written to a connection that breaks soon after is sent again. `seq` tells repetitions.
 *
 * @see RFC 5424 (messages), RFC 6587 §3.4.1 (octet counting), RFC 5425 (TLS)
 */
import { connect, isIP, type Socket } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { BackoffConfig, SyslogConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import { epochMs } from "../../domain/ids.ts";
import { syslogMessage } from "../../domain/security/syslog.ts";
import type { Clock, Logger, Random } from "../../ports.ts";
import { readIfThere, writeDurably } from "../durable-file.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import { clientTls } from "../tls-settings.ts";
import { SecurityLogReader } from "./log-reader.ts";

export interface SyslogSenderOptions {
  readonly syslog: SyslogConfig;
  readonly dataDir: string;
  readonly backoff: BackoffConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Pick<Counters, "syslogSent" | "syslogLost" | "syslogFailures" | "syslogConnectedNow">;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  /** Resolves when every event so far is in the log. */
  readonly written: () => Promise<void>;
}

const POSITION = "syslog.position";
const LOOK_MS = 1_000;
/** So long a connection has to last for what was written to it to count as sent. */
const SETTLED_MS = 2_000;
/** A server that takes nothing for so long is given up. */
const STUCK_MS = 60_000;
const CONNECT_MS = 20_000;
/** What waits in the socket; beyond, the log is not read on. */
const MOST_UNSENT_BYTES = 256 * 1024;
const LAST_WORDS_MS = 1_000;

export class SyslogSender {
  readonly #options: SyslogSenderOptions;
  readonly #reader: SecurityLogReader;
  readonly #host = hostname();
  #socket: Socket | undefined;
  #isUp = false;
  #isStopped = false;
  #isTicking = false;
  #hasNews = true;
  #failures = 0;
  /** Number of the last record written to the connection, and of the last that counts as sent. */
  #written = 0;
  #sent = 0;
  /** Written, and when. */
  #unsettled: { readonly seq: number; readonly at: number }[] = [];
  #takesSince = 0;
  #cancel: (() => void) | undefined;
  #forget: () => void = () => undefined;

  constructor(options: SyslogSenderOptions) {
    this.#options = options;
    this.#reader = new SecurityLogReader(options.dataDir);
  }

  async start(): Promise<void> {
    const { bus, dataDir } = this.#options;
    const kept = Number((await readIfThere(join(dataDir, POSITION)).catch(() => undefined)) ?? 0);
    const last = (await this.#reader.after(0).catch(() => [])).at(-1)?.seq ?? 0;
    // A log that has begun anew is sent from its beginning.
    this.#sent = Number.isSafeInteger(kept) && kept <= last ? kept : 0;
    this.#forget = bus.on("security", () => {
      this.#hasNews = true;
      this.#arm(LOOK_MS);
    });
    this.#arm(0);
  }

  /** Sends what it can within a second. */
  async stop(): Promise<void> {
    this.#forget();
    this.#hasNews = true;
    if (this.#isUp) await this.#look();
    this.#isStopped = true;
    this.#cancel?.();
    const socket = this.#socket;
    if (socket !== undefined) {
      await new Promise<void>((resolve) => {
        const end = setTimeout(resolve, LAST_WORDS_MS);
        socket.once("close", () => {
          clearTimeout(end);
          resolve();
        });
        socket.end();
      });
      socket.destroy();
    }
    this.#options.counters.syslogConnectedNow = 0;
  }

  /** One timer at a time: the one that is set first. */
  #arm(ms: number): void {
    if (this.#cancel !== undefined || this.#isStopped) return;
    const { clock } = this.#options;
    this.#cancel = clock.callAt(epochMs(clock.now() + ms), () => {
      this.#cancel = undefined;
      void this.#tick();
    });
  }

  async #tick(): Promise<void> {
    if (this.#isTicking || this.#isStopped) return;
    this.#isTicking = true;
    if (this.#socket === undefined) this.#connect();
    else if (this.#isUp) await this.#look();
    this.#isTicking = false;
    if (this.#isUp && (this.#hasNews || this.#unsettled.length > 0)) this.#arm(LOOK_MS);
  }

  async #look(): Promise<void> {
    try {
      if (this.#hasNews) await this.#write();
      await this.#settle();
    } catch (error) {
      this.#hasNews = true;
      this.#options.logger.warn({ code: "ERR_STORE", reason: reasonOf(error) }, "security log not read for syslog");
    }
  }

  async #write(): Promise<void> {
    const { counters, written, clock } = this.#options;
    const now = clock.monotonicMs();
    const socket = this.#socket;
    if (socket === undefined) return;
    if (socket.writableLength > MOST_UNSENT_BYTES) {
      if (now - this.#takesSince > STUCK_MS) socket.destroy(new Error("the server does not read"));
      return;
    }
    this.#takesSince = now;
    // What happens from here on is news for the next look, whether or not this one sees it.
    this.#hasNews = false;
    await written();
    const records = await this.#reader.after(this.#written);
    // There may be more than was read at once.
    if (records.length > 0) this.#hasNews = true;
    let isFull = false;
    for (const record of records) {
      // The rest is read again.
      if (socket.writableLength > MOST_UNSENT_BYTES) isFull = true;
      if (isFull || socket.destroyed) break;
      if (this.#written > 0 && record.seq > this.#written + 1) counters.syslogLost += record.seq - this.#written - 1;
      const message = syslogMessage(record, { host: this.#host, enterpriseId: this.#options.syslog.enterpriseId });
      socket.write(`${Buffer.byteLength(message)} ${message}`);
      this.#written = record.seq;
      this.#unsettled.push({ seq: record.seq, at: now });
    }
    if (isFull) this.#reader.rewind();
  }

  async #settle(): Promise<void> {
    const { clock, counters, dataDir } = this.#options;
    const before = this.#sent;
    const isOld = clock.monotonicMs() - SETTLED_MS;
    // What the kernel has not taken is not sent, however long it waits.
    while ((this.#socket?.writableLength ?? 1) === 0 && (this.#unsettled[0]?.at ?? Number.POSITIVE_INFINITY) <= isOld) {
      this.#sent = this.#unsettled.shift()?.seq ?? this.#sent;
      counters.syslogSent += 1;
    }
    if (this.#sent !== before) await writeDurably(join(dataDir, POSITION), `${this.#sent}\n`);
  }

  #connect(): void {
    const { syslog, logger, clock } = this.#options;
    const { host, port, tls } = syslog;
    const socket =
      tls === undefined
        ? connect({ host, port })
        : connectTls({
            host,
            port,
            ...clientTls(false),
            ca: tls.ca ?? [],
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...serverName(tls.servername ?? host),
          });
    this.#socket = socket;
    socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error("no connection in time")));
    socket.setKeepAlive(true, 30_000);
    // Nothing is expected from a syslog server; what it sends must not wait in memory.
    socket.resume();
    let reason = "closed by the server";
    socket.on("error", (error) => {
      reason = reasonOf(error);
    });
    socket.on("end", () => socket.destroy());
    socket.once(tls === undefined ? "connect" : "secureConnect", () => {
      socket.setTimeout(0);
      this.#isUp = true;
      this.#options.counters.syslogConnectedNow = 1;
      this.#written = this.#sent;
      this.#unsettled = [];
      this.#reader.rewind();
      this.#takesSince = clock.monotonicMs();
      this.#hasNews = true;
      logger.info({ host, port }, "syslog server connected");
      this.#arm(0);
    });
    socket.once("close", () => this.#lost(reason));
  }

  #lost(reason: string): void {
    const { logger, counters, backoff, random, syslog } = this.#options;
    this.#failures = this.#isUp && this.#unsettled.length === 0 ? 0 : this.#failures;
    this.#socket = undefined;
    this.#isUp = false;
    counters.syslogConnectedNow = 0;
    if (this.#isStopped) return;
    counters.syslogFailures += 1;
    const waitSec =
      Math.min(backoff.maxSec, backoff.minSec * 2 ** Math.min(this.#failures, 16)) + random.next() * backoff.jitterSec;
    this.#failures += 1;
    logger.warn({ host: syslog.host, port: syslog.port, reason, waitSec: Math.round(waitSec) }, "syslog server lost");
    this.#cancel?.();
    this.#cancel = undefined;
    this.#arm(waitSec * 1000);
  }
}

/** An address is no name that TLS could ask for; then the certificate has to name the address. */
const serverName = (name: string): { readonly servername?: string } => (isIP(name) === 0 ? { servername: name } : {});

const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : "?");
