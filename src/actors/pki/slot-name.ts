/** File names for identities: readable at the beginning, and never the same for two of them, whatever they hold. */
import { createHash } from "node:crypto";

const READABLE = 24;
const DIGEST_HEX = 16;

export function slotName(slot: string): string {
  const readable = slot.replace(/[^A-Za-z0-9_-]/g, "").slice(0, READABLE);
  return `${readable}-${createHash("sha256").update(slot).digest("hex").slice(0, DIGEST_HEX)}`;
}
