/**
 * Upgrade requests that are refused by what stands in their head, without a parser being made for them: a flood of scanners costs memory, and
 * its collection is what stations wait for. Whatever is not plainly such a request goes to the parser, which decides the same.
 */
import { type AdmissionOptions, type Refused, recognise } from "./admission.ts";

const REQUEST = /^GET (\S+) HTTP\/1\.1\r\n/;
const UPGRADE = /\r\nupgrade:[ \t]*websocket[ \t]*\r\n/i;
const ORIGIN = /\r\norigin:/i;

/** Undefined: it is not refused for this. */
export function earlyRefusal(head: Buffer, options: Pick<AdmissionOptions, "path" | "ruleFor">): Refused | undefined {
  const text = head.toString("latin1");
  const url = REQUEST.exec(text)?.[1];
  if (url === undefined || !UPGRADE.test(text)) return undefined;
  const named = recognise({ origin: ORIGIN.test(text) ? "" : undefined, url }, options);
  return named.ok ? undefined : named;
}
