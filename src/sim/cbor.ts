/** Reads CBOR as far as the health lane writes it: definite lengths, text, numbers, simple values. See RFC 8949 §3. */

/** @throws Error where it is no such CBOR */
export function decodeCbor(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (!reader.isAtEnd) throw new Error("bytes behind the value");
  return value;
}

const SIMPLE = new Map<number, boolean | null>([
  [20, false],
  [21, true],
  [22, null],
]);

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(): unknown {
    const initial = this.#view.getUint8(this.#at++);
    const [major, info] = [initial >> 5, initial & 31];
    if (major === 7) return this.#simple(info);
    const argument = this.#argument(info);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 3:
        return Buffer.from(this.#take(argument)).toString("utf8");
      case 4:
        return Array.from({ length: argument }, () => this.value());
      case 5:
        return Object.fromEntries(Array.from({ length: argument }, () => [String(this.value()), this.value()]));
      default:
        throw new Error(`major type ${major}`);
    }
  }

  #simple(info: number): unknown {
    if (info === 26) return this.#view.getFloat32(this.#skip(4));
    if (info === 27) return this.#view.getFloat64(this.#skip(8));
    const value = SIMPLE.get(info);
    if (value === undefined) throw new Error(`simple value ${info}`);
    return value;
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.#view.getUint8(this.#skip(1));
    if (info === 25) return this.#view.getUint16(this.#skip(2));
    if (info === 26) return this.#view.getUint32(this.#skip(4));
    if (info === 27) return Number(this.#view.getBigUint64(this.#skip(8)));
    throw new Error(`additional information ${info}`);
  }

  #take(count: number): Uint8Array {
    const from = this.#skip(count);
    return this.#bytes.subarray(from, from + count);
  }

  #skip(count: number): number {
    const from = this.#at;
    if (from + count > this.#bytes.length) throw new Error("cut short");
    this.#at += count;
    return from;
  }
}
