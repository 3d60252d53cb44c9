/**
 * Does the store take writes? A commit that fails turns the spool off: value traffic goes on in relay mode, where the station
 * stays responsible, and an alarm is raised. A probe tries every few seconds and turns it on again.
 *
 *     healthy ──commit failed──▶ impaired ──probe written──▶ healthy
 */
import type { Counters } from "../../domain/counters.ts";
import type { Logger, SpoolStorage } from "../../ports.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import { commitReason } from "../lmdb-errors.ts";

const PROBE_MS = 5_000;
const PROBE_KEY = "probe";
const PROBE_BYTES = 16 * 1024;

export interface SpoolHealthOptions {
  readonly counters: Counters;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  readonly onRecovered: () => void;
}

export class SpoolHealth {
  readonly #options: SpoolHealthOptions;
  #storage: SpoolStorage | undefined;
  #isImpaired = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SpoolHealthOptions) {
    this.#options = options;
  }

  get isHealthy(): boolean {
    return !this.#isImpaired;
  }

  watch(storage: SpoolStorage): void {
    this.#storage = storage;
  }

  failed(error: unknown): void {
    const { counters, logger, bus } = this.#options;
    counters.spoolFailures += 1;
    if (this.#isImpaired) return;
    this.#isImpaired = true;
    counters.spoolImpairedNow = 1;
    this.#timer = setInterval(() => this.#probe(), PROBE_MS);
    void commitReason(error).then((reason) => {
      logger.error({ code: "ERR_STORE", reason }, "spool cannot be written; relay mode until it can");
      bus.emit("spool.impaired", { reason });
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #probe(): void {
    // As much as a few messages: room for one byte is no room.
    this.#storage?.put("notes", PROBE_KEY, Buffer.alloc(PROBE_BYTES));
    this.#storage?.whenFlushed((error) => {
      if (error === undefined && this.#isImpaired) this.#recovered();
    });
  }

  #recovered(): void {
    const { counters, logger, bus, onRecovered } = this.#options;
    clearInterval(this.#timer);
    this.#isImpaired = false;
    counters.spoolImpairedNow = 0;
    this.#storage?.remove("notes", PROBE_KEY);
    logger.warn({}, "spool can be written again");
    bus.emit("spool.recovered", {});
    onRecovered();
  }
}
