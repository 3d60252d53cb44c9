/**
 * The two legs of a connection: every frame that leaves goes through here, is counted here, and pauses the other leg when the
 * peer does not take what it is sent. So a slow CSMS slows its station through TCP instead of filling the gateway's memory.
 */
import type { Counters } from "../domain/counters.ts";
import { HIGH_WATER_BYTES } from "./peer-socket.ts";
import type { StationConnection } from "./station-connection.ts";

/** Sends a frame to the station; false when its socket is gone. `urgent` frames (class V0) do not wait for the turn's end. */
export function toStation(
  { socket, link }: StationConnection,
  frame: Uint8Array | string,
  counters: Counters,
  urgent = false,
): boolean {
  if (!socket?.send(frame, urgent)) return false;
  counters.framesSouthOut += 1;
  counters.bytesSouthOut += sizeOf(frame);
  if (socket.buffered > HIGH_WATER_BYTES && link?.socket !== undefined && !link.socket.isPaused) {
    link.socket.pause();
    counters.northPauses += 1;
  }
  return true;
}

/** Sends a frame to the CSMS; false when the link is down. */
export function toCsms(
  { socket, link }: StationConnection,
  frame: Uint8Array | string,
  counters: Counters,
  urgent = false,
): boolean {
  const up = link?.socket;
  if (!up?.send(frame, urgent)) return false;
  counters.framesNorthOut += 1;
  counters.bytesNorthOut += sizeOf(frame);
  if (up.buffered > HIGH_WATER_BYTES && socket !== undefined) pauseStation(socket, counters);
  return true;
}

export function pauseStation(socket: { readonly isPaused: boolean; pause(): void }, counters: Counters): void {
  if (socket.isPaused) return;
  socket.pause();
  counters.southPauses += 1;
}

/** Reads on where the reason to pause is gone. Called when a socket drained and when a waiting call moved on. */
export function resumeLegs({ socket, link, toCsms: gate }: StationConnection, callQueue: number): void {
  const up = link?.socket;
  const upIsFree = up === undefined || up.buffered <= HIGH_WATER_BYTES;
  if (socket?.isPaused && upIsFree && gate.waiting < callQueue) socket.resume();
  if (up?.isPaused && (socket === undefined || socket.buffered <= HIGH_WATER_BYTES)) up.resume();
}

const sizeOf = (frame: Uint8Array | string): number =>
  typeof frame === "string" ? Buffer.byteLength(frame) : frame.length;
