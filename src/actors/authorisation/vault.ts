/**
 * How authorisation data looks at rest: names that cannot be read back, values that cannot be read without the key.
 *
 *     names = HKDF(key, "authorisation/names")      name(scope, token) = HMAC-SHA256(names, scope 00 type 00 lower-case token)
 *     seal  = HKDF(key, "authorisation/seal")       AES-256-GCM, the record's key as associated data
 *
 * Keyed, because card numbers can be enumerated: without the key a copy of the disk does not tell whether a card was ever seen.
 * The scope is part of the name, so that one card has unrelated names at two stations. The associated data ties a value to its
 * place: an acceptance cannot be moved to a blocked card's record.
 */
import { createHmac, hkdfSync } from "node:crypto";
import { type TokenRef, tokenKey } from "../../domain/authorise/token.ts";
import { seal, unseal } from "../seal.ts";

const KEY_BYTES = 32;
/** 144 bits: no two tokens ever share a name, and a key in the table stays short. */
const NAME_BYTES = 18;
const SCOPE_BYTES = 12;

export interface Vault {
  /** Stands for a station or a CSMS in the table's keys. */
  scope(kind: "station" | "csms", id: string): string;
  name(scope: string, token: TokenRef): string;
  /** @param place key of the record the text belongs to */
  seal(text: string, place: string): string;
  /** Undefined for what was not sealed at this place under this key. */
  open(sealed: string, place: string): string | undefined;
  /** Keyed digest of a sequence of texts. */
  digest(): { update(text: string): void; end(): string };
}

/** @param key 32 bytes that never leave the gateway */
export function createVault(key: Uint8Array): Vault {
  const names = derive(key, "authorisation/names");
  const secret = derive(key, "authorisation/seal");
  const mac = (bytes: number, ...parts: readonly string[]) =>
    createHmac("sha256", names).update(parts.join("\0")).digest().toString("base64url", 0, bytes);
  return {
    scope: (kind, id) => mac(SCOPE_BYTES, kind, id),
    name: (scope, token) => mac(NAME_BYTES, "token", scope, tokenKey(token)),
    seal: (text, place) => seal(secret, text, place),
    open: (sealed, place) => unseal(secret, sealed, place),
    digest: () => {
      const hmac = createHmac("sha256", names).update("digest");
      return {
        update: (text) => void hmac.update(`\0${text}`),
        end: () => hmac.digest().toString("base64url", 0, NAME_BYTES),
      };
    },
  };
}

const derive = (key: Uint8Array, use: string): Buffer => Buffer.from(hkdfSync("sha256", key, "", use, KEY_BYTES));
