/**
 * Masks of WebSocket frames: applied with `bufferutil` where it is installed, in JavaScript otherwise.
 *
 * A client picks a fresh mask for each frame from a strong source, so that what it sends cannot be steered into looking like
 * another protocol to a proxy in between. Randomness is drawn in large portions: one call for four bytes costs more than the frame.
 *
 * @see RFC 6455 §5.3, §10.3
 */
import { randomFillSync } from "node:crypto";
import { createRequire } from "node:module";

interface MaskFunctions {
  mask(source: Uint8Array, mask: Uint8Array, target: Uint8Array, offset: number, length: number): void;
  unmask(bytes: Uint8Array, mask: Uint8Array): void;
}

/** Below this, the call into native code costs more than the loop. */
const NATIVE_FROM = 32;
const POOL_BYTES = 8192;

const native = loadNative();
const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
/** The mask in use: everything here is synchronous, and a view of its own for each frame would cost an allocation. */
const mask = Buffer.alloc(4);
let poolAt = POOL_BYTES;

function loadNative(): MaskFunctions | undefined {
  try {
    return createRequire(import.meta.url)("bufferutil") as MaskFunctions;
  } catch {
    // An optional dependency: without it everything works, a little slower.
    return undefined;
  }
}

/** Writes a fresh mask to `target` at `offset`, and the masked `source` behind it. */
export function writeMasked(source: Uint8Array, target: Uint8Array, offset: number): void {
  if (poolAt === POOL_BYTES) {
    randomFillSync(pool);
    poolAt = 0;
  }
  copyMask(pool, poolAt);
  poolAt += 4;
  target.set(mask, offset);
  const at = offset + 4;
  const { length } = source;
  if (native !== undefined && length >= NATIVE_FROM) native.mask(source, mask, target, at, length);
  else for (let i = 0; i < length; i += 1) target[at + i] = (source[i] as number) ^ (mask[i & 3] as number);
}

/** Takes the mask that stands in `frame` at `maskAt` off `payload`, in place; a second time, it puts it on again. */
export function unmask(payload: Uint8Array, frame: Uint8Array, maskAt: number): void {
  copyMask(frame, maskAt);
  const { length } = payload;
  if (native !== undefined && length >= NATIVE_FROM) native.unmask(payload, mask);
  else for (let i = 0; i < length; i += 1) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number);
}

function copyMask(source: Uint8Array, at: number): void {
  for (let i = 0; i < 4; i += 1) mask[i] = source[at + i] as number;
}
