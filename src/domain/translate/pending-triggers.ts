/**
 * What the CSMS has triggered and the station has still to send. 1.6 does not mark every triggered message, so whoever translates a
 * message of the station asks here whether it was triggered: `pendingTrigger`, and once it has been used up, `consumeTrigger`.
 *
 * @see OCPP 2.0.1 F06.FR.06 (MeterValues, even during a transaction), F06.FR.07 (TransactionEvent)
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { commandsOf, withCommands } from "./command-state.ts";
import type { TranslationState } from "./contract.ts";

export interface PendingTrigger {
  /** `requestedMessage` of the TriggerMessage of 2.x. */
  readonly message: string;
  /** Undefined: of every connector, once each. */
  readonly connector16?: number;
  /** Connectors that have sent theirs, when it was triggered for every one. */
  readonly done: readonly number[];
  /** After that it is not believed to come. */
  readonly until: EpochMs;
}

/** A station that has not sent it by then never will; what comes later came by itself. */
export const TRIGGER_LASTS_MS = 30_000;
/** The oldest is forgotten. */
const CAPACITY = 32;
/** What a MeterValues of 1.6 may have been triggered as. */
const METERING: readonly string[] = ["MeterValues", "TransactionEvent"];

/** The oldest trigger that a message of `connector16` answers; `messages`: as which it may have been triggered. */
export const pendingTrigger = (
  state: TranslationState,
  connector16: number,
  now: EpochMs,
  messages: readonly string[] = METERING,
): PendingTrigger | undefined =>
  commandsOf(state).pendingTriggers.find(
    (trigger) =>
      messages.includes(trigger.message) &&
      trigger.until > now &&
      (trigger.connector16 ?? connector16) === connector16 &&
      !trigger.done.includes(connector16),
  );

/** The state in which `trigger` does not wait for `connector16` any more. */
export function consumeTrigger(
  state: TranslationState,
  trigger: PendingTrigger,
  connector16: number,
): TranslationState {
  const pendingTriggers = commandsOf(state).pendingTriggers.flatMap((pending) => {
    if (!isSame(pending, trigger)) return [pending];
    return pending.connector16 === undefined ? [{ ...pending, done: [...pending.done, connector16] }] : [];
  });
  return withCommands(state, { pendingTriggers });
}

/** Expects `message`; of the same message and connector only one is expected at a time. */
export function expectTriggered(
  state: TranslationState,
  { message, connector16 }: { readonly message: string; readonly connector16: number | undefined },
  now: EpochMs,
): TranslationState {
  const trigger: PendingTrigger = {
    message,
    ...(connector16 === undefined ? {} : { connector16 }),
    done: [],
    until: epochMs(now + TRIGGER_LASTS_MS),
  };
  const others = commandsOf(state).pendingTriggers.filter(
    (pending) => pending.until > now && !isSame(pending, trigger),
  );
  return withCommands(state, { pendingTriggers: [...others, trigger].slice(-CAPACITY) });
}

/** The station refused, so nothing comes. */
export const forgetTriggered = (
  state: TranslationState,
  trigger: { readonly message: string; readonly connector16: number | undefined },
): TranslationState =>
  withCommands(state, {
    pendingTriggers: commandsOf(state).pendingTriggers.filter((pending) => !isSame(pending, trigger)),
  });

const isSame = (
  one: { readonly message: string; readonly connector16?: number | undefined },
  other: { readonly message: string; readonly connector16?: number | undefined },
): boolean => one.message === other.message && one.connector16 === other.connector16;
