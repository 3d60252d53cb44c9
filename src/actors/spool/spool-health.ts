/**
 * Does the store take writes? A commit that fails turns the spool off: value traffic goes on in relay mode, where the station
 * stays responsible, and an alarm is raised. A probe tries every few seconds and turns it on again.
 *
 *     healthy ──commit failed──▶ impaired ──probe written──▶ healthy
 */
import type { Counters } from "../../domain/counters.ts";
import type { Logger, SpoolStorage } from "../../ports.ts";
import type { GatewayBus } from "../gateway-bus.ts";

const PROBE_MS = 5_000;
const PROBE_KEY = "probe";

export interface SpoolHealthOptions {
  readonly counters: Counters;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  readonly onRecovered: () => void;
}

export class SpoolHealth {
  readonly #options: SpoolHealthOptions;
  #storage: SpoolStorage | undefined;
  #reason: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SpoolHealthOptions) {
    this.#options = options;
  }

  get isHealthy(): boolean {
    return this.#reason === undefined;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  watch(storage: SpoolStorage): void {
    this.#storage = storage;
  }

  failed(error: unknown): void {
    const { counters, logger, bus } = this.#options;
    counters.spoolFailures += 1;
    if (this.#reason !== undefined) return;
    this.#reason = error instanceof Error ? error.message : String(error);
    counters.spoolImpairedNow = 1;
    logger.error({ code: "ERR_STORE", reason: this.#reason }, "spool cannot be written; relay mode until it can");
    bus.emit("spool.impaired", { reason: this.#reason });
    this.#timer = setInterval(() => this.#probe(), PROBE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #probe(): void {
    this.#storage?.put("notes", PROBE_KEY, String(Math.random()));
    this.#storage?.whenFlushed((error) => {
      if (error === undefined && this.#reason !== undefined) this.#recovered();
    });
  }

  #recovered(): void {
    const { counters, logger, bus, onRecovered } = this.#options;
    clearInterval(this.#timer);
    this.#reason = undefined;
    counters.spoolImpairedNow = 0;
    logger.warn({}, "spool can be written again");
    bus.emit("spool.recovered", {});
    onRecovered();
  }
}
