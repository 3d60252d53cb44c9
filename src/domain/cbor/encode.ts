/**
 * CBOR of what JSON can say: numbers without loss, lengths always known, members in the order they have.
 *
 * | JSON | CBOR (RFC 8949) |
 * | --- | --- |
 * | integer up to 2^53 | major type 0 or 1 |
 * | other number | float of 32 or 64 bits, the shorter that gives the same number; few of ours fit into 16 |
 * | string, array, object | major type 3, 4, 5 |
 * | true, false, null | simple values 21, 20, 22 |
 *
 * @see RFC 8949 §3.1 Major Types, §4.1 Preferred Serialization
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const UNSIGNED = 0;
const NEGATIVE = 1;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const SIMPLE = 7 << 5;

const text = new TextEncoder();

export function encodeCbor(value: Json): Uint8Array {
  const out = new Output();
  write(out, value);
  return out.bytes;
}

function write(out: Output, value: Json): void {
  if (typeof value === "number") writeNumber(out, value);
  else if (typeof value === "string") {
    const bytes = text.encode(value);
    out.head(TEXT, bytes.length);
    out.append(bytes);
  } else if (value === null) out.byte(SIMPLE | 22);
  else if (typeof value === "boolean") out.byte(SIMPLE | (value ? 21 : 20));
  else if (Array.isArray(value)) {
    out.head(ARRAY, value.length);
    for (const item of value) write(out, item);
  } else {
    const members = Object.entries(value);
    out.head(MAP, members.length);
    for (const [name, member] of members) {
      write(out, name);
      write(out, member);
    }
  }
}

function writeNumber(out: Output, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    if (value < 0) out.head(NEGATIVE, -1 - value);
    else out.head(UNSIGNED, value);
  } else if (Math.fround(value) === value || Number.isNaN(value)) out.float32(value);
  else out.float64(value);
}

/** Bytes that grow. */
class Output {
  #buffer = new Uint8Array(256);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#room(1).setUint8(this.#length - 1, value);
  }

  append(bytes: Uint8Array): void {
    const at = this.#take(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Major type and argument, in as few bytes as it takes (RFC 8949 §3). */
  head(major: number, argument: number): void {
    const type = major << 5;
    if (argument < 24) this.byte(type | argument);
    else if (argument < 2 ** 8) {
      this.byte(type | 24);
      this.byte(argument);
    } else if (argument < 2 ** 16) {
      this.byte(type | 25);
      this.#room(2).setUint16(this.#length - 2, argument);
    } else if (argument < 2 ** 32) {
      this.byte(type | 26);
      this.#room(4).setUint32(this.#length - 4, argument);
    } else {
      this.byte(type | 27);
      this.#room(8).setBigUint64(this.#length - 8, BigInt(argument));
    }
  }

  float32(value: number): void {
    this.byte(SIMPLE | 26);
    this.#room(4).setFloat32(this.#length - 4, value);
  }

  float64(value: number): void {
    this.byte(SIMPLE | 27);
    this.#room(8).setFloat64(this.#length - 8, value);
  }

  /** The view, after it has room for `count` bytes more, which are its last. */
  #room(count: number): DataView {
    this.#take(count);
    return this.#view;
  }

  #take(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(2 * this.#buffer.length, this.#length));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}
