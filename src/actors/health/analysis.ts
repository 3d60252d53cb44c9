/**
 * The worker's analysis: records in, at a session's end what it says about the EVSE out. One analysis per asset, of fixed
 * size; beyond {@link MAX_ANALYSED} assets the later ones are not analysed, and their sessions are counted.
 *
 * Bodies (members of a JSON object; the publisher adds boot id `b` and sequence number `q`):
 *
 * - features `"t":ms,"theta":K/A²,"z":…,"cusum":…,"failed":0|1`; `theta` and `z` are left out where the session tells none
 * - state of health `"t":ms,"model":2,"soh":0…100,"coverage":%,"confidence":%,"by":[{"ind":…,"z":…,"penalty":…,"evidence":…}]`
 *   and, while a safety event waits for being acknowledged, `"latched":[{"event":…,"t":ms}]`
 * - a station's state of health `"t":ms,"model":2,"soh":0…100,"of":number of EVSEs` and its own `latched`; the lowest of all
 */
import { EvseAnalysis, isNewFirmware, type SessionResult } from "../../domain/features/evse-analysis.ts";
import { type SafetyEvent, safetyEvent } from "../../domain/features/safety.ts";
import { type Latched, type StateOfHealth, scoreOf } from "../../domain/features/state-of-health.ts";
import { AnalysisFile, type AnalysisFileOptions, type NamedState } from "./analysis-file.ts";
import { type RingRecord, readRecord } from "./ring.ts";
import type { Asset } from "./thread-messages.ts";

export interface Analysed {
  /** Pseudonym of the asset. */
  readonly asset: string;
  readonly kind: "feature" | "soh";
  readonly body: string;
}

export interface AnalysisOptions extends Pick<AnalysisFileOptions, "log"> {
  readonly emit: (analysed: Analysed) => void;
  /** Undefined: what is learnt stays in memory. */
  readonly file: string | undefined;
  /** Until when an asset's safety events are acknowledged, by pseudonym. */
  readonly acknowledged: Readonly<Record<string, number>>;
}

/** Some three kilobytes each. */
const MAX_ANALYSED = 8192;
/** Of indicators, weights and limits together: a reader compares scores of one model only. */
const MODEL = 2;
/** The whole station, which has no contact of its own. */
const WHOLE_STATION = 0;

export class Analysis {
  readonly #options: AnalysisOptions;
  readonly #file: AnalysisFile | undefined;
  readonly #assets: (Asset | undefined)[] = [];
  readonly #analyses = new Map<number, EvseAnalysis>();
  /** Assets that are a station as a whole, by its number. */
  readonly #stations = new Map<number, Asset>();
  /** Stations with new firmware: it counts for an EVSE that is heard of later, too. */
  readonly #relearnt = new Set<number>();
  /** Sessions judged since the start. */
  sessions = 0;
  /** Observations of assets beyond the limit. */
  leftOut = 0;

  constructor(options: AnalysisOptions) {
    const { file, log } = options;
    this.#options = options;
    if (file !== undefined) this.#file = new AnalysisFile({ file, log, maxAssets: MAX_ANALYSED });
  }

  get failures(): number {
    return this.#file?.failures ?? 0;
  }

  learn(assets: readonly Asset[]): void {
    for (const asset of assets) this.#assets[asset.no] = asset;
  }

  tick(now: number): void {
    this.#file?.saveDue(now, () => this.#states());
  }

  /** Writes what has not been written. */
  async close(): Promise<void> {
    await this.#file?.close(() => this.#states());
  }

  add(records: Float64Array, count: number): void {
    for (let i = 0; i < count; i += 1) this.#addRecord(readRecord(records, i));
  }

  #addRecord({ asset: no, evseId, channel, at, receivedAt, value, quality }: RingRecord): void {
    const asset = this.#assets[no];
    if (asset === undefined) return;
    if (evseId === WHOLE_STATION) this.#meetStation(asset);
    const event = safetyEvent(channel, value);
    // Of doubtful quality, too: a wrong clock makes a ground fault no safer.
    if (event !== undefined) this.#latch(asset, event, receivedAt);
    if (quality !== 0) return;
    if (isNewFirmware(channel, value)) this.#relearn(asset.source);
    if (evseId === WHOLE_STATION) return;
    const result = this.#analysis(asset)?.observe(channel, at, value);
    if (result !== undefined) this.#tell(asset, at, result);
  }

  /** Only one that a safety event was of has a state of its own. */
  #meetStation(asset: Asset): void {
    if (this.#stations.get(asset.source) === asset) return;
    this.#stations.set(asset.source, asset);
    if (this.#file?.has(asset.id)) this.#analysis(asset);
  }

  #analysis(asset: Asset): EvseAnalysis | undefined {
    const known = this.#analyses.get(asset.no);
    if (known !== undefined) return known;
    if (this.#analyses.size >= MAX_ANALYSED) {
      this.leftOut += 1;
      return undefined;
    }
    const analysis = new EvseAnalysis(this.#file?.claim(asset.id));
    if (this.#relearnt.has(asset.source)) analysis.relearn();
    analysis.acknowledge(this.#options.acknowledged[asset.id] ?? Number.NEGATIVE_INFINITY);
    this.#analyses.set(asset.no, analysis);
    return analysis;
  }

  /** By pseudonym: numbers mean nothing in another life of the process. */
  #states(): readonly NamedState[] {
    return [...this.#analyses].flatMap(([no, { state }]) => {
      const asset = this.#assets[no];
      return asset === undefined ? [] : [[asset.id, state, this.#stations.get(asset.source)?.id ?? ""] as const];
    });
  }

  #relearn(source: number): void {
    this.#relearnt.add(source);
    this.#file?.changed();
    for (const [no, analysis] of this.#analyses) if (this.#assets[no]?.source === source) analysis.relearn();
  }

  #latch(asset: Asset, event: SafetyEvent, atMs: number): void {
    const health = this.#analysis(asset)?.latch(event, atMs);
    this.#file?.changed();
    if (health !== undefined) this.#tellHealth(asset, atMs, health);
  }

  #tell(asset: Asset, at: number, { theta, z, cusum, isFailed, health }: SessionResult): void {
    this.sessions += 1;
    this.#file?.changed();
    const figures = { t: at, theta: short(theta), z: short(z), cusum: short(cusum), failed: isFailed ? 1 : 0 };
    this.#options.emit({ asset: asset.id, kind: "feature", body: members(figures) });
    this.#tellHealth(asset, at, health);
  }

  #tellHealth(asset: Asset, at: number, health: StateOfHealth): void {
    const station = this.#stations.get(asset.source);
    if (station?.no !== asset.no) {
      const by = health.breakdown.map((entry) => ({ ...entry, z: short(entry.z), penalty: short(entry.penalty) }));
      const { score, coverage, confidence } = health;
      const figures = { soh: short(score), coverage: short(coverage), confidence: short(confidence), by };
      this.#emitHealth(asset, { t: at, model: MODEL, ...figures, ...latchedOf(health.latched) });
    }
    if (station !== undefined) this.#tellStation(station, at);
  }

  /** The weakest EVSE is the station's; one that is silent since the start counts as it was. */
  #tellStation(station: Asset, at: number): void {
    const own = this.#analyses.get(station.no)?.state;
    const ofEvses = [...this.#analyses]
      .filter(([no]) => no !== station.no && this.#assets[no]?.source === station.source)
      .map(([, { state }]) => state);
    const states = [...ofEvses, ...(this.#file?.unclaimedOf(station.id) ?? [])];
    const soh = Math.min(...[...states, ...(own === undefined ? [] : [own])].map(({ score }) => scoreOf(score)));
    const figures = { t: at, model: MODEL, soh: short(soh), of: states.length };
    this.#emitHealth(station, { ...figures, ...latchedOf(own?.score.latched ?? []) });
  }

  #emitHealth(asset: Asset, figures: object): void {
    this.#options.emit({ asset: asset.id, kind: "soh", body: members(figures) });
  }
}

const latchedOf = (latched: readonly Latched[]) =>
  latched.length === 0 ? {} : { latched: latched.map(([event, t]) => ({ event, t })) };

/** Four digits are more than any of these figures is good for. */
const short = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.toPrecision(4));

const members = (value: object): string => JSON.stringify(value).slice(1, -1);
