/**
 * The spool's notes for those whose notes name cards: what they write is sealed under its place, what they read is what they wrote.
 * Messages, and everything else in the store, are as they are: the operator's tools read them.
 */
import type { SpoolStorage } from "../../ports.ts";
import type { Vault } from "../authorisation/vault.ts";

export type Notes = Pick<SpoolStorage, "get" | "range" | "put" | "remove" | "whenCommitted" | "whenFlushed">;

/** What was sealed under another key, moved or damaged reads as no text at all. */
const UNREADABLE = Buffer.alloc(0);

export function sealedNotes(storage: SpoolStorage, vault: Pick<Vault, "seal" | "open">): Notes {
  const opened = (value: Buffer, key: string): Buffer => {
    const text = vault.open(value.toString("utf8"), key);
    return text === undefined ? UNREADABLE : Buffer.from(text);
  };
  return {
    get(table, key) {
      const value = storage.get(table, key);
      return value === undefined ? undefined : opened(value, key);
    },
    *range(table, from, before) {
      for (const { key, value } of storage.range(table, from, before)) yield { key, value: opened(value, key) };
    },
    put: (table, key, value) => storage.put(table, key, vault.seal(value.toString(), key)),
    remove: (table, key) => storage.remove(table, key),
    whenCommitted: (done) => storage.whenCommitted(done),
    whenFlushed: (done) => storage.whenFlushed(done),
  };
}
