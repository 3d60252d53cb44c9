/**
 * A capture as JSON, and within what may be sent: channels in words, so that a reader needs no table, and as much of the
 * scene as fits. What has to go is the oldest, a fifth at a time, and the text says from when on it is whole.
 */
import { describeChannel } from "../telemetry/channels.ts";
import type { ChannelNo } from "../telemetry/observation.ts";
import type { Capture } from "./scene-recorder.ts";
import { MAX_SEALED_BYTES } from "./seal.ts";

export interface CaptureOrigin {
  /** Pseudonym. */
  readonly asset: string;
  /** Number of the EVSE at its station; 0: the station as a whole. */
  readonly evse: number;
  /** Of the settings that the gateway ran with: a scene is judged by the bounds that were in force. */
  readonly configHash: string;
  /** Head of the capture sealed before this one; null: none is known. */
  readonly previous: string | null;
}

/** Gives the compressed body, at most {@link MAX_SEALED_BYTES} long. */
export function captureBody(
  capture: Capture,
  origin: CaptureOrigin,
  compress: (text: string) => Uint8Array,
): Uint8Array | undefined {
  for (let rest = capture; ; rest = withoutOldest(rest)) {
    const body = compress(captureText(rest, origin));
    if (body.length <= MAX_SEALED_BYTES) return body;
    if (rest.observations.length + rest.frames.length === 0) return undefined;
  }
}

/** The text that {@link captureBody} gives the body of. */
export function fittingText(
  capture: Capture,
  origin: CaptureOrigin,
  compress: (text: string) => Uint8Array,
): string | undefined {
  let last: string | undefined;
  const body = captureBody(capture, origin, (text) => {
    last = text;
    return compress(text);
  });
  return body && last;
}

/** A scene that was written down before it was whole, under the head that it is sealed after; undefined where it is none. */
export function reboundText(text: string, previous: string | null): string | undefined {
  try {
    const scene: unknown = JSON.parse(text);
    const isScene = typeof scene === "object" && scene !== null && "v" in scene && "triggers" in scene;
    return isScene ? JSON.stringify({ ...scene, previous }) : undefined;
  } catch {
    return undefined;
  }
}

/**
 *     {"v":1,"asset":…,"evse":n,"ocpp":…,"config":…,"previous":…,"from":ms,"to":ms,"triggers":[[dt,code]…],"channels":[{name,unit,…}…],
 *      "observations":{"wholeFrom":dt,"rows":[[dt,channel,value or word,quality]…]},
 *      "frames":{"wholeFrom":dt,"rows":[[dt,direction,type,action,class,bytes,error code,after ms]…]}}
 *
 * `dt` are milliseconds since `from`.
 */
export function captureText(capture: Capture, { asset, evse, configHash, previous }: CaptureOrigin): string {
  const { from, to } = capture;
  const numbers = [...new Set(capture.observations.map(({ channel }) => channel))];
  const place = new Map(numbers.map((channel, i) => [channel, i]));
  return JSON.stringify({
    v: 1,
    asset,
    evse,
    ocpp: capture.frames.at(-1)?.version ?? null,
    config: configHash,
    previous,
    from,
    to,
    triggers: capture.triggers.map(({ at, code }) => [at - from, code]),
    channels: numbers.map(channelInWords),
    observations: {
      wholeFrom: capture.observationsWholeFrom - from,
      rows: capture.observations.map(({ at, channel, value, quality }) => [
        at - from,
        place.get(channel),
        describeChannel(channel)?.values?.[value] ?? value,
        quality,
      ]),
    },
    frames: {
      wholeFrom: capture.framesWholeFrom - from,
      rows: capture.frames.map(({ at, direction, type, action, messageClass, bytes, errorCode, afterMs }) => [
        ...[at - from, direction, type, action, messageClass, bytes],
        ...[errorCode ?? null, afterMs ?? null],
      ]),
    },
  });
}

function channelInWords(channel: ChannelNo): object {
  const info = describeChannel(channel);
  if (info === undefined) return { name: "unknown" };
  const { name, unit, phase, location, instance } = info;
  return { name, unit, phase, location, instance };
}

function withoutOldest(capture: Capture): Capture {
  const { observations, frames } = capture;
  const keptObservations = observations.slice(Math.ceil(observations.length / 5));
  const keptFrames = observations.length > 0 ? frames : frames.slice(Math.ceil(frames.length / 5));
  const wholeFrom = (kept: readonly { at: number }[], all: readonly { at: number }[], before: number): number =>
    kept.length === all.length ? before : Math.max(before, (all[all.length - kept.length - 1]?.at ?? capture.to) + 1);
  return {
    ...capture,
    observations: keptObservations,
    frames: keptFrames,
    observationsWholeFrom: wholeFrom(keptObservations, observations, capture.observationsWholeFrom),
    framesWholeFrom: wholeFrom(keptFrames, frames, capture.framesWholeFrom),
  };
}
