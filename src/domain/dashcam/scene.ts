/** A sealed scene, read again: what `captureText` has written. */
import type { MessageClass } from "../ocpp/catalogue.ts";
import type { Frame } from "../ocpp/frame.ts";
import { isOcppVersion, type OcppVersion } from "../ocpp/version.ts";

export interface SceneChannel {
  readonly name: string;
  readonly unit?: string;
  readonly phase?: string;
  readonly location?: string;
  readonly instance?: number;
}

/** `dt`: milliseconds since the scene's `from`. */
export interface SceneReading {
  readonly dt: number;
  readonly channel: SceneChannel;
  /** A word of the channel's list, or a number; NaN where the station sent none. */
  readonly value: number | string;
  readonly quality: number;
}

export interface SceneFrame {
  readonly dt: number;
  readonly direction: "up" | "down";
  readonly type: Frame["type"];
  readonly action: string;
  readonly messageClass: MessageClass;
  readonly bytes: number;
  readonly errorCode: string | undefined;
  readonly afterMs: number | undefined;
}

export interface Scene {
  readonly asset: string;
  readonly evse: number;
  readonly version: OcppVersion | undefined;
  readonly configHash: string;
  readonly previous: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly triggers: readonly { readonly dt: number; readonly code: string }[];
  readonly readings: readonly SceneReading[];
  readonly frames: readonly SceneFrame[];
  /** From when on nothing is missing, as `dt`; 0 where all is there. */
  readonly readingsWholeFrom: number;
  readonly framesWholeFrom: number;
}

type Row = readonly unknown[];

interface Written {
  readonly v: 1;
  readonly asset: string;
  readonly evse: number;
  readonly ocpp: string | null;
  readonly config: string;
  readonly previous: string | null;
  readonly from: number;
  readonly to: number;
  readonly triggers: readonly Row[];
  readonly channels: readonly SceneChannel[];
  readonly observations: { readonly wholeFrom: number; readonly rows: readonly Row[] };
  readonly frames: { readonly wholeFrom: number; readonly rows: readonly Row[] };
}

/** Undefined: of another version, or no scene at all. The seal vouches for the rest of the shape. */
export function readScene(text: string): Scene | undefined {
  const written = parsed(text);
  if (written?.v !== 1) return undefined;
  const { asset, evse, ocpp, config, previous, from, to, triggers, channels, observations, frames } = written;
  return {
    ...{ asset, evse, from, to, configHash: config, previous: previous ?? undefined },
    version: ocpp !== null && isOcppVersion(ocpp) ? ocpp : undefined,
    triggers: triggers.map(([dt, code]) => ({ dt: Number(dt), code: String(code) })),
    readings: observations.rows.map((row) => readReading(row, channels)),
    frames: frames.rows.map(readFrame),
    readingsWholeFrom: observations.wholeFrom,
    framesWholeFrom: frames.wholeFrom,
  };
}

function parsed(text: string): Written | undefined {
  try {
    return JSON.parse(text) as Written;
  } catch {
    return undefined;
  }
}

function readReading([dt, place, value, quality]: Row, channels: readonly SceneChannel[]): SceneReading {
  return {
    dt: Number(dt),
    channel: channels[Number(place)] ?? { name: "unknown" },
    // JSON writes `null` for a number that is none.
    value: typeof value === "string" || typeof value === "number" ? value : Number.NaN,
    quality: Number(quality),
  };
}

function readFrame([dt, direction, type, action, messageClass, bytes, errorCode, afterMs]: Row): SceneFrame {
  return {
    dt: Number(dt),
    direction: direction === "down" ? "down" : "up",
    type: Number(type) as SceneFrame["type"],
    action: String(action),
    messageClass: Number(messageClass) as MessageClass,
    bytes: Number(bytes),
    errorCode: typeof errorCode === "string" ? errorCode : undefined,
    afterMs: typeof afterMs === "number" ? afterMs : undefined,
  };
}
