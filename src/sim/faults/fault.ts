/**
 * A behaviour of 1.6 stations in the field, as data: what such a station does differently, and hooks that make a simulated one do
 * it. The station itself knows nothing of them; they stand on its wire, its command handler and its options.
 */
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import type { StationControl } from "../dialect.ts";
import type { Reply } from "../rpc-peer.ts";
import type { StationOptions } from "../station-options.ts";

/** A frame as it is on the wire; the id may be a number there. */
export type WireFrame = readonly [type: number, id: string | number, ...rest: unknown[]];

/** What a hook may do beside answering. */
export interface FaultWire {
  /** A CALL that the station knows nothing of; its answer is kept from it. */
  extra(action: string, payload: Payload): WireFrame;
  /** Sends a frame through the faults that come later. */
  send(frame: WireFrame): void;
  /** Hands a frame to the station, as if it had come from the other side. */
  deliver(frame: WireFrame): void;
}

export interface FaultHooks {
  /** What leaves in place of a frame of the station's; nothing leaves where the list is empty. */
  readonly out?: (frame: WireFrame, wire: FaultWire) => readonly WireFrame[];
  /** What the station hears in place of a frame; undefined: it never hears of it. */
  readonly in?: (frame: WireFrame, wire: FaultWire) => WireFrame | undefined;
  /** Answers a command of the CSMS; `next` does what the station does without this fault. */
  readonly answer?: (call: CallFrame, station: StationControl, next: (payload?: Payload) => Reply) => Reply;
}

export interface Fault {
  /** Stable; what command lines and tests say. */
  readonly name: string;
  /** What the station does. */
  readonly does: string;
  /** Where it is known from. */
  readonly evidence: string;
  /** Sets the station up differently. */
  readonly options?: (options: StationOptions) => StationOptions;
  /** Made once for each station, so that it may remember. */
  readonly hooks?: () => FaultHooks;
}

/** The payload of a CALL of this action, or undefined for any other frame. */
export function payloadOf([type, , action, payload]: WireFrame, ...actions: readonly string[]): Payload | undefined {
  return type === 2 && actions.includes(String(action)) ? (payload as Payload) : undefined;
}

export const withPayload = ([type, id, action]: WireFrame, payload: Payload): WireFrame => [type, id, action, payload];

/** Hooks that change the payload of the station's CALLs of these actions. */
export function rewriting(
  actions: readonly string[],
  change: (payload: Payload, action: string) => Payload,
): () => FaultHooks {
  return () => ({
    out: (frame) => {
      const payload = payloadOf(frame, ...actions);
      return [payload === undefined ? frame : withPayload(frame, change(payload, String(frame[2])))];
    },
  });
}
