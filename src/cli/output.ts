/** Standard output is for data, standard error for people. */
/** One JSON object on standard output. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A line for a person. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
