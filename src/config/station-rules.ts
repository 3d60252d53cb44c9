/** Which rule applies to a station: the first that matches. */
import { compileGlob, isGlob } from "./glob.ts";
import type { StationRule } from "./types.ts";

export interface StationRules {
  /** The rule for a station identity, or undefined when the station is unknown. */
  find(identity: string): StationRule | undefined;
}

interface Entry {
  readonly position: number;
  readonly rule: StationRule;
}

/**
 * Prepares the rules for look-up: plain identities through a map, globs in order. Costs O(number of globs) a look-up,
 * however many single stations are listed.
 */
export function stationRules(rules: readonly StationRule[]): StationRules {
  const exact = new Map<string, Entry>();
  const globs: (Entry & { readonly matches: (identity: string) => boolean })[] = [];
  for (const [position, rule] of rules.entries()) {
    if (isGlob(rule.match)) globs.push({ position, rule, matches: compileGlob(rule.match) });
    else if (!exact.has(rule.match)) exact.set(rule.match, { position, rule });
  }
  return {
    find(identity) {
      const named = exact.get(identity);
      const glob = globs.find(({ position, matches }) =>
        named !== undefined && position > named.position ? true : matches(identity),
      );
      if (named === undefined) return glob?.rule;
      return glob !== undefined && glob.position < named.position ? glob.rule : named.rule;
    },
  };
}
