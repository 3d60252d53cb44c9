/**
 * Keeps one health worker alive: starts it, starts it again with back-off when it dies, and ends it when it hangs.
 *
 * A hang is a worker without a sign of life for `workerSilenceMs`, counted in ticks of this thread's timer rather than by
 * the clock: a gateway that was itself suspended must not blame its worker. One that works without a sign is ended sooner. Detection, restart and loading together keep the
 * lane away for less than three seconds; one that dies again and again waits longer each time.
 */
import { Worker } from "node:worker_threads";
import type { Outcome, StationAsk } from "../../domain/diagnostics/request.ts";
import type { Logger } from "../../ports.ts";
import { Pulse, Silence } from "./pulse.ts";
import {
  type Audit,
  type FromWorker,
  type HealthTuning,
  NO_STATS,
  type ToWorker,
  type WorkerBoot,
  type WorkerData,
  type WorkerStats,
} from "./thread-messages.ts";
import { workerEntry } from "./worker-entry.ts";

export interface WorkerHostOptions {
  readonly tuning: HealthTuning;
  readonly logger: Logger;
  /** What the next worker gets. */
  readonly boot: () => WorkerBoot;
  /** A new worker runs and knows nothing yet. */
  readonly onStart: () => void;
  /** The worker is gone, with what it held. */
  readonly onGone: (last: WorkerStats) => void;
  readonly onAcknowledge: (records: Float64Array) => void;
  /** The worker has spent its budget, and wants more. */
  readonly onSpent: () => void;
  /** A maintenance platform wants something; what is said here is posted back as `outcome`. */
  readonly onAsk: (asset: number, ask: StationAsk) => Promise<Outcome>;
  readonly onAudit: (entry: Audit) => void;
  /** Replaced in tests. */
  readonly url?: URL;
}

const TICK_MS = 250;

export class WorkerHost {
  readonly #options: WorkerHostOptions;
  #worker: Worker | undefined;
  #stats: WorkerStats = NO_STATS;
  #pulse = new Pulse();
  #silence = new Silence(0);
  #livedMs = 0;
  #failures = 0;
  #watch: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isStopping = false;
  #onStopped: () => void = () => undefined;
  restarts = 0;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** What the running worker has counted; zeros while there is none. */
  get stats(): WorkerStats {
    return this.#stats;
  }

  start(): void {
    this.#spawn();
    this.#watch = setInterval(() => this.#tick(), TICK_MS);
    this.#watch.unref();
  }

  post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  /** Lets the worker finish within `deadlineMs`, then ends it. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs + STOP_MARGIN_MS);
      this.#onStopped = () => {
        clearTimeout(timer);
        resolve();
      };
      this.post({ type: "stop", deadlineMs });
    });
    this.#worker = undefined;
    this.#stats = { ...this.#stats, connected: false };
    await worker.terminate();
  }

  #spawn(): void {
    const { tuning, logger, boot, onStart, url = workerEntry("./health-worker", import.meta.url) } = this.#options;
    const pulse = new Pulse();
    this.#pulse = pulse;
    this.#silence = new Silence(pulse.beats);
    this.#livedMs = 0;
    this.#stats = NO_STATS;
    const data: WorkerData = { boot: boot(), pulse: pulse.cells };
    const worker = new Worker(url, {
      name: "twinlane-health",
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: tuning.workerHeapMb },
    });
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => {
      if (this.#worker === worker) this.#receive(message);
    });
    worker.on("error", (error: Error) =>
      logger.error({ error: error.name, reason: error.message }, "health worker failed"),
    );
    worker.on("exit", () => this.#gone(worker));
    onStart();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "log":
        this.#options.logger[message.level](message.fields, message.message);
        return;
      case "acknowledge":
        this.#stats = message.stats;
        this.#options.onAcknowledge(message.records);
        return;
      case "stats":
        this.#stats = message.stats;
        return;
      case "ask":
        this.#ask(message.id, message.asset, message.ask);
        return;
      case "audit":
        this.#options.onAudit(message.entry);
        return;
      case "spent":
        this.#options.onSpent();
        return;
      case "stopped":
        this.#stats = message.stats;
        this.#onStopped();
        return;
    }
  }

  #ask(id: number, asset: number, ask: StationAsk): void {
    const worker = this.#worker;
    void this.#options.onAsk(asset, ask).then((outcome) => {
      // Another worker knows nothing of it.
      if (this.#worker === worker) this.post({ type: "outcome", id, outcome });
    });
  }

  #tick(): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    const { workerSilenceMs, workerLoopMs, workerStartMs, workerStableMs } = this.#options.tuning;
    const { beats } = this.#pulse;
    this.#silence.tick(TICK_MS, beats, () => this.#pulse.thread);
    this.#livedMs += TICK_MS;
    if (this.#livedMs >= workerStableMs) this.#failures = 0;
    const { ms: silentMs, ranMs } = this.#silence;
    const isAlive = beats === 0 ? silentMs < workerStartMs : silentMs < workerSilenceMs && ranMs < workerLoopMs;
    if (isAlive) return;
    this.#options.logger.error({ silentMs, ranMs }, "health worker hangs and is terminated");
    this.#silence = new Silence(beats);
    void worker.terminate();
  }

  #gone(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const last = this.#stats;
    this.#stats = NO_STATS;
    this.#options.onGone(last);
    if (this.#isStopping) {
      this.#onStopped();
      return;
    }
    const [min, max] = this.#options.tuning.workerRestartMs;
    const waitMs = Math.min(max, min * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    this.#options.logger.warn({ waitMs }, "health worker is gone and will be started again");
    this.#retry = setTimeout(() => {
      this.restarts += 1;
      this.#spawn();
    }, waitMs);
    this.#retry.unref();
  }
}

/** The worker keeps its own deadline; this is for one that cannot. */
const STOP_MARGIN_MS = 500;
