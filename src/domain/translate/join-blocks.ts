/**
 * Several functional blocks as one. An action belongs to one block, and so does a kind of job; other blocks may hear of a station's
 * action afterwards, with the state that its owner has left.
 */
import type { AnswerRule, Block, CallRule, LinkRule, Step, TranslationState, WakeRule } from "./contract.ts";

type Rules<R> = { readonly [name: string]: R };

/** @throws Error when two blocks claim the same action or job: a mistake in the program */
export function joinBlocks(blocks: readonly Block[]): Block {
  const owned = joined(blocks.map(({ from }) => from.station));
  const station = Object.fromEntries(
    Object.entries(owned).map(([action, rule]) => [action, heard(action, rule, blocks)]),
  );
  return {
    from: { station, csms: joined(blocks.map(({ from }) => from.csms)) },
    links: { up: inTurn(blocks.map(({ links }) => links?.up)), down: inTurn(blocks.map(({ links }) => links?.down)) },
    answers: joined<AnswerRule<TranslationState>>(blocks.map(({ answers }) => answers)),
    wakes: joined<WakeRule<TranslationState>>(blocks.map(({ wakes }) => wakes)),
  };
}

function inTurn(rules: readonly (LinkRule<TranslationState> | undefined)[]): LinkRule<TranslationState> {
  return (state, env) =>
    rules.reduce<Step<TranslationState>>(
      (step, rule) => {
        const next = rule?.(step.state, env);
        return next === undefined ? step : { state: next.state, wants: [...step.wants, ...next.wants] };
      },
      { state, wants: [] },
    );
}

function joined<R>(parts: readonly (Rules<R> | undefined)[]): Rules<R> {
  const all: { [name: string]: R } = Object.create(null);
  for (const part of parts) {
    for (const [name, rule] of Object.entries(part ?? {})) {
      if (name in all) throw new Error(`two blocks have rules for ${name}`);
      all[name] = rule;
    }
  }
  return all;
}

function heard(
  action: string,
  owner: CallRule<TranslationState>,
  blocks: readonly Block[],
): CallRule<TranslationState> {
  const listeners = blocks.flatMap(({ hears }) => hears?.[action] ?? []);
  if (listeners.length === 0) return owner;
  return (state, asked, env) =>
    listeners.reduce<Step<TranslationState>>(
      (step, listen) => {
        const next = listen(step.state, asked, env);
        return { state: next.state, wants: [...step.wants, ...next.wants] };
      },
      owner(state, asked, env),
    );
}
