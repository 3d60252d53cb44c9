/**
 * Passwords of stations, as text or as scrypt records. What scrypt takes (tens of milliseconds, 32 MiB) is spent beside the event loop,
 * two at a time, and once for each station: what was right is remembered as a keyed digest, so that the next login is as quick as one
 * with a password in plain text.
 *
 *     text ───────────────────────────────▶ compared at once
 *     record ─▶ remembered? ── yes ───────▶ right
 *                    └─ no ─▶ waiting (bounded, for each address as well) ─▶ scrypt ─▶ right, wrong;  full: busy
 *
 * Only a station that a rule knows gets this far: an invented name, whose answer differs anyway, costs no work.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Counters } from "../../domain/counters.ts";
import { isAuthentic } from "../../domain/security/basic-auth.ts";
import {
  isRecord,
  keyBytes,
  type PasswordRecord,
  parseRecord,
  passwordOf,
} from "../../domain/security/password-record.ts";
import { hashOf } from "./scrypt-record.ts";

export type PasswordVerdict = "right" | "wrong" | "busy";

export interface PasswordCheckOptions {
  readonly counters: Pick<Counters, "passwordsHashed" | "passwordChecksBusy">;
  /** Logins that are remembered; the one that was used longest ago goes. */
  readonly remembered: number;
  /** For tests: instead of scrypt. */
  readonly hash?: (key: Buffer, record: Omit<PasswordRecord, "hash">) => Promise<Buffer>;
}

export interface Login {
  readonly credentials: Buffer | undefined;
  readonly identity: string;
  /** Undefined: the station has no password, nothing is right. */
  readonly password: string | undefined;
  readonly address: string;
}

/** Of libuv's four threads two stay for files and names. */
const AT_ONCE = 2;
/** Ten seconds of work; who comes later is told to come back. */
const MOST_WAITING = 256;
/** One address, which may be a site's router, does not fill the queue alone. */
const MOST_OF_ADDRESS = 128;

export class PasswordCheck {
  readonly #options: PasswordCheckOptions;
  readonly #key = randomBytes(32);
  /** Digests of what was right, by identity. */
  readonly #right = new Map<string, Buffer>();
  readonly #waiting: (() => void)[] = [];
  readonly #ofAddress = new Map<string, number>();
  #running = 0;

  constructor(options: PasswordCheckOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  check({ credentials, identity, password, address }: Login): PasswordVerdict | Promise<PasswordVerdict> {
    if (password === undefined || !isRecord(password)) {
      return isAuthentic(credentials, identity, password) ? "right" : "wrong";
    }
    const sent = passwordOf(credentials, identity);
    const record = parseRecord(password);
    if (sent === undefined || record === undefined) return "wrong";
    const key = keyBytes(sent);
    const digest = createHmac("sha256", this.#key).update(password).update("\0").update(key).digest();
    const known = this.#right.get(identity);
    if (known !== undefined && timingSafeEqual(known, digest)) {
      this.#remember(identity, digest);
      return "right";
    }
    return this.#hashed(key, record, address).then((verdict) => {
      if (verdict === "right") this.#remember(identity, digest);
      return verdict;
    });
  }

  async #hashed(key: Buffer, record: PasswordRecord, address: string): Promise<PasswordVerdict> {
    const { counters, hash = hashOf } = this.#options;
    const ofAddress = this.#ofAddress.get(address) ?? 0;
    if (this.#waiting.length >= MOST_WAITING || ofAddress >= MOST_OF_ADDRESS) {
      counters.passwordChecksBusy += 1;
      return "busy";
    }
    this.#ofAddress.set(address, ofAddress + 1);
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      counters.passwordsHashed += 1;
      return timingSafeEqual(await hash(key, record), record.hash) ? "right" : "wrong";
    } catch {
      // No memory for it: nothing is known about the password, and guessing must not be free.
      return "busy";
    } finally {
      const left = (this.#ofAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#ofAddress.set(address, left);
      else this.#ofAddress.delete(address);
      // The place goes to whoever waits, or is free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #remember(identity: string, digest: Buffer): void {
    this.#right.delete(identity);
    this.#right.set(identity, digest);
    if (this.#right.size <= this.#options.remembered) return;
    for (const oldest of this.#right.keys()) {
      this.#right.delete(oldest);
      break;
    }
  }
}
