/**
 * Follows the sequence numbers of the health lane as a reader of the broker would: within one boot of the gateway (`b`)
 * every batch, event and gap notice has the number after the one before (`q`), from 0 or 1 on.
 */
import { isPayload, numberAt, textAt } from "./wire.ts";

export class HealthSequence {
  /** What is not as it should be, in words; at most {@link MAX_PROBLEMS}. */
  readonly problems: string[] = [];
  #numbered = 0;
  readonly #last = new Map<string, number>();

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
    const last = this.#last.get(boot);
    if (last === undefined ? seq > 1 : seq !== last + 1) this.#say(`${seq} after ${last ?? "nothing"}`);
    this.#last.set(boot, Math.max(seq, last ?? seq));
  }

  #say(problem: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
  }
}

const MAX_PROBLEMS = 50;

function parseObject(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    return isPayload(value) ? value : {};
  } catch {
    // Not JSON: a message without a number, which is what the caller reports.
    return {};
  }
}
