/**
 * Short names of channels on the wire. An alias is a number of this boot; the birth message says what it stands for, and
 * goes out before the first batch that uses it.
 *
 * Bounded, per station and in all: a station that invents channels uses up its own allowance, not that of the others.
 */
import { type ReduceConfig, reducerBirth, reducerOf } from "../../domain/reduce/spec.ts";
import { type ChannelInfo, describeChannel } from "../../domain/telemetry/channels.ts";
import type { ChannelNo } from "../../domain/telemetry/observation.ts";

export interface AliasLimits {
  readonly total: number;
  readonly perSource: number;
}

export const ALIAS_LIMITS: AliasLimits = { total: 4096, perSource: 256 };

export class AliasTable {
  readonly #limits: AliasLimits;
  readonly #reduce: ReduceConfig;
  readonly #aliases = new Map<number, number>();
  readonly #ofSource = new Map<number, Set<number>>();
  readonly #infos = new Map<ChannelNo, ChannelInfo | undefined>();
  readonly #entries: string[] = [];

  constructor(reduce: ReduceConfig, limits: AliasLimits = ALIAS_LIMITS) {
    this.#reduce = reduce;
    this.#limits = limits;
  }

  /** Aliases given so far. */
  get size(): number {
    return this.#aliases.size;
  }

  /** Members of the birth message's `channels` object. */
  get entries(): string {
    return this.#entries.join(",");
  }

  /** The channel in words, from the closed table; undefined for a number that is no channel. */
  describe(channel: ChannelNo): ChannelInfo | undefined {
    if (this.#infos.has(channel)) return this.#infos.get(channel);
    const info = describeChannel(channel);
    if (this.#infos.size < this.#limits.total) this.#infos.set(channel, info);
    return info;
  }

  /** The alias of a channel at a connector, or undefined where the limit for the source or for all is reached. */
  alias(channel: ChannelNo, connectorId: number, source: number): number | undefined {
    const key = channel * 16 + connectorId;
    const mine = this.#channelsOf(source);
    const known = this.#aliases.get(key);
    if (known !== undefined && mine.has(key)) return known;
    if (mine.size >= this.#limits.perSource) return undefined;
    const alias = known ?? this.#create(key, channel, connectorId);
    if (alias !== undefined) mine.add(key);
    return alias;
  }

  #channelsOf(source: number): Set<number> {
    const known = this.#ofSource.get(source);
    if (known !== undefined) return known;
    const fresh = new Set<number>();
    this.#ofSource.set(source, fresh);
    return fresh;
  }

  #create(key: number, channel: ChannelNo, connectorId: number): number | undefined {
    const info = this.describe(channel);
    if (info === undefined || this.#aliases.size >= this.#limits.total) return undefined;
    const alias = this.#aliases.size;
    this.#aliases.set(key, alias);
    this.#entries.push(`"${alias}":${JSON.stringify(this.#birthEntry(info, connectorId))}`);
    return alias;
  }

  /** What a reader has to know of a channel; what does not apply is left out. */
  #birthEntry(info: ChannelInfo, connectorId: number): object {
    const { name, unit, phase, location, instance } = info;
    return {
      name,
      unit,
      ...(phase !== "" && { phase }),
      ...(location !== "" && { location }),
      ...(instance > 0 && { instance }),
      ...(connectorId > 0 && { connector: connectorId }),
      reducer: reducerBirth(reducerOf(info, this.#reduce)),
    };
  }
}
