/**
 * The health lane's far end, as the gateway's thread sees it.
 *
 *     sink ─▶ ring (bounded, drop-oldest) ─▶ at most two hand-overs open ─▶ worker: batch, JSON, MQTT, TLS
 *                                                    ◀── acknowledgement, counters
 *
 * Taking an observation copies six numbers. A hand-over copies at most `handOverRecords` of them, every ~100 ms or when the
 * ring fills up. When the worker is slow, dead or hung, the ring fills and forgets its oldest; nothing here waits for it.
 */
import { randomBytes, randomInt } from "node:crypto";
import type { HealthConfig } from "../../config/types.ts";
import { GatewayError } from "../../domain/error.ts";
import type { EpochMs, StationId } from "../../domain/ids.ts";
import { MIN_ROOT_BYTES } from "../../domain/privacy/pseudonym.ts";
import type {
  Clock,
  HealthSource,
  HealthStats,
  HealthThrottle,
  HealthUplink,
  Logger,
  StationDiagnostics,
} from "../../ports.ts";
import { Assets } from "./assets.ts";
import { ObservationRing, RECORD } from "./ring.ts";
import { refusingSink, StationSink } from "./station-sink.ts";
import {
  DEFAULT_TUNING,
  type HandOver,
  type HealthTuning,
  NO_STATS,
  type WorkerBoot,
  type WorkerStats,
  type WorkerThrottle,
} from "./thread-messages.ts";
import { TokenWatch } from "./token-watch.ts";
import { createTopics } from "./topics.ts";
import { WorkerHost } from "./worker-host.ts";

export interface HealthUplinkOptions {
  readonly config: HealthConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Directory of the lane's own for what waits for the broker; left out, it waits in memory. */
  readonly spoolDirectory?: string;
  /** For tests. */
  readonly tuning?: Partial<HealthTuning>;
  /** For tests: another worker. */
  readonly workerUrl?: URL;
}

/**
 * Makes the uplink; nothing runs before `start()`, which returns without waiting for the broker.
 *
 * @throws GatewayError `ERR_CONFIG_INVALID` where the configuration cannot work: names that are no topic levels, a key
 *   that is too short, `mqtts://` without trusted roots
 */
export function createHealthUplink(options: HealthUplinkOptions): HealthUplink {
  requireUsable(options.config);
  return new RingUplink(options);
}

/** What a worker that is gone has no more of. */
type Momentary =
  | ("pending" | "connected" | "protocol" | "spooled" | "spoolBytes" | "spoolImpaired")
  | ("scenesStored" | "sceneBytes" | "dashcamMemory");

class RingUplink implements HealthUplink {
  readonly #options: HealthUplinkOptions;
  readonly #tuning: HealthTuning;
  readonly #ring: ObservationRing;
  /** Skeletons of frames, in a ring of their own: however many frames pass, no observation is pushed out for them. */
  readonly #frames: ObservationRing | undefined;
  readonly #assets: Assets;
  readonly #tokenKey = randomBytes(TOKEN_KEY_BYTES);
  readonly #tokens = new TokenWatch(this.#tokenKey);
  readonly #host: WorkerHost;
  readonly #sources = new Map<StationId, HealthSource>();
  /** Buffers that came back with an acknowledgement. */
  readonly #spare: Float64Array[] = [];
  /** Hand-overs the worker has not acknowledged, oldest first. */
  readonly #open: { readonly records: number; readonly lost: number }[] = [];
  /** Records that make a hand-over due before its time. */
  readonly #urgentAt: number;
  #diagnose: StationDiagnostics | undefined;
  #throttle: HealthThrottle = { kind: "free" };
  #isArmed = false;
  #isUrgent = false;
  #timer: NodeJS.Timeout | undefined;
  /** Observations that went down with workers. */
  #lostWithWorkers = 0;
  /** Losses that a worker has taken note of. */
  #lostTold = 0;
  /** What the workers that are gone had counted. */
  #past: Omit<WorkerStats, Momentary> = NO_STATS;
  #stopped: Promise<void> | undefined;

  constructor(options: HealthUplinkOptions) {
    const { config, clock, logger, workerUrl } = options;
    this.#options = options;
    this.#tuning = { ...DEFAULT_TUNING, ...options.tuning };
    this.#ring = new ObservationRing(config.ringCapacity);
    this.#frames = config.dashcam.enabled ? new ObservationRing(FRAMES_HELD) : undefined;
    this.#urgentAt = Math.max(1, Math.min(this.#ring.capacity >> 1, this.#tuning.handOverRecords));
    this.#assets = new Assets({ root: config.pseudonymKey, tenant: config.tenant, year: yearOf(clock.now()) });
    this.#host = new WorkerHost({
      tuning: this.#tuning,
      logger,
      boot: () => this.#boot(),
      onStart: () => this.#handOverAll(),
      onGone: (last) => this.#mourn(last),
      onAcknowledge: (records) => this.#acknowledged(records),
      onAsk: async (no, ask) => {
        const owner = this.#assets.owner(no);
        if (owner === undefined || this.#diagnose === undefined) return { status: "Failed", reason: "notConnected" };
        return this.#diagnose.ask(owner.station, owner.evseId, ask);
      },
      onAudit: ({ asset, ...entry }) => {
        const stationId = asset === undefined ? undefined : this.#assets.owner(asset)?.station;
        this.#diagnose?.audit({ ...entry, stationId });
      },
      onSpent: () => this.#throttle.kind === "budget" && this.#throttle.onSpent(),
      ...(workerUrl !== undefined && { url: workerUrl }),
    });
  }

  async start(): Promise<void> {
    this.#host.start();
  }

  source(station: StationId): HealthSource {
    const known = this.#sources.get(station);
    if (known !== undefined) return known;
    const source = this.#assets.source(station);
    if (source === undefined) return { sink: refusingSink(this.#ring) };
    const [assets, ring, frames] = [this.#assets, this.#ring, this.#frames];
    const sink = new StationSink({ source, assets, ring, frames, wake: () => this.#wake() });
    this.#sources.set(station, { sink });
    return { sink };
  }

  capture(station: StationId): boolean {
    const source = this.#assets.known(station);
    if (source === undefined || this.#frames === undefined || !this.#host.isRunning) return false;
    // What happened up to now belongs to it.
    this.#handOverAll();
    this.#host.post({ type: "capture", assets: [...source.assets.values()] });
    return true;
  }

  diagnoseWith(diagnose: StationDiagnostics): void {
    this.#diagnose = diagnose;
  }

  noteToken(token: string): void {
    this.#tokens.note(token);
  }

  stats(): HealthStats {
    const now = this.#host.stats;
    const past = this.#past;
    return {
      observed: this.#ring.observed,
      droppedInRing: this.#ring.dropped,
      droppedInWorker: past.dropped + this.#lostWithWorkers + now.dropped,
      published: past.published + now.published,
      publishedBytes: past.publishedBytes + now.publishedBytes,
      spooled: now.spooled,
      spoolBytes: now.spoolBytes,
      spoolFailures: past.spoolFailures + now.spoolFailures,
      spoolImpaired: now.spoolImpaired,
      scenes: past.scenes + now.scenes,
      scenesLeftOut: past.scenesLeftOut + now.scenesLeftOut,
      scenesStored: now.scenesStored,
      sceneBytes: now.sceneBytes,
      scenesDropped: past.scenesDropped + now.scenesDropped,
      sceneFailures: past.sceneFailures + now.sceneFailures,
      notRecorded: past.notRecorded + now.notRecorded,
      dashcamForgotten: past.dashcamForgotten + now.dashcamForgotten,
      dashcamMemory: now.dashcamMemory,
      framesObserved: this.#frames?.observed ?? 0,
      framesDropped: this.#frames?.dropped ?? 0,
      sessionsAnalysed: past.sessionsAnalysed + now.sessionsAnalysed,
      notAnalysed: past.notAnalysed + now.notAnalysed,
      analysisFailures: past.analysisFailures + now.analysisFailures,
      samplesIn: past.samplesIn + now.samplesIn,
      pointsOut: past.pointsOut + now.pointsOut,
      samplesLeft: past.samplesLeft + now.samplesLeft,
      withheld: past.withheld + now.withheld,
      bytesOut: past.bytesOut + now.bytesOut,
      connected: now.connected,
      protocol: now.protocol,
      workerRestarts: this.#host.restarts,
      requests: past.requests + now.requests,
      requestsRefused: past.requestsRefused + now.requestsRefused,
      tripwireHits: past.tripwireHits + now.tripwireHits,
      tokensForgotten: this.#tokens.forgotten,
      refusedByBroker: past.refusedByBroker + now.refusedByBroker,
      connects: past.connects + now.connects,
    };
  }

  throttle(throttle: HealthThrottle): void {
    this.#throttle = throttle;
    this.#host.post({ type: "throttle", throttle: forWorker(throttle) });
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #stop(deadlineMs: number): Promise<void> {
    clearTimeout(this.#timer);
    // At once and without waiting for acknowledgements: the ring is bounded, and so is this.
    while (this.#host.isRunning && this.#hasSome) this.#handOver();
    // Nobody is left to yield to, and nobody who would say so.
    if (this.#throttle.kind === "yield") this.throttle({ kind: "free" });
    await this.#host.stop(deadlineMs);
  }

  /** Before every observation; the first after a hand-over sets the timer for the next. */
  #wake(): void {
    if (!this.#isArmed) this.#arm();
    else if (!this.#isUrgent && this.#ring.size >= this.#urgentAt) {
      this.#isUrgent = true;
      // Not here: this is the value lane's turn.
      setImmediate(() => this.#handOverAll());
    }
  }

  #arm(): void {
    if (this.#stopped !== undefined) return;
    this.#isArmed = true;
    const now = this.#options.clock.now();
    this.#ring.now = now;
    this.#assets.renew(yearOf(now));
    this.#timer = setTimeout(() => {
      this.#isArmed = false;
      this.#handOverAll();
    }, this.#tuning.handOverMs);
    this.#timer.unref();
  }

  #handOverAll(): void {
    this.#isUrgent = false;
    const { handOversOpen } = this.#tuning;
    while (this.#host.isRunning && this.#open.length < handOversOpen && this.#hasSome) this.#handOver();
  }

  get #hasSome(): boolean {
    return this.#ring.size > 0 || (this.#frames !== undefined && this.#frames.size > 0);
  }

  /** All that wait; nothing where there are none. */
  #takeFrames(): Pick<HandOver, "frames" | "framesLost"> {
    const ring = this.#frames;
    if (ring === undefined || ring.size === 0) return {};
    const frames = new Float64Array(ring.size * RECORD);
    ring.take(frames);
    return { frames, framesLost: ring.dropped };
  }

  #handOver(): void {
    const records = this.#spare.pop() ?? new Float64Array(this.#tuning.handOverRecords * RECORD);
    const count = this.#ring.take(records);
    const lost = this.#ring.dropped + this.#lostWithWorkers;
    this.#open.push({ records: count, lost });
    const assets = this.#assets.takeUntold();
    const tokens = this.#tokens.take(this.#options.clock.now());
    const frames = this.#takeFrames();
    const told = { ...frames, ...(tokens.length > 0 && { tokens }) };
    const buffers = [records, frames.frames].flatMap((array) => array?.buffer ?? []);
    this.#host.post({ type: "records", records, count, assets, lost, ...told }, buffers as ArrayBuffer[]);
  }

  #acknowledged(records: Float64Array): void {
    this.#spare.push(records);
    this.#lostTold = this.#open.shift()?.lost ?? this.#lostTold;
    // Without a timer running, what waits in the ring waits for this.
    if (!this.#isArmed || this.#ring.size >= this.#urgentAt) this.#handOverAll();
  }

  #boot(): WorkerBoot {
    const { pseudonymKey: _, ringCapacity: __, ...config } = this.#options.config;
    // A new worker knows no assets and counts from zero, under another boot id.
    this.#assets.tellAll();
    this.#tokens.tellAll();
    // A credit that was given to an earlier worker went with it.
    const throttle = forWorker(this.#throttle, 0);
    const { spoolDirectory } = this.#options;
    return {
      config,
      tuning: this.#tuning,
      bootId: bootId(),
      lostBefore: this.#lostTold,
      throttle,
      spoolDirectory,
      tokenKey: this.#tokenKey,
    };
  }

  #mourn(last: WorkerStats): void {
    const unacknowledged = this.#open.splice(0).reduce((sum, { records }) => sum + records, 0);
    const past = this.#past;
    this.#lostWithWorkers += unacknowledged + last.pending;
    this.#past = {
      dropped: past.dropped + last.dropped,
      published: past.published + last.published,
      publishedBytes: past.publishedBytes + last.publishedBytes,
      scenes: past.scenes + last.scenes,
      scenesLeftOut: past.scenesLeftOut + last.scenesLeftOut,
      scenesDropped: past.scenesDropped + last.scenesDropped,
      sceneFailures: past.sceneFailures + last.sceneFailures,
      notRecorded: past.notRecorded + last.notRecorded,
      dashcamForgotten: past.dashcamForgotten + last.dashcamForgotten,
      sessionsAnalysed: past.sessionsAnalysed + last.sessionsAnalysed,
      notAnalysed: past.notAnalysed + last.notAnalysed,
      analysisFailures: past.analysisFailures + last.analysisFailures,
      samplesIn: past.samplesIn + last.samplesIn,
      pointsOut: past.pointsOut + last.pointsOut,
      samplesLeft: past.samplesLeft + last.samplesLeft,
      withheld: past.withheld + last.withheld,
      bytesOut: past.bytesOut + last.bytesOut,
      requests: past.requests + last.requests,
      requestsRefused: past.requestsRefused + last.requestsRefused,
      tripwireHits: past.tripwireHits + last.tripwireHits,
      refusedByBroker: past.refusedByBroker + last.refusedByBroker,
      connects: past.connects + last.connects,
      spoolFailures: past.spoolFailures + last.spoolFailures,
    };
  }
}

function forWorker(throttle: HealthThrottle, bytes?: number): WorkerThrottle {
  if (throttle.kind !== "budget") return throttle;
  const { kind, overheadBytes } = throttle;
  return { kind, overheadBytes, bytes: bytes ?? throttle.bytes };
}

const TOKEN_KEY_BYTES = 32;
/** A hand-over every tenth of a second takes all of them: some 80 000 frames a second. */
const FRAMES_HELD = 8_192;

const yearOf = (at: EpochMs): number => new Date(at).getUTCFullYear();

const BOOT_ALPHABET = "ghjkmnpqrstvwxyz";
const BOOT_LENGTH = 10;

/** Random, and of letters that no hexadecimal number has: it must not look like a card's UID. */
const bootId = (): string =>
  Array.from({ length: BOOT_LENGTH }, () => BOOT_ALPHABET.charAt(randomInt(BOOT_ALPHABET.length))).join("");

function requireUsable({ tenant, gateway, pseudonymKey, mqtt, https }: HealthConfig): void {
  createTopics(tenant, gateway);
  if (pseudonymKey.length < MIN_ROOT_BYTES) {
    const setting = "health.pseudonymKey";
    throw new GatewayError("ERR_CONFIG_INVALID", `${setting} needs ${MIN_ROOT_BYTES} bytes or more`, { setting });
  }
  if ((mqtt === undefined) === (https === undefined)) {
    throw new GatewayError("ERR_CONFIG_INVALID", "health needs one of mqtt and https", { setting: "health" });
  }
  const isTrusting = (https ?? mqtt)?.tls?.ca !== undefined;
  if (!isTrusting && (https !== undefined || mqtt?.url.startsWith("mqtts:"))) {
    const setting = `health.${https === undefined ? "mqtt" : "https"}.tls.ca`;
    throw new GatewayError("ERR_CONFIG_INVALID", `${setting} is needed: no root is trusted by default`, { setting });
  }
}
