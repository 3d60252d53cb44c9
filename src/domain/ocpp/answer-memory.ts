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

/** Of an empty place; no key has it. */
const NO_DIGEST = -1;
/** Transaction messages remembered per station. */
const PER_STATION = 16;

/** The two latest: a station has one call outstanding, so a retry is about the latest. Fields, for this is the hot path. */
export class AnswerMemory {
  #id: MessageId | undefined;
  #call = "";
  #answer = "";
  #earlierId: MessageId | undefined;
  #earlierCall = "";
  #earlierAnswer = "";

  remember(id: MessageId, callText: string, answerText: string): void {
    this.#earlierId = this.#id;
    this.#earlierCall = this.#call;
    this.#earlierAnswer = this.#answer;
    this.#id = id;
    this.#call = callText;
    this.#answer = answerText;
  }

  /** The answer this very call got before; undefined when id or text differ from all remembered. */
  recall(id: MessageId, callText: string): string | undefined {
    if (id === this.#id && callText === this.#call) return this.#answer;
    return id === this.#earlierId && callText === this.#earlierCall ? this.#earlierAnswer : undefined;
  }
}

/**
 * Answers to transaction messages by business key; outlives connections, not the process. A ring: cheaper on the hot path than
 * a Map that is kept at its bound. Sixteen small numbers tell keys apart before texts are compared.
 */
export class BusinessMemory {
  readonly #keys: (string | undefined)[] = new Array<undefined>(PER_STATION).fill(undefined);
  readonly #digests: number[] = new Array<number>(PER_STATION).fill(NO_DIGEST);
  readonly #answers: string[] = new Array<string>(PER_STATION).fill("");
  #next = 0;

  remember(key: string, answerText: string): void {
    const digest = digestOf(key);
    const known = this.#find(key, digest);
    const at = known === -1 ? this.#next : known;
    this.#keys[at] = key;
    this.#digests[at] = digest;
    this.#answers[at] = answerText;
    if (known === -1) this.#next = (this.#next + 1) % PER_STATION;
  }

  /** The text of the CALLRESULT that the message got under its earlier id. */
  recall(key: string): string | undefined {
    const at = this.#find(key, digestOf(key));
    return at === -1 ? undefined : this.#answers[at];
  }

  #find(key: string, digest: number): number {
    for (let at = 0; at < PER_STATION; at += 1) {
      if (this.#digests[at] === digest && this.#keys[at] === key) return at;
    }
    return -1;
  }
}

/** Characters that a digest looks at: of the sequence number in front, and of the time's changing part in every kind of key. */
const DIGEST_FRONT = 6;
const DIGEST_STEP = 3;

/** A small whole number; equal keys have equal ones. */
function digestOf(key: string): number {
  const { length } = key;
  let digest = length;
  for (let i = 0; i < length; i += i < DIGEST_FRONT ? 1 : DIGEST_STEP) {
    digest = (digest * 31 + key.charCodeAt(i)) & 0x3fff_ffff;
  }
  return digest;
}
