/**
 * Where the authorisation store keeps its records: texts under text keys.
 *
 * Writes may be grouped and take effect a moment later, in order: `get` and `keys` need not see those of the last moments, and a
 * crash may lose them from the end.
 */
export interface TextTable {
  get(key: string): string | undefined;
  put(key: string, value: string): void;
  remove(key: string): void;
  /** Keys that begin with `prefix`. The caller may write and remove while it walks. */
  keys(prefix: string): Iterable<string>;
}
