/** What whoever wires the blocks calls besides the block itself. */
import { follow, stationBooted } from "./charging-follow.ts";
import type { ChargingOptions } from "./charging-options.ts";
import type { Env, Step, Transaction, TranslationState } from "./contract.ts";

export { startProfile } from "./charging-start.ts";

export interface ChargingFollower {
  /** When the CSMS has accepted a boot of the station. */
  readonly stationBooted: (state: TranslationState, env: Env) => Step<TranslationState>;
  /** When a transaction has started or ended, and whenever abilities or settings may be others. */
  readonly onTransaction: (
    state: TranslationState,
    transaction: Transaction,
    what: "started" | "ended",
    env: Env,
  ) => Step<TranslationState>;
  readonly follow: (state: TranslationState, env: Env) => Step<TranslationState>;
}

export const chargingFollower = (options: ChargingOptions = {}): ChargingFollower => ({
  stationBooted: (state, env) => stationBooted(state, env, options),
  onTransaction: (state, _transaction, _what, env) => follow(state, env, options),
  follow: (state, env) => follow(state, env, options),
});
