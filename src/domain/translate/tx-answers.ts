/** What every answer of the CSMS says beside its content: whether it knows the station. */
import type { Outcome } from "./contract.ts";
import { ask, change, changeMore, type Draft, moreOf } from "./tx-state.ts";

/** A CSMS that goes on refusing is not asked more often. */
const REPEAT_AFTER_MS = 60_000;

/**
 * An answer to anything means that the station is accepted, even where nobody remembers its boot; SecurityError means that the CSMS
 * does not know it (any more), and then the last BootNotification is sent again.
 *
 * @see OCPP 2.0.1 Part 2 B03.FR.08
 */
export function heard(draft: Draft, outcome: Outcome): void {
  const { registration } = draft.state.tx;
  if (outcome.kind === "result" && registration === "none") change(draft, { registration: "Accepted" });
  if (outcome.kind !== "error" || outcome.code !== "SecurityError") return;
  const { boot, bootRepeatedAt } = moreOf(draft.state);
  const isSoon = bootRepeatedAt !== undefined && draft.env.now < bootRepeatedAt + REPEAT_AFTER_MS;
  if (boot === undefined || isSoon) return;
  changeMore(draft, { bootRepeatedAt: draft.env.now });
  ask(draft, "csms", "BootNotification", { ...boot, reason: "Unknown" }, { kind: "tx.boot" });
}
