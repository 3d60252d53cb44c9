/**
 * The cards of the last day, as keyed digests: enough to recognise one in a text that is about to leave, and nothing else.
 *
 *     token ─▶ lower case ─▶ HMAC-SHA256 under a key of this process ─▶ 48 bits
 *
 * A text is cut into the words a token could be; each is looked up. Words of the lane's own vocabulary, and bare numbers, are no
 * candidates: a card named `Charging` or `230` must not silence the lane.
 */
import { createHmac } from "node:crypto";

const DIGEST_BYTES = 6;
/** Shorter ones would be found in every second text. */
export const MIN_TOKEN = 6;
export const TOKEN_TTL_MS = 24 * 3600 * 1000;

export type TokenDigest = (token: string) => number;

export function createTokenDigest(key: Uint8Array): TokenDigest {
  return (token) => createHmac("sha256", key).update(token.toLowerCase()).digest().readUIntBE(0, DIGEST_BYTES);
}

/** A set of digests that forgets: what was seen longest ago when it is full, and what is older than a day. */
export class SeenTokens {
  /** When each was seen last; the longest ago first. */
  readonly #seen = new Map<number, number>();
  readonly #capacity: number;
  /** Pushed out by newer ones before their day was over. */
  forgotten = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** @returns false: it was there, and has been refreshed */
  add(digest: number, now: number): boolean {
    const isNew = !this.#seen.delete(digest);
    this.#seen.set(digest, now);
    for (const [oldest, at] of this.#seen) {
      const isExpired = now - at >= TOKEN_TTL_MS;
      if (!isExpired && this.#seen.size <= this.#capacity) break;
      this.#seen.delete(oldest);
      if (!isExpired) this.forgotten += 1;
    }
    return isNew;
  }

  has(digest: number, now: number): boolean {
    const at = this.#seen.get(digest);
    return at !== undefined && now - at < TOKEN_TTL_MS;
  }

  /** Digests and the instants at which they were seen, in turn, the longest ago first. */
  list(): Float64Array {
    return Float64Array.from([...this.#seen].flat());
  }
}

const QUOTED = /"([^"\\]{6,})"/g;
const PARTS = /[^/\s]{6,}/g;
const WORDS = /[A-Za-z0-9]{6,}/g;

/**
 * What in the quoted texts of `json` could be a token: the text, its parts between slashes and blanks, their words. Each once.
 *
 * @param isOurs true for a word of the lane's own vocabulary
 */
export function candidates(json: string, isOurs: (word: string) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, text = ""] of json.matchAll(QUOTED)) {
    if (isOurs(text)) continue;
    found.add(text);
    for (const [part] of text.matchAll(PARTS)) if (!isOurs(part)) found.add(part);
    for (const [word] of text.matchAll(WORDS)) if (!isOurs(word)) found.add(word);
  }
  return found;
}
