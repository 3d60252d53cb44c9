/**
 * The answers a connection's latest calls got, so that a repeated call is answered again instead of taking effect twice.
 *
 * By message id, per connection: a call counts as repeated only when id *and* text are the same, because stations restart
 * their id counters and reuse ids for other things. By business key, per station: see business-key.ts.
 * Errors are not remembered: a repetition after one is a new try.
 *
 * @see OCPP 2.0.1 Part 4 §4.1.4 (errata 2024-09: a retry may reuse the id); OCPP-J 1.6 errata 2025-04
 */
import type { MessageId } from "../ids.ts";

interface Answered {
  readonly id: MessageId;
  readonly callText: string;
  readonly answerText: string;
}

/** Calls remembered per connection. A station has one call outstanding, so a retry is about the latest. */
const PER_CONNECTION = 2;
/** Transaction messages remembered per station. */
const PER_STATION = 16;

export class AnswerMemory {
  readonly #latest: Answered[] = [];

  remember(id: MessageId, callText: string, answerText: string): void {
    if (this.#latest.length === PER_CONNECTION) this.#latest.shift();
    this.#latest.push({ id, callText, answerText });
  }

  /** The answer this very call got before; undefined when id or text differ from all remembered. */
  recall(id: MessageId, callText: string): string | undefined {
    return this.#latest.find((answered) => answered.id === id && answered.callText === callText)?.answerText;
  }
}

/**
 * Answers to transaction messages by business key; outlives connections, not the process. A ring: cheaper on the hot path than
 * a Map that is kept at its bound, and sixteen comparisons of texts that differ early cost next to nothing.
 */
export class BusinessMemory {
  readonly #keys: (string | undefined)[] = new Array<undefined>(PER_STATION).fill(undefined);
  readonly #answers: string[] = new Array<string>(PER_STATION).fill("");
  #next = 0;

  remember(key: string, answerText: string): void {
    const known = this.#keys.indexOf(key);
    const at = known === -1 ? this.#next : known;
    this.#keys[at] = key;
    this.#answers[at] = answerText;
    if (known === -1) this.#next = (this.#next + 1) % PER_STATION;
  }

  /** The text of the CALLRESULT that the message got under its earlier id. */
  recall(key: string): string | undefined {
    const at = this.#keys.indexOf(key);
    return at === -1 ? undefined : this.#answers[at];
  }
}
