/**
 * The daemon's log: pino behind the Logger port. One JSON object a line on standard output.
 *
 * Lines are written without waiting; a reader that does not read costs lines (counted), never the value lane.
 */
import pino from "pino";
import type { Logger } from "../ports.ts";

/** Lines that wait for a stuck reader hold at most this; later ones are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Fields that nobody should log; a second line of defence behind the call sites. */
const REDACTED = ["password", "key", "authorization", "token", "idTag", "idToken", "payload", "secret"];

/** pino's levels → syslog priorities. */
const PRIORITIES: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };

export interface DaemonLogger extends Logger {
  /** Lines that were dropped because nobody read them. */
  readonly dropped: number;
  /** Writes what waits, now, for the end of the process. A line that is just being written is not waited for. */
  flush(): void;
  /** Resolves when everything logged so far is written. */
  written(): Promise<void>;
}

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** Lines begin with `<N>`, their priority for journald. */
  readonly journal: boolean;
  /** File descriptor; 1 is standard output. */
  readonly fd?: number;
}

export function createLogger({ level, journal, fd = 1 }: LogOptions): DaemonLogger {
  const destination = pino.destination({ dest: fd, sync: false, minLength: 0, maxLength: MAX_WAITING_BYTES });
  let dropped = 0;
  let isWriting = false;
  const waiting: (() => void)[] = [];
  const idle = () => {
    isWriting = false;
    for (const resolve of waiting.splice(0)) resolve();
  };
  destination.on("drop", () => {
    dropped += 1;
  });
  destination.on("drain", idle);
  // A closed pipe must not become an exception somewhere else.
  destination.on("error", idle);
  const write = (line: string) => {
    isWriting = true;
    destination.write(journal ? withPriority(line) : line);
  };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: [...REDACTED, ...REDACTED.map((name) => `*.${name}`)], censor: "[redacted]" },
      serializers: { err: pino.stdSerializers.err },
    },
    { write },
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    get dropped() {
      return dropped;
    },
    flush: () => flushQuietly(destination),
    written: () => (isWriting ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };
}

/** `{"level":30,…` → `<6>{"level":30,…`, which journald takes for the line's priority (sd-daemon(3)). */
function withPriority(line: string): string {
  const level = Number(/^\{"level":(\d+)/.exec(line)?.[1]);
  return `<${PRIORITIES[level] ?? 6}>${line}`;
}

function flushQuietly(destination: { flushSync(): void }): void {
  try {
    destination.flushSync();
  } catch {
    // The descriptor is closed, or was never opened.
  }
}
