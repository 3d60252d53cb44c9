/**
 * What a CSMS has set about a station's link, on disk: one note for each station, whatever version it speaks, so that a station which comes
 * back with another one is not let down to a lower profile.
 */
import type { StationId } from "../../domain/ids.ts";
import type { LinkTarget, Slots } from "../../domain/security/network-slots.ts";
import type { SpoolStorage } from "../../ports.ts";

export interface KeptLink {
  /** Undefined: what the configuration says. */
  readonly target?: LinkTarget | undefined;
  /** The target is on trial; this is where the link goes when it fails. */
  readonly back?: LinkTarget | undefined;
  /** Tried when the station comes back from its reboot. */
  readonly next?: LinkTarget | undefined;
  readonly organisation?: string | undefined;
  readonly slots?: Slots | undefined;
  readonly priority?: readonly number[] | undefined;
}

const NOTHING: KeptLink = Object.freeze({});
const FORMAT = 1;

export class LinkStore {
  /** Undefined: nothing can be kept, so nothing can be set. */
  readonly #storage: SpoolStorage | undefined;
  readonly #known = new Map<StationId, KeptLink>();

  constructor(storage: SpoolStorage | undefined) {
    this.#storage = storage;
  }

  of(station: StationId): KeptLink {
    let kept = this.#known.get(station);
    if (kept === undefined) {
      kept = this.#load(station);
      this.#known.set(station, kept);
    }
    return kept;
  }

  /** Resolves with true once it is on disk; with false the state before holds. */
  change(station: StationId, change: Partial<KeptLink>): Promise<boolean> {
    const storage = this.#storage;
    if (storage === undefined) return Promise.resolve(false);
    const before = this.of(station);
    const after = { ...before, ...change };
    this.#known.set(station, after);
    storage.put("notes", placeOf(station), JSON.stringify({ format: FORMAT, ...after }));
    return new Promise((resolve) => {
      storage.whenFlushed((error) => {
        if (error !== undefined && this.#known.get(station) === after) this.#known.set(station, before);
        resolve(error === undefined);
      });
    });
  }

  #load(station: StationId): KeptLink {
    const text = this.#storage?.get("notes", placeOf(station))?.toString("utf8");
    if (text === undefined) return NOTHING;
    const { format, ...kept } = JSON.parse(text) as KeptLink & { readonly format: number };
    return format === FORMAT ? kept : NOTHING;
  }
}

const placeOf = (station: StationId): string => `link/${encodeURIComponent(station)}`;
