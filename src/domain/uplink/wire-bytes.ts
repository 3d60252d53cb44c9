/**
 * What a message costs on the line, as far as one can know without looking at it.
 *
 * The default of `uplink.overheadBytes`, 90, is for one TCP segment: 8 bytes WebSocket header with mask (RFC 6455 §5.2), 22 to
 * 29 of a TLS record (RFC 8446 §5.2: header 5, content type 1, tag 16; TLS 1.2 with GCM has 8 more and no content type), 52 of
 * IPv4 and TCP with time stamps. A longer message pays it again for each further segment, which is a little too much: the
 * estimate errs on the side of an idle line, and so it does with `deflate`, whose savings it does not know. Handshakes, pings and TCP's
 * own acknowledgements are not counted.
 */

/** Payload of one segment, below what tunnels and mobile networks leave of 1500. */
const SEGMENT_BYTES = 1360;

export function wireBytes(length: number, overheadBytes: number): number {
  return length + overheadBytes * Math.max(1, Math.ceil(length / SEGMENT_BYTES));
}
