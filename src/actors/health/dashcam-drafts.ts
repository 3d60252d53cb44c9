/**
 * Scenes whose end has not come, on disk as far as they have come: one file for each EVSE, replaced as a whole now and then. A gateway that is
 * killed in the minute after a fault finds it at its next start.
 *
 * Bounded: where many fail at once, the first few are written down; the others would be lost, as they are without this.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { removeDurably, writeDurably } from "../durable-file.ts";

const SUFFIX = ".open";
const NAME = new RegExp(`^([a-z2-7]{1,64})\\${SUFFIX}$`);
/** Scenes at a time. */
const MAX_DRAFTS = 32;

export interface FoundDraft {
  /** Pseudonym. */
  readonly asset: string;
  readonly text: string;
}

export class DashcamDrafts {
  readonly #directory: string;
  readonly #onFailure: (error: unknown) => void;
  /** When each was written last. */
  readonly #writtenAt = new Map<string, number>();
  #working: Promise<void> = Promise.resolve();

  constructor(directory: string, onFailure: (error: unknown) => void) {
    this.#directory = directory;
    this.#onFailure = onFailure;
  }

  /** What an earlier life has left, once; the files stay until {@link done}. */
  find(): readonly FoundDraft[] {
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      return readdirSync(this.#directory).flatMap((name) => {
        const asset = NAME.exec(name)?.[1];
        return asset === undefined ? [] : [{ asset, text: readFileSync(join(this.#directory, name), "utf8") }];
      });
    } catch (error) {
      this.#onFailure(error);
      return [];
    }
  }

  /** True where there is none and there is room for one, and where the last is so old. */
  isDue(asset: string, now: number, everyMs: number): boolean {
    const at = this.#writtenAt.get(asset);
    return at === undefined ? this.#writtenAt.size < MAX_DRAFTS : now - at >= everyMs;
  }

  /** Never rejects. */
  keep({ asset, text }: FoundDraft, now: number): void {
    this.#writtenAt.set(asset, now);
    this.#after(() => writeDurably(this.#fileOf(asset), text));
  }

  /** The scene is sealed, or never will be, once `sealed` is over. */
  done(asset: string, sealed: Promise<void>): void {
    if (!this.#writtenAt.delete(asset)) return;
    this.#after(async () => {
      await sealed;
      await removeDurably(this.#fileOf(asset));
    });
  }

  /** One that was found is no more. */
  forget(asset: string, sealed: Promise<void>): void {
    this.#writtenAt.set(asset, 0);
    this.done(asset, sealed);
  }

  close(): Promise<void> {
    return this.#working;
  }

  #after(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch(this.#onFailure);
  }

  #fileOf(asset: string): string {
    return join(this.#directory, `${asset}${SUFFIX}`);
  }
}
