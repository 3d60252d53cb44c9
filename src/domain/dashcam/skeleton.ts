/**
 * What the dashcam keeps of a frame: that it went by. Ids, payloads and descriptions are not read; action and error code are places in the
 * catalogue and in the standard's list, so that a skeleton is one number, and what a peer made up cannot be in it.
 *
 * How long a frame is tells how long the texts in it are. So no size is kept of actions that name a card, and of others the next power
 * of two.
 *
 *     bits  44 43 | 42 | 41 … 39 | 38 … 31 | 30 … 28 | 27 … 24 | 23 … 0
 *           version direction type   action    class     error     bytes
 */
import { type ActionSpec, CATALOGUE, type MessageClass } from "../ocpp/catalogue.ts";
import { RPC_ERROR_KINDS, rpcErrorKind } from "../ocpp/error-codes.ts";
import type { Frame } from "../ocpp/frame.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../ocpp/version.ts";
import type { Timed } from "./timed-ring.ts";

/** Stands for a word that no specification has. */
export const OTHER = "other";

/** Takes frames one by one; called for every frame, so it neither allocates nor throws. */
export interface FrameSink {
  /**
   * @param at when it was received
   * @param skeleton of {@link packSkeleton}
   * @param afterMs of an answer: time since its CALL; negative: no answer
   */
  passed(at: number, skeleton: number, afterMs: number): void;
}

/** A frame as the gateway has inspected it; `Inspected` is one. */
export interface FrameFacts {
  readonly connection: { readonly version: OcppVersion };
  readonly from: "south" | "north";
  readonly frame: Frame;
  readonly bytes: { readonly length: number };
  readonly spec: ActionSpec | undefined;
  readonly messageClass: MessageClass;
}

export interface Skeleton extends Timed {
  readonly version: OcppVersion;
  /** `up`: from the station to the CSMS. */
  readonly direction: "up" | "down";
  readonly type: Frame["type"];
  /** For an answer, the action that it answers. */
  readonly action: string;
  readonly messageClass: MessageClass;
  /** The frame's text is no longer than this; 0: not told. */
  readonly bytes: number;
  /** Of CALLERROR and CALLRESULTERROR. */
  readonly errorCode?: string;
  /** Of an answer: time since its CALL. */
  readonly afterMs?: number;
}

const OTHER_ACTION = 255;
const OTHER_ERROR = 15;
/** Sizes that are told: 128 bytes to 8 MiB. */
const MIN_BYTES = 128;
const MAX_BYTES = 0x800000;
const BYTES_SPAN = 0x1000000;

const ERROR_NO: ReadonlyMap<string, number> = new Map(RPC_ERROR_KINDS.map((kind, i) => [kind, i + 1]));

const VERSION_NO: Readonly<Record<OcppVersion, number>> = { "ocpp1.6": 0, "ocpp2.0.1": 1, "ocpp2.1": 2 };

export function packSkeleton({ connection, from, frame, bytes, spec, messageClass }: FrameFacts): number {
  const action = spec === undefined ? OTHER_ACTION : spec.index;
  const error = frame.type === 4 || frame.type === 5 ? errorNo(frame.code) : 0;
  const upper =
    (VERSION_NO[connection.version] << 19) |
    ((from === "south" ? 0 : 1) << 18) |
    (frame.type << 15) |
    (action << 7) |
    (messageClass << 4) |
    error;
  return upper * BYTES_SPAN + (spec === undefined || spec.token ? 0 : toldSize(bytes.length));
}

/** The next power of two. */
const toldSize = (bytes: number): number =>
  Math.min(MAX_BYTES, Math.max(MIN_BYTES, 1 << (32 - Math.clz32(Math.max(1, bytes) - 1))));

const errorNo = (code: string): number => ERROR_NO.get(rpcErrorKind(code) ?? "") ?? OTHER_ERROR;

/** @param packed of {@link packSkeleton}: any other number gives some skeleton, of words from the same lists */
export function unpackSkeleton(at: number, packed: number, afterMs: number): Skeleton {
  const upper = Math.floor(packed / BYTES_SPAN);
  const error = upper & 15;
  return {
    at,
    version: OCPP_VERSIONS.find((version) => VERSION_NO[version] === upper >>> 19) ?? "ocpp1.6",
    direction: ((upper >>> 18) & 1) === 0 ? "up" : "down",
    type: ((upper >>> 15) & 7) as Frame["type"],
    action: CATALOGUE[(upper >>> 7) & 255]?.action ?? OTHER,
    messageClass: ((upper >>> 4) & 7) as MessageClass,
    bytes: packed % BYTES_SPAN,
    ...(error === 0 ? {} : { errorCode: RPC_ERROR_KINDS[error - 1] ?? OTHER }),
    ...(afterMs < 0 ? {} : { afterMs }),
  };
}
