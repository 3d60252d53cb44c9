/**
 * Which text each of the latest message ids had, as two small numbers a place: a table without chains, so that a look costs the
 * same whatever the peer sends. Two ids that fall on one place forget each other; two texts of one length that agree in every
 * character looked at are taken for one. It finds ids that are used again, not every single one.
 */

import { digestOf } from "./digest.ts";

/** A power of two. */
const PLACES = 128;
/** Characters of the text that a digest looks at. */
const SAMPLES = 24;

export class CallIds {
  /** For each place the digest of its id, then that of its text. */
  readonly #places = new Int32Array(PLACES * 2);

  /** True when the id was used for another text lately. */
  isReused(id: string, text: string): boolean {
    // 0 is an empty place.
    const digest = digestOf(id) || 1;
    const place = (digest & (PLACES - 1)) * 2;
    const content = digestOf(text, Math.max(1, Math.floor(text.length / SAMPLES)));
    const known = this.#places[place] === digest;
    if (known && this.#places[place + 1] !== content) return true;
    this.#places[place] = digest;
    this.#places[place + 1] = content;
    return false;
  }
}
