/** What travels through the streams: one message of one connection, inspected once. */
import type { EpochMs, StationId } from "../domain/ids.ts";
import type { ActionSpec, MessageClass } from "../domain/ocpp/catalogue.ts";
import type { Frame } from "../domain/ocpp/frame.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { ObservationSink } from "../domain/telemetry/observation.ts";

/** The part of a station's live connection that the streams need. Compared by identity, never by station id. */
export interface Connection {
  readonly stationId: StationId;
  /** Number of this connection in the life of the process. */
  readonly no: number;
  readonly version: OcppVersion;
  /** Where this station's observations go; undefined where its rule keeps it out of the health lane. */
  readonly health: ObservationSink | undefined;
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
}
