/** Bytes that all rings of the dashcam share: a fleet that talks more gets shorter memories, not a larger process. */
export class MemoryBudget {
  readonly #bytes: number;
  used = 0;
  /** Times a ring asked for more and got nothing: it forgets its oldest instead. */
  refused = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(bytes: number): boolean {
    if (this.used + bytes > this.#bytes) {
      this.refused += 1;
      return false;
    }
    this.used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}
