/** Bytes that all rings of the dashcam share: a fleet that talks more gets shorter memories, not a larger process. */
export class MemoryBudget {
  readonly #bytes: number;
  used = 0;
  /** Rows that rings have pushed out before their time, because they or the budget were full. */
  forgotten = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(bytes: number): boolean {
    if (this.used + bytes > this.#bytes) return false;
    this.used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}
