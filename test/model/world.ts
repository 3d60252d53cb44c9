/**
 * Stations, gateway and CSMS of the model, the faults that befall them, and the verdict: what the CSMS's books say has to be what
 * the stations did.
 */
import type { GatewayConfig } from "../../src/config/types.ts";
import { loadValidators, type Validators } from "../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import { type Comparison, compareLedgers } from "../support/compare-ledgers.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { MemoryStore } from "../support/supervised.ts";
import { GatewayNode } from "./gateway-node.ts";
import { ModelCsms } from "./model-csms.ts";
import { ModelStation, type StationTraits } from "./model-station.ts";
import { Disk, modelStorage } from "./model-storage.ts";
import { type Callback, VirtualTime, WORLD } from "./virtual-time.ts";

export interface ModelWorldOptions {
  readonly config: GatewayConfig;
  readonly seed: number;
  readonly stations: readonly StationTraits[];
  /** Milliseconds that a commit takes at most. */
  readonly diskMs?: number;
  readonly sweepMs?: number;
}

export interface Verdict {
  readonly comparison: Comparison;
  /** What went wrong beside the books. */
  readonly faults: readonly string[];
}

const BEGAN = Date.UTC(2026, 5, 1, 8);
const NORMAL_LATENCY_MS = 5;
/** The longest that a call may wait: until the gateway answers in the CSMS's place, and what lines and disks of the model add. */
const OVERDUE_MS = 25_000;
/** Bulk waits for the CSMS until `limits.callTimeoutSec` is over. */
const BULK_OVERDUE_MS = 45_000;
const SETTLE_STEP_MS = 10_000;
const SETTLE_STEPS = 360;
/** What is said about one world, at most. */
const MAX_FAULTS = 20;

const validators = new Map<OcppVersion, Validators>();
for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) validators.set(version, await loadValidators(version));

export class ModelWorld {
  readonly time = new VirtualTime();
  readonly csms: ModelCsms;
  readonly stations: readonly ModelStation[];
  readonly faults: string[] = [];
  kills = 0;
  latencyMs = NORMAL_LATENCY_MS;
  readonly #options: ModelWorldOptions;
  readonly #random: () => number;
  readonly #disk = new Disk();
  readonly #snapshots = new MemoryStore();
  readonly #restore: Callback;
  #clockStepMs = 0;
  #node: GatewayNode | undefined;

  private constructor(options: ModelWorldOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    const { time } = this;
    const wall = () => BEGAN + time.now;
    this.csms = new ModelCsms(time, wall, (what) => this.#fault(what));
    this.stations = options.stations.map(
      (traits, i) =>
        new ModelStation({
          id: `CP${i + 1}`,
          traits,
          time,
          wall,
          random: this.#random,
          dial: (peer) => this.#node?.accept(`CP${i + 1}`, traits.version, peer) ?? Promise.resolve(undefined),
        }),
    );
    const { random } = Math;
    Math.random = this.#random;
    const uninstall = time.install();
    this.#restore = () => {
      Math.random = random;
      uninstall();
    };
  }

  static async open(options: ModelWorldOptions): Promise<ModelWorld> {
    const world = new ModelWorld(options);
    await world.restart();
    return world;
  }

  /** Gives the process its timers back. */
  close(): void {
    this.#restore();
  }

  get isRunning(): boolean {
    return this.#node !== undefined;
  }

  get node(): GatewayNode | undefined {
    return this.#node;
  }

  station(i: number): ModelStation {
    return this.stations[i % this.stations.length] as ModelStation;
  }

  async pass(ms: number): Promise<void> {
    await this.time.pass(ms);
    this.#look();
  }

  /** The gateway's process ends after the next `turns` callbacks. */
  async kill(turns = 0): Promise<void> {
    await this.time.turns(turns);
    if (this.#node === undefined) return;
    this.#look();
    this.kills += 1;
    this.#node.kill();
    this.#node = undefined;
    this.time.owner = WORLD;
  }

  async restart(): Promise<void> {
    if (this.#node !== undefined) return;
    const { config, seed, diskMs = 8, sweepMs = 250 } = this.#options;
    const { time } = this;
    const random = this.#random;
    const owner = this.kills + 1;
    const node = new GatewayNode({
      config,
      time,
      owner,
      wallAt: () => BEGAN + this.#clockStepMs,
      random,
      storage: modelStorage({
        time,
        owner,
        disk: this.#disk,
        delayMs: () => random() * diskMs,
        hasTrail: seed % 4 !== 0,
      }),
      snapshots: this.#snapshots,
      validators: (version) => validators.get(version) as Validators,
      sweepMs,
      latencyMs: () => this.latencyMs,
      dialCsms: (line, station, version) => this.csms.dial(line, station, version),
      onError: (what) => this.#fault(what),
    });
    await node.start();
    this.#node = node;
  }

  /** The gateway's wall clock is stepped. */
  stepClock(ms: number): void {
    this.#clockStepMs += ms;
  }

  /** Everything works, and time passes until nothing is left to say; then the books are compared. */
  async settle(): Promise<Verdict> {
    await this.restart();
    this.csms.heal();
    this.latencyMs = NORMAL_LATENCY_MS;
    for (const station of this.stations) {
      for (const connectorId of station.connectors) station.unplug(connectorId);
      station.connect();
    }
    for (let i = 0; i < SETTLE_STEPS && !this.#isQuiet(); i += 1) await this.pass(SETTLE_STEP_MS);
    for (const { truth, owed } of this.stations) {
      if (owed > 0) this.#fault(`${truth.station}: ${owed} messages never answered`);
    }
    const { records, dead } = this.#disk.tables;
    if (this.#node?.waiting !== 0) this.#fault(`${this.#node?.waiting} messages left in the spool`);
    if (records.keys.length > 0) this.#fault(`records left: ${records.keys.slice(0, 5).join(", ")}`);
    if (dead.keys.length > 0) this.#fault(`dead letters: ${dead.keys.slice(0, 5).join(", ")}`);
    const comparison = compareLedgers(
      this.stations.map(({ truth }) => truth),
      this.csms.books,
    );
    return { comparison, faults: this.faults };
  }

  #isQuiet(): boolean {
    if (this.#node?.waiting !== 0 || this.#disk.tables.records.keys.length > 0) return false;
    return this.stations.every(({ owed }) => owed === 0);
  }

  #look(): void {
    for (const station of this.stations)
      for (const what of station.overdue(OVERDUE_MS, BULK_OVERDUE_MS)) this.#fault(what);
  }

  #fault(what: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(`${Math.round(this.time.now)} ms: ${what}`);
  }
}

/** Words for what is wrong; undefined: nothing. */
export function complaint({ comparison, faults }: Verdict): string | undefined {
  const findings = comparison.findings.slice(0, 10).map(({ damage, text }) => `${damage}: ${text}`);
  const all = [...faults, ...findings];
  return all.length === 0 ? undefined : all.join("\n");
}
