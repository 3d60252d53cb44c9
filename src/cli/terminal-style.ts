/** Text for a terminal: colours that can be off, columns, units. No library; a table is all that is drawn. */

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;
export type Tint = keyof typeof CODES;

/** Wraps text in a colour, or leaves it as it is where colours are off. */
export type Paint = (tint: Tint, text: string) => string;

export function painter(colours: boolean): Paint {
  return (tint, text) => (colours ? `\u001b[${CODES[tint]}m${text}\u001b[0m` : text);
}

/** Whether to colour: a terminal, no NO_COLOR, no --no-color. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  option: boolean,
  noColor: string | undefined,
): boolean {
  return option && stream.isTTY === true && (noColor ?? "") === "";
}

/** Exactly `width` columns: cut with an ellipsis or filled with spaces. */
export function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}

/** The same, right-aligned. */
export function fitRight(text: string, width: number): string {
  return text.length > width ? fit(text, width) : text.padStart(width);
}

/** At most `rows` lines of `width` columns; the last one says that there is more. */
export function wrap(text: string, width: number, rows: number): readonly string[] {
  const pieces = text.match(new RegExp(`.{1,${width}}`, "gsu")) ?? [];
  if (pieces.length <= rows) return pieces;
  return [...pieces.slice(0, rows - 1), fit(`${pieces[rows - 1]}…`, width)];
}

/** `812 B`, `12.3 KiB`, `4.56 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "KiB"] : [bytes / 1024 ** 2, "MiB"];
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

/** `850 W`, `21.9 kW`. */
export function powerText(watts: number): string {
  return watts < 1000 ? `${Math.round(watts)} W` : `${(watts / 1000).toFixed(1)} kW`;
}

/** `0.42 ms`, `12 ms`, `–` for nothing measured. */
export function msText(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;
}

/** `03:07`. */
export function clockText(seconds: number): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  return `${two(seconds / 60)}:${two(seconds % 60)}`;
}
