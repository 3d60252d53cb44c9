/**
 * The worker's analysis: records in, at a session's end what it says about the EVSE out. One analysis per asset, of fixed
 * size; beyond {@link MAX_ANALYSED} assets the later ones are not analysed, and their sessions are counted.
 *
 * Bodies (members of a JSON object; the publisher adds boot id `b` and sequence number `q`):
 *
 * - features `"t":ms,"theta":K/A²,"z":…,"cusum":…,"failed":0|1`; `theta` and `z` are left out where the session tells none
 * - state of health `"t":ms,"model":1,"soh":0…100,"coverage":%,"by":[{"ind":…,"z":…,"penalty":…,"evidence":…}]`
 */
import { EvseAnalysis, isNewFirmware, type SessionResult } from "../../domain/features/evse-analysis.ts";
import { type RingRecord, readRecord } from "./ring.ts";
import type { Asset } from "./thread-messages.ts";

export interface Analysed {
  /** Pseudonym of the asset. */
  readonly asset: string;
  readonly kind: "feature" | "soh";
  readonly body: string;
}

/** Some three kilobytes each. */
const MAX_ANALYSED = 8192;
/** Of indicators, weights and limits together: a reader compares scores of one model only. */
const MODEL = 1;
/** The whole station, which has no contact of its own. */
const WHOLE_STATION = 0;

export class Analysis {
  readonly #emit: (analysed: Analysed) => void;
  readonly #assets: (Asset | undefined)[] = [];
  readonly #analyses = new Map<number, EvseAnalysis>();
  /** Sessions judged since the start. */
  sessions = 0;
  /** Observations of assets beyond the limit. */
  leftOut = 0;

  constructor(emit: (analysed: Analysed) => void) {
    this.#emit = emit;
  }

  learn(assets: readonly Asset[]): void {
    for (const asset of assets) this.#assets[asset.no] = asset;
  }

  add(records: Float64Array, count: number): void {
    for (let i = 0; i < count; i += 1) this.#addRecord(readRecord(records, i));
  }

  #addRecord({ asset: no, evseId, channel, at, value, quality }: RingRecord): void {
    const asset = this.#assets[no];
    if (asset === undefined || quality !== 0) return;
    if (isNewFirmware(channel, value)) this.#relearn(asset.source);
    if (evseId === WHOLE_STATION) return;
    const result = this.#analysis(no)?.observe(channel, at, value);
    if (result !== undefined) this.#tell(asset.id, at, result);
  }

  #analysis(no: number): EvseAnalysis | undefined {
    const known = this.#analyses.get(no);
    if (known !== undefined) return known;
    if (this.#analyses.size >= MAX_ANALYSED) {
      this.leftOut += 1;
      return undefined;
    }
    const analysis = new EvseAnalysis();
    this.#analyses.set(no, analysis);
    return analysis;
  }

  #relearn(source: number): void {
    for (const [no, analysis] of this.#analyses) if (this.#assets[no]?.source === source) analysis.relearn();
  }

  #tell(asset: string, at: number, { theta, z, cusum, isFailed, health }: SessionResult): void {
    this.sessions += 1;
    const figures = { t: at, theta: short(theta), z: short(z), cusum: short(cusum), failed: isFailed ? 1 : 0 };
    this.#emit({ asset, kind: "feature", body: members(figures) });
    const by = health.breakdown.map((entry) => ({ ...entry, z: short(entry.z), penalty: short(entry.penalty) }));
    const state = { t: at, model: MODEL, soh: short(health.score), coverage: short(health.coverage), by };
    this.#emit({ asset, kind: "soh", body: members(state) });
  }
}

/** Four digits are more than any of these figures is good for. */
const short = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.toPrecision(4));

const members = (value: object): string => JSON.stringify(value).slice(1, -1);
