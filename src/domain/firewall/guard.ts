/**
 * The firewall in front of one station: asked about each of its messages, in both directions.
 *
 *     message ─▶ rate ─▶ id used before? ─▶ steps of its action ─▶ learn ─▶ pass
 *                 └───────────┴─────────────────┴─▶ verdict: note, or reject with an answer
 *
 * Fails open for what is billed and closed for control: a rule that fails of itself lets a station's message pass and refuses a
 * command of the CSMS. A station's transaction message is not refused either way, unless the policy says so: what a station is
 * refused it forgets, and nobody is billed for it.
 */
import type { Payload } from "../ocpp/frame.ts";
import type { FirewallTable, Step } from "./compile.ts";
import type { Circumstances, Seen, StationLife } from "./facts.ts";
import { learnAnswer } from "./learn.ts";
import { StationMemory } from "./memory.ts";
import { isTooFast } from "./rates.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import type { Mode, RuleId } from "./rules.ts";

export type Verdict =
  | { readonly kind: "pass" }
  /** It passes; somebody may want to know. */
  | { readonly kind: "note"; readonly rule: RuleId; readonly reason: string; readonly mode: Mode }
  /** It goes no further; a CALL is answered. */
  | { readonly kind: "reject"; readonly rule: RuleId; readonly reason: string; readonly answer: Refusal };

export const PASS: Verdict = Object.freeze({ kind: "pass" });

const MINUTE_MS = 60_000;
/** Answers to no call from which on they are no accident. */
const STRAYS = 5;
const STRAY_WINDOW_MS = 10 * MINUTE_MS;
/** Refusals for its rate after which a peer is let go. */
const REFUSED_PER_MIN = 60;

export class StationGuard {
  readonly memory: StationMemory;
  readonly #table: FirewallTable;
  readonly #life: StationLife;

  /** @param memory what is remembered of the station from its earlier connections */
  constructor(table: FirewallTable, life: StationLife, memory = new StationMemory()) {
    this.#table = table;
    this.#life = life;
    this.memory = memory;
  }

  /** Never throws. */
  examine(seen: Seen): Verdict {
    try {
      return this.#examine(seen);
    } catch {
      const isControl = seen.from === "north" && seen.frame.type === 2;
      return isControl
        ? this.#reject(seen, "R25", "the firewall failed at this command", seen.frame.payload)
        : { kind: "note", rule: "R25", reason: "the firewall failed at this message", mode: "alert" };
    }
  }

  #examine(seen: Seen): Verdict {
    const { frame } = seen;
    if (frame.type !== 2 && frame.type !== 6) return this.#answer(seen);
    const limits = this.#limits(seen, frame.id);
    if (limits.kind === "reject") return limits;
    const { spec, from } = seen;
    const { south, north, unknownSouth, unknownNorth } = this.#table;
    const rules = spec === undefined ? undefined : (from === "south" ? south : north)[spec.index];
    if (rules === undefined && spec !== undefined) return limits;
    const steps = rules?.steps ?? (from === "south" ? unknownSouth : unknownNorth);
    const content = steps.length === 0 ? PASS : this.#content(seen, frame.payload, steps);
    if (content.kind !== "reject") rules?.lesson?.(this.memory, frame.payload, seen);
    return content.kind === "pass" ? limits : content;
  }

  /** Answers are never refused: whoever asked waits for them. */
  #answer(seen: Seen): Verdict {
    if (seen.answers !== undefined) {
      learnAnswer(this.memory, this.#life.version, seen);
      return PASS;
    }
    const { stray } = this.#table;
    if (this.#life.isLate(seen.from, seen.frame.id)) return PASS;
    const isOften = stray !== "off" && this.memory.isOver("R09-stray", STRAYS, STRAY_WINDOW_MS, seen.receivedAt);
    return isOften ? { kind: "note", rule: "R09-stray", reason: "many answers to no call", mode: stray } : PASS;
  }

  #limits(seen: Seen, id: string): Verdict {
    const { rate, reuse, policy } = this.#table;
    const { from, receivedAt, spec, text } = seen;
    if (rate !== "off" && isTooFast(this.memory, from, spec, receivedAt, policy)) {
      return this.#verdict(seen, "R08", rate, "too many messages");
    }
    if (reuse !== "off" && this.memory.idsOf(from).isReused(id, text)) {
      return this.#verdict(seen, "R09-reuse", reuse, "the message id was used for something else");
    }
    return PASS;
  }

  #content(seen: Seen, payload: Payload, steps: readonly Step[]): Verdict {
    const circumstances: Circumstances = {
      seen,
      life: this.#life,
      memory: this.memory,
      policy: this.#table.policy,
    };
    let noted: Verdict = PASS;
    for (const { rule, mode, check } of steps) {
      const reason = check(payload, circumstances);
      if (reason === undefined) continue;
      const verdict = this.#verdict(seen, rule, mode, reason);
      if (verdict.kind === "reject") return verdict;
      // What somebody is told of goes before what is only logged.
      if (noted.kind !== "note" || noted.mode === "log") noted = verdict;
    }
    return noted;
  }

  #verdict(seen: Seen, rule: RuleId, mode: Mode, reason: string): Verdict {
    const { frame } = seen;
    const isSpared = this.#table.policy.billing === "pass" && isBilling(seen);
    if (mode !== "enforce" || isSpared || (frame.type !== 2 && frame.type !== 6)) {
      return { kind: "note", rule, reason, mode: mode === "enforce" ? "alert" : mode };
    }
    return this.#reject(seen, rule, reason, frame.payload);
  }

  #reject({ action, receivedAt }: Seen, rule: RuleId, reason: string, payload: Payload): Verdict {
    const { version } = this.#life;
    const answer = refusalOf({ version, action: action ?? "", payload, rule, reason, now: receivedAt });
    return { kind: "reject", rule, reason, answer };
  }

  /** True when a peer has been refused for its rate so often that its connection should end (R08). */
  keepsFlooding(now: number): boolean {
    return this.memory.isOver("R08-close", REFUSED_PER_MIN, MINUTE_MS, now);
  }

  /** Somebody has asked for a certificate in the station's name, so that one may come (R06). */
  certificateAsked(now: number): void {
    this.memory.certificateAskedAtMs = now;
  }
}

/** Transaction messages and cards of the station; a command that comes from the wrong side is none. */
const isBilling = ({ from, messageClass, spec }: Seen): boolean =>
  from === "south" && messageClass <= 1 && spec?.from !== "csms";
