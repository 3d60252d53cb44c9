/**
 * Where the state of the translations is kept: among the notes of the spool's store, in the commits of the messages it belongs to. Each
 * slice is an entry of its own, written when it has changed.
 *
 *     translate/<version>/<station>/tx, commands, … kept, waiting, alarms
 *
 * What cannot be read is a cold start of that slice, counted and logged; the others are kept.
 */
import type { StationId } from "../../domain/ids.ts";
import { spoolPrefix } from "../../domain/spool/record.ts";
import type { TranslationState } from "../../domain/translate/contract.ts";
import type { Durable } from "../../domain/translate/engine-types.ts";
import type { Notes } from "../spool/sealed-notes.ts";

/** A change of the shape of any slice takes a new number; what was written under another is not read. */
const FORMAT = 1;

type Slices = Omit<TranslationState, "v"> & Omit<Durable, "state">;

/** How long effects of a change have to wait for it. */
export type Wait = "none" | "committed" | "flushed";

export class TranslationStore {
  readonly #storage: Notes;
  readonly #prefix: string;
  readonly #onFailure: (error: unknown) => void;
  #saved: Partial<Slices> = {};

  /** @param onFailure a write was not taken: what it held is written again with the next change */
  constructor(storage: Notes, station: StationId, onFailure: (error: unknown) => void) {
    this.#storage = storage;
    this.#prefix = `translate/${spoolPrefix(station, "ocpp1.6")}`;
    this.#onFailure = onFailure;
  }

  /** What was kept, laid over what a station begins with. `onBad` is told of each slice that cannot be read. */
  load(initial: Durable, onBad: (slice: string, reason: string) => void): Durable {
    const slices: Record<string, unknown> = { ...slicesOf(initial) };
    for (const name of Object.keys(slices)) {
      const value = this.#storage.get("notes", this.#prefix + name);
      if (value === undefined) continue;
      try {
        const { format, slice } = JSON.parse(value.toString("utf8")) as { format: unknown; slice: unknown };
        if (format === FORMAT && typeof slice === "object" && slice !== null) slices[name] = slice;
        else onBad(name, `written by format ${String(format)}`);
      } catch {
        onBad(name, "not JSON");
      }
    }
    const loaded = slices as unknown as Slices;
    this.#saved = loaded;
    const { kept, waiting, alarms, ...state } = loaded;
    return { state: { v: 1, ...state }, kept, waiting, alarms };
  }

  /** Writes what has changed. */
  save(durable: Durable): Wait {
    const slices = slicesOf(durable);
    const before = this.#saved;
    let wait: Wait = "none";
    for (const name of Object.keys(slices) as (keyof Slices)[]) {
      if (slices[name] === before[name]) continue;
      this.#storage.put("notes", this.#prefix + name, JSON.stringify({ format: FORMAT, slice: slices[name] }));
      if (!LAZY.has(name)) wait = "committed";
    }
    this.#saved = slices;
    // Names that were given must not be given again, not even after a loss of power.
    return wait !== "none" && slices.tx.highestTx16 !== before.tx?.highestTx16 ? "flushed" : wait;
  }

  /** Calls back when all that was saved so far survives the end of the process, or of power; also when it was not taken. */
  when(wait: Exclude<Wait, "none">, done: () => void): void {
    const told = (error: unknown) => {
      if (error !== undefined) {
        this.#saved = {};
        this.#onFailure(error);
      }
      done();
    };
    if (wait === "flushed") this.#storage.whenFlushed(told);
    else this.#storage.whenCommitted(told);
  }
}

/** Nothing that leaves depends on them: after a crash they are a little older, and nobody was told otherwise. */
const LAZY: ReadonlySet<keyof Slices> = new Set(["waiting", "alarms"]);

function slicesOf({ state, kept, waiting, alarms }: Durable): Slices {
  const { tx, capabilities, commands, device, charging } = state;
  return { tx, capabilities, commands, device, charging, kept, waiting, alarms };
}
