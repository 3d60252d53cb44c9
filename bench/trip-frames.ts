/** Round trips through a rig without sockets: the frames of a call and its answer, over many stations, timed. */
import type { StationConnection } from "../src/actors/station-connection.ts";
import { type LoadVersion, loadMessage, type MessageKind } from "./load/messages.ts";
import type { TripRig } from "./trip-rig.ts";

const STATIONS = 200;
/** Calls made beforehand; each has an id of its own. */
const CALLS = 1000;
/** To a turn of the event loop: with more, meter values would wait (`frame-order.ts`). */
const PER_TURN = 3;

const ANSWERS: Readonly<Record<string, string>> = {
  Authorize: '{"idTagInfo":{"status":"Accepted"}}',
  Heartbeat: `{"currentTime":"${new Date().toISOString()}"}`,
};

export interface TripFrames {
  readonly action: string;
  readonly calls: readonly Buffer[];
  readonly answers: readonly Buffer[];
}

export function tripFrames(version: LoadVersion, kind: MessageKind): TripFrames {
  const transactionId = version === "ocpp1.6" ? 1 : "1";
  const timestamp = new Date().toISOString();
  const { action, payload } = loadMessage(version, kind, { idTag: "TAG", transactionId, timestamp });
  const answer =
    version === "ocpp2.0.1" && action === "Authorize"
      ? '{"idTokenInfo":{"status":"Accepted"}}'
      : (ANSWERS[action] ?? "{}");
  const numbered = (i: number) => ({ ...payload, ...("seqNo" in payload ? { seqNo: i } : {}) });
  const all = Array.from({ length: CALLS }, (_, i) => i);
  return {
    action,
    calls: all.map((i) => Buffer.from(JSON.stringify([2, `${1_000_000 + i}`, action, numbered(i)]))),
    answers: all.map((i) => Buffer.from(`[3,"${1_000_000 + i}",${answer}]`)),
  };
}

/** @returns makes the i-th round trip: a call of one of many stations, then the CSMS's answer */
export function tripOf(rig: TripRig, version: LoadVersion, { calls, answers }: TripFrames): (i: number) => void {
  const connections = Array.from({ length: STATIONS }, (_, i) => rig.connect(i + 1, version));
  return (i) => {
    const connection = connections[i % STATIONS] as StationConnection;
    const n = Math.floor(i / STATIONS) % CALLS;
    rig.lanes.push({ connection, from: "south", bytes: calls[n] as Buffer });
    rig.lanes.push({ connection, from: "north", bytes: answers[n] as Buffer });
  };
}

/** @returns nanoseconds of CPU time a step takes */
export async function timeSteps(steps: number, step: (i: number) => void): Promise<number> {
  const start = process.cpuUsage();
  for (let i = 0; i < steps; i += 1) {
    step(i);
    if (i % PER_TURN === PER_TURN - 1) await new Promise(setImmediate);
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / steps;
}
