/** A spooled message in memory, and the station's calls that still wait for an answer to it. */
import type { MessageId } from "../../domain/ids.ts";
import type { CallFrame } from "../../domain/ocpp/frame.ts";
import type { SpoolHead } from "../../domain/spool/record.ts";
import type { With } from "../../streams/value-lane.ts";
import type { StationConnection } from "../station-connection.ts";

export interface Waiter {
  readonly connection: StationConnection;
  /** The id under which the station asked this time. */
  readonly id: MessageId;
  readonly numericId: boolean;
  /** The call's own text, to recognise its repetition. */
  readonly text: string;
}

export interface Entry {
  readonly seq: number;
  head: SpoolHead;
  /** The frame as it leaves for the CSMS; provisional transaction ids are replaced each time it is sent. */
  text: string;
  /** Payload of the station's call, for what depends on it; read again from `text` after a restart. */
  waiters: Waiter[];
  /** Monotonic milliseconds at which the gateway stops waiting for the CSMS on the station's behalf. */
  takeOverAt: number;
  /** The call, written down and not offered yet. */
  ready: With<CallFrame, StationConnection> | undefined;
  /** In the call gate: in flight, or waiting there. */
  isOffered: boolean;
  /** The CSMS may have it: its text is not changed any more. */
  wasSent: boolean;
  /** Its text as the gateway answers for it is not on disk yet: sent now, it could leave a second time with another text. */
  isBeingOwned: boolean;
  /** Not in the store: a note of it is kept, and its station would send it again. */
  isNoted: boolean;
  /** Settled, or moved to the dead letters: nothing may be written for it any more. */
  isGone: boolean;
}

export const entryOf = (seq: number, head: SpoolHead, text: string): Entry => ({
  seq,
  head,
  text,
  waiters: [],
  takeOverAt: Number.POSITIVE_INFINITY,
  ready: undefined,
  isOffered: false,
  wasSent: false,
  isBeingOwned: false,
  isNoted: false,
  isGone: false,
});
