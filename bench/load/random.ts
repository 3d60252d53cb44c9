/** Seeded randomness (mulberry32), so that two subjects of one round get the same arrivals in the same order. */
export type RandomSource = () => number;

/** Uniform numbers in [0, 1). */
export function seeded(seed: number): RandomSource {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
