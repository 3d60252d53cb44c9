/**
 * Looks for what must not leave: the identifiers that are really in use, in everything the health lane publishes.
 *
 * Unlike the lane's own tripwire it knows the identifiers, so it needs no pattern and has no false sense of shape. Each is
 * sought as it is, in hex, in base64 and as a plain SHA-256, without regard to case; numbers as runs of digits.
 */
import { createHash } from "node:crypto";

export type IdentifierKind = "token" | "transaction" | "station";

export interface Leak {
  readonly kind: IdentifierKind;
  readonly where: "topic" | "payload";
  readonly topic: string;
}

/** Of each kind the newest identifiers are sought; a demonstration that runs for days must not slow down. */
const REMEMBERED = 5_000;

export class PrivacyScan {
  readonly #needles = new Map<IdentifierKind, Map<string, readonly string[]>>();
  readonly #numbers = new Map<string, IdentifierKind>();
  #scanned = 0;

  /** Messages looked at. */
  get scanned(): number {
    return this.#scanned;
  }

  /** Identifiers known. */
  get size(): number {
    return this.#numbers.size + [...this.#needles.values()].reduce((sum, of) => sum + of.size, 0);
  }

  /** From now on `identifier` is sought. */
  add(kind: IdentifierKind, identifier: string | number): void {
    if (typeof identifier === "number") {
      remember(this.#numbers, String(identifier), kind);
      return;
    }
    const ofKind = this.#needles.get(kind) ?? new Map<string, readonly string[]>();
    if (!ofKind.has(identifier)) remember(ofKind, identifier, disguises(identifier));
    this.#needles.set(kind, ofKind);
  }

  scan(topic: string, payload: string): readonly Leak[] {
    this.#scanned += 1;
    return [...this.#search("topic", topic, topic), ...this.#search("payload", payload, topic)];
  }

  #search(where: Leak["where"], text: string, topic: string): readonly Leak[] {
    const lower = text.toLowerCase();
    const leaks: Leak[] = [];
    for (const [kind, ofKind] of this.#needles) {
      for (const needles of ofKind.values()) {
        if (needles.some((needle) => lower.includes(needle))) leaks.push({ kind, where, topic });
      }
    }
    for (const digits of text.match(/\d+/g) ?? []) {
      const kind = this.#numbers.get(digits);
      if (kind !== undefined) leaks.push({ kind, where, topic });
    }
    return leaks;
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  const oldest = map.size > REMEMBERED ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}

function disguises(identifier: string): readonly string[] {
  const bytes = Buffer.from(identifier);
  const hash = createHash("sha256").update(bytes).digest();
  return [identifier, bytes.toString("hex"), unpadded(bytes), hash.toString("hex"), unpadded(hash)].map((text) =>
    text.toLowerCase(),
  );
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
