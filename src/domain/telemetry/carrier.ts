/** What the carriers, one per action, have in common. */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Decoders } from "./decoder.ts";
import type { TelemetryMemory } from "./memory.ts";
import type { ObservationSink } from "./observation.ts";

/** What a carrier needs beside the payload. */
export interface ExtractContext {
  readonly receivedAt: EpochMs;
  readonly sink: ObservationSink;
  /** Of the connection the frame came over. */
  readonly memory: TelemetryMemory;
  /** Of what vendors send in DataTransfer; undefined: nobody reads it. */
  readonly decoders?: Decoders | undefined;
}

/** Hands over what `payload` holds and returns how many values it had to leave. Never throws of its own accord. */
export type Carrier = (payload: Payload, context: ExtractContext) => number;
