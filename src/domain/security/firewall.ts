/**
 * The firewall: an ordered list of rules, the first verdict that is not `pass` counts.
 *
 * A rule looks at one inspected message and says what becomes of it. `reject` answers a CALL with CALLERROR SecurityError,
 * `drop` says nothing, `note` lets pass and counts.
 */
import type { ActionSpec } from "../ocpp/catalogue.ts";

/** What a rule may look at. */
export interface Examined {
  readonly from: "south" | "north";
  readonly action: string | undefined;
  readonly spec: ActionSpec | undefined;
  /** Message type number: 2 CALL, 3 CALLRESULT, … */
  readonly type: number;
}

export type Verdict =
  | { readonly kind: "pass" }
  | { readonly kind: "note" | "reject" | "drop"; readonly rule: string; readonly reason: string };

export interface FirewallRule {
  /** Stable id, e.g. `R23-direction`; every verdict names it. */
  readonly id: string;
  examine(message: Examined): "pass" | { readonly kind: "note" | "reject" | "drop"; readonly reason: string };
}

const PASS: Verdict = Object.freeze({ kind: "pass" });

/** A `note` does not end the search: a later rule may still reject. */
export function examine(rules: readonly FirewallRule[], message: Examined): Verdict {
  let noted: Verdict = PASS;
  for (const rule of rules) {
    const finding = rule.examine(message);
    if (finding === "pass") continue;
    const verdict: Verdict = { kind: finding.kind, rule: rule.id, reason: finding.reason };
    if (finding.kind !== "note") return verdict;
    noted = verdict;
  }
  return noted;
}

/**
 * A CALL that travels against the direction the catalogue knows. Only noted: for some actions of 2.1 the specification
 * does not state the direction, and a relay must not be narrower than the protocol.
 */
export const directionRule: FirewallRule = {
  id: "R23-direction",
  examine({ from, spec, type }) {
    if (type !== 2 || spec === undefined || spec.from === "both") return "pass";
    const sender = from === "south" ? "station" : "csms";
    return spec.from === sender ? "pass" : { kind: "note", reason: `${spec.action} is a message of the ${spec.from}` };
  },
};

export const DEFAULT_RULES: readonly FirewallRule[] = Object.freeze([directionRule]);
