/**
 * What the analysis has learnt, over restarts of the worker and of the gateway.
 *
 *     twinlane-analysis 3 {SHA-256 of the rest}⏎ [[pseudonym, state, station's pseudonym], …]
 *
 * The file is replaced as a whole, at most once in {@link SAVE_EVERY_MS} and only when a session has been judged since. One
 * that is damaged, or of another version, is not guessed at: learning begins anew, counted and logged.
 *
 * States that nobody has asked for since the start are kept with the others: a station that stays away over two restarts has
 * not lost its baseline.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { EvseState } from "../../domain/features/evse-analysis.ts";
import type { StationState } from "../../domain/features/station-analysis.ts";
import { writeDurably } from "../durable-file.ts";
import type { LogLevel } from "./thread-messages.ts";

export interface AnalysisFileOptions {
  readonly file: string;
  readonly log: (level: LogLevel, fields: { readonly [field: string]: string | number }, message: string) => void;
  /** Of all states in the file. */
  readonly maxAssets: number;
}

/** A station as a whole has another state than an EVSE; which one it is, its asset tells. */
export type AssetState = EvseState | StationState;

/** `station` is the pseudonym of the station as a whole, empty where it has none. */
export type NamedState = readonly [asset: string, state: AssetState, station: string];

const FORMAT = "twinlane-analysis 3";
export const SAVE_EVERY_MS = 60_000;
/** Twice what the most EVSEs can need: nothing larger is of ours. */
const MAX_BYTES = 80 * 1024 * 1024;

export class AnalysisFile {
  readonly #options: AnalysisFileOptions;
  readonly #unclaimed: Map<string, NamedState>;
  #isChanged = false;
  #isFailing = false;
  #dueAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  /** Cold starts because of a damaged file, and writes that failed. */
  failures = 0;

  constructor(options: AnalysisFileOptions) {
    this.#options = options;
    this.#unclaimed = new Map(this.#read().map((named) => [named[0], named]));
  }

  /** The state of an asset from before the start, once. */
  claim(asset: string): AssetState | undefined {
    const named = this.#unclaimed.get(asset);
    this.#unclaimed.delete(asset);
    return named?.[1];
  }

  has(asset: string): boolean {
    return this.#unclaimed.has(asset);
  }

  /** States of a station that nobody has claimed: EVSEs not heard of since the start. */
  unclaimedOf(station: string): readonly AssetState[] {
    return [...this.#unclaimed.values()].filter((named) => named[2] === station).map(([, state]) => state);
  }

  changed(): void {
    this.#isChanged = true;
  }

  /** @param states of all assets that have claimed theirs, or never had one */
  saveDue(now: number, states: () => readonly NamedState[]): void {
    if (!this.#isChanged || this.#writing !== undefined || now < this.#dueAt) return;
    this.#dueAt = now + SAVE_EVERY_MS;
    this.#writing = this.#save(states()).finally(() => {
      this.#writing = undefined;
    });
  }

  async close(states: () => readonly NamedState[]): Promise<void> {
    await this.#writing;
    if (this.#isChanged) await this.#save(states());
  }

  /** Never rejects: the lane goes on without its file. */
  async #save(states: readonly NamedState[]): Promise<void> {
    this.#isChanged = false;
    const all = [...states, ...this.#unclaimed.values()].slice(0, this.#options.maxAssets);
    const body = JSON.stringify(all);
    try {
      await writeDurably(this.#options.file, `${FORMAT} ${digest(body)}\n${body}`);
      this.#isFailing = false;
    } catch (error) {
      this.#isChanged = true;
      this.#writeFailed(error);
    }
  }

  #writeFailed(error: unknown): void {
    this.failures += 1;
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#options.log("error", { code: "ERR_STORE", reason: reasonOf(error) }, "health analysis cannot be written");
  }

  #read(): readonly NamedState[] {
    const { file, log } = this.#options;
    try {
      if (statSync(file).size > MAX_BYTES) throw new Error("too large");
      return decode(readFileSync(file, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      this.failures += 1;
      log("error", { code: "ERR_STORE", reason: reasonOf(error) }, "health analysis unreadable, learns anew");
      return [];
    }
  }
}

/** The digest vouches for the shape: under this version nothing else was ever written. */
function decode(text: string): readonly NamedState[] {
  const end = text.indexOf("\n");
  const body = text.slice(end + 1);
  if (text.slice(0, end) !== `${FORMAT} ${digest(body)}`) throw new Error("damaged, or of another version");
  return JSON.parse(body) as readonly NamedState[];
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Without the path: a log line is no place for the layout of a disk. */
const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : "unknown");
