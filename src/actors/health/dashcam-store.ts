/**
 * Sealed scenes on disk, one file each, numbered in the order in which they were sealed. Bounded in number and in bytes: the oldest go, counted.
 * A disk that takes nothing costs the scene its file, and nothing else.
 */
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openScene, SCENE_SUFFIX } from "../../domain/dashcam/scene-file.ts";
import { writeDurably } from "../durable-file.ts";
import type { LogLevel } from "./thread-messages.ts";

export interface DashcamStoreOptions {
  readonly directory: string;
  readonly maxScenes: number;
  readonly maxBytes: number;
  readonly log: (level: LogLevel, fields: { readonly [field: string]: string | number }, message: string) => void;
}

interface Stored {
  readonly name: string;
  readonly bytes: number;
}

const DIGITS = 8;
const NAME = new RegExp(`^\\d{${DIGITS}}-[\\w-]{1,64}\\${SCENE_SUFFIX}$`);

export class DashcamStore {
  readonly #options: DashcamStoreOptions;
  readonly #stored: Stored[];
  #lastNo: number;
  #bytes: number;
  #isFailing = false;
  #working: Promise<void> = Promise.resolve();
  /** Scenes that newer ones pushed out. */
  dropped = 0;
  /** Writes, reads and removals that failed. */
  failures = 0;

  constructor(options: DashcamStoreOptions) {
    this.#options = options;
    this.#stored = this.#find();
    this.#lastNo = Number(this.#stored.at(-1)?.name.slice(0, DIGITS) ?? 0);
    this.#bytes = this.#stored.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get scenes(): number {
    return this.#stored.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Head of the scene sealed last; null where there is none that is whole. */
  lastHead(): string | null {
    const last = this.#stored.at(-1);
    if (last === undefined) return null;
    try {
      const opened = openScene(readFileSync(join(this.#options.directory, last.name), "utf8"));
      return opened.ok ? opened.value.head : null;
    } catch (error) {
      this.failed(error);
      return null;
    }
  }

  /** Never rejects; done when the scene is on disk, or will never be. */
  keep(id: string, text: string): Promise<void> {
    this.#lastNo += 1;
    const name = `${String(this.#lastNo).padStart(DIGITS, "0")}-${id}${SCENE_SUFFIX}`;
    this.#working = this.#working.then(() => this.#write(name, text));
    return this.#working;
  }

  close(): Promise<void> {
    return this.#working;
  }

  async #write(name: string, text: string): Promise<void> {
    try {
      await writeDurably(join(this.#options.directory, name), text);
      this.#stored.push({ name, bytes: text.length });
      this.#bytes += text.length;
      this.#isFailing = false;
      await this.#makeRoom();
    } catch (error) {
      this.failed(error);
    }
  }

  async #makeRoom(): Promise<void> {
    const { directory, maxScenes, maxBytes } = this.#options;
    while (this.#stored.length > 1 && (this.#stored.length > maxScenes || this.#bytes > maxBytes)) {
      const oldest = this.#stored.shift();
      if (oldest === undefined) return;
      this.#bytes -= oldest.bytes;
      this.dropped += 1;
      await rm(join(directory, oldest.name), { force: true });
    }
  }

  #find(): Stored[] {
    const { directory } = this.#options;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const names = readdirSync(directory).filter((name) => NAME.test(name));
      return names.sort().map((name) => ({ name, bytes: statSync(join(directory, name)).size }));
    } catch (error) {
      this.failed(error);
      return [];
    }
  }

  /** Counts, and tells the first of a row. */
  failed(error: unknown): void {
    this.failures += 1;
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    this.#options.log("error", { code: "ERR_STORE", reason }, "dashcam store");
  }
}
