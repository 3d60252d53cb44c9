/**
 * All functional blocks of the translation, joined where one needs another's answer, and what a station begins with.
 *
 *     transactions ──▶ who triggered it, which token went down, why the station boots     ──▶ commands
 *     boot accepted ─▶ what the station can do                                            ──▶ device model
 *     boot, transactions ─▶ the image of the charging profiles follows                    ──▶ smart charging
 */
import { bootHint } from "./boot-hint.ts";
import { chargingBlock } from "./charging-block.ts";
import { chargingFollower } from "./charging-hooks.ts";
import { ownLimitBlock } from "./charging-limit.ts";
import { initialCharging } from "./charging-state.ts";
import { SUSPEND, suspend } from "./charging-suspend.ts";
import { CHARGING, publishedCharging, remoteStartProfile } from "./charging-wiring.ts";
import { commandsOf, initialCommands } from "./command-state.ts";
import { commandBlocks } from "./commands.ts";
import type { AnswerRule, Block, CallRule, TranslationState } from "./contract.ts";
import { deliverAgainBlock } from "./deliver-again.ts";
import { deviceBlocks } from "./device-blocks.ts";
import { learnAtBoot, UNLEARNED } from "./device-learning.ts";
import { initialDevice } from "./device-state.ts";
import { joinBlocks } from "./join-blocks.ts";
import { consumeTrigger, type PendingTrigger, pendingTrigger } from "./pending-triggers.ts";
import { reservedTags } from "./reservation.ts";
import { tokenSentDown } from "./token-alias.ts";
import { txBlock } from "./tx-block.ts";
import type { TxOptions } from "./tx-options.ts";
import { initialTx } from "./tx-state.ts";

const FOLLOWER = chargingFollower(CHARGING);

export const translationBlock = (): Block =>
  joinBlocks([
    learningFromBoots(txBlock(TX)),
    ...commandBlocks,
    ...deviceBlocks({
      charging: publishedCharging,
      localListEntries: (state) => commandsOf(state).localList.entries.length,
    }),
    chargingBlock(CHARGING),
    deliverAgainBlock,
    ownLimitBlock(CHARGING, TX),
    { from: {}, wakes: { [SUSPEND]: suspend(CHARGING) } },
  ]);

export const initialTranslation = (): TranslationState => ({
  v: 1,
  tx: initialTx(),
  capabilities: UNLEARNED,
  commands: initialCommands(),
  device: initialDevice(),
  charging: initialCharging(),
});

const TX: TxOptions = {
  triggers: {
    find: pendingTrigger,
    consume: (state, trigger, connector16) => consumeTrigger(state, trigger as PendingTrigger, connector16),
  },
  tokenSentDown,
  reservedTags,
  bootReason: (state, { now }) => bootHint(state, now),
  // The spool has let the station in, and stops what the CSMS refuses afterwards, or has it suspended.
  stopsDeauthorised: false,
  remoteStartProfile,
  onTransaction: FOLLOWER.onTransaction,
};

/** The station tells who it is with its boot, and is asked what it can do when that has been accepted. */
function learningFromBoots(block: Block): Block {
  const answered = block.answers?.["tx.boot"];
  if (answered === undefined) return block;
  const asksWhenAccepted: AnswerRule<TranslationState> = (state, job, outcome, env) => {
    const step = answered(state, job, outcome, env);
    if (outcome.kind !== "result" || step.state.tx.registration !== "Accepted") return step;
    const learning = learnAtBoot(step.state, env);
    const booted = FOLLOWER.stationBooted(learning.state, env);
    return { state: booted.state, wants: [...step.wants, ...learning.wants, ...booted.wants] };
  };
  const hearsWhoItIs: CallRule<TranslationState> = (state, { payload }, env) => ({
    state: learnAtBoot(state, env, { boot: payload }).state,
    wants: [],
  });
  return {
    ...block,
    hears: { ...block.hears, BootNotification: hearsWhoItIs },
    answers: { ...block.answers, "tx.boot": asksWhenAccepted },
  };
}
