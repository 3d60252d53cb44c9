/** The result as one JSON object: the headlines as plain numbers at the top level, everything else under keys of its own. */
import type { BenchResult, Headline } from "./result.ts";

export function toJson(result: BenchResult): object {
  const { headlines, machine, options, skipped, broker, warnings, answers } = result;
  const entries = Object.entries(headlines) as [string, Headline][];
  return {
    ...Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    spread: Object.fromEntries(entries.flatMap(([key, { spread }]) => (spread === undefined ? [] : [[key, spread]]))),
    rounds: options.scale.rounds,
    quick: options.quick,
    questions: options.questions,
    machine,
    node: machine.node,
    commit: machine.commit,
    broker,
    skipped,
    warnings,
    figures: answers,
  };
}
