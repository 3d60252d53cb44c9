/** What the reducers of one channel have in common. They hold a handful of numbers, whatever comes. */

/** Takes a point that is kept. */
export type Keep = (t: number, v: number) => void;

/** Samples come with finite values, each at a later time than the one before. */
export interface Filter {
  push(t: number, v: number): void;
  /** Lets go of the sample held back; the curve goes on from it. */
  flush(): void;
  /** Ends the curve: what comes next has no connection to what was. */
  end(): void;
}

/** Keeps everything. */
export class KeepAll implements Filter {
  readonly #keep: Keep;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  push(t: number, v: number): void {
    this.#keep(t, v);
  }

  flush(): void {}

  end(): void {}
}

/** Keeps nothing: the window's statistics say it all. */
export const KEEP_NONE: Filter = { push: () => undefined, flush: () => undefined, end: () => undefined };
