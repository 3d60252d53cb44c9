/**
 * Turns records into message bodies: metrics gather per asset and go together, events go at once.
 *
 *     records ─▶ event?  ── yes ─▶ one body for what happened to a connector at one instant
 *                   └────── no ──▶ the asset's batch ─ due or full ─▶ body
 *
 * Bodies (members of a JSON object; the publisher adds boot id `b` and sequence number `q`):
 *
 * - batch `"t0":ms,"r":ms,"m":{"<alias>":[dt,v,dt,v…]},"s":{"<alias>":[i…]}`: milliseconds after `t0` and value, in turn;
 *   `s` lists which samples (by number) are suspect, and is left out when none is
 * - event `"t":ms,"r":ms,"e":{"status":"Faulted","errorCode":"GroundFailure"},"c":1,"s":1`: `c` is the connector, `s` marks
 *   a suspect clock or place
 *
 * `t0` and `t` are the station's time; `r` is when the gateway heard of it (of a batch's first sample), to about 100 ms.
 */
import type { ChannelInfo } from "../../domain/telemetry/channels.ts";
import type { AliasTable } from "./aliases.ts";
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
  readonly emit: (draft: Draft) => void;
}

/** A batch is closed early when it has this many samples, so that messages stay small enough for any broker. */
const MAX_BATCH = 1024;
/** Samples of all batches together; beyond, all are closed. */
const MAX_PENDING = 200_000;

interface Batch {
  readonly asset: Asset;
  readonly t0: number;
  readonly receivedAt: number;
  readonly dueAt: number;
  /** Alternating offset and value by alias. */
  readonly series: Map<number, number[]>;
  readonly suspects: Map<number, number[]>;
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
  #happening: Happening | undefined;
  /** Samples that wait in batches. */
  pending = 0;
  /** Observations left out: of an unknown asset, or beyond the channel limits. */
  dropped = 0;

  constructor(options: BatcherOptions) {
    this.#options = options;
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

  add(records: Float64Array, count: number, now: number): void {
    for (let i = 0; i < count; i += 1) this.#addRecord(readRecord(records, i), now);
    this.#emitHappening();
  }

  /** Emits the batches whose time has come. */
  flushDue(now: number): void {
    for (const [no, { dueAt }] of this.#batches) if (dueAt <= now) this.#close(no);
  }

  flushAll(): void {
    for (const no of this.#batches.keys()) this.#close(no);
  }

  #addRecord(record: RingRecord, now: number): void {
    const asset = this.#assets[record.asset];
    const info = this.#options.aliases.describe(record.channel);
    if (asset === undefined || info === undefined) this.dropped += 1;
    else if (info.kind === "event") this.#addEvent(asset, info, record);
    else this.#addSample(asset, record, now);
  }

  #addSample(asset: Asset, record: RingRecord, now: number): void {
    const alias = this.#options.aliases.alias(record.channel, record.connectorId, asset.source);
    if (alias === undefined) {
      this.dropped += 1;
      return;
    }
    const batch = this.#batches.get(asset.no) ?? this.#open(asset, record, now);
    const series = seriesOf(batch.series, alias);
    if (record.quality !== 0) seriesOf(batch.suspects, alias).push(series.length >> 1);
    series.push(record.at - batch.t0, rounded(record.value));
    batch.samples += 1;
    this.pending += 1;
    if (batch.samples >= MAX_BATCH) this.#close(asset.no);
    if (this.pending >= MAX_PENDING) this.flushAll();
  }

  /** Batches of different assets end at different moments, so that a thousand stations are not one burst. */
  #open(asset: Asset, { at, receivedAt }: RingRecord, now: number): Batch {
    const { batchMs } = this.#options;
    const phase = ((asset.no * GOLDEN) % 1) * batchMs;
    const dueAt = (Math.floor((now - phase) / batchMs) + 1) * batchMs + phase;
    const batch: Batch = { asset, t0: at, receivedAt, dueAt, series: new Map(), suspects: new Map(), samples: 0 };
    this.#batches.set(asset.no, batch);
    return batch;
  }

  #close(no: number): void {
    const batch = this.#batches.get(no);
    if (batch === undefined) return;
    this.#batches.delete(no);
    this.pending -= batch.samples;
    const suspects = batch.suspects.size === 0 ? "" : `,"s":${seriesJson(batch.suspects)}`;
    const body = `"t0":${batch.t0},"r":${batch.receivedAt},"m":${seriesJson(batch.series)}${suspects}`;
    this.#options.emit({ asset: batch.asset.id, kind: "metrics", body, observations: batch.samples });
  }

  #addEvent(asset: Asset, info: ChannelInfo, record: RingRecord): void {
    const word = info.values === undefined ? String(rounded(record.value)) : JSON.stringify(info.values[record.value]);
    if (word === undefined) {
      this.dropped += 1;
      return;
    }
    const name = eventName(info);
    const same = this.#happening;
    const isSame =
      same?.asset === asset &&
      same.at === record.at &&
      same.connectorId === record.connectorId &&
      !same.words.has(name);
    if (!isSame) this.#emitHappening();
    const { at, receivedAt, connectorId } = record;
    this.#happening ??= { asset, at, receivedAt, connectorId, words: new Map(), isSuspect: false };
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

function seriesOf(map: Map<number, number[]>, alias: number): number[] {
  const known = map.get(alias);
  if (known !== undefined) return known;
  const fresh: number[] = [];
  map.set(alias, fresh);
  return fresh;
}

const seriesJson = (map: Map<number, number[]>): string =>
  `{${Array.from(map, ([alias, numbers]) => `"${alias}":[${numbers.join(",")}]`).join(",")}}`;

/** Twelve digits: unit conversion leaves noise behind the fifteenth (`434.99999999999994`), no meter has that many. */
const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(12)));

/** `TemperatureSensor.Temperature.alert#2/L1`: the name, then the component's instance and the phase where there are any. */
function eventName({ name, instance, phase }: ChannelInfo): string {
  return `${name}${instance > 0 ? `#${instance}` : ""}${phase === "" ? "" : `/${phase}`}`;
}
