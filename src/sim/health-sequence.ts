/**
 * Follows the sequence numbers of the health lane as a reader of the broker would: within one boot of the gateway (`b`)
 * batches, events and gap notices are numbered (`q`) from 0 or 1 on, and each number comes once. Not in order: what an outage has left,
 * that before the first connection too, comes behind what is new.
 */
import { isPayload, numberAt, textAt } from "./wire.ts";

export class HealthSequence {
  readonly #said: string[] = [];
  #numbered = 0;
  readonly #boots = new Map<string, Numbers>();

  /** What is not as it should be by now, in words; at most {@link MAX_PROBLEMS}. */
  get problems(): readonly string[] {
    const missing = [...this.#boots.values()].flatMap(missingOf);
    return [...this.#said, ...missing].slice(0, MAX_PROBLEMS);
  }

  /** Messages that carry a number. */
  get numbered(): number {
    return this.#numbered;
  }

  observe(topic: string, payload: string): void {
    const kind = topic.split("/").at(-1) ?? "";
    // Retained descriptions of what is, not part of the stream.
    if (kind === "state" || kind === "birth") return;
    const message = parseObject(payload);
    const [boot, seq] = [textAt(message, "b") ?? "", numberAt(message, "q")];
    if (seq === undefined) {
      this.#say(`${kind} without a number`);
      return;
    }
    this.#numbered += 1;
    if (kind === "gap") this.#say(`the lane reports a loss at ${seq}`);
    const numbers = this.#boots.get(boot) ?? { upTo: -1, ahead: new Set() };
    this.#boots.set(boot, numbers);
    if (seq <= numbers.upTo || numbers.ahead.has(seq)) this.#say(`${seq} twice`);
    else numbers.ahead.add(seq);
    while (numbers.ahead.delete(numbers.upTo + 1)) numbers.upTo += 1;
  }

  #say(problem: string): void {
    if (this.#said.length < MAX_PROBLEMS) this.#said.push(problem);
  }
}

const MAX_PROBLEMS = 50;

interface Numbers {
  /** All of them up to here have come. */
  upTo: number;
  /** Those that came before their predecessors. */
  readonly ahead: Set<number>;
}

function missingOf({ upTo, ahead }: Numbers): readonly string[] {
  const missing: string[] = [];
  let expected = upTo + 1;
  for (const seq of [...ahead].sort((a, b) => a - b)) {
    // A boot may begin with 1.
    if (seq !== expected && !(expected === 0 && seq === 1)) missing.push(`nothing between ${expected} and ${seq}`);
    expected = seq + 1;
  }
  return missing;
}

function parseObject(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    return isPayload(value) ? value : {};
  } catch {
    // Not JSON: a message without a number, which is what the caller reports.
    return {};
  }
}
