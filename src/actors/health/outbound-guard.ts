/**
 * Looks at everything that is about to leave, topic and payload, before it is packed: the shapes of personal data, and the very cards that
 * are in use. A hit is a defect of ours; the message does not go, and the alarm names the shape, never the text.
 */
import { candidates, createTokenDigest, SeenTokens, type TokenDigest } from "../../domain/privacy/seen-tokens.ts";
import { trip } from "../../domain/privacy/tripwire.ts";
import { isOurWord } from "../../domain/privacy/vocabulary.ts";
import { MAX_TOKENS } from "./token-watch.ts";

export interface OutboundGuardOptions {
  /** Under which the gateway's thread digests cards. */
  readonly tokenKey: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly onHit: (shape: string, message: string) => void;
}

/** Words whose digests are kept: messages repeat the same ones. */
const MAX_WORDS = 8_192;

export class OutboundGuard {
  readonly #options: OutboundGuardOptions;
  readonly #digest: TokenDigest;
  readonly #tokens = new SeenTokens(MAX_TOKENS);
  readonly #words = new Map<string, number>();
  hits = 0;

  constructor(options: OutboundGuardOptions) {
    this.#options = options;
    this.#digest = createTokenDigest(options.tokenKey);
  }

  /** @param digests with the instants at which they were seen, in turn */
  learn(digests: Float64Array): void {
    for (let i = 0; i + 1 < digests.length; i += 2) this.#tokens.add(digests[i] ?? 0, digests[i + 1] ?? 0);
  }

  /**
   * True: it must not go.
   *
   * @param message its kind, for the alarm
   */
  holdsBack(topic: string, payload: string, message: string): boolean {
    const shape = trip(topic)?.kind ?? trip(payload)?.kind ?? this.#card(topic, payload);
    if (shape === undefined) return false;
    this.hits += 1;
    this.#options.onHit(shape, message);
    return true;
  }

  #card(topic: string, payload: string): "card" | undefined {
    if (this.#tokens.size === 0) return undefined;
    const now = this.#options.wallClock();
    for (const word of candidates(`"${topic}"${payload}`, isOurWord)) {
      if (this.#tokens.has(this.#digestOf(word), now)) return "card";
    }
    return undefined;
  }

  #digestOf(word: string): number {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    if (this.#words.size >= MAX_WORDS) this.#words.clear();
    const digest = this.#digest(word);
    this.#words.set(word, digest);
    return digest;
  }
}
