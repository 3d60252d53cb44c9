/**
 * Turns records into message bodies: metrics are reduced, gather per asset and go together, events go at once.
 *
 *     records ─▶ event?  ── yes ─▶ one body for what happened to a connector at one instant
 *                   └────── no ──▶ the channel's reducer ─▶ the asset's batch ─ due or full ─▶ body
 *
 * Bodies (members of a JSON object; the publisher adds boot id `b` and sequence number `q`):
 *
 * - batch `"t0":ms,"r":ms` and the columns of domain/reduce/batch.ts
 * - event `"t":ms,"r":ms,"e":{"status":"Faulted","errorCode":"GroundFailure"},"c":1,"s":1`: `c` is the connector, `s` marks
 *   a suspect clock or place
 *
 * `t0` and `t` are the station's time; `r` is when the gateway heard of it (of a batch's first sample), to about 100 ms.
 */
import { epochMs } from "../../domain/ids.ts";
import type { Discretion } from "../../domain/privacy/profiles.ts";
import { BatchBody, isBatchDue } from "../../domain/reduce/batch.ts";
import { tidy } from "../../domain/reduce/rounding.ts";
import type { ReduceConfig } from "../../domain/reduce/spec.ts";
import type { ChannelInfo } from "../../domain/telemetry/channels.ts";
import type { Quality } from "../../domain/telemetry/observation.ts";
import type { AliasTable } from "./aliases.ts";
import { ChannelSet } from "./channel-set.ts";
import { type RingRecord, readRecord } from "./ring.ts";
import type { Asset } from "./thread-messages.ts";

export interface Draft {
  /** Pseudonym of the asset. */
  readonly asset: string;
  readonly kind: "metrics" | "event";
  readonly body: string;
  readonly observations: number;
}

export interface BatcherOptions {
  /** Milliseconds an asset's batch gathers. */
  readonly batchMs: number;
  readonly aliases: AliasTable;
  readonly reduce: ReduceConfig;
  readonly discretion: Discretion;
  readonly emit: (draft: Draft) => void;
}

/** A batch is closed early when it has this many points, so that messages stay small enough for any broker. */
const MAX_BATCH = 1024;
/** Points of all batches together; beyond, all are closed. */
const MAX_POINTS = 200_000;
/** Events that end the curves of their station. */
const INTERRUPTIONS: ReadonlySet<string> = new Set(["connection", "bootReason"]);

interface Batch {
  readonly asset: Asset;
  readonly receivedAt: number;
  readonly dueAt: number;
  readonly body: BatchBody;
  /** Samples taken in, kept or not. */
  samples: number;
}

interface Happening {
  readonly asset: Asset;
  readonly at: number;
  readonly receivedAt: number;
  readonly connectorId: number;
  readonly words: Map<string, string>;
  isSuspect: boolean;
}

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #assets: (Asset | undefined)[] = [];
  readonly #batches = new Map<number, Batch>();
  readonly #channels: ChannelSet;
  /** Points that wait in batches. */
  #points = 0;
  /** Of the record being worked on. */
  #now = 0;
  #receivedAt = 0;
  #happening: Happening | undefined;
  /** Samples that wait in batches. */
  pending = 0;
  /** Observations left out: of an unknown asset, or beyond the channel limits. */
  dropped = 0;
  /** Metric samples taken in, and points made of them, since the start. */
  samplesIn = 0;
  pointsOut = 0;
  /** Samples that the reducers left out unseen: no numbers, a time that came twice, too soon after another. */
  leftOut = 0;
  /** Observations that the privacy profile keeps here. */
  withheld = 0;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#channels = new ChannelSet(options.reduce);
  }

  /** Learns assets, or new names of known ones; samples gathered under the old name leave under it. */
  learn(assets: readonly Asset[]): void {
    for (const asset of assets) {
      const known = this.#assets[asset.no];
      if (known !== undefined && known.id !== asset.id) this.#close(asset.no);
      this.#assets[asset.no] = asset;
    }
  }

  /** Pseudonyms of all assets known. */
  get assetIds(): readonly string[] {
    return this.#assets.flatMap((asset) => (asset === undefined ? [] : [asset.id]));
  }

  assetNo(id: string): number | undefined {
    return this.#assets.find((asset) => asset?.id === id)?.no;
  }

  add(records: Float64Array, count: number, now: number): void {
    this.#now = now;
    for (let i = 0; i < count; i += 1) this.#addRecord(readRecord(records, i));
    this.#emitHappening();
  }

  /** Emits the batches whose time has come. */
  flushDue(now: number): void {
    const { batchMs, reduce } = this.#options;
    for (const [no, { dueAt, samples }] of this.#batches) {
      const isDue = reduce.enabled ? isBatchDue(samples, now - dueAt + batchMs, batchMs) : dueAt <= now;
      if (isDue) this.#close(no);
    }
  }

  flushAll(): void {
    for (const no of this.#batches.keys()) this.#close(no);
  }

  #addRecord(record: RingRecord): void {
    const asset = this.#assets[record.asset];
    const { aliases, discretion } = this.#options;
    const info = aliases.describe(record.channel);
    this.#receivedAt = discretion.coarse(record.receivedAt);
    const told = discretion.isExact ? record : { ...record, at: epochMs(discretion.coarse(record.at)) };
    if (asset === undefined || info === undefined) this.dropped += 1;
    else if (discretion.withholds(info)) this.withheld += 1;
    else if (info.kind === "event") this.#addEvent(asset, info, told);
    else this.#addSample(asset, info, told);
  }

  #addSample(asset: Asset, info: ChannelInfo, { channel, connectorId, at, value, quality }: RingRecord): void {
    const alias = this.#options.aliases.alias(channel, connectorId, asset.source);
    if (alias === undefined) {
      this.dropped += 1;
      return;
    }
    const batch = this.#batches.get(asset.no) ?? this.#open(asset, at);
    batch.samples += 1;
    this.pending += 1;
    this.samplesIn += 1;
    const reducer = this.#channels.reducer(asset, alias, info, () => ({
      point: (t, v, q, begins) => this.#addPoint(asset.no, alias, t, v, q, begins),
    }));
    if (reducer === undefined) this.#addPoint(asset.no, alias, at, tidy(value), quality, false);
    else reducer.push(at, value, quality);
    if (batch.body.points >= MAX_BATCH) this.#close(asset.no);
    if (this.#points >= MAX_POINTS) this.flushAll();
  }

  #addPoint(no: number, alias: number, t: number, v: number, quality: Quality, begins: boolean): void {
    const asset = this.#assets[no];
    if (asset === undefined) return;
    const batch = this.#batches.get(no) ?? this.#open(asset, t);
    batch.body.add(alias, t, v, quality, begins);
    this.#points += 1;
    this.pointsOut += 1;
  }

  /** Batches of different assets end at different moments, so that a thousand stations are not one burst. */
  #open(asset: Asset, t0: number): Batch {
    const { batchMs } = this.#options;
    const phase = ((asset.no * GOLDEN) % 1) * batchMs;
    const dueAt = (Math.floor((this.#now - phase) / batchMs) + 1) * batchMs + phase;
    const batch: Batch = { asset, receivedAt: this.#receivedAt, dueAt, body: new BatchBody(t0), samples: 0 };
    this.#batches.set(asset.no, batch);
    return batch;
  }

  #close(no: number): void {
    const batch = this.#batches.get(no);
    if (batch === undefined) return;
    const { body, samples, asset, receivedAt } = batch;
    const points = body.points;
    const counts = new Map<number, number>();
    for (const [alias, reducer] of this.#channels.of(no)) {
      const summary = reducer.close();
      this.leftOut += reducer.left;
      reducer.left = 0;
      if (summary === undefined) continue;
      counts.set(alias, summary.n);
      body.addWindow(alias, summary);
    }
    const left = this.#leaveFewOut(body, counts);
    this.#batches.delete(no);
    this.pending -= samples;
    this.#points -= points;
    // No line leads over what a reader never got.
    for (const [alias, reducer] of this.#channels.of(no)) if (left.has(alias)) reducer.end();
    // Nothing new: the readers hold what they have.
    if (body.isEmpty) return;
    const text = `"t0":${body.t0},"r":${receivedAt},${body.columns}`;
    this.#options.emit({ asset: asset.id, kind: "metrics", body: text, observations: samples });
  }

  /**
   * @param counts samples of the channels that have a reducer; of the others each is a point
   * @returns what has been left out
   */
  #leaveFewOut(body: BatchBody, counts: ReadonlyMap<number, number>): ReadonlySet<number> {
    const { minSamples } = this.#options.discretion;
    const left = new Set<number>();
    if (minSamples <= 1) return left;
    for (const alias of new Set([...counts.keys(), ...body.aliases])) {
      const samples = counts.get(alias) ?? body.pointsOf(alias);
      if (samples >= minSamples) continue;
      left.add(alias);
      this.pointsOut -= body.pointsOf(alias);
      body.leaveOut(alias);
      this.withheld += samples;
    }
    return left;
  }

  #addEvent(asset: Asset, info: ChannelInfo, record: RingRecord): void {
    const word = info.values === undefined ? String(tidy(record.value)) : JSON.stringify(info.values[record.value]);
    if (word === undefined) {
      this.dropped += 1;
      return;
    }
    if (INTERRUPTIONS.has(info.name)) this.#channels.interrupt(asset.source);
    const name = eventName(info);
    const same = this.#happening;
    const isSame =
      same?.asset === asset &&
      same.at === record.at &&
      same.connectorId === record.connectorId &&
      !same.words.has(name);
    if (!isSame) this.#emitHappening();
    const { at, connectorId } = record;
    this.#happening ??= { asset, at, receivedAt: this.#receivedAt, connectorId, words: new Map(), isSuspect: false };
    this.#happening.words.set(name, word);
    if (record.quality !== 0) this.#happening.isSuspect = true;
  }

  #emitHappening(): void {
    const happening = this.#happening;
    if (happening === undefined) return;
    this.#happening = undefined;
    const words = [...happening.words].map(([name, word]) => `${JSON.stringify(name)}:${word}`).join(",");
    const connector = happening.connectorId > 0 ? `,"c":${happening.connectorId}` : "";
    const body = `"t":${happening.at},"r":${happening.receivedAt},"e":{${words}}${connector}${happening.isSuspect ? ',"s":1' : ""}`;
    this.#options.emit({ asset: happening.asset.id, kind: "event", body, observations: happening.words.size });
  }
}

/** Fractional part of the golden ratio: multiples of it spread evenly over [0, 1). */
const GOLDEN = 0.618_033_988_749_895;

/** `TemperatureSensor.Temperature.alert#2/L1`: the name, then the component's instance and the phase where there are any. */
function eventName({ name, instance, phase }: ChannelInfo): string {
  return `${name}${instance > 0 ? `#${instance}` : ""}${phase === "" ? "" : `/${phase}`}`;
}
