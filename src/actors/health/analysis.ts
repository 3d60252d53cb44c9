/**
 * The worker's analysis: records in, at a session's end what it says about the EVSE out. One analysis per asset, of fixed
 * size; beyond {@link MAX_ANALYSED} assets the later ones are not analysed, and their sessions are counted.
 *
 * Bodies (members of a JSON object; the publisher adds boot id `b` and sequence number `q`; what is not known is left out):
 *
 * - features `"t":ms,"theta":K/A²,"z":…,"cusum":…,"failed":0|1,"cooling":K/A²,"share":…,"modules":[left,of],"derateSec":…,
 *   "meterError":…,"supplyOhm":Ω,"unrest":V,"voltage":[min,max]`
 * - state of health `"t":ms,"model":4,"soh":0…100,"coverage":%,"confidence":%,"by":[{"ind":…,"z":…,"penalty":…,"evidence":…}]`
 *   and, where the contact wears, `"life":{"days":…,"from":…,"to":…}`, and, while a safety event waits for being acknowledged, `"latched":[{"event":…,"t":ms}]`
 * - a station's state of health `"t":ms,"model":4,"soh":0…100,"of":number of EVSEs,"drops":today,"coverage":%,…,"by":[…]` and its own
 *   `latched`; the lowest of its own score and of its EVSEs'
 */
import { EvseAnalysis, isNewFirmware, type SessionResult } from "../../domain/features/evse-analysis.ts";
import type { Life } from "../../domain/features/remaining-life.ts";
import { type SafetyEvent, safetyEvent } from "../../domain/features/safety.ts";
import { type Latched, type StateOfHealth, scoreOf } from "../../domain/features/state-of-health.ts";
import { StationAnalysis } from "../../domain/features/station-analysis.ts";
import { median } from "../../domain/median.ts";
import type { Discretion } from "../../domain/privacy/profiles.ts";
import { AnalysisFile, type AnalysisFileOptions, type NamedState } from "./analysis-file.ts";
import { type RingRecord, readRecord } from "./ring.ts";
import type { Asset } from "./thread-messages.ts";

export interface Analysed {
  /** Pseudonym of the asset. */
  readonly asset: string;
  readonly kind: "feature" | "soh";
  readonly body: string;
}

interface Judgement {
  readonly t: number;
  readonly [figure: string]: unknown;
}

export interface AnalysisOptions extends Pick<AnalysisFileOptions, "log"> {
  readonly emit: (analysed: Analysed) => void;
  /** Number of an asset whose session was far from what is usual there. */
  readonly onOutlier: (asset: number) => void;
  readonly discretion: Discretion;
  /** Undefined: what is learnt stays in memory. */
  readonly file: string | undefined;
  /** Until when an asset's safety events are acknowledged, by pseudonym. */
  readonly acknowledged: Readonly<Record<string, number>>;
}

/** Some five kilobytes each. */
const MAX_ANALYSED = 8192;
/** Robust deviations from the baseline: beyond any session of a healthy contact. */
const OUTLIER_Z = 6;
/** Of indicators, weights and limits together: a reader compares scores of one model only. */
const MODEL = 4;
/** Its extremes are measured values: what is withheld is not told by them. */
const VOLTAGE = { name: "Voltage", location: "Outlet" };
/** The whole station, which has no contact of its own. */
const WHOLE_STATION = 0;

export class Analysis {
  readonly #options: AnalysisOptions;
  readonly #file: AnalysisFile | undefined;
  readonly #assets: (Asset | undefined)[] = [];
  /** By asset number. */
  readonly #analyses = new Map<number, EvseAnalysis | StationAnalysis>();
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
    const event = safetyEvent(channel, value);
    if (evseId === WHOLE_STATION) this.#stations.set(asset.source, asset);
    // Of doubtful quality, too: a wrong clock makes a ground fault no safer.
    if (event !== undefined) this.#latch(asset, event, receivedAt);
    if (quality !== 0) return;
    if (isNewFirmware(channel, value)) this.#relearn(asset.source);
    if (evseId === WHOLE_STATION) this.#observeStation(asset, channel, receivedAt, value);
    else this.#observeEvse(asset, channel, at, value);
  }

  #observeEvse(asset: Asset, channel: number, at: number, value: number): void {
    const analysis = this.#analysis(asset);
    const result = analysis instanceof EvseAnalysis ? analysis.observe(channel, at, value) : undefined;
    if (result !== undefined) this.#tell(asset, at, result);
  }

  #observeStation(asset: Asset, channel: number, receivedAt: number, value: number): void {
    const analysis = this.#analysis(asset);
    const health = analysis instanceof StationAnalysis ? analysis.observe(channel, receivedAt, value) : undefined;
    if (health === undefined) return;
    this.#file?.changed();
    this.#tellHealth(asset, receivedAt, health);
  }

  #analysis(asset: Asset): EvseAnalysis | StationAnalysis | undefined {
    const known = this.#analyses.get(asset.no);
    if (known !== undefined) return known;
    if (this.#analyses.size >= MAX_ANALYSED) {
      this.leftOut += 1;
      return undefined;
    }
    const analysis = this.#begin(asset);
    analysis.acknowledge(this.#options.acknowledged[asset.id] ?? Number.NEGATIVE_INFINITY);
    this.#analyses.set(asset.no, analysis);
    return analysis;
  }

  #begin(asset: Asset): EvseAnalysis | StationAnalysis {
    const state = this.#file?.claim(asset.id);
    // One that is known to be a station from before has a connection in its state.
    const isStation = this.#stations.get(asset.source)?.no === asset.no;
    if (isStation) return new StationAnalysis(state !== undefined && "link" in state ? state : undefined);
    const analysis = new EvseAnalysis(state !== undefined && !("link" in state) ? state : undefined);
    if (this.#relearnt.has(asset.source)) analysis.relearn();
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
    for (const [no, analysis] of this.#analyses) {
      if (analysis instanceof EvseAnalysis && this.#assets[no]?.source === source) analysis.relearn();
    }
  }

  #latch(asset: Asset, event: SafetyEvent, atMs: number): void {
    const health = this.#analysis(asset)?.latch(event, atMs);
    this.#file?.changed();
    if (health !== undefined) this.#tellHealth(asset, atMs, health);
  }

  #tell(asset: Asset, at: number, { isFailed, modules, life, health, ...result }: SessionResult): void {
    this.sessions += 1;
    const { theta, z, cusum, cooling, share, derateSec, meterError, supplySteps, unrest, voltage } = result;
    if (z !== undefined && Math.abs(z) > OUTLIER_Z) this.#options.onOutlier(asset.no);
    this.#file?.changed();
    const { discretion } = this.#options;
    const figures = {
      t: discretion.coarse(at),
      theta: short(theta),
      z: short(z),
      cusum: short(cusum),
      failed: isFailed ? 1 : 0,
    };
    const range = discretion.withholds(VOLTAGE) ? undefined : voltage?.map(short);
    const supplyOhm = supplySteps.length === 0 ? undefined : median(supplySteps);
    const ofSupply = { supplyOhm: short(supplyOhm), unrest: short(unrest), voltage: range };
    const more = { cooling: short(cooling), share: short(share), modules, meterError: short(meterError), ...ofSupply };
    const derated = derateSec > 0 ? { derateSec: short(derateSec) } : {};
    if (discretion.tellsSessions)
      this.#options.emit({ asset: asset.id, kind: "feature", body: members({ ...figures, ...more, ...derated }) });
    this.#tellHealth(asset, at, health, life);
  }

  #tellHealth(asset: Asset, at: number, health: StateOfHealth, life?: Life): void {
    const station = this.#stations.get(asset.source);
    if (station?.no !== asset.no) {
      const figures = { t: at, model: MODEL, soh: short(health.score), ...explained(health), life: rounded(life) };
      this.#emitHealth(asset, { ...figures, ...this.#latchedOf(health.latched) });
    }
    if (station !== undefined) this.#tellStation(station, at);
  }

  /** The weakest EVSE is the station's; one that is silent since the start counts as it was. */
  #tellStation(station: Asset, at: number): void {
    const analysis = this.#analyses.get(station.no);
    const own = analysis?.state;
    const ofEvses = [...this.#analyses]
      .filter(([no]) => no !== station.no && this.#assets[no]?.source === station.source)
      .map(([, { state }]) => state);
    const states = [...ofEvses, ...(this.#file?.unclaimedOf(station.id) ?? [])];
    const soh = Math.min(...[...states, ...(own === undefined ? [] : [own])].map(({ score }) => scoreOf(score)));
    const figures = { t: at, model: MODEL, soh: short(soh), of: states.length };
    const link =
      analysis instanceof StationAnalysis ? { drops: analysis.dropsToday, ...explained(analysis.health) } : {};
    this.#emitHealth(station, { ...figures, ...link, ...this.#latchedOf(own?.score.latched ?? []) });
  }

  #emitHealth(asset: Asset, { t: at, ...figures }: Judgement): void {
    const t = this.#options.discretion.coarse(at);
    this.#options.emit({ asset: asset.id, kind: "soh", body: members({ t, ...figures }) });
  }

  #latchedOf(latched: readonly Latched[]) {
    const { discretion } = this.#options;
    return latched.length === 0 ? {} : { latched: latched.map(([event, at]) => ({ event, t: discretion.coarse(at) })) };
  }
}

/** What a score rests on. */
const explained = ({ coverage, confidence, breakdown }: StateOfHealth) => ({
  coverage: short(coverage),
  confidence: short(confidence),
  by: breakdown.map((entry) => ({ ...entry, z: short(entry.z), penalty: short(entry.penalty) })),
});

/** Whole days are more than a line through two weeks is good for. */
const rounded = (life: Life | undefined) =>
  life && { days: Math.round(life.days), from: Math.round(life.from), to: Math.round(life.to) };

/** Four digits are more than any of these figures is good for. */
const short = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.toPrecision(4));

const members = (value: object): string => JSON.stringify(value).slice(1, -1);
