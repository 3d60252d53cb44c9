/**
 * A scene as records of the OCPP trace format 1.1: one JSON object for each message. Scenes hold no frames, so there is no `raw`; a payload
 * is there where it can be told from what was observed, and `meta` says so.
 */
import type { Payload } from "../ocpp/frame.ts";
import { exchangesOf } from "./exchanges.ts";
import { payloadOf } from "./reconstruct.ts";
import type { Scene, SceneFrame } from "./scene.ts";

export interface TraceRecord {
  readonly schemaVersion: "1.1";
  readonly timestamp: string;
  readonly ocppVersion?: string;
  readonly transport: "json";
  /** The asset's pseudonym. */
  readonly chargePointId: string;
  readonly connectorId?: number;
  readonly direction: "cp-to-csms" | "csms-to-cp";
  readonly messageType: "CALL" | "CALLRESULT" | "CALLERROR";
  /** Made up: equal in a call and its answer. */
  readonly messageId: string;
  readonly action: string;
  readonly payload?: Payload;
  readonly error?: { readonly code: string };
  readonly meta: {
    readonly redacted: true;
    /** True where `payload` is what the message said of the equipment. */
    readonly reconstructed: boolean;
    readonly bytes: number;
    readonly messageClass: number;
    readonly afterMs?: number;
  };
}

export interface Trace {
  readonly records: readonly TraceRecord[];
  /** Messages that the format has no word for: SEND and CALLRESULTERROR of 2.1. */
  readonly leftOut: number;
}

/** Actions whose payload is told whole; all others would have placeholders in it. */
const TOLD: ReadonlySet<string> = new Set(["StatusNotification", "MeterValues", "Heartbeat"]);

export function traceOf(scene: Scene): Trace {
  const records = exchangesOf(scene.frames).flatMap(({ call, answer }, i) =>
    [call, answer].flatMap((frame) => (frame === undefined ? [] : [{ frame, id: `m${i + 1}` }])),
  );
  const told = records.filter(({ frame }) => frame.type !== 5 && frame.type !== 6);
  const ordered = told.toSorted((a, b) => a.frame.dt - b.frame.dt);
  return {
    records: ordered.map(({ frame, id }) => recordOf(scene, frame, id)),
    leftOut: records.length - told.length,
  };
}

function recordOf(scene: Scene, frame: SceneFrame, messageId: string): TraceRecord {
  const timestamp = new Date(scene.from + frame.dt).toISOString();
  const payload = toldPayload(scene, frame, timestamp);
  const { version } = scene;
  return {
    schemaVersion: "1.1",
    timestamp,
    ...(version !== undefined && { ocppVersion: version.slice("ocpp".length) }),
    transport: "json",
    chargePointId: scene.asset,
    ...(payload !== undefined && frame.action !== "Heartbeat" && { connectorId: scene.evse }),
    direction: frame.direction === "up" ? "cp-to-csms" : "csms-to-cp",
    messageType: frame.type === 2 ? "CALL" : frame.type === 3 ? "CALLRESULT" : "CALLERROR",
    messageId,
    action: frame.action,
    ...(payload !== undefined && { payload }),
    ...(frame.type === 4 && { error: { code: frame.errorCode ?? "other" } }),
    meta: {
      redacted: true,
      reconstructed: payload !== undefined,
      bytes: frame.bytes,
      messageClass: frame.messageClass,
      ...(frame.afterMs !== undefined && { afterMs: frame.afterMs }),
    },
  };
}

function toldPayload(scene: Scene, frame: SceneFrame, timestamp: string): Payload | undefined {
  const { version } = scene;
  if (version === undefined || frame.type !== 2 || frame.direction !== "up" || !TOLD.has(frame.action))
    return undefined;
  return payloadOf({ scene, frame, version, timestamp, transactionId: 0, seqNo: 0 });
}
