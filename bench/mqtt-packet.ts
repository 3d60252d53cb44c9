/** MQTT packets off a byte stream, as far as a broker that delivers to nobody has to read them. See MQTT 5 §2.1. */

export const CONNECT = 1;
export const PUBLISH = 3;

export interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  /** Of the whole packet. */
  readonly length: number;
}

/** The packet that `data` begins with; undefined when it is not complete. */
export function firstPacket(data: Buffer): Packet | undefined {
  let length = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = data[i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte >= 0x80) continue;
    const end = i + 1 + length;
    if (data.length < end) return undefined;
    const first = data[0] ?? 0;
    return { type: first >> 4, flags: first & 0x0f, body: data.subarray(i + 1, end), length: end };
  }
  return undefined;
}
