/** Samples out of recorded frames: what the health lane would have seen. */
import { epochMs } from "../ids.ts";
import type { CallFrame } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { describeChannel } from "../telemetry/channels.ts";
import { extract } from "../telemetry/extract.ts";
import { TelemetryMemory } from "../telemetry/memory.ts";
import type { Series } from "./replay.ts";

export type CollectedFrames = readonly { readonly frame: readonly unknown[]; readonly at: number | undefined }[];

/** One series for each channel of each connector, and the bytes of the frames that held them. */
export function collectSeries(
  frames: CollectedFrames,
  version: OcppVersion,
): { readonly series: readonly Series[]; readonly bytes: number } {
  const found = new Map<string, { name: string; unit: string; t: number[]; v: number[] }>();
  const memory = new TelemetryMemory();
  let bytes = 0;
  for (const { frame, at } of frames) {
    const call = callOf(frame);
    if (call === undefined) continue;
    let samples = 0;
    const sink = {
      observe(evseId: number, connectorId: number, channel: number, t: number, v: number) {
        const info = describeChannel(channel);
        if (info === undefined || info.kind === "event") return;
        samples += 1;
        const key = `${evseId}/${connectorId}/${channel}`;
        const known = found.get(key) ?? { name: info.name, unit: info.unit, t: [], v: [] };
        known.t.push(t);
        known.v.push(v);
        found.set(key, known);
      },
    };
    extract(version, call, { receivedAt: epochMs(at ?? saidAt(frame)), sink, memory });
    if (samples > 0) bytes += JSON.stringify(frame).length;
  }
  return { series: [...found.values()], bytes };
}

/** When a frame was received that says no `at`: with its own timestamp, which the lane then believes. */
function saidAt(frame: readonly unknown[]): number {
  const text = /"timestamp":"([^"]{1,64})"/.exec(JSON.stringify(frame))?.[1];
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isFinite(ms) ? ms : 0;
}

function callOf([type, id, action, payload]: readonly unknown[]): CallFrame | undefined {
  if (type !== 2 || typeof id !== "string" || typeof action !== "string") return undefined;
  return { type: 2, id, action, payload } as CallFrame;
}
