/**
 * Digits a kept value needs. A value rounded to a quantum q is up to q/2 off, so the reducer works with ε − q/2 and the sum
 * is ε: a line between two rounded points is nowhere further than q/2 from the line between the points.
 */

/** The quantum of a channel with the bound `eps`: the largest power of ten up to ε/5. 0 where values stay as they are. */
export function quantumFor(eps: number): number {
  return eps > 0 && Number.isFinite(eps) ? 10 ** Math.floor(Math.log10(eps / 5) + 1e-9) : 0;
}

/** `v` to the nearest multiple of `quantum`, without the noise of binary fractions. */
export function roundTo(v: number, quantum: number): number {
  if (quantum === 0) return tidy(v);
  if (quantum >= 1) return Math.round(v / quantum) * quantum;
  const scale = Math.round(1 / quantum);
  return Math.round(v * scale) / scale;
}

/** Twelve digits: unit conversion leaves noise behind the fifteenth (`434.99999999999994`), no meter has that many. */
export const tidy = (v: number): number => (Number.isInteger(v) ? v : Number(v.toPrecision(12)));
