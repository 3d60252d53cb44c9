/**
 * The two legs of a connection: every frame that leaves goes through here, is counted here, and pauses the other leg when the
 * peer does not take what it is sent. So a slow CSMS slows its station through TCP instead of filling the gateway's memory.
 */
import type { Counters } from "../domain/counters.ts";
import type { PendingCall } from "../domain/ocpp/call-gate.ts";
import type { MessageClass } from "../domain/ocpp/catalogue.ts";
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

/**
 * Sends a frame to the CSMS; false when the link is down. On a shaped uplink it may have to wait for its turn.
 *
 * @param messageClass default: that of commands and their answers
 */
export function toCsms(
  connection: StationConnection,
  frame: Uint8Array | string,
  counters: Counters,
  messageClass: MessageClass = 2,
): boolean {
  const { uplink, link, socket } = connection;
  if (uplink === undefined) return northNow(connection, frame, counters, messageClass === 0);
  if (!link?.isUp) return false;
  uplink.push(frame, messageClass);
  if (uplink.isFull && socket !== undefined) pauseStation(socket, counters);
  return true;
}

/** Sends a CALL to the CSMS. On a shaped uplink it goes as urgently as the most urgent call that waits behind it. */
export function callToCsms(connection: StationConnection, call: PendingCall, counters: Counters): boolean {
  let messageClass = call.messageClass;
  if (connection.uplink !== undefined) {
    const urgent = (waiting: PendingCall) => waiting.messageClass < messageClass;
    for (let better = connection.toCsms.find(urgent); better !== undefined; better = connection.toCsms.find(urgent))
      messageClass = better.messageClass;
  }
  return toCsms(connection, call.bytes, counters, messageClass);
}

/**
 * Takes a call back that has not left: it waits in the gate, or in the shaped uplink.
 *
 * @returns false when it has left: its answer may come, and the gate stays occupied until then
 */
export function takeBack({ toCsms: gate, uplink }: StationConnection, call: PendingCall): boolean {
  if (gate.withdraw(call)) return true;
  if (uplink?.withdraw(call.bytes) !== true) return false;
  gate.retract(call);
  return true;
}

/** Writes a frame to the link's socket; false when the link is down. */
export function northNow(
  { socket, link }: StationConnection,
  frame: Uint8Array | string,
  counters: Counters,
  urgent: boolean,
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
export function resumeLegs(connection: StationConnection, callQueue: number): void {
  const { socket, link, uplink, toCsms: gate, framesWaiting } = connection;
  const up = link?.socket;
  const upIsFree = uplink?.isFull !== true && (up === undefined || up.buffered <= HIGH_WATER_BYTES);
  if (socket?.isPaused && upIsFree && gate.waiting + framesWaiting < callQueue) socket.resume();
  if (up?.isPaused && (socket === undefined || socket.buffered <= HIGH_WATER_BYTES)) up.resume();
}

const sizeOf = (frame: Uint8Array | string): number =>
  typeof frame === "string" ? Buffer.byteLength(frame) : frame.length;
