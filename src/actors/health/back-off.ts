/**
 * The wait after a failure: full jitter above the minimum, so that gateways do not come back together after a server's restart.
 *
 * @param attempts failures in a row, from 1
 * @param random uniform in [0, 1)
 */
export function backOffMs([min, max]: readonly [min: number, max: number], attempts: number, random: number): number {
  const ceiling = Math.min(max, min * 2 ** Math.min(Math.max(0, attempts - 1), 20));
  return min + random * (ceiling - min);
}
