/**
 * What the dashcam keeps of a frame: that it went by. Action and error code are words of the catalogue and of the standard's
 * list, `other` for all that a peer made up; ids, payloads and descriptions are not read.
 */
import { classify } from "../lanes/classify.ts";
import { actionSpec, type MessageClass } from "../ocpp/catalogue.ts";
import { rpcErrorKind } from "../ocpp/error-codes.ts";
import type { Frame } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import type { Timed } from "./timed-ring.ts";

/** Stands for a word that no specification has. */
export const OTHER = "other";

export interface Skeleton extends Timed {
  /** `up`: from the station to the CSMS. */
  readonly direction: "up" | "down";
  readonly type: Frame["type"];
  /** For an answer, the action that it answers. */
  readonly action: string;
  readonly messageClass: MessageClass;
  /** Of the frame's text. */
  readonly bytes: number;
  /** Of CALLERROR and CALLRESULTERROR. */
  readonly errorCode?: string;
  /** Of an answer: time since its CALL. */
  readonly afterMs?: number;
}

export interface FramePassed {
  readonly at: number;
  readonly version: OcppVersion;
  readonly direction: "up" | "down";
  readonly frame: Frame;
  readonly bytes: number;
  /** Of an answer: the action it answers, and when that was asked. */
  readonly answers?: { readonly action: string; readonly askedAt: number };
}

export function skeletonOf({ at, version, direction, frame, bytes, answers }: FramePassed): Skeleton {
  const named = "action" in frame ? frame.action : answers?.action;
  const spec = named === undefined ? undefined : actionSpec(version, named);
  return {
    at,
    direction,
    type: frame.type,
    action: spec?.action ?? OTHER,
    messageClass: classify(version, frame, spec).messageClass,
    bytes,
    ...("code" in frame ? { errorCode: rpcErrorKind(frame.code) ?? OTHER } : {}),
    ...(answers === undefined ? {} : { afterMs: Math.max(0, at - answers.askedAt) }),
  };
}
