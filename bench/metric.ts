/** Value of a metric in Prometheus's text format, added up over its labels; 0 when there is none of that name. */
export function metricOf(text: string, name: string): number {
  const values = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}
