/** Messages of one POST: a line of JSON each, compressed together. */
import { createHash } from "node:crypto";
import { gzipSync, inflateSync } from "node:zlib";
import type { Flight, Outcome } from "./flight-window.ts";
import type { LinkMessage } from "./link.ts";

const ZLIB = 0x78;
const BRACE = 0x7b;

interface Line {
  readonly text: string;
  readonly flight: Flight;
}

export class HttpsBatch {
  readonly #lines: Line[];
  #packed: { readonly body: Buffer; readonly key: string } | undefined;
  bytes = 0;

  constructor(lines: readonly Line[] = []) {
    this.#lines = [...lines];
    for (const { flight } of lines) this.bytes += flight.bytes;
  }

  get size(): number {
    return this.#lines.length;
  }

  /** Before it is packed. */
  add(message: LinkMessage, flight: Flight): void {
    this.#lines.push({ text: lineOf(message), flight });
    this.bytes += flight.bytes;
  }

  /** The body, and a key that is the same whenever the same messages are sent again. */
  pack(gateway: string): { readonly body: Buffer; readonly key: string } {
    this.#packed ??= packed(this.#lines, gateway);
    return this.#packed;
  }

  /** Two halves: what is wrong with one message must not take the others along. */
  split(): readonly HttpsBatch[] {
    const middle = this.size >> 1;
    return [this.#lines.slice(0, middle), this.#lines.slice(middle)].map((lines) => new HttpsBatch(lines));
  }

  /** Newest first, as the lost are put back. */
  settle(outcome: Outcome): void {
    for (const { flight } of this.#lines.toReversed()) flight.done(outcome);
  }
}

function packed(lines: readonly Line[], gateway: string) {
  const text = lines.map((line) => `${line.text}\n`).join("");
  const digest = createHash("sha256").update(text).digest("base64url");
  return { body: gzipSync(text), key: `${gateway}-${digest}` };
}

/**
 * `message` is what goes over MQTT as payload; where it waited deflated it is inflated, since the body is compressed as a whole. What waited as
 * CBOR, from before the server was configured, is `cbor`, in base64.
 */
function lineOf({ topic, retain, payload }: LinkMessage): string {
  const head = `{"topic":${JSON.stringify(topic)}${retain ? ',"retain":true' : ""}`;
  if (typeof payload === "string") return `${head},"message":${payload}}`;
  const plain = payload[0] === ZLIB ? inflateSync(payload) : Buffer.from(payload);
  if (plain[0] === BRACE) return `${head},"message":${plain.toString("utf8")}}`;
  return `${head},"cbor":"${plain.toString("base64")}"}`;
}
