/**
 * Repeatable randomness for the simulator: the same seed gives the same fleet, the same sessions and the same message ids.
 * Not for keys or secrets.
 */
import type { Random } from "../ports.ts";

export interface SeededRandom extends Random {
  /** Uniform in [min, max). */
  between(min: number, max: number): number;
  /** Uniform integer, both ends included. */
  integer(min: number, max: number): number;
  /** True with probability `p`. Draws even when `p` is 0, so that switching faults off does not shift later draws. */
  chance(p: number): boolean;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly [T, ...T[]]): T;
  pick<T>(list: readonly T[]): T | undefined;
  /** An independent stream: draws from it do not change what this one draws next. */
  fork(name: string): SeededRandom;
}

/** A generator for `seed`; numbers and texts are equally good seeds. */
export function createRandom(seed: number | string): SeededRandom {
  const name = String(seed);
  const draw = sfc32(name);
  const integer = (min: number, max: number): number => min + Math.floor(draw() * (max - min + 1));
  return {
    next: draw,
    between: (min, max) => min + draw() * (max - min),
    integer,
    chance: (p) => draw() < p,
    pick: <T>(list: readonly T[]) => list[integer(0, list.length - 1)] as T,
    fork: (child) => createRandom(`${name}/${child}`),
    uuid: () => uuid4(integer),
  };
}

function uuid4(integer: (min: number, max: number) => number): string {
  const hex = (digits: number): string =>
    integer(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, "0");
  const variant = (8 + integer(0, 3)).toString(16);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`;
}

/** Chris Doty-Humphrey's Small Fast Counter over four words hashed from the name; passes PractRand, four lines long. */
function sfc32(name: string): () => number {
  let [a, b, c, counter] = [hash(name, 1), hash(name, 2), hash(name, 3), 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i += 1) next();
  return next;
}

/** FNV-1a with the salt mixed in first. */
function hash(text: string, salt: number): number {
  let h = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}
