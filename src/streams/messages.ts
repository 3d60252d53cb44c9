/** What travels through the streams: one message of one connection, inspected once. */
import type { Seen } from "../domain/firewall/facts.ts";
import type { Verdict } from "../domain/firewall/guard.ts";
import type { EpochMs, MessageId, StationId } from "../domain/ids.ts";
import type { PendingCall } from "../domain/ocpp/call-gate.ts";
import type { ActionSpec, MessageClass } from "../domain/ocpp/catalogue.ts";
import type { Frame } from "../domain/ocpp/frame.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { HealthTap } from "../ports.ts";

/** The part of a station's live connection that the streams need. Compared by identity, never by station id. */
export interface Connection {
  readonly stationId: StationId;
  /** Number of this connection in the life of the process. */
  readonly no: number;
  readonly version: OcppVersion;
  /** The call that an answer from `from` with this id would settle. */
  pendingFor(from: "south" | "north", id: MessageId): PendingCall | undefined;
  /** Where this station's observations go; undefined where its rule keeps it out of the health lane. */
  readonly health: HealthTap | undefined;
  /** Its firewall; undefined where that is off. */
  readonly guard: { examine(message: Seen): Verdict } | undefined;
}

export interface Inspected<C extends Connection = Connection> {
  readonly connection: C;
  /** `south`: the station sent it; `north`: the CSMS did. */
  readonly from: "south" | "north";
  readonly frame: Frame;
  /** The frame as it came, byte for byte; relayed as it is. */
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly receivedAt: EpochMs;
  /** Action of the CALL or SEND; for an answer, of the CALL it answers. Undefined where nobody knows. */
  readonly action: string | undefined;
  /** Catalogue entry of `action`; undefined for vendor actions. */
  readonly spec: ActionSpec | undefined;
  readonly messageClass: MessageClass;
  /** True when the frame holds nothing but condition data, so that a `divert` policy may keep it from the CSMS. */
  readonly healthOnly: boolean;
  /** The call that this frame answers, where one is in flight. */
  readonly answers: PendingCall | undefined;
}

/** A frame as a socket delivered it. */
export interface RawFrame<C extends Connection = Connection> {
  readonly connection: C;
  readonly from: "south" | "north";
  readonly bytes: Buffer;
}
