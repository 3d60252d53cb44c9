/**
 * The part of Protocol Buffers that a Sparkplug payload needs, both ways. Numbers stay within 2^53: times, sequence numbers and
 * aliases do.
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A whole number, 0 or greater. */
  varint(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  text(field: number, value: string): void {
    this.block(field, new TextEncoder().encode(value));
  }

  /** A message within this one, or bytes. */
  block(field: number, value: Uint8Array): void {
    this.#tag(field, BYTES);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #tag(field: number, kind: number): void {
    this.#varint(field * 8 + kind);
  }

  #varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length] = (rest % 128) + 128;
      this.#length += 1;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** One field of a message: a number, or the bytes of what is not one. */
interface Field {
  readonly no: number;
  readonly value: number | Uint8Array;
}

/** The fields of a message in their order; undefined where the bytes are none. Never throws. */
export function readFields(bytes: Uint8Array): readonly Field[] | undefined {
  const reader = new Reader(bytes);
  const fields: Field[] = [];
  while (!reader.isAtEnd) {
    const field = reader.field();
    if (field === undefined) return undefined;
    fields.push(field);
  }
  return fields;
}

/** Bytes of a varint at most. */
const MAX_VARINT = 10;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  field(): Field | undefined {
    const tag = this.#varint();
    const no = Math.floor(tag / 8);
    const value = tag % 8 === VARINT ? this.#varint() : this.#block(this.#lengthOf(tag % 8));
    return value === undefined || Number.isNaN(tag) || (typeof value === "number" && Number.isNaN(value))
      ? undefined
      : { no, value };
  }

  #lengthOf(kind: number): number {
    if (kind === BYTES) return this.#varint();
    if (kind === FIXED64) return 8;
    return kind === FIXED32 ? 4 : Number.NaN;
  }

  #block(length: number): Uint8Array | undefined {
    const end = this.#at + length;
    if (!(end <= this.#bytes.length)) return undefined;
    const block = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return block;
  }

  /** NaN where there is none. */
  #varint(): number {
    let [value, scale] = [0, 1];
    for (let i = 0; i < MAX_VARINT; i += 1) {
      const byte = this.#bytes[this.#at] ?? Number.NaN;
      this.#at += 1;
      value += (byte % 128) * scale;
      if (!(byte >= 128)) return value;
      scale *= 128;
    }
    return Number.NaN;
  }
}
