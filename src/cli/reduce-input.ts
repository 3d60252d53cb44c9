/** What `twinlane reduce` reads: a table of numbers, or OCPP frames. */
import type { CollectedFrames, Series } from "../tools.ts";

/** Units of columns that name none, by the measurand. */
const UNIT_IN_NAME = /^(?<name>.+?)\s*\[(?<unit>[^\]]*)\]$/;

/**
 * A CSV with a head: the first column is the time (milliseconds, or ISO 8601), each other one a channel, `Name` or
 * `Name [unit]`. An empty cell is no sample.
 *
 * @throws RangeError naming the line, where a time cannot be read
 */
export function parseCsv(text: string): readonly Series[] {
  const [head = "", ...rows] = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const separator = head.includes(";") ? ";" : head.includes("\t") ? "\t" : ",";
  const columns = head.split(separator).slice(1).map(columnOf);
  for (const [i, row] of rows.entries()) {
    const [time = "", ...cells] = row.split(separator);
    const t = timeOf(time.trim());
    if (!Number.isFinite(t)) throw new RangeError(`row ${i + 1}: "${time}" is no time`);
    for (const [j, cell] of cells.entries()) {
      if (cell.trim() === "") continue;
      columns[j]?.t.push(t);
      columns[j]?.v.push(Number(cell));
    }
  }
  return columns.filter(({ t }) => t.length > 0);
}

function columnOf(title: string) {
  const { name = title.trim(), unit = "1" } = UNIT_IN_NAME.exec(title.trim())?.groups ?? {};
  return { name, unit, t: [] as number[], v: [] as number[] };
}

const timeOf = (text: string): number => (/^-?[\d.]+$/.test(text) ? Number(text) : Date.parse(text));

/** True for lines of JSON. */
export const isTrace = (text: string): boolean => /^\s*[[{]/.test(text);

/** Lines of a trace: a frame `[2,…]`, or an object with it as `frame` and its time as `at`. */
export function traceFrames(text: string): CollectedFrames {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line, i) => {
      const value: unknown = JSON.parse(line);
      if (Array.isArray(value)) return { frame: value, at: undefined };
      if (typeof value === "object" && value !== null && "frame" in value && Array.isArray(value.frame)) {
        const at = "at" in value && typeof value.at === "string" ? Date.parse(value.at) : undefined;
        return { frame: value.frame, at };
      }
      throw new RangeError(`line ${i + 1} is no frame`);
    });
}
