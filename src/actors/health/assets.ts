/**
 * Who is observed: stations get a number, their EVSEs a number and a pseudonym, both when first heard of. Only numbers and
 * pseudonyms leave this file; a station's identity and the pseudonym key stay on the gateway's thread.
 */
import type { StationId } from "../../domain/ids.ts";
import { createPseudonyms } from "../../domain/privacy/pseudonym.ts";
import type { Asset } from "./thread-messages.ts";

/** EVSEs of one station that get a name. */
export const MAX_ASSETS_PER_STATION = 64;
/** Stations in the life of the process that get a number. */
export const MAX_STATIONS = 65_536;

export interface AssetsOptions {
  readonly root: Uint8Array;
  readonly tenant: string;
  /** Calendar year, UTC: the epoch of the pseudonyms. */
  readonly year: number;
}

/** One station in the registry; opaque to the rest. */
export interface Source {
  readonly no: number;
  readonly station: StationId;
  /** Asset numbers by EVSE number. */
  readonly assets: Map<number, number>;
}

export class Assets {
  readonly #options: Omit<AssetsOptions, "year">;
  readonly #sources = new Map<StationId, Source>();
  readonly #owners: { readonly source: Source; readonly evseId: number }[] = [];
  #pseudonyms: ReturnType<typeof createPseudonyms>;
  #year: number;
  #untold: Asset[] = [];

  constructor({ root, tenant, year }: AssetsOptions) {
    this.#options = { root, tenant };
    this.#year = year;
    this.#pseudonyms = createPseudonyms({ root, tenant, epoch: year });
  }

  /** The station's entry, made when there is none; undefined when there are too many. */
  source(station: StationId): Source | undefined {
    const known = this.#sources.get(station);
    if (known !== undefined) return known;
    if (this.#sources.size >= MAX_STATIONS) return undefined;
    const source: Source = { no: this.#sources.size, station, assets: new Map() };
    this.#sources.set(station, source);
    return source;
  }

  /** The station's entry; undefined where nothing was ever observed of it. */
  known(station: StationId): Source | undefined {
    const source = this.#sources.get(station);
    return source === undefined || source.assets.size === 0 ? undefined : source;
  }

  /** Number of the EVSE's asset, given when there is none; −1 when the station has too many. */
  asset(source: Source, evseId: number): number {
    const known = source.assets.get(evseId);
    if (known !== undefined) return known;
    if (source.assets.size >= MAX_ASSETS_PER_STATION) return -1;
    const no = this.#owners.push({ source, evseId }) - 1;
    source.assets.set(evseId, no);
    this.#untold.push(this.#describe(no));
    return no;
  }

  /** Assets that the worker has not been told about, once. */
  takeUntold(): readonly Asset[] {
    const untold = this.#untold;
    this.#untold = [];
    return untold;
  }

  /** Has everything told again: to a new worker, or under new names. */
  tellAll(): void {
    this.#untold = this.#owners.map((_, no) => this.#describe(no));
  }

  /** Gives everyone a new name when the year has changed. */
  renew(year: number): void {
    if (year === this.#year) return;
    this.#year = year;
    this.#pseudonyms = createPseudonyms({ ...this.#options, epoch: year });
    this.tellAll();
  }

  /** Whose asset it is; undefined where there is none of this number. */
  owner(no: number): { readonly station: StationId; readonly evseId: number } | undefined {
    const owner = this.#owners[no];
    return owner && { station: owner.source.station, evseId: owner.evseId };
  }

  #describe(no: number): Asset {
    const owner = this.#owners[no];
    if (owner === undefined) throw new RangeError("no such asset");
    return { no, id: this.#pseudonyms(owner.source.station, owner.evseId), source: owner.source.no };
  }
}
