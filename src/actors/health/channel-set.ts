/**
 * The reducers of all channels of all assets: made when a channel is first heard of, bounded in number. What is beyond the
 * bound is kept sample by sample: bytes are the cheaper thing to run out of.
 */
import { ChannelReducer, type PointSink } from "../../domain/reduce/channel-reducer.ts";
import { type ReduceConfig, type ReducerSpec, reducerOf } from "../../domain/reduce/spec.ts";
import type { ChannelInfo } from "../../domain/telemetry/channels.ts";
import type { Asset } from "./thread-messages.ts";

/** Of about 400 bytes each. */
const MAX_REDUCERS = 200_000;

export class ChannelSet {
  readonly #config: ReduceConfig;
  readonly #limit: number;
  readonly #specs = new Map<string, ReducerSpec>();
  /** By asset, by alias. */
  readonly #reducers = new Map<number, Map<number, ChannelReducer>>();
  /** Assets with reducers, by source. */
  readonly #ofSource = new Map<number, Set<number>>();
  #size = 0;

  constructor(config: ReduceConfig, limit = MAX_REDUCERS) {
    this.#config = config;
    this.#limit = limit;
  }

  /** The channel's reducer; undefined beyond the limit. `sink` is asked for when one is made. */
  reducer(asset: Asset, alias: number, info: ChannelInfo, sink: () => PointSink): ChannelReducer | undefined {
    const known = this.#reducers.get(asset.no)?.get(alias);
    if (known !== undefined || this.#size >= this.#limit) return known;
    const fresh = new ChannelReducer(this.#spec(info), this.#config.losslessFromMs, sink());
    const mine = this.#reducers.get(asset.no) ?? new Map<number, ChannelReducer>();
    this.#reducers.set(asset.no, mine.set(alias, fresh));
    this.#ofSource.set(asset.source, (this.#ofSource.get(asset.source) ?? new Set()).add(asset.no));
    this.#size += 1;
    return fresh;
  }

  /** Reducers of an asset, by alias. */
  of(asset: number): Iterable<readonly [alias: number, reducer: ChannelReducer]> {
    return this.#reducers.get(asset) ?? [];
  }

  /** Nothing leads over what happened to a whole station: it booted, or its connection was lost. */
  interrupt(source: number): void {
    for (const asset of this.#ofSource.get(source) ?? []) for (const [, reducer] of this.of(asset)) reducer.end();
  }

  /** Channels of one kind share a spec. */
  #spec(info: ChannelInfo): ReducerSpec {
    const key = `${info.name} ${info.unit}`;
    const known = this.#specs.get(key);
    if (known !== undefined) return known;
    const spec = reducerOf(info, this.#config);
    this.#specs.set(key, spec);
    return spec;
  }
}
