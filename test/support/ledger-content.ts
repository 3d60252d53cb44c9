/** What a message says, apart from what a gateway may rightly change: the 1.6 transaction id, and the mark `offline`. Pure. */
import type { Payload } from "./ledger-books.ts";

/** The same for two messages that say the same, whatever the order of their fields. */
export function contentKey(action: string, payload: Payload): string {
  const { offline: _, ...rest } = payload;
  return `${action} ${canonical(withoutGivenId(rest))}`;
}

/** The frame's text without those two, so that everything else can be compared to the letter. */
export function spelling(text: string): string {
  return text
    .replace(/"transactionId":\s*-?\d+\s*,\s*/, "")
    .replace(/,\s*"transactionId":\s*-?\d+\s*(?=\})/, "")
    .replace(/"offline":\s*(?:true|false)\s*,\s*/, "")
    .replace(/,\s*"offline":\s*(?:true|false)\s*(?=\})/, "");
}

/** Wh of the energy register in a TransactionEvent. */
export function registerOf(payload: Payload): number | undefined {
  const [meterValue] = (payload["meterValue"] ?? []) as readonly Payload[];
  const [sample] = (meterValue?.["sampledValue"] ?? []) as readonly Payload[];
  return sample === undefined ? undefined : Number(sample["value"]);
}

function withoutGivenId(payload: Payload): Payload {
  if (typeof payload["transactionId"] !== "number") return payload;
  const { transactionId: _, ...rest } = payload;
  return rest;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(",")}}`;
}
